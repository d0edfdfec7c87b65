//! How much is held, and for how long. Nothing of it is published by the vendor, so all of it can be set.

use std::time::Duration;

/// Tasks that wait for a seat unless told otherwise: more than any test has, so that nobody is refused by surprise.
pub(super) const DEFAULT_QUEUE: usize = 10_000;

/// How long a task waits for a seat unless told otherwise: a landfall job's own deadline.
pub(super) const DEFAULT_QUEUE_WAIT: Duration = Duration::from_secs(60 * 60);

/// How long an ended task is known unless told otherwise: landfall sends nothing again after a day.
pub(super) const DEFAULT_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// What the table of tasks holds at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Accepted tasks of which nothing is rendered yet: those on a seat and those that wait for one.
    pub(super) in_line: usize,
    /// How long an ended task is known.
    pub(super) retention: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_line: DEFAULT_QUEUE, retention: DEFAULT_RETENTION }
    }
}
