//! The configuration tree: defaults < TOML file < environment `LANDFALL_SECTION__KEY` < `--set section.key=value`.
//!
//! Unknown keys are errors, and all errors come together, each with where it came from. The tree can be
//! [printed](Loaded::render) with secrets redacted and the origin of every value.

mod keys;
mod secret;
mod tree;

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::job::guard::Guard;
use crate::job::ids::{ObjectKey, ObjectRef};
use crate::job::order::OrderRules;
use crate::job::pacing::PollSettings;
use crate::job::plan::PlanScope;
use crate::job::template::KeyTemplate;
use crate::worker::{LandingSettings, Strictness, WorkerSettings};

pub use keys::{KEYS, Key, Kind};
pub use secret::Secret;
pub use tree::{ConfigError, ConfigErrors, Loaded, Sources, load, reference};

/// The effective configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Config {
    pub amqp: Amqp,
    pub provider: Provider,
    pub s3: S3,
    pub worker: Worker,
    pub poll: Poll,
    pub landing: Landing,
    pub rescue: Rescue,
    pub events: Events,
    pub http: Http,
    pub log: Log,
    pub traces: Traces,
}

/// `[amqp]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Amqp {
    pub url: Secret,
    pub ca_file: Option<PathBuf>,
    pub topology: String,
    pub jobs_queue: String,
    pub parked_queue: String,
    pub dead_letters: String,
    pub events_exchange: String,
    pub control_exchange: String,
    pub event_mode: String,
}

/// `[provider]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Provider {
    pub url: String,
    pub api_key: Option<Secret>,
    pub api_key_file: Option<PathBuf>,
    pub models: Vec<String>,
    pub job_url_hosts: Vec<String>,
    pub batch_max: usize,
    pub timeout_s: u64,
    pub usd_per_second: f64,
}

/// `[s3]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct S3 {
    pub bucket: Option<String>,
    pub endpoint: Option<String>,
    pub public_endpoint: Option<String>,
    pub browser_endpoint: Option<String>,
    pub region: Option<String>,
    pub path_style: bool,
    pub allowed_buckets: Vec<String>,
    pub key_template: String,
    pub ledger_bucket: Option<String>,
    pub ledger_prefix: String,
    pub staging_bucket: Option<String>,
    pub staging_prefix: String,
}

/// `[worker]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Worker {
    pub pool: String,
    pub max_in_flight: usize,
    pub job_deadline_s: u64,
    pub drain_s: u64,
    pub lease_s: u64,
    pub submit_gather_ms: u64,
}

/// `[poll]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Poll {
    pub first_delay_ms: Option<u64>,
    pub interval_ms_min: u64,
    pub interval_ms_max: u64,
}

/// `[landing]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Landing {
    pub lookup_window_s: u64,
    pub strict: String,
    pub duration_tolerance_s: f64,
    pub size_tolerance_px: u32,
}

/// `[rescue]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Rescue {
    pub enabled: bool,
    pub allow_hosts: Vec<String>,
    pub allow_private: bool,
    pub max_bytes: u64,
}

/// `[events]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Events {
    pub submitted: bool,
    pub landed: bool,
    pub progress: bool,
}

/// `[http]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Http {
    pub listen: String,
    pub token: Option<Secret>,
    pub token_file: Option<PathBuf>,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Log {
    pub format: String,
    pub filter: String,
}

/// `[traces]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every setting is documented once, in KEYS")]
pub struct Traces {
    pub otlp_endpoint: Option<String>,
    pub otlp_headers: Option<Secret>,
    pub sample_ratio: f64,
}

impl Traces {
    /// Where spans are sent, whole; none while traces are off.
    pub fn url(&self) -> Result<Option<Url>, String> {
        let Some(text) = &self.otlp_endpoint else { return Ok(None) };
        let mut url: Url = text.parse().map_err(|_| "must be an absolute http or https URL".to_owned())?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("must be an absolute http or https URL".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err("must hold no user, password or query: what is secret goes into traces.otlp_headers".to_owned());
        }
        if url.path() == "/" {
            url.set_path("/v1/traces");
        }
        Ok(Some(url))
    }
}

impl Config {
    /// What the settings say about each other; `Err` holds `(key, problem)`.
    fn check(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if self.poll.interval_ms_min > self.poll.interval_ms_max {
            problems.push(("poll.interval_ms_min", "must not be above poll.interval_ms_max".to_owned()));
        }
        if let Err(why) = KeyTemplate::parse(&self.s3.key_template) {
            problems.push(("s3.key_template", why));
        } else if !self.s3.key_template.contains("{jobId}") || !self.s3.key_template.contains("{index}") {
            problems.push((
                "s3.key_template",
                "must hold {jobId} and {index}, so that results never share a key".to_owned(),
            ));
        }
        for (key, prefix) in
            [("s3.ledger_prefix", &self.s3.ledger_prefix), ("s3.staging_prefix", &self.s3.staging_prefix)]
        {
            if let Err(why) = ObjectKey::parse(prefix) {
                problems.push((key, why));
            }
        }
        if format!("{}/", self.s3.ledger_prefix).starts_with(&format!("{}/", self.s3.staging_prefix)) {
            let problem = "must not be, or hold, s3.ledger_prefix: what is below it expires";
            problems.push(("s3.staging_prefix", problem.to_owned()));
        }
        for (key, text) in [
            ("provider.url", Some(&self.provider.url)),
            ("s3.endpoint", self.s3.endpoint.as_ref()),
            ("s3.public_endpoint", self.s3.public_endpoint.as_ref()),
            ("s3.browser_endpoint", self.s3.browser_endpoint.as_ref()),
        ] {
            let fits = |text: &String| {
                url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            };
            if text.is_some_and(|text| !fits(text)) {
                problems.push((key, "must be an absolute http or https URL".to_owned()));
            }
        }
        if let Err(problem) = self.traces.url() {
            problems.push(("traces.otlp_endpoint", problem));
        }
        if self.http.listen.parse::<std::net::SocketAddr>().is_err() {
            problems.push(("http.listen", "must be an address and a port, like 127.0.0.1:8080".to_owned()));
        }
        problems
    }

    /// The worker's part of the tree, for jobs whose videos land in `bucket`.
    pub fn worker_settings(&self, bucket: &str) -> Result<WorkerSettings, String> {
        let ledger_bucket = self.s3.ledger_bucket.clone().unwrap_or_else(|| bucket.to_owned());
        let staging_bucket = self.s3.staging_bucket.clone().unwrap_or_else(|| bucket.to_owned());
        let own = |bucket: &str, prefix: &str| {
            ObjectKey::parse(prefix).map(|key| ObjectRef { bucket: bucket.to_owned(), key })
        };
        Ok(WorkerSettings {
            rules: OrderRules {
                models: self.provider.models.clone(),
                buckets: self.s3.allowed_buckets.clone(),
                default_bucket: bucket.to_owned(),
                default_key: KeyTemplate::parse(&self.s3.key_template)?,
                reserved: vec![
                    own(&ledger_bucket, &self.s3.ledger_prefix)?,
                    own(&staging_bucket, &self.s3.staging_prefix)?,
                ],
                urls: match self.provider.job_url_hosts.as_slice() {
                    [] => Guard::public(self.rescue.allow_private),
                    hosts => Guard::listed("provider.job_url_hosts", hosts, self.rescue.allow_private)?,
                },
            },
            scope: PlanScope {
                staging_bucket,
                staging_prefix: self.s3.staging_prefix.clone(),
                ledger: format!("{ledger_bucket}/{}", self.s3.ledger_prefix),
            },
            ledger_bucket,
            ledger_prefix: self.s3.ledger_prefix.clone(),
            pool: self.worker.pool.clone(),
            max_in_flight: self.worker.max_in_flight,
            job_deadline: Duration::from_secs(self.worker.job_deadline_s),
            drain: Duration::from_secs(self.worker.drain_s),
            lease: Duration::from_secs(self.worker.lease_s),
            submit_gather: Duration::from_millis(self.worker.submit_gather_ms),
            poll: PollSettings {
                first_delay: self.poll.first_delay_ms.map(Duration::from_millis),
                interval_min: Duration::from_millis(self.poll.interval_ms_min),
                interval_max: Duration::from_millis(self.poll.interval_ms_max),
            },
            landing: LandingSettings {
                // A look that outlasts the lease would begin anew in every life, and no rescue ever.
                lookup_window: Duration::from_secs(self.landing.lookup_window_s.min(self.worker.lease_s / 4)),
                strict: match self.landing.strict.as_str() {
                    "all" => Strictness::All,
                    "container" => Strictness::Container,
                    _ => Strictness::Off,
                },
                duration_tolerance_s: self.landing.duration_tolerance_s,
                size_tolerance_px: self.landing.size_tolerance_px,
                rescue: self.rescue.enabled,
                rescue_max_bytes: self.rescue.max_bytes,
            },
            usd_per_second: self.provider.usd_per_second,
            announce_submitted: self.events.submitted,
            announce_landed: self.events.landed,
            announce_progress: self.events.progress,
        })
    }

    /// The provider's key: from the tree, or from the file it names.
    pub fn api_key(&self) -> Result<Secret, String> {
        if let Some(key) = &self.provider.api_key {
            return Ok(key.clone());
        }
        let Some(path) = &self.provider.api_key_file else {
            return Err("provider.api_key is required: set LANDFALL_PROVIDER__API_KEY, RUNWARE_API_KEY or provider.api_key_file".to_owned());
        };
        let text =
            std::fs::read_to_string(path).map_err(|why| format!("provider.api_key_file {}: {why}", path.display()))?;
        Ok(Secret::new(text.trim().to_owned()))
    }

    /// The dashboard's token, if there is one: from the tree, or from the file it names.
    pub fn http_token(&self) -> Result<Option<Secret>, String> {
        match (&self.http.token, &self.http.token_file) {
            (Some(token), _) => Ok(Some(token.clone())),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|why| format!("http.token_file {}: {why}", path.display()))?;
                Ok(Some(Secret::new(text.trim().to_owned())))
            }
            (None, None) => Ok(None),
        }
    }

    /// The certificates of the broker's authorities, from the file that is named.
    pub fn amqp_ca(&self) -> Result<Option<String>, String> {
        let Some(path) = &self.amqp.ca_file else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|why| format!("amqp.ca_file {}: {why}", path.display()))?;
        if !text.contains("-----BEGIN CERTIFICATE-----") {
            return Err(format!("amqp.ca_file {}: holds no certificate in PEM", path.display()));
        }
        Ok(Some(text))
    }

    /// The bucket, which most roles need.
    pub fn bucket(&self) -> Result<&str, String> {
        self.s3.bucket.as_deref().ok_or_else(|| "s3.bucket is required: set LANDFALL_S3__BUCKET".to_owned())
    }
}
