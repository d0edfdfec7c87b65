//! landfall's own headers on messages: their names, and how they are read from whatever a message came with.

use lapin::BasicProperties;
use lapin::types::AMQPValue;

use super::wire::as_text;

/// What the names of all of them start with.
pub(super) const OWN_PREFIX: &str = "landfall-";

/// Longest of our own headers believed when a message comes back with them: a queue's name.
const OWN_MAX_BYTES: usize = 255;

/// Names of the headers that landfall itself puts on dead letters, parked messages and replayed ones. None starts with
/// `x-`, which is the broker's.
pub struct Headers;

impl Headers {
    /// Why the message was dead-lettered this time.
    pub const REASON: &'static str = "landfall-reason";
    /// Why it was dead-lettered the first time.
    pub const FIRST_REASON: &'static str = "landfall-first-reason";
    /// What is wrong with it: a JSON array of `{field, problem}`, as many as fit.
    pub const PROBLEMS: &'static str = "landfall-problems";
    /// The queue it was on first.
    pub const FIRST_QUEUE: &'static str = "landfall-first-queue";
    /// When it was dead-lettered, RFC 3339.
    pub const REJECTED_AT: &'static str = "landfall-rejected-at";
    /// How often it was given to a worker so far.
    pub const ATTEMPTS: &'static str = "landfall-attempts";
    /// How often it was parked.
    pub const PARKED: &'static str = "landfall-parked";
    /// How often an operator put it back on the queue of jobs.
    pub const REPLAYS: &'static str = "landfall-replays";
    /// When that was done last, RFC 3339.
    pub const REPLAYED_AT: &'static str = "landfall-replayed-at";
    /// How many of its own headers were too large, or of a kind, to go on with it.
    pub const HEADERS_DROPPED: &'static str = "landfall-headers-dropped";
}

/// The header of that name.
pub(super) fn header<'a>(properties: &'a BasicProperties, name: &str) -> Option<&'a AMQPValue> {
    properties.headers().as_ref().and_then(|headers| headers.inner().get(name))
}

/// The text of one of our own headers.
pub(super) fn own_text(properties: &BasicProperties, name: &str) -> Option<String> {
    header(properties, name).and_then(as_text).filter(|text| text.len() <= OWN_MAX_BYTES)
}

/// The count in a header.
pub(super) fn count(properties: &BasicProperties, name: &str) -> Option<i64> {
    header(properties, name).and_then(as_count)
}

/// A count that is not negative, of whatever width the client or broker wrote it in.
pub(super) fn as_count(value: &AMQPValue) -> Option<i64> {
    let count = match value {
        AMQPValue::ShortShortInt(n) => i64::from(*n),
        AMQPValue::ShortShortUInt(n) => i64::from(*n),
        AMQPValue::ShortInt(n) => i64::from(*n),
        AMQPValue::ShortUInt(n) => i64::from(*n),
        AMQPValue::LongInt(n) => i64::from(*n),
        AMQPValue::LongUInt(n) => i64::from(*n),
        AMQPValue::LongLongInt(n) => *n,
        _ => return None,
    };
    (count >= 0).then_some(count)
}
