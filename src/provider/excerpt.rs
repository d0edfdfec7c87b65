//! Excerpts: the vendor's words, made safe to log, store and show.
//!
//! The vendor may echo what we sent, and what we sent holds upload URLs that let anyone write into the bucket. A URL
//! keeps its address and loses its query and credentials; whatever else looks like a signature or token is cut as well,
//! since an echo may be quoted, percent-encoded, or only a piece of the URL.

use crate::job::text::one_line;

/// Longest message kept, in characters.
pub(super) const MESSAGE_MAX_CHARS: usize = 500;

/// Longest code or parameter name kept, in characters.
pub(super) const NAME_MAX_CHARS: usize = 100;

/// Unbroken runs of letters and digits from this length on are taken for secrets. Signatures have 64 hex digits and
/// session tokens more; UUIDs are broken by hyphens, and no word is as long.
const SECRET_MIN_CHARS: usize = 40;

/// Names of query parameters that carry credentials at S3, Google Cloud Storage and Azure, in lower case.
const CREDENTIAL_MARKS: [&str; 7] =
    ["x-amz-", "x-goog-", "signature=", "sig=", "token=", "credential=", "awsaccesskeyid="];

const CUT: &str = "[cut]";

/// `text` without secrets and control characters, at most `max_chars` long (an ellipsis marks what is missing).
pub(super) fn excerpt(text: &str, max_chars: usize) -> String {
    // What is far beyond the bound is dropped first, so that a huge text costs nothing.
    let text = clip(text, max_chars.saturating_mul(4));
    let mut safe = String::new();
    for piece in text.split_inclusive(is_separator) {
        let end =
            piece.char_indices().next_back().filter(|(_, last)| is_separator(*last)).map_or(piece.len(), |(at, _)| at);
        let (run, separator) = piece.split_at(end);
        safe.push_str(&without_secrets(run));
        safe.push_str(separator);
    }
    one_line(&safe, max_chars)
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`')
}

fn clip(text: &str, max_chars: usize) -> &str {
    text.char_indices().nth(max_chars).map_or(text, |(at, _)| &text[..at])
}

fn without_secrets(run: &str) -> String {
    let lower = run.to_ascii_lowercase();
    let query = ["?", "%3f", "&#63;"].iter().filter_map(|mark| lower.find(mark).map(|at| (at, mark.len()))).min();
    let (address, cut) = match query {
        Some((at, len)) if at + len < run.len() => (&run[..at], "?[cut]"),
        Some(_) | None => (run, ""),
    };
    let lower = address.to_ascii_lowercase();
    if CREDENTIAL_MARKS.iter().any(|mark| lower.contains(mark)) {
        return CUT.to_owned();
    }
    let address = without_userinfo(address);
    let mut safe = String::new();
    for part in address.split_inclusive(|c: char| !is_secret_like(c)) {
        let len = part.chars().filter(|c| is_secret_like(*c)).count();
        if len >= SECRET_MIN_CHARS {
            safe.push_str(CUT);
            safe.extend(part.chars().filter(|c| !is_secret_like(*c)));
        } else {
            safe.push_str(part);
        }
    }
    safe + cut
}

fn is_secret_like(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '%' | '=')
}

fn without_userinfo(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let authority = rest.find('/').unwrap_or(rest.len());
    match rest[..authority].rfind('@') {
        Some(at) => format!("{scheme}://{CUT}{}", &rest[at..]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{MESSAGE_MAX_CHARS, excerpt};

    const SIGNATURE: &str = "9f2b1c3d4e5f60718293a4b5c6d7e8f99f2b1c3d4e5f60718293a4b5c6d7e8f9";

    #[test]
    fn no_form_of_an_echoed_upload_url_keeps_its_signature() {
        let query = format!("X-Amz-Credential=AKIA%2F20310203&X-Amz-Expires=60&X-Amz-Signature={SIGNATURE}");
        let encoded = format!("https%3A%2F%2Fb.example%2Fk%3FX-Amz-Signature%3D{SIGNATURE}");
        for text in [
            format!("uploadEndpoint https://b.example/k?{query} answered 403"),
            format!("'https://b.example/k?{query}'"),
            format!("{{\"url\":\"https://b.example/k?{query}\"}}"),
            format!("(https://b.example/k?{query})."),
            format!("b.example/k?{query}"),
            encoded,
            query.clone(),
            format!("signature {SIGNATURE} does not match"),
            format!("<SignatureProvided>{SIGNATURE}</SignatureProvided>"),
            format!("https://b.example/k?x=1&amp;X-Amz-Signature={SIGNATURE}"),
        ] {
            let safe = excerpt(&text, MESSAGE_MAX_CHARS);
            assert!(!safe.contains(&SIGNATURE[..16]) && !safe.contains("AKIA"), "{safe}");
        }
        assert_eq!(
            excerpt(&format!("PUT to https://b.example/k?{query} was refused"), MESSAGE_MAX_CHARS),
            "PUT to https://b.example/k?[cut] was refused"
        );
    }

    #[test]
    fn ordinary_words_stay_as_they_are() {
        for text in [
            "Invalid value for 'duration': must be at most 300. Is that right?",
            "see https://runware.ai/docs/errors#code",
            "task 86e70d5b-f263-4e53-91ea-e82552155a19 on https://vm.runware.ai/video/os/a19d05/ws/5/vi/x.mp4",
            "日本語のメッセージ",
        ] {
            assert_eq!(excerpt(text, MESSAGE_MAX_CHARS), text);
        }
    }

    #[test]
    fn credentials_before_a_host_are_cut() {
        assert_eq!(excerpt("https://user:pw@h.example/x", 100), "https://[cut]@h.example/x");
    }

    #[test]
    fn control_and_reordering_characters_are_escaped() {
        assert_eq!(excerpt("a\u{1b}[31mb\u{202e}c", 100), "a\\u{1b}[31mb\\u{202e}c");
        assert_eq!(excerpt("a\nb", 100), "a\\u{a}b");
    }

    #[test]
    fn a_long_text_ends_in_an_ellipsis() {
        let safe = excerpt(&"ab ".repeat(100_000), 10);
        assert_eq!(safe, "ab ab ab …");
        assert_eq!(excerpt("exactly 10", 10), "exactly 10");
    }

    proptest! {
        #[test]
        fn an_excerpt_is_bounded_and_printable(text in any::<String>(), max in 1_usize..200) {
            let safe = excerpt(&text, max);
            assert!(safe.chars().count() <= max);
            assert!(!safe.chars().any(char::is_control));
        }
    }
}
