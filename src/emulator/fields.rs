//! Reads the fields of one JSON object and collects everything that is wrong with them.
//!
//! The vendor's schema is closed: what was not asked for by [`Fields::finish`] is an `unknownParameter`. A reader
//! returns `None` both for an absent field and for a wrong one, because a wrong one is already among the errors.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use url::Url;

use super::errors::{ApiError, quoted};

/// Errors told about one object. A typing mistake gives one, a wrong schema a few dozen; without a limit a body full of
/// unknown names would come back several times its size, and be remembered.
const MAX_ERRORS: usize = 64;

/// Longest URL taken, in bytes: several times what a presigned one has. Requests are remembered, so that it needs a bound;
/// the vendor publishes none.
const MAX_URL_BYTES: usize = 16 * 1024;

/// A URL whose query may be a credential. It prints as host and path only.
#[derive(Clone)]
pub(super) struct SecretUrl(Url);

impl SecretUrl {
    /// An absolute http or https URL, or nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|_| text.len() <= MAX_URL_BYTES)?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(Self(url))
    }

    /// The whole URL, to send a request to and for nothing else.
    pub(super) fn expose(&self) -> &Url {
        &self.0
    }

    /// Host, port and path: what may be shown.
    pub(super) fn shown(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        let port = self.0.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{host}{port}{}", self.0.path())
    }
}

impl std::fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretUrl({})", self.shown())
    }
}

/// One object under check.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    parent: Option<&'static str>,
    known: Vec<&'static str>,
    errors: Vec<ApiError>,
}

impl<'a> Fields<'a> {
    /// The task object itself.
    pub(super) fn of_task(object: &'a Map<String, Value>) -> Self {
        Self { object, parent: None, known: Vec::new(), errors: Vec::new() }
    }

    /// Refuses what nobody asked for and hands over all errors.
    pub(super) fn finish(mut self) -> Vec<ApiError> {
        let unknown: Vec<&String> =
            self.object.keys().filter(|name| !self.known.iter().any(|known| known == name)).take(MAX_ERRORS).collect();
        for name in unknown {
            let path = self.path(name);
            self.errors.push(
                ApiError::refused("unknownParameter", format!("Unknown parameter '{}'.", quoted(&path))).about(&path),
            );
        }
        self.errors.truncate(MAX_ERRORS);
        self.errors
    }

    /// The errors found, for an object whose further fields are nobody's business.
    pub(super) fn errors_so_far(self) -> Vec<ApiError> {
        self.errors
    }

    /// Adds an error that concerns more than one field.
    pub(super) fn refuse(&mut self, error: ApiError) {
        self.errors.push(error);
    }

    /// Whether the field is there at all, right or wrong.
    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Adds the error for a required field that is absent.
    pub(super) fn require(&mut self, name: &'static str, expected_type: &'static str) {
        if !self.has(name) {
            let path = self.path(name);
            self.errors.push(ApiError::missing(&path, expected_type));
        }
    }

    /// A string.
    pub(super) fn string(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.take(name)?;
        value.as_str().or_else(|| self.wrong(name, "string", "a string"))
    }

    /// A string of so many characters. The vendor's code for a wrong length is `invalid…Length`.
    pub(super) fn text(&mut self, name: &'static str, length: &RangeInclusive<usize>) -> Option<&'a str> {
        let text = self.string(name)?;
        if length.contains(&text.chars().count()) {
            return Some(text);
        }
        let path = self.path(name);
        let rule = format!("{} to {} characters long", length.start(), length.end());
        self.errors.push(ApiError::invalid(&format!("{path}Length"), "string", &rule).about(&path));
        None
    }

    /// An integer within bounds; `bounds` says them in words.
    pub(super) fn integer(&mut self, name: &'static str, range: &RangeInclusive<u32>) -> Option<u32> {
        let value = self.take(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|n| range.contains(n));
        number.or_else(|| {
            let rule = match (*range.start(), *range.end()) {
                (least, u32::MAX) => format!("an integer of at least {least}"),
                (least, most) => format!("an integer between {least} and {most}"),
            };
            self.wrong(name, "integer", &rule)
        })
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let value = self.take(name)?;
        value.as_bool().or_else(|| self.wrong(name, "boolean", "true or false"))
    }

    /// One of the listed strings.
    pub(super) fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let value = self.take(name)?;
        let chosen = value.as_str().and_then(|text| choices.iter().find(|(name, _)| *name == text));
        if let Some((_, chosen)) = chosen {
            return Some(*chosen);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let path = self.path(name);
        let rule = format!("one of {}", names.join(", "));
        self.errors.push(ApiError::invalid(&path, "string", &rule).allowing(&names));
        None
    }

    /// An absolute http or https URL.
    pub(super) fn url(&mut self, name: &'static str) -> Option<SecretUrl> {
        self.parsed(name, "an http or https URL of at most 16 KiB", SecretUrl::parse)
    }

    /// A string that means something else; `rule` completes "it must be …".
    pub(super) fn parsed<T>(
        &mut self,
        name: &'static str,
        rule: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(name)?;
        value.as_str().and_then(parse).or_else(|| self.wrong(name, "string", rule))
    }

    /// A string or several, in any case; they are told in lower case.
    pub(super) fn strings(&mut self, name: &'static str) -> Vec<String> {
        let Some(value) = self.take(name) else { return Vec::new() };
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let texts = values.iter().map(|value| value.as_str().map(str::to_lowercase)).collect::<Option<Vec<_>>>();
        texts.or_else(|| self.wrong(name, "array", "an array of strings")).unwrap_or_default()
    }

    /// A nested object, whose own fields `check` reads.
    pub(super) fn object<T>(&mut self, name: &'static str, check: impl FnOnce(&mut Fields<'a>) -> T) -> Option<T> {
        let value = self.take(name)?;
        let Some(object) = value.as_object() else {
            return self.wrong(name, "object", "an object");
        };
        let mut inner = Fields { object, parent: Some(name), known: Vec::new(), errors: Vec::new() };
        let checked = check(&mut inner);
        self.errors.append(&mut inner.finish());
        Some(checked)
    }

    /// An object of unspecified content.
    pub(super) fn any_object(&mut self, name: &'static str) {
        if self.take(name).is_some_and(|value| !value.is_object()) {
            self.wrong::<()>(name, "object", "an object");
        }
    }

    fn take(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.get(name)
    }

    fn wrong<T>(&mut self, name: &str, expected_type: &'static str, rule: &str) -> Option<T> {
        let path = self.path(name);
        self.errors.push(ApiError::invalid(&path, expected_type, rule));
        None
    }

    fn path(&self, name: &str) -> String {
        match self.parent {
            Some(parent) => format!("{parent}.{name}"),
            None => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_URL_BYTES, SecretUrl};

    #[test]
    fn a_url_with_a_signature_prints_without_it() {
        let url = SecretUrl::parse("http://u:pw@store.test:9000/bucket/key.mp4?X-Amz-Signature=abc").expect("a URL");
        assert_eq!(format!("{url:?}"), "SecretUrl(store.test:9000/bucket/key.mp4)");
    }

    #[test]
    fn a_url_has_a_bounded_length() {
        let of_length = |length: usize| format!("https://host/{:a<1$}", "", length - "https://host/".len());
        assert!(SecretUrl::parse(&of_length(MAX_URL_BYTES)).is_some());
        assert!(SecretUrl::parse(&of_length(MAX_URL_BYTES + 1)).is_none());
    }

    #[test]
    fn only_absolute_http_urls_are_urls() {
        for text in ["", "key.mp4", "ftp://host/x", "file:///etc/passwd", "http://", "mailto:a@b"] {
            assert!(SecretUrl::parse(text).is_none(), "{text}");
        }
        assert!(SecretUrl::parse("https://host").is_some());
    }
}
