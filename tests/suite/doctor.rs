//! `landfall doctor`: each trouble is provoked on real servers, and the real binary has to name its cause and its cure.

mod broker;
mod gateway;
mod provider;
mod store;
mod whole;

use std::ffi::OsStr;
use std::time::Duration;

use serde_json::Value;

use crate::support::binary::landfall;
use crate::support::servers::SeaweedFs;

/// What a doctor said.
struct Report {
    code: Option<i32>,
    found: Vec<Value>,
    text: String,
}

/// Settings that every test needs and none is about.
fn settings(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let fixed = [
        ("LANDFALL_PROVIDER__URL", "http://127.0.0.1:9/v1"),
        ("LANDFALL_PROVIDER__API_KEY", "a-key-that-nobody-may-see-0123456789"),
        ("LANDFALL_S3__BUCKET", "media"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in fixed.iter().chain(more) {
        all.retain(|(known, _)| known != name);
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    all
}

/// The same for a store.
fn of_store<'a>(store: &'a SeaweedFs, bucket: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    let own = [
        ("LANDFALL_S3__BUCKET", bucket),
        ("LANDFALL_S3__ENDPOINT", store.endpoint()),
        ("LANDFALL_S3__REGION", store.region()),
        ("LANDFALL_S3__PATH_STYLE", "true"),
        ("AWS_ACCESS_KEY_ID", store.access_key()),
        ("AWS_SECRET_ACCESS_KEY", store.secret_key()),
    ];
    settings(&own.iter().chain(more).copied().collect::<Vec<_>>())
}

/// Runs `landfall doctor --json` with these arguments and reads what it says.
async fn doctor(arguments: &[&str], settings: &[(String, String)]) -> Report {
    let all: Vec<&OsStr> = ["doctor", "--json"].iter().chain(arguments).map(OsStr::new).collect();
    let output = landfall(&all, settings).await;
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let found = text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_secret = |name: &str| name.ends_with("API_KEY") || name.ends_with("SECRET_ACCESS_KEY");
    for (_, secret) in settings.iter().filter(|(name, value)| is_secret(name) && !value.is_empty()) {
        assert!(!text.contains(secret) && !told.contains(secret), "a secret is shown:\n{text}{told}");
    }
    assert!(!text.contains("X-Amz-Signature"), "an upload URL is shown:\n{text}");
    Report { code: output.status.code(), found, text }
}

impl Report {
    /// All outcomes of a check.
    fn of(&self, check: &str) -> Vec<&Value> {
        self.found.iter().filter(|found| found["check"] == check).collect()
    }

    fn outcomes(&self, check: &str) -> Vec<&str> {
        self.of(check).iter().map(|found| found["outcome"].as_str().expect("a word")).collect()
    }

    /// Whatever is wrong, by the ids of the findings.
    fn findings(&self) -> Vec<&str> {
        self.found.iter().filter_map(|found| found["finding"].as_str()).collect()
    }

    /// A finding of this id: its title, what was seen and what it means hold `cause`, its cures hold each of `cures`.
    fn names(&self, finding: &str, cause: &str, cures: &[&str]) {
        let of_it: Vec<&Value> = self.found.iter().filter(|found| found["finding"] == finding).collect();
        assert!(!of_it.is_empty(), "{finding} is not found:\n{}", self.text);
        let text = |found: &Value, field: &str| found[field].as_str().expect("a text").to_owned();
        for found in &of_it {
            let ours = text(found, "title") + &text(found, "means");
            assert!(!ours.contains('{'), "a text was not filled:\n{found:#}");
        }
        let told = |found: &Value| ["title", "seen", "means"].map(|field| text(found, field)).join("\n");
        let found = of_it.iter().find(|found| told(found).contains(cause));
        let found = found.unwrap_or_else(|| panic!("{finding} does not name {cause:?} as its cause:\n{of_it:#?}"));
        let cured = found["cures"].to_string();
        for cure in cures {
            assert!(cured.contains(cure), "{finding} does not name {cure:?} as its cure:\n{found:#}");
        }
    }

    /// Nothing but these findings, and the exit code that goes with them.
    fn finds_only(&self, findings: &[&str], code: i32) {
        assert_eq!(self.findings(), findings, "{}", self.text);
        assert_eq!(self.code, Some(code), "{}", self.text);
    }
}

/// Longest wait for a state.
const SOON: Duration = Duration::from_secs(60);
