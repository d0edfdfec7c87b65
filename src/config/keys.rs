//! Every setting, once: its name, what values it takes, its default, what it means.
//!
//! Parsing, the printed tree and the README's table all come from here.

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Text that is never shown.
    Secret,
    /// A whole number within bounds.
    Integer(i64, i64),
    /// A number within bounds.
    Number(f64, f64),
    /// `true` or `false`.
    Bool,
    /// Texts; in the environment separated by commas.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The table it is in.
    pub section: &'static str,
    /// Its name there, with the unit where there is one.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// Its default as TOML; empty when there is none.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

impl Key {
    /// `section.name`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The environment variable that sets it.
    pub fn env(&self) -> String {
        format!("LANDFALL_{}__{}", self.section, self.name).to_uppercase()
    }
}

const fn key(
    section: &'static str,
    name: &'static str,
    kind: Kind,
    default: &'static str,
    meaning: &'static str,
) -> Key {
    Key { section, name, kind, default, meaning }
}

const WEEK_S: i64 = 7 * 24 * 3600;
const MAX: i64 = i64::MAX;

/// All settings, in the order in which they are shown.
pub const KEYS: &[Key] = &[
    key("amqp", "url", Kind::Secret, "\"amqp://guest:guest@127.0.0.1:5672/%2f\"", "the broker; `amqps` for TLS"),
    key("amqp", "ca_file", Kind::Text, "", "certificates (PEM) to trust besides the system's, for `amqps`"),
    key(
        "amqp",
        "topology",
        Kind::Choice(&["declare", "check", "none"]),
        "\"declare\"",
        "declare queues and exchanges, check that they are there, or leave them alone",
    ),
    key("amqp", "jobs_queue", Kind::Text, "\"landfall.jobs\"", "where jobs come from"),
    key("amqp", "parked_queue", Kind::Text, "\"landfall.parked\"", "where deliveries go on when their lease runs out"),
    key("amqp", "dead_letters", Kind::Text, "\"landfall.dead-letters\"", "exchange and queue of refused messages"),
    key("amqp", "events_exchange", Kind::Text, "\"landfall.events\"", "topic exchange of the events"),
    key(
        "amqp",
        "control_exchange",
        Kind::Text,
        "\"landfall.control\"",
        "fanout exchange over which workers of one ledger tell one another about jobs",
    ),
    key("amqp", "event_mode", Kind::Choice(&["structured", "binary"]), "\"structured\"", "CloudEvents content mode"),
    key("provider", "url", Kind::Text, "\"https://api.runware.ai/v1\"", "the task API"),
    key("provider", "api_key", Kind::Secret, "", "its key; else `RUNWARE_API_KEY` or `provider.api_key_file`"),
    key("provider", "api_key_file", Kind::Text, "", "a file that holds the key"),
    key(
        "provider",
        "models",
        Kind::List,
        "[\"heygen:video-agent@0\"]",
        "models that jobs may buy; others than the default are checked for common parameters only",
    ),
    key(
        "provider",
        "job_url_hosts",
        Kind::List,
        "[]",
        "hosts that a job's `webhookURL` and `inputs` may name, as in `rescue.allow_hosts`; every public one when empty",
    ),
    key("provider", "batch_max", Kind::Integer(1, 1000), "50", "most tasks in one call"),
    key("provider", "timeout_s", Kind::Integer(1, 600), "30", "longest wait for one call"),
    key(
        "provider",
        "usd_per_second",
        Kind::Number(0.0, 1000.0),
        "0.04",
        "price of a second of video, for the check against `maxCostUsd`",
    ),
    key(
        "s3",
        "bucket",
        Kind::Text,
        "",
        "default destination; also ledger and staging unless set apart (required by `worker` and `run`)",
    ),
    key("s3", "endpoint", Kind::Text, "", "where the worker talks to the store; AWS when absent"),
    key("s3", "public_endpoint", Kind::Text, "", "what upload URLs are signed for; `s3.endpoint` when absent"),
    key(
        "s3",
        "browser_endpoint",
        Kind::Text,
        "",
        "what the dashboard's links to videos are signed for: the store as browsers reach it; `s3.public_endpoint` when absent",
    ),
    key("s3", "region", Kind::Text, "", "region; from the AWS chain when absent"),
    key("s3", "path_style", Kind::Bool, "false", "`https://host/bucket/key` instead of `https://bucket.host/key`"),
    key("s3", "allowed_buckets", Kind::List, "[]", "further buckets that a job's destination may name"),
    key("s3", "key_template", Kind::Text, "\"{jobId}/{index}.{ext}\"", "final keys of jobs that give no template"),
    key("s3", "ledger_bucket", Kind::Text, "", "bucket of the ledger; `s3.bucket` when absent"),
    key("s3", "ledger_prefix", Kind::Text, "\"landfall/ledger\"", "what ledger keys start with"),
    key("s3", "staging_bucket", Kind::Text, "", "bucket that the provider uploads to; `s3.bucket` when absent"),
    key(
        "s3",
        "staging_prefix",
        Kind::Text,
        "\"landfall/staging\"",
        "what staging keys start with; give it a lifecycle rule",
    ),
    key("worker", "pool", Kind::Text, "\"landfall\"", "name of the worker pool: `source` of its events"),
    key("worker", "max_in_flight", Kind::Integer(1, 60_000), "200", "jobs held at once"),
    key(
        "worker",
        "job_deadline_s",
        Kind::Integer(1, WEEK_S - 3600),
        "3600",
        "deadline of jobs that name none; also bounds the life of upload URLs",
    ),
    key("worker", "drain_s", Kind::Integer(0, 3600), "30", "how long to go on after SIGTERM"),
    key(
        "worker",
        "lease_s",
        Kind::Integer(1, 86_400),
        "1200",
        "how long a delivery is held before it is parked; below the broker's own limit, 30 minutes by default",
    ),
    key(
        "worker",
        "submit_gather_ms",
        Kind::Integer(0, 10_000),
        "50",
        "how long a submission waits for others to share its call",
    ),
    key(
        "poll",
        "first_delay_ms",
        Kind::Integer(0, MAX),
        "",
        "wait before the first question about a task; learned when absent",
    ),
    key(
        "poll",
        "interval_ms_min",
        Kind::Integer(10, 3_600_000),
        "2000",
        "shortest wait between two questions about a task",
    ),
    key(
        "poll",
        "interval_ms_max",
        Kind::Integer(10, 3_600_000),
        "10000",
        "longest wait between two questions about a task",
    ),
    key(
        "landing",
        "lookup_window_s",
        Kind::Integer(0, 3600),
        "60",
        "how long to look for an upload after the provider reports success; at most a quarter of worker.lease_s",
    ),
    key(
        "landing",
        "strict",
        Kind::Choice(&["off", "container", "all"]),
        "\"off\"",
        "which differences from what was asked fail a job; all are stated in its event",
    ),
    key(
        "landing",
        "duration_tolerance_s",
        Kind::Number(0.0, 300.0),
        "1.0",
        "differences in length up to this are none",
    ),
    key("landing", "size_tolerance_px", Kind::Integer(0, 8192), "16", "differences in an edge up to this are none"),
    key("rescue", "enabled", Kind::Bool, "true", "fetch a video from `videoURL` when no good upload arrives"),
    key(
        "rescue",
        "allow_hosts",
        Kind::List,
        "[\"vm.runware.ai\"]",
        "hosts it may be fetched from; `*.example.com` for all below",
    ),
    key(
        "rescue",
        "allow_private",
        Kind::Bool,
        "false",
        "allow plain HTTP and private addresses, also in the URLs of jobs; for local stacks only",
    ),
    key("rescue", "max_bytes", Kind::Integer(1, MAX), "5368709120", "largest video that is fetched"),
    key("events", "submitted", Kind::Bool, "true", "announce when all tasks of a job are accepted"),
    key("events", "landed", Kind::Bool, "false", "announce each result that landed"),
    key(
        "events",
        "progress",
        Kind::Bool,
        "false",
        "announce progress as the provider tells it, in steps of at least 10 %",
    ),
    key("http", "listen", Kind::Text, "\"127.0.0.1:8080\"", "health, metrics and the dashboard"),
    key(
        "http",
        "token",
        Kind::Secret,
        "",
        "what opens the dashboard, at least 16 characters; without it, it is read on this machine only and nothing can be done",
    ),
    key("http", "token_file", Kind::Text, "", "a file that holds the token"),
    key("log", "format", Kind::Choice(&["auto", "text", "json"]), "\"auto\"", "text on a terminal, else json"),
    key("log", "filter", Kind::Text, "\"info\"", "tracing filter, for example `info,landfall=debug`"),
    key(
        "traces",
        "otlp_endpoint",
        Kind::Text,
        "",
        "where spans are sent, as OTLP over HTTP, like `http://127.0.0.1:4318`; without it there are no traces. \
         `/v1/traces` is added where there is no path. Else `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or \
         `OTEL_EXPORTER_OTLP_ENDPOINT`",
    ),
    key(
        "traces",
        "otlp_headers",
        Kind::Secret,
        "",
        "headers for that, `name=value,name=value`, values percent-encoded; else `OTEL_EXPORTER_OTLP_TRACES_HEADERS` or \
         `OTEL_EXPORTER_OTLP_HEADERS`",
    ),
    key(
        "traces",
        "sample_ratio",
        Kind::Number(0.0, 1.0),
        "1.0",
        "which share of the traces that begin here is sent; one that comes with a job is sent as its producer decided",
    ),
];
