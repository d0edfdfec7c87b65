//! Logs, and the health of a running worker.

mod health;
mod logs;

pub use health::{Health, serve};
pub use logs::{LogError, start};
