//! Real servers for the tests: a RabbitMQ and a SeaweedFS, found or started.
//!
//! A test asks for what it needs and goes on without ceremony:
//!
//! ```ignore
//! let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
//! let url = broker.fresh_vhost();
//! ```
//!
//! Each kind is looked for in the same order: a server named by the environment, a program on this machine, a
//! container. `LANDFALL_TEST_SERVERS` set to `local` or `container` leaves only that one. What is started here listens
//! on 127.0.0.1, and does not outlive the test process, however that ends.

mod container;
mod ports;
mod process;
mod rabbitmq;
mod seaweedfs;

use std::fmt;
use std::io::Write as _;

pub(crate) use ports::free as free_port;
pub(crate) use process::{Pen, Running, find_program};
pub(crate) use rabbitmq::{RabbitMq, Tls};
pub(crate) use seaweedfs::SeaweedFs;

/// Why there is no server of a kind: what was tried, and what would help.
#[derive(Debug, Clone)]
pub(crate) struct Unavailable {
    what: &'static str,
    tried: Vec<String>,
    remedy: &'static str,
}

impl Unavailable {
    pub(crate) fn new(what: &'static str, remedy: &'static str) -> Self {
        Self { what, tried: Vec::new(), remedy }
    }

    pub(crate) fn because(mut self, attempt: impl Into<String>) -> Self {
        self.tried.push(attempt.into());
        self
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no {} to test with", self.what)?;
        for attempt in &self.tried {
            write!(f, "\n  - {attempt}")?;
        }
        write!(f, "\n  {}", self.remedy)
    }
}

impl std::error::Error for Unavailable {}

/// The server, or nothing after saying on standard error which test is skipped and why.
///
/// # Panics
/// With `CI=true` in the environment: there a skipped test is a failed one.
pub(crate) fn or_skip<T>(server: Result<T, Unavailable>) -> Option<T> {
    match server {
        Ok(server) => Some(server),
        Err(reason) => {
            skip_or_fail(&reason.to_string());
            None
        }
    }
}

/// Says on standard error that the running test is skipped, and why.
///
/// # Panics
/// With `CI=true` in the environment.
pub(crate) fn skip_or_fail(reason: &str) {
    let skips_fail = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!skips_fail, "a test may not be skipped where CI=true: {reason}");
    let thread = std::thread::current();
    let line = format!("SKIPPED {}: {reason}\n", thread.name().unwrap_or("a test"));
    // Not `eprintln!`: the test harness would keep that to itself, as the test passes.
    drop(std::io::stderr().write_all(line.as_bytes()));
}

/// Which ways of getting a server `LANDFALL_TEST_SERVERS` leaves.
fn wanted(way: &str) -> bool {
    std::env::var("LANDFALL_TEST_SERVERS").map_or(true, |only| only.is_empty() || only == way)
}
