//! Logs, metrics and traces, and what a running worker serves over HTTP about itself.

mod health;
mod http;
mod logs;
mod metrics;
mod traces;

pub use health::{Health, health_pages};
pub use http::serve;
pub use logs::{StartError, start};
pub use metrics::{Described, Kind, Metrics, Readings};
pub use traces::{TraceOptions, TracedEvents, flush, propagation};
