//! What is read of a message on the dead-letter queue. Anybody may have put it there, with anything in it: every text is
//! escaped and bounded, and what cannot be read is left out.

use bytes::Bytes;
use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use crate::job::fields::{PROBLEMS_MAX, Problem};
use crate::job::letter::{Letter, LetterId, WholeLetter, job_id_of};
use crate::job::text::one_line;
use crate::rabbit::forward::traceparent;
use crate::rabbit::headers::{Headers, count, header, own_text};
use crate::rabbit::wire::as_text;

/// Longest start of a body that is shown in a list, in characters.
const EXCERPT_MAX_CHARS: usize = 200;

/// Longest name that is shown, in characters: of a queue, a reason, a header.
const NAME_MAX_CHARS: usize = 255;

/// Longest text of others that is shown, in characters: a problem, a header's value.
const TEXT_MAX_CHARS: usize = 1000;

/// Most headers shown.
const HEADERS_MAX: usize = 100;

/// What the reasons start with for which the broker itself dead-lettered a message.
const BY_THE_BROKER: &str = "broker.";

/// The letter that is in a message.
pub(super) fn read(properties: &BasicProperties, body: Vec<u8>) -> WholeLetter {
    let death = BrokersDeath::of(properties);
    let said_at = own_text(properties, Headers::REJECTED_AT);
    let rejected_at = match &said_at {
        Some(text) => text.parse().ok(),
        None => death.at,
    };
    let message_id = text_of(properties.message_id());
    let instant = said_at.or_else(|| death.at.map(|at| at.to_string())).unwrap_or_default();
    let letter = Letter {
        id: LetterId::of(message_id.as_deref().unwrap_or_default(), &instant, &body),
        job_id: job_id_of(&body),
        reason: own_name(properties, Headers::REASON).or(death.reason),
        first_reason: own_name(properties, Headers::FIRST_REASON),
        problems: problems(properties),
        rejected_at,
        first_queue: own_name(properties, Headers::FIRST_QUEUE).or(death.queue),
        attempts: number(properties, Headers::ATTEMPTS),
        replays: number(properties, Headers::REPLAYS).unwrap_or(0),
        replayed_at: own_text(properties, Headers::REPLAYED_AT).and_then(|text| text.parse().ok()),
        message_id: message_id.map(|id| one_line(&id, NAME_MAX_CHARS)),
        traceparent: traceparent(properties),
        size: u64::try_from(body.len()).unwrap_or(u64::MAX),
        excerpt: excerpt(&body),
        copies: 1,
    };
    let content_type = text_of(properties.content_type()).map(|text| one_line(&text, NAME_MAX_CHARS));
    WholeLetter { letter, body: Bytes::from(body), content_type, headers: headers(properties) }
}

/// What the broker tells of a message that it dead-lettered by itself.
#[derive(Default)]
struct BrokersDeath {
    reason: Option<String>,
    queue: Option<String>,
    at: Option<Timestamp>,
}

impl BrokersDeath {
    /// `x-death` is a list of tables, the last death first.
    fn of(properties: &BasicProperties) -> BrokersDeath {
        let Some(AMQPValue::FieldArray(deaths)) = header(properties, "x-death") else { return BrokersDeath::default() };
        let Some(AMQPValue::FieldTable(last)) = deaths.as_slice().first() else { return BrokersDeath::default() };
        let said = |name: &str| last.inner().get(name);
        let named = |name: &str| said(name).and_then(as_text);
        let at = match said("time") {
            Some(AMQPValue::Timestamp(seconds)) => i64::try_from(*seconds).ok(),
            Some(_) | None => None,
        };
        BrokersDeath {
            reason: named("reason").map(|reason| one_line(&format!("{BY_THE_BROKER}{reason}"), NAME_MAX_CHARS)),
            queue: named("queue").map(|queue| one_line(&queue, NAME_MAX_CHARS)),
            at: at.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        }
    }
}

fn own_name(properties: &BasicProperties, name: &str) -> Option<String> {
    own_text(properties, name).map(|text| one_line(&text, NAME_MAX_CHARS))
}

fn number(properties: &BasicProperties, name: &str) -> Option<u64> {
    count(properties, name).and_then(|count| u64::try_from(count).ok())
}

fn text_of(property: &Option<ShortString>) -> Option<String> {
    property.as_ref().map(ShortString::to_string)
}

fn problems(properties: &BasicProperties) -> Vec<Problem> {
    let told = header(properties, Headers::PROBLEMS).and_then(as_text).unwrap_or_default();
    let told: Vec<Problem> = serde_json::from_str(&told).unwrap_or_default();
    let shown = told.into_iter().take(PROBLEMS_MAX).map(|Problem { field, problem }| Problem {
        field: one_line(&field, NAME_MAX_CHARS),
        problem: one_line(&problem, TEXT_MAX_CHARS),
    });
    shown.collect()
}

/// The start of a body on one line, whatever its bytes are.
fn excerpt(body: &[u8]) -> String {
    // No character has more than four bytes.
    let start = body.get(..EXCERPT_MAX_CHARS * 4 + 4).unwrap_or(body);
    one_line(&String::from_utf8_lossy(start), EXCERPT_MAX_CHARS)
}

fn headers(properties: &BasicProperties) -> Vec<(String, String)> {
    let all = properties.headers().iter().flat_map(FieldTable::inner).take(HEADERS_MAX);
    all.map(|(name, value)| (one_line(name.as_str(), NAME_MAX_CHARS), one_line(&shown(value), TEXT_MAX_CHARS)))
        .collect()
}

/// A header's value as a text. Tables and arrays, which only the broker sends, are told as what they are.
fn shown(value: &AMQPValue) -> String {
    match value {
        AMQPValue::Boolean(value) => value.to_string(),
        AMQPValue::ShortShortInt(value) => value.to_string(),
        AMQPValue::ShortShortUInt(value) => value.to_string(),
        AMQPValue::ShortInt(value) => value.to_string(),
        AMQPValue::ShortUInt(value) => value.to_string(),
        AMQPValue::LongInt(value) => value.to_string(),
        AMQPValue::LongUInt(value) => value.to_string(),
        AMQPValue::LongLongInt(value) => value.to_string(),
        AMQPValue::Float(value) => value.to_string(),
        AMQPValue::Double(value) => value.to_string(),
        AMQPValue::Timestamp(value) => value.to_string(),
        AMQPValue::DecimalValue(_) => "(a decimal)".to_owned(),
        AMQPValue::FieldArray(array) => format!("(an array of {})", array.as_slice().len()),
        AMQPValue::FieldTable(table) => format!("(a table of {})", table.inner().len()),
        AMQPValue::Void => "(nothing)".to_owned(),
        AMQPValue::ShortString(_) | AMQPValue::LongString(_) | AMQPValue::ByteArray(_) => {
            as_text(value).unwrap_or_else(|| "(no UTF-8)".to_owned())
        }
    }
}
