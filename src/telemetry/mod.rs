//! Logs, and what a running worker serves over HTTP about itself.

mod health;
mod http;
mod logs;
mod metrics;

pub use health::{Health, health_pages};
pub use http::serve;
pub use logs::{LogError, start};
pub use metrics::{Described, Kind, Metrics, Readings};
