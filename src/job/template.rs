//! Key templates: where a job's results land, as text with placeholders.

use jiff::Timestamp;

use super::ids::{JobId, ObjectKey};
use super::request::OutputFormat;

/// A final key with placeholders `{jobId} {tenant} {index} {ext} {date}`; `{date}` is the UTC day of the claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTemplate(String);

pub(super) const PLACEHOLDERS: &str = "{jobId} {tenant} {index} {ext} {date}";

impl KeyTemplate {
    /// Checks that every placeholder is known.
    pub fn parse(text: &str) -> Result<KeyTemplate, String> {
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let known = PLACEHOLDERS.split(' ').find(|name| rest[at..].starts_with(name));
            let Some(name) = known else {
                return Err(format!("may only hold the placeholders {PLACEHOLDERS}"));
            };
            rest = &rest[at + name.len()..];
        }
        Ok(KeyTemplate(text.to_owned()))
    }

    /// The template as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether results of one job get different keys.
    pub fn tells_results_apart(&self) -> bool {
        self.0.contains("{index}")
    }

    /// Whether different jobs get different keys.
    pub fn tells_jobs_apart(&self) -> bool {
        self.0.contains("{jobId}")
    }

    /// The key of result `index`. Fails when the key would be invalid or a placeholder has no value.
    pub fn render(
        &self,
        job_id: &JobId,
        tenant: Option<&str>,
        index: u32,
        format: OutputFormat,
        claimed_at: Timestamp,
    ) -> Result<ObjectKey, String> {
        if tenant.is_none() && self.0.contains("{tenant}") {
            return Err("uses {tenant}, and the job names no tenant".to_owned());
        }
        let date = claimed_at.strftime("%Y-%m-%d").to_string();
        let key = self
            .0
            .replace("{jobId}", job_id.as_str())
            .replace("{tenant}", tenant.unwrap_or_default())
            .replace("{index}", &index.to_string())
            .replace("{ext}", format.extension())
            .replace("{date}", &date);
        ObjectKey::parse(&key)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_placeholder_is_filled() {
        let template = KeyTemplate::parse("films/{tenant}/{date}/{jobId}-{index}.{ext}").unwrap();
        let day: Timestamp = "2031-02-03T23:59:59Z".parse().unwrap();
        let key = template.render(&JobId::parse("j1").unwrap(), Some("acme"), 2, OutputFormat::Webm, day).unwrap();
        assert_eq!(key.as_str(), "films/acme/2031-02-03/j1-2.webm");
    }

    #[test]
    fn unknown_placeholders_and_stray_braces_are_refused() {
        for bad in ["{job}", "{", "}", "{jobId", "a}{index}", "{{jobId}}"] {
            assert!(KeyTemplate::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_template_without_a_tenant_to_fill_it_makes_no_key() {
        let template = KeyTemplate::parse("{tenant}/{jobId}").unwrap();
        assert!(
            template.render(&JobId::parse("j").unwrap(), None, 0, OutputFormat::Mp4, Timestamp::UNIX_EPOCH).is_err()
        );
    }
}
