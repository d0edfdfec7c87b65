//! Logs to standard error: text for people, JSON lines for machines.
//!
//! Dependencies are held at `info`, whatever the filter says. Below that they print what they send: request lines with
//! `X-Amz-Signature`, authorisation headers, AMQP log-ins. landfall's own types cannot be formatted that way, and its own
//! records go down to `trace`.

use std::io::IsTerminal;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt, FilterFn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Why logging could not be started.
#[derive(Debug, thiserror::Error)]
#[error("log.filter: {0}")]
pub struct LogError(String);

/// Starts logging. `format` is `text`, `json` or `auto`: text on a terminal, else JSON.
pub fn start(format: &str, filter: &str) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(filter).map_err(|why| LogError(why.to_string()))?;
    let filter = filter.and(FilterFn::new(is_safe));
    let text = match format {
        "text" => true,
        "json" => false,
        _ => std::io::stderr().is_terminal(),
    };
    let layer = if text {
        fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).boxed()
    } else {
        fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed()
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init().map_err(|why| LogError(why.to_string()))
}

/// Whether a record can be shown without fear for what a dependency put into it.
///
/// lapin is silent: it reports every clean end of a connection as an error, and what really goes wrong is told by our own
/// supervisor.
fn is_safe(record: &Metadata<'_>) -> bool {
    let target = record.target();
    let own = target == "landfall" || target.starts_with("landfall::");
    own || (*record.level() <= Level::INFO && !target.starts_with("lapin"))
}
