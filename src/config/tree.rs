//! Reading the tree: every value with its origin, every mistake at once.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::PathBuf;

use toml::{Table, Value};

use super::Config;
use super::keys::{KEYS, Key, Kind};
use super::secret::Secret;

/// Similar enough to be suggested for an unknown key.
const SUGGEST_FROM: f64 = 0.75;

/// To this address the path of each signal is added, by OpenTelemetry's rules.
const OTLP_BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Variables that other programs know, too, and what they set. A later one goes over an earlier one, and ours over all.
const COMMON_VARIABLES: &[(&str, &str)] = &[
    ("RUNWARE_API_KEY", "provider.api_key"),
    (OTLP_BASE, "traces.otlp_endpoint"),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "traces.otlp_endpoint"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "traces.otlp_headers"),
    ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "traces.otlp_headers"),
];

/// Where a configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A role's own defaults, `(section.key, value as text)`; everything below goes over them.
    pub presets: Vec<(String, String)>,
    /// The TOML file, its path and text.
    pub file: Option<(PathBuf, String)>,
    /// The process's environment.
    pub env: Vec<(String, String)>,
    /// `section.key=value` from the command line.
    pub set: Vec<String>,
}

/// One mistake in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where it stands: a file, an environment variable, a flag.
    pub origin: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// Every mistake in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration has mistakes:{}", list(.0))]
pub struct ConfigErrors(pub Vec<ConfigError>);

fn list(errors: &[ConfigError]) -> String {
    errors.iter().fold(String::new(), |mut text, error| {
        let _ = write!(text, "\n  {}: {}", error.origin, error.problem);
        text
    })
}

/// A configuration and where each of its values came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    origins: BTreeMap<String, (Value, String)>,
}

/// Reads, merges and checks all sources.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigErrors> {
    let mut tree = Tree::default();
    tree.read_defaults();
    tree.read_presets(sources);
    tree.read_file(sources);
    tree.read_env(sources);
    tree.read_flags(sources);
    tree.finish()
}

#[derive(Default)]
struct Tree {
    values: BTreeMap<String, (Value, String)>,
    errors: Vec<ConfigError>,
}

impl Tree {
    fn read_defaults(&mut self) {
        for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
            let table: Table =
                format!("value = {}", key.default).parse().expect("the defaults are TOML: a test reads them");
            self.values.insert(key.path(), (table["value"].clone(), "default".to_owned()));
        }
    }

    fn read_presets(&mut self, sources: &Sources) {
        for (path, text) in &sources.presets {
            self.accept_text(path, text, "preset by the role".to_owned());
        }
    }

    fn read_file(&mut self, sources: &Sources) {
        let Some((path, text)) = &sources.file else { return };
        let origin = path.display().to_string();
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(why) => return self.error(origin, format!("is not TOML: {why}")),
        };
        for (section, content) in table {
            let Value::Table(content) = content else {
                self.error(origin.clone(), format!("{section} stands outside of a [section]"));
                continue;
            };
            for (name, value) in content {
                self.accept(&format!("{section}.{name}"), value, origin.clone());
            }
        }
    }

    fn read_env(&mut self, sources: &Sources) {
        for (name, path) in COMMON_VARIABLES {
            let found = sources.env.iter().find(|(other, text)| other == name && !text.is_empty());
            if let Some((_, text)) = found {
                let text =
                    if *name == OTLP_BASE { format!("{}/v1/traces", text.trim_end_matches('/')) } else { text.clone() };
                self.accept(path, Value::String(text), (*name).to_owned());
            }
        }
        for (name, text) in &sources.env {
            let Some(path) = name.strip_prefix("LANDFALL_").filter(|rest| rest.contains("__")) else { continue };
            // An empty variable is how compose files and shells say that it is not set.
            if text.is_empty() {
                continue;
            }
            let path = path.to_lowercase().replacen("__", ".", 1);
            self.accept_text(&path, text, name.clone());
        }
    }

    fn read_flags(&mut self, sources: &Sources) {
        for flag in &sources.set {
            match flag.split_once('=') {
                Some((path, text)) => self.accept_text(path.trim(), text, format!("--set {}", path.trim())),
                None => self.error("--set".to_owned(), "must be section.key=value".to_owned()),
            }
        }
    }

    /// A value that came as text and takes the type its key wants.
    fn accept_text(&mut self, path: &str, text: &str, origin: String) {
        let value = match find(path).map(|key| key.kind) {
            Some(Kind::Integer(..)) => text.trim().parse().map(Value::Integer).ok(),
            Some(Kind::Number(..)) => text.trim().parse().map(Value::Float).ok(),
            Some(Kind::Bool) => text.trim().parse().map(Value::Boolean).ok(),
            Some(Kind::List) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
            }
            Some(Kind::Text | Kind::Secret | Kind::Choice(_)) | None => None,
        };
        self.accept(path, value.unwrap_or_else(|| Value::String(text.to_owned())), origin);
    }

    fn accept(&mut self, path: &str, value: Value, origin: String) {
        let Some(key) = find(path) else {
            return self.error(origin, format!("{path} is no setting{}", suggestion(path)));
        };
        let value = match (key.kind, value) {
            (Kind::Number(..), Value::Integer(whole)) => {
                i32::try_from(whole).map_or(Value::Integer(whole), |whole| Value::Float(whole.into()))
            }
            (_, value) => value,
        };
        match wrong(key.kind, &value) {
            Some(wanted) => self.error(origin, format!("{path} must be {wanted}")),
            None => drop(self.values.insert(path.to_owned(), (value, origin))),
        }
    }

    fn error(&mut self, origin: String, problem: String) {
        self.errors.push(ConfigError { origin, problem });
    }

    fn finish(mut self) -> Result<Loaded, ConfigErrors> {
        let mut table = Table::new();
        for key in KEYS {
            let section = table.entry(key.section).or_insert_with(|| Value::Table(Table::new()));
            if let (Value::Table(section), Some((value, _))) = (section, self.values.get(&key.path())) {
                section.insert(key.name.to_owned(), value.clone());
            }
        }
        match Config::deserialize_from(table) {
            Ok(config) => {
                for (path, problem) in config.check() {
                    let origin = self.values.get(path).map_or("default", |(_, origin)| origin).to_owned();
                    self.error(origin, format!("{path} {problem}"));
                }
                if self.errors.is_empty() {
                    return Ok(Loaded { config, origins: self.values });
                }
            }
            // Every value was checked against its key, so this only tells that keys and structs disagree.
            Err(why) => self.error("the tree".to_owned(), why),
        }
        Err(ConfigErrors(self.errors))
    }
}

impl Config {
    fn deserialize_from(table: Table) -> Result<Config, String> {
        // The error could quote a secret, so only the place of it is kept.
        Value::Table(table).try_into().map_err(|why: toml::de::Error| why.message().chars().take(80).collect())
    }
}

fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path() == path)
}

fn suggestion(path: &str) -> String {
    let nearest = KEYS
        .iter()
        .map(|key| (strsim::jaro_winkler(path, &key.path()), key))
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((likeness, key)) if likeness >= SUGGEST_FROM => format!("; did you mean {} ({})?", key.path(), key.env()),
        _ => "; `landfall check-config --reference` lists them".to_owned(),
    }
}

/// What a value should have been, if it is not.
fn wrong(kind: Kind, value: &Value) -> Option<String> {
    match (kind, value) {
        (Kind::Text | Kind::Secret, Value::String(text)) => {
            text.trim().is_empty().then(|| "a text that is not empty".to_owned())
        }
        (Kind::Integer(min, max), Value::Integer(number)) if (min..=max).contains(number) => None,
        (Kind::Integer(min, i64::MAX), _) => Some(format!("a whole number of at least {min}")),
        (Kind::Integer(min, max), _) => Some(format!("a whole number from {min} to {max}")),
        (Kind::Number(min, max), Value::Float(number)) if (min..=max).contains(number) => None,
        (Kind::Number(min, max), _) => Some(format!("a number from {min} to {max}")),
        (Kind::Bool, Value::Boolean(_)) => None,
        (Kind::Bool, _) => Some("true or false".to_owned()),
        (Kind::List, Value::Array(items)) if items.iter().all(Value::is_str) => None,
        (Kind::List, _) => Some("a list of texts".to_owned()),
        (Kind::Choice(words), Value::String(word)) if words.contains(&word.as_str()) => None,
        (Kind::Choice(words), _) => Some(words.join(" or ")),
        (Kind::Text | Kind::Secret, _) => Some("a text".to_owned()),
    }
}

impl Loaded {
    /// The effective tree as TOML, secrets redacted, each value with its origin.
    pub fn render(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for key in KEYS {
            if key.section != section {
                section = key.section;
                let _ = writeln!(text, "{}[{section}]", if text.is_empty() { "" } else { "\n" });
            }
            let _ = match self.origins.get(&key.path()) {
                None => writeln!(text, "# {} is not set", key.name),
                Some((value, origin)) => writeln!(text, "{} = {} # {origin}", key.name, shown(key, value)),
            };
        }
        text
    }
}

fn shown(key: &Key, value: &Value) -> String {
    match (key.kind, value) {
        (Kind::Secret, Value::String(secret)) => Value::String(Secret::new(secret.clone()).shown()).to_string(),
        (_, value) => value.to_string(),
    }
}

/// The table of all settings, in Markdown, as the README shows it.
pub fn reference() -> String {
    let mut text = "| environment | default | meaning |\n|---|---|---|\n".to_owned();
    for key in KEYS {
        let default =
            if key.default.is_empty() { String::new() } else { format!("`{}`", key.default.trim_matches('"')) };
        let values = match key.kind {
            Kind::Choice(words) => format!(": `{}`", words.join("`, `")),
            Kind::Text | Kind::Secret | Kind::Integer(..) | Kind::Number(..) | Kind::Bool | Kind::List => String::new(),
        };
        let _ = writeln!(text, "| `{}` | {default} | {}{values} |", key.env(), key.meaning);
    }
    text
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.origin, self.problem)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Sources {
        let env = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Sources { env, ..Sources::default() }
    }

    #[test]
    fn the_defaults_are_a_valid_configuration() {
        let config = load(&Sources::default()).unwrap().config;
        assert_eq!(config.worker.max_in_flight, 200);
        assert_eq!(config.poll.first_delay_ms, None);
        assert_eq!(config.provider.url, "https://api.runware.ai/v1");
    }

    #[test]
    fn flags_go_over_the_environment_over_the_file_over_defaults() {
        let file = "[worker]\nmax_in_flight = 1\ndrain_s = 1\nlease_s = 1\n[s3]\nbucket = \"b\"\n";
        let mut sources = env(&[("LANDFALL_WORKER__DRAIN_S", "2"), ("LANDFALL_WORKER__LEASE_S", "2")]);
        sources.file = Some((PathBuf::from("landfall.toml"), file.to_owned()));
        sources.set = vec!["worker.lease_s=3".to_owned()];
        let loaded = load(&sources).unwrap();
        let worker = &loaded.config.worker;
        assert_eq!((worker.max_in_flight, worker.drain_s, worker.lease_s), (1, 2, 3));
        let text = loaded.render();
        assert!(text.contains("drain_s = 2 # LANDFALL_WORKER__DRAIN_S"), "{text}");
        assert!(text.contains("lease_s = 3 # --set worker.lease_s"), "{text}");
        assert!(text.parse::<Table>().is_ok(), "what is printed is TOML again");
    }

    #[test]
    fn all_mistakes_are_told_together_with_their_origins() {
        let mut sources = env(&[
            ("LANDFALL_WORKER__MAX_IN_FLIHGT", "5"),
            ("LANDFALL_WORKER__DRAIN_S", "soon"),
            ("LANDFALL_AMQP__TOPOLOGY", "guess"),
        ]);
        sources.file = Some((
            PathBuf::from("x.toml"),
            "stray = 1\n[poll]\ninterval_ms_min = 20000\n[s3]\nkey_template = \"x\"".to_owned(),
        ));
        let errors = load(&sources).unwrap_err().to_string();
        for part in [
            "LANDFALL_WORKER__MAX_IN_FLIHGT: worker.max_in_flihgt is no setting; did you mean worker.max_in_flight",
            "LANDFALL_WORKER__DRAIN_S: worker.drain_s must be a whole number from 0 to 3600",
            "LANDFALL_AMQP__TOPOLOGY: amqp.topology must be declare or check or none",
            "x.toml: stray stands outside of a [section]",
            "x.toml: poll.interval_ms_min must not be above",
            "x.toml: s3.key_template must hold {jobId}",
        ] {
            assert!(errors.contains(part), "{part} is missing in {errors}");
        }
    }

    #[test]
    fn the_ledger_may_not_stand_where_staging_objects_expire() {
        for (staging, fits) in [("landfall", false), ("landfall/ledger", false), ("landfall/led", true)] {
            let sources = env(&[("LANDFALL_S3__STAGING_PREFIX", staging)]);
            assert_eq!(load(&sources).is_ok(), fits, "{staging}");
        }
    }

    #[test]
    fn variables_of_opentelemetry_are_heeded_and_ours_go_over_them() {
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://base:4318/otel/");
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4318/t");
        let ours = ("LANDFALL_TRACES__OTLP_ENDPOINT", "http://ours:4318");
        for (variables, url) in [
            (&[][..], None),
            (&[base][..], Some("http://base:4318/otel/v1/traces")),
            (&[traces, base][..], Some("http://traces:4318/t")),
            (&[ours, traces, base][..], Some("http://ours:4318/v1/traces")),
            (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")][..], None),
        ] {
            let config = load(&env(variables)).unwrap().config;
            assert_eq!(config.traces.url().unwrap().as_ref().map(url::Url::as_str), url, "{variables:?}");
        }
        for wrong in ["collector:4318", "ftp://collector", "http://u:hunter2@collector:4318", "http://c/?key=hunter2"] {
            let errors = load(&env(&[("LANDFALL_TRACES__OTLP_ENDPOINT", wrong)])).unwrap_err().to_string();
            assert!(errors.contains("traces.otlp_endpoint must ") && !errors.contains("hunter2"), "{errors}");
        }
    }

    #[test]
    fn secrets_are_never_shown() {
        let sources = env(&[
            ("LANDFALL_AMQP__URL", "amqps://u:hunter2@broker.example/%2f?password=hunter2"),
            ("RUNWARE_API_KEY", "hunter2-the-key"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20hunter2"),
        ]);
        let loaded = load(&sources).unwrap();
        assert!(!format!("{loaded:?}").replace("origins", "").contains("Secret(h"));
        assert!(!loaded.render().contains("hunter2"), "{}", loaded.render());
        assert!(loaded.render().contains("amqps://u:redacted@broker.example"));
        assert_eq!(loaded.config.api_key().unwrap().expose(), "hunter2-the-key");
    }
}
