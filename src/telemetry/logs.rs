//! Logs to standard error: text for people, JSON lines for machines.
//!
//! Dependencies are held at `info`, whatever the filter says. Below that they print what they send: request lines with
//! `X-Amz-Signature`, authorisation headers, AMQP log-ins. landfall's own types cannot be formatted that way, and its own
//! records go down to `trace`.
//!
//! What others wrote is in many records: it is escaped and bounded here once more, so that no field can forge a line or
//! command a terminal, whoever forgot to look at it.
//!
//! While traces are collected, each JSON line names the trace and the span that it was written in. Text is for people, and
//! stays as it is.

use std::fmt::Write as _;
use std::io::IsTerminal;

use serde_json::Value;
use tracing::field::Field;
use tracing::{Event, Level, Metadata, Span, Subscriber};
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::{EnvFilter, FilterExt, FilterFn};
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer, debug_fn};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use super::traces::{self, TraceOptions};
use crate::job::text::{is_fit, one_line};
use crate::ports::SPANS;

/// Longest text of one field of a record, in characters. Our own are far shorter; a longer one is an answer that somebody
/// repeats in full.
const FIELD_MAX_CHARS: usize = 4000;

/// Why logging or tracing could not be started.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

/// Starts logging, and tracing where there are options for it. `format` is `text`, `json` or `auto`: text on a terminal,
/// else JSON. With traces it must be called inside a tokio runtime.
pub fn start(format: &str, filter: &str, traces: Option<&TraceOptions>) -> Result<(), StartError> {
    let filter = EnvFilter::try_new(filter).map_err(|why| StartError(format!("log.filter: {why}")))?;
    let text = match format {
        "text" => true,
        "json" => false,
        _ => std::io::stderr().is_terminal(),
    };
    let ansi = std::io::stderr().is_terminal();
    let registry = tracing_subscriber::registry();
    let started = match traces {
        None => {
            let logs = layer(text, ansi, false, std::io::stderr).with_filter(filter.and(FilterFn::new(is_safe)));
            registry.with(logs).try_init()
        }
        Some(options) => {
            let traces = traces::layer(options).map_err(StartError)?;
            let logs = layer(text, ansi, true, std::io::stderr).with_filter(filter.and(FilterFn::new(is_safe)));
            registry.with(traces).with(logs).try_init()
        }
    };
    started.map_err(|why| StartError(why.to_string()))
}

fn layer<S, W>(text: bool, ansi: bool, traced: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    if text {
        let fields = debug_fn(write_field).delimited(" ");
        fmt::layer().with_ansi(ansi).fmt_fields(fields).with_writer(writer).boxed()
    } else {
        let lines = JsonLines { format: Format::default().json().flatten_event(true), traced };
        fmt::layer().fmt_fields(JsonFields::new()).event_format(lines).with_writer(writer).boxed()
    }
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn std::fmt::Debug) -> std::fmt::Result {
    let shown = one_line(&format!("{value:?}"), FIELD_MAX_CHARS);
    match field.name() {
        "message" => writer.write_str(&shown),
        name if writer.has_ansi_escapes() => write!(writer, "\u{1b}[3m{name}\u{1b}[0m\u{1b}[2m=\u{1b}[0m{shown}"),
        name => write!(writer, "{name}={shown}"),
    }
}

/// JSON lines whose texts are fit to be shown. JSON itself escapes line ends, but not what turns text around.
struct JsonLines {
    format: Format<Json>,
    /// Whether to name trace and span.
    traced: bool,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> std::fmt::Result {
        let mut line = String::new();
        self.format.format_event(ctx, Writer::new(&mut line), event)?;
        line.truncate(line.trim_end().len());
        if self.traced {
            name_trace(&mut line);
        }
        // Nearly all are; the others are read and written anew, which orders their fields by name.
        if line.len() <= FIELD_MAX_CHARS && is_fit(&line) {
            return writeln!(out, "{line}");
        }
        let mut record = serde_json::from_str(&line).unwrap_or_else(|_| Value::from(line));
        make_fit(&mut record);
        writeln!(out, "{record}")
    }
}

/// Adds the trace and the span that we are in to a JSON object.
fn name_trace(line: &mut String) {
    let ours = Span::current().with_subscriber(|(id, subscriber)| traces::trace_of(id, subscriber)).flatten();
    if let Some(ours) = ours
        && line.pop() == Some('}')
    {
        // Writing into a text cannot fail.
        let _ = write!(line, ",\"trace_id\":\"{}\",\"span_id\":\"{}\"}}", ours.trace_id(), ours.span_id());
    }
}

fn make_fit(value: &mut Value) {
    match value {
        Value::String(text) => *text = one_line(text, FIELD_MAX_CHARS),
        Value::Array(items) => items.iter_mut().for_each(make_fit),
        Value::Object(map) => map.values_mut().for_each(make_fit),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a record can be shown without fear for what a dependency put into it.
///
/// lapin is silent: it reports every clean end of a connection as an error, and what really goes wrong is told by our own
/// supervisor.
fn is_safe(record: &Metadata<'_>) -> bool {
    let target = record.target();
    let own = target == "landfall" || target.starts_with("landfall::");
    own || (*record.level() <= Level::INFO && !target.starts_with("lapin") && target != SPANS)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no holder panics").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What the subscriber writes of `records`.
    fn logged(text: bool, ansi: bool, records: impl FnOnce()) -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::registry().with(layer(text, ansi, false, move || writer.clone()));
        tracing::subscriber::with_default(subscriber, records);
        let bytes = log.0.lock().expect("no holder panics").clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    const HOSTILE: &str = "bad\r\nERROR forged: all is lost\u{1b}[2J\u{9b}31m\u{202e}dessac\u{2028}\u{feff}";

    fn hostile_records() {
        let job = tracing::info_span!("job", job_id = HOSTILE);
        let _in_job = job.enter();
        let error = io::Error::other(HOSTILE);
        tracing::error!(broker = HOSTILE, %error, debug = ?HOSTILE, "the provider says {HOSTILE}");
        tracing::error!(huge = "x".repeat(1_000_000), "{}", HOSTILE.repeat(100_000));
    }

    #[test]
    fn no_field_forges_a_line_or_commands_a_terminal_in_either_format() {
        for text in [true, false] {
            let log = logged(text, false, hostile_records);
            assert_eq!(log.lines().count(), 2, "text {text}: {log:.2000}");
            assert!(log.lines().all(is_fit), "text {text}: {log:.2000}");
            assert!(log.len() < 100_000, "text {text}: {} bytes", log.len());
            assert!(log.contains("forged") && log.contains("u{202e}"), "text {text}: {log:.2000}");
        }
    }

    #[test]
    fn json_lines_stay_json_whatever_is_in_them() {
        let log = logged(false, false, || {
            hostile_records();
            tracing::info!(size = 7, "landed");
        });
        let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(records.len(), 3);
        assert_eq!((&records[0]["level"], &records[0]["target"]), (&"ERROR".into(), &module_path!().into()));
        assert!(records[0]["span"]["job_id"].as_str().expect("a text").starts_with("bad\\u{d}\\u{a}"), "{log:.2000}");
        assert_eq!((&records[2]["message"], &records[2]["size"]), (&"landed".into(), &7.into()));
    }

    #[test]
    fn on_a_terminal_the_colours_are_ours_alone() {
        let log = logged(true, true, || tracing::info!(said = HOSTILE, "look"));
        assert!(log.contains("\u{1b}[3msaid\u{1b}[0m") && log.contains("look"), "{log:?}");
        assert!(!log.contains("\u{1b}[2J") && !log.contains('\u{202e}') && log.lines().count() == 1, "{log:?}");
    }
}
