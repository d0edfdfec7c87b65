//! What of a message goes on when it is dead-lettered or parked: the body as it was, its properties without those that
//! would lose it, route it elsewhere or be refused, and our own headers, which say why.

use bytes::Bytes;
use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use uuid::Uuid;

use super::headers::{Headers, OWN_PREFIX, count, header, own_text};
use super::wire::{Message, PERSISTENT, TRACEPARENT, as_text, short, text};
use crate::job::event::RejectedData;
use crate::job::fault::Outcome;
use crate::ports::DeliveryEnvelope;

/// Most bytes of a message's own headers that go on with it. A message's properties must fit one frame, which is 128 KiB
/// unless set lower, or the broker ends the connection.
const KEPT_HEADERS_MAX_BYTES: usize = 16 * 1024;

/// Most bytes of the problems told in a dead letter's header; the event has all of them.
const PROBLEMS_MAX_BYTES: usize = 8 * 1024;

/// Longest `traceparent` believed; version 00 of W3C Trace Context has 55 characters.
const TRACEPARENT_MAX_BYTES: usize = 128;

/// A message as it was delivered: where from, and how it came.
pub(super) struct Received<'a> {
    pub(super) queue: &'a str,
    pub(super) properties: &'a BasicProperties,
    pub(super) redelivered: bool,
}

impl Received<'_> {
    /// What came with the message, for the worker.
    pub(super) fn envelope(&self) -> DeliveryEnvelope {
        DeliveryEnvelope {
            traceparent: traceparent(self.properties),
            redelivered: self.redelivered || self.earlier_deliveries() > 0,
            replayed_at: own_text(self.properties, Headers::REPLAYED_AT),
        }
    }

    /// The message for the dead-letter exchange.
    pub(super) fn dead_letter(
        &self,
        body: Bytes,
        rejection: &RejectedData,
        exchange: &str,
        now: Timestamp,
    ) -> Outcome<Message> {
        let doing = format!("dead-lettering a message of queue {} to exchange {exchange}", self.queue);
        let reason = rejection.reason.code();
        let mut headers = self.kept_headers();
        let first_reason = own_text(self.properties, Headers::FIRST_REASON).unwrap_or_else(|| reason.to_owned());
        headers.insert(Headers::FIRST_REASON.into(), text(&first_reason));
        headers.insert(Headers::REASON.into(), text(reason));
        headers.insert(Headers::PROBLEMS.into(), text(&problems(rejection)));
        headers.insert(Headers::REJECTED_AT.into(), text(&now.to_string()));
        self.forward(exchange, self.queue, headers, body, doing)
    }

    /// The message for the parked queue.
    pub(super) fn parked(&self, body: Bytes, queue: &str) -> Outcome<Message> {
        let doing = format!("parking a message of queue {} on queue {queue}", self.queue);
        let mut headers = self.kept_headers();
        let before = count(self.properties, Headers::PARKED).unwrap_or(0);
        headers.insert(Headers::PARKED.into(), AMQPValue::LongLongInt(before.saturating_add(1)));
        self.forward("", queue, headers, body, doing)
    }

    /// The dead letter as a message for the queue of jobs, once more. Why it was refused the first time goes on with it;
    /// what is said of its last refusal stays behind, as it is up to the worker again.
    pub(super) fn replayed(&self, body: Bytes, queue: &str, now: Timestamp) -> Outcome<Message> {
        let doing = format!("replaying a message of queue {} to queue {queue}", self.queue);
        let mut headers = self.their_headers();
        self.carry_history(&mut headers);
        if !headers.contains_key(Headers::FIRST_REASON)
            && let Some(reason) = own_text(self.properties, Headers::REASON)
        {
            headers.insert(Headers::FIRST_REASON.into(), text(&reason));
        }
        let before = count(self.properties, Headers::REPLAYS).unwrap_or(0);
        headers.insert(Headers::REPLAYS.into(), AMQPValue::LongLongInt(before.saturating_add(1)));
        headers.insert(Headers::REPLAYED_AT.into(), text(&now.to_string()));
        self.forward("", queue, headers, body, doing)
    }

    fn forward(
        &self,
        exchange: &str,
        routing_key: &str,
        headers: FieldTable,
        body: Bytes,
        doing: String,
    ) -> Outcome<Message> {
        let mut properties = self.kept_properties().with_headers(headers);
        // A publish is told by its id from the others in flight.
        let message_id = match properties.message_id() {
            Some(id) if !id.as_str().is_empty() => id.to_string(),
            _ => Uuid::new_v4().to_string(),
        };
        properties = properties.with_message_id(short(&message_id, &doing)?);
        Ok(Message {
            exchange: short(exchange, &doing)?,
            routing_key: short(routing_key, &doing)?,
            message_id,
            properties,
            body,
            mandatory: true,
            doing,
        })
    }

    /// The properties that go on. Not `expiration`, which would lose the message again; not `user_id`, which must be the
    /// publisher's own; not `cluster_id`, which nobody uses.
    fn kept_properties(&self) -> BasicProperties {
        let from = self.properties;
        let mut kept = BasicProperties::default().with_delivery_mode(PERSISTENT);
        if let Some(value) = from.content_type() {
            kept = kept.with_content_type(value.clone());
        }
        if let Some(value) = from.content_encoding() {
            kept = kept.with_content_encoding(value.clone());
        }
        if let Some(value) = from.correlation_id() {
            kept = kept.with_correlation_id(value.clone());
        }
        if let Some(value) = from.message_id() {
            kept = kept.with_message_id(value.clone());
        }
        if let Some(value) = from.reply_to() {
            kept = kept.with_reply_to(value.clone());
        }
        if let Some(value) = from.app_id() {
            kept = kept.with_app_id(value.clone());
        }
        if let Some(value) = from.kind() {
            kept = kept.with_type(value.clone());
        }
        if let Some(value) = from.timestamp() {
            kept = kept.with_timestamp(*value);
        }
        if let Some(value) = from.priority() {
            kept = kept.with_priority(*value);
        }
        kept
    }

    /// The headers that go on: theirs, and our own, brought up to date.
    fn kept_headers(&self) -> FieldTable {
        let mut kept = self.their_headers();
        self.carry_history(&mut kept);
        if !kept.contains_key(Headers::FIRST_QUEUE) {
            kept.insert(Headers::FIRST_QUEUE.into(), text(self.queue));
        }
        let before = count(self.properties, Headers::ATTEMPTS).unwrap_or(0);
        let attempts = before.saturating_add(self.earlier_deliveries()).saturating_add(1);
        kept.insert(Headers::ATTEMPTS.into(), AMQPValue::LongLongInt(attempts));
        kept
    }

    /// The producer's headers that go on: plain values, as many as fit, the trace context first. Not the broker's (`x-`),
    /// and not `CC` and `BCC`, which would make it deliver copies elsewhere.
    fn their_headers(&self) -> FieldTable {
        let mut kept = FieldTable::default();
        let mut bytes = 0;
        let mut dropped = 0_i64;
        let theirs = self.properties.headers().iter().flat_map(|headers| headers.inner());
        let (trace, others): (Vec<_>, Vec<_>) = theirs.partition(|(name, _)| name.as_str() == TRACEPARENT);
        for (name, value) in trace.into_iter().chain(others) {
            let brokers = name.as_str().starts_with("x-") || matches!(name.as_str(), "CC" | "BCC");
            if brokers || name.as_str().starts_with(OWN_PREFIX) {
                continue;
            }
            let size = plain_size(value).map(|size| size + name.as_str().len() + 2);
            match size {
                Some(size) if bytes + size <= KEPT_HEADERS_MAX_BYTES => {
                    bytes += size;
                    kept.insert(name.clone(), value.clone());
                }
                Some(_) | None => dropped += 1,
            }
        }
        if dropped > 0 {
            kept.insert(Headers::HEADERS_DROPPED.into(), AMQPValue::LongLongInt(dropped));
        }
        kept
    }

    /// What our own headers tell of the message's past, as it stands.
    fn carry_history(&self, headers: &mut FieldTable) {
        for name in [Headers::FIRST_REASON, Headers::FIRST_QUEUE, Headers::REPLAYED_AT] {
            if let Some(value) = own_text(self.properties, name) {
                headers.insert(name.into(), text(&value));
            }
        }
        for name in [Headers::ATTEMPTS, Headers::PARKED, Headers::REPLAYS] {
            if let Some(value) = count(self.properties, name) {
                headers.insert(name.into(), AMQPValue::LongLongInt(value));
            }
        }
    }

    /// Deliveries of this message from this queue before this one, as far as the broker counts them. Since RabbitMQ 4.3 its
    /// delivery count leaves out what was handed back, and another header has all.
    fn earlier_deliveries(&self) -> i64 {
        let count = |name| count(self.properties, name).unwrap_or(0);
        count("x-acquired-count").max(count("x-delivery-count"))
    }
}

/// The trace context of a message, when it is one.
pub(super) fn traceparent(properties: &BasicProperties) -> Option<String> {
    header(properties, TRACEPARENT).and_then(as_text).filter(|text| {
        !text.is_empty() && text.len() <= TRACEPARENT_MAX_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// As many problems as fit, as JSON that is whole.
fn problems(rejection: &RejectedData) -> String {
    let mut json = String::from("[");
    for problem in &rejection.problems {
        let Ok(one) = serde_json::to_string(problem) else { continue };
        if json.len() + one.len() + 2 > PROBLEMS_MAX_BYTES {
            break;
        }
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&one);
    }
    json.push(']');
    json
}

/// The size of a plain value; tables and arrays are none.
fn plain_size(value: &AMQPValue) -> Option<usize> {
    match value {
        AMQPValue::LongString(text) => Some(text.len() + 5),
        AMQPValue::ByteArray(bytes) => Some(bytes.len() + 5),
        AMQPValue::FieldArray(_) | AMQPValue::FieldTable(_) | AMQPValue::ShortString(_) => None,
        _ => Some(9),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::headers::as_count;
    use super::*;
    use crate::job::event::Speaker;
    use crate::job::fields::Problem;
    use crate::job::reason::Reason;

    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn rejection(problems: usize) -> RejectedData {
        let speaker = Speaker { source: "/pool/a".to_owned(), traceparent: None };
        let problem = |at| Problem { field: format!("request.field{at}"), problem: "is \"unknown\"".repeat(20) };
        let problems = (0..problems).map(problem).collect();
        speaker.of_rejected(b"body", None, Reason::InvalidJob, problems, Timestamp::UNIX_EPOCH).1
    }

    fn received(properties: &BasicProperties) -> Received<'_> {
        Received { queue: "landfall.jobs", properties, redelivered: false }
    }

    fn dead_letter(properties: &BasicProperties, problems: usize) -> Message {
        let body = Bytes::from_static(b"body");
        received(properties).dead_letter(body, &rejection(problems), "dead", Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_dead_letter_tells_why_and_where_from_and_keeps_the_message_as_it_was() {
        let mut headers = FieldTable::default();
        headers.insert("traceparent".into(), text(TRACE));
        headers.insert("x-delivery-count".into(), AMQPValue::LongLongInt(2));
        let properties = BasicProperties::default()
            .with_message_id("m-7".into())
            .with_content_type("application/json".into())
            .with_headers(headers);
        let message = dead_letter(&properties, 2);
        assert_eq!(message.message_id, "m-7");
        assert_eq!(message.properties.content_type(), properties.content_type());
        let read = |name| header(&message.properties, name).and_then(as_text).unwrap();
        assert_eq!(read("traceparent"), TRACE);
        assert_eq!(read(Headers::REASON), "invalid_job");
        assert_eq!(read(Headers::FIRST_QUEUE), "landfall.jobs");
        let problems: Vec<Problem> = serde_json::from_str(&read(Headers::PROBLEMS)).unwrap();
        assert_eq!(problems[1].field, "request.field1");
        assert_eq!(header(&message.properties, Headers::ATTEMPTS).and_then(as_count), Some(3));
        assert_eq!(header(&message.properties, "x-delivery-count"), None);
    }

    #[test]
    fn what_would_route_lose_or_forge_a_dead_letter_stays_behind() {
        let mut headers = FieldTable::default();
        headers.insert("CC".into(), text("landfall.jobs"));
        headers.insert("BCC".into(), text("landfall.jobs"));
        headers.insert("x-death".into(), text("forged"));
        headers.insert("landfall-reason".into(), text("forged"));
        headers.insert("nested".into(), AMQPValue::FieldTable(FieldTable::default()));
        headers.insert("large".into(), text(&"x".repeat(KEPT_HEADERS_MAX_BYTES)));
        headers.insert("small".into(), text("kept"));
        let properties = BasicProperties::default()
            .with_expiration("1".into())
            .with_user_id("somebody".into())
            .with_headers(headers);
        let kept = dead_letter(&properties, 0).properties;
        for name in ["CC", "BCC", "x-death", "nested", "large"] {
            assert_eq!(header(&kept, name), None, "{name}");
        }
        assert_eq!(header(&kept, "small"), Some(&text("kept")));
        assert_eq!(header(&kept, Headers::REASON), Some(&text("invalid_job")));
        assert_eq!(header(&kept, Headers::HEADERS_DROPPED).and_then(as_count), Some(2));
        assert_eq!((kept.expiration(), kept.user_id()), (&None, &None));
        assert!(kept.message_id().is_some(), "one that had no id gets one");
    }

    #[test]
    fn problems_beyond_the_limit_are_left_out_and_the_rest_is_whole_json() {
        let message = dead_letter(&BasicProperties::default(), 500);
        let problems = header(&message.properties, Headers::PROBLEMS).and_then(as_text).unwrap();
        assert!(problems.len() <= PROBLEMS_MAX_BYTES);
        let problems: Vec<Problem> = serde_json::from_str(&problems).unwrap();
        assert!((1..500).contains(&problems.len()));
    }

    #[test]
    fn parking_again_counts_and_remembers_the_first_queue() {
        let once = received(&BasicProperties::default()).parked(Bytes::new(), "landfall.parked").unwrap();
        let again = Received { queue: "landfall.parked", properties: &once.properties, redelivered: false };
        let twice = again.parked(Bytes::new(), "landfall.parked").unwrap();
        assert_eq!(header(&twice.properties, Headers::PARKED).and_then(as_count), Some(2));
        assert_eq!(header(&twice.properties, Headers::ATTEMPTS).and_then(as_count), Some(2));
        assert_eq!(header(&twice.properties, Headers::FIRST_QUEUE), Some(&text("landfall.jobs")));
        assert_eq!(twice.message_id, once.message_id);
    }

    #[test]
    fn a_letter_that_is_replayed_and_comes_back_tells_of_both() {
        let letter = dead_letter(&BasicProperties::default().with_message_id("m-7".into()), 2).properties;
        let dead = |properties| Received { queue: "landfall.dead-letters", properties, redelivered: true };
        let now = Timestamp::from_second(60).unwrap();
        let replayed = dead(&letter).replayed(Bytes::new(), "landfall.jobs", now).unwrap();
        assert_eq!((replayed.exchange.as_str(), replayed.routing_key.as_str()), ("", "landfall.jobs"));
        assert!(replayed.mandatory && replayed.message_id == "m-7");
        let envelope = received(&replayed.properties).envelope();
        assert_eq!((envelope.replayed_at.as_deref(), envelope.redelivered), (Some("1970-01-01T00:01:00Z"), false));
        for name in [Headers::REASON, Headers::PROBLEMS, Headers::REJECTED_AT] {
            assert_eq!(header(&replayed.properties, name), None, "{name}");
        }
        let back = dead_letter(&replayed.properties, 1).properties;
        let again = dead(&back).replayed(Bytes::new(), "landfall.jobs", now).unwrap().properties;
        for (properties, attempts, replays) in [(&replayed.properties, 1, 1), (&back, 2, 1), (&again, 2, 2)] {
            assert_eq!(header(properties, Headers::FIRST_REASON), Some(&text("invalid_job")));
            assert_eq!(header(properties, Headers::FIRST_QUEUE), Some(&text("landfall.jobs")));
            assert_eq!(count(properties, Headers::ATTEMPTS), Some(attempts));
            assert_eq!(count(properties, Headers::REPLAYS), Some(replays));
            assert_eq!(header(properties, Headers::REPLAYED_AT), Some(&text("1970-01-01T00:01:00Z")));
        }
    }

    #[test]
    fn a_trace_context_that_is_no_plain_short_text_is_not_believed() {
        for (value, believed) in [
            (text(TRACE), true),
            (AMQPValue::ByteArray(TRACE.as_bytes().to_vec().into()), true),
            (text("00 x\n"), false),
            (text(&"0".repeat(TRACEPARENT_MAX_BYTES + 1)), false),
            (AMQPValue::LongString(vec![0xff].into()), false),
            (AMQPValue::LongLongInt(1), false),
        ] {
            let mut headers = FieldTable::default();
            headers.insert("traceparent".into(), value.clone());
            let properties = BasicProperties::default().with_headers(headers);
            assert_eq!(received(&properties).envelope().traceparent.is_some(), believed, "{value:?}");
        }
    }
}
