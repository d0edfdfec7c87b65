//! Events and jobs as messages.
//!
//! CloudEvents has no binding for AMQP 0-9-1; binary mode uses the names of its binding for AMQP 1.0, with the underscore
//! that binding allows (CloudEvents AMQP protocol binding 1.0.2, section 3.1.3.1).

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::options::EventMode;
use crate::job::event::Event;
use crate::job::fault::{Fault, FaultKind, Outcome};

/// Survives a restart of the broker.
pub(super) const PERSISTENT: u8 = 2;

/// The header of W3C Trace Context.
pub(super) const TRACEPARENT: &str = "traceparent";

const ATTRIBUTE_PREFIX: &str = "cloudEvents_";

/// A message to publish.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// Empty for the default exchange.
    pub(super) exchange: ShortString,
    pub(super) routing_key: ShortString,
    /// Its id among those in flight.
    pub(super) message_id: String,
    pub(super) properties: BasicProperties,
    pub(super) body: Bytes,
    /// Whether it must reach a queue.
    pub(super) mandatory: bool,
    /// What publishing it is for, for faults.
    pub(super) doing: String,
}

/// A text as AMQP's short string, of at most 255 bytes.
pub(super) fn short(text: &str, doing: &str) -> Outcome<ShortString> {
    ShortString::try_new(text)
        .map_err(|error| Fault::new(FaultKind::Denied, doing).because(format!("{text:.40}…: {error}")))
}

/// The message that carries a job to its queue.
pub(super) fn job_message(job: Bytes, traceparent: Option<&str>, queue: &str) -> Outcome<Message> {
    let doing = format!("putting a job on queue {queue}");
    let message_id = Uuid::new_v4().to_string();
    let mut headers = FieldTable::default();
    if let Some(traceparent) = traceparent {
        headers.insert(TRACEPARENT.into(), text(traceparent));
    }
    let properties = BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("application/json".into())
        .with_message_id(short(&message_id, &doing)?)
        .with_headers(headers);
    Ok(Message {
        exchange: ShortString::default(),
        routing_key: short(queue, &doing)?,
        message_id,
        properties,
        body: job,
        mandatory: true,
        doing,
    })
}

/// The message that carries an event.
pub(super) fn event_message(event: &Event, mode: EventMode, exchange: &str) -> Outcome<Message> {
    let doing = format!("publishing event {} to exchange {exchange}", event.id);
    let mut headers = FieldTable::default();
    if let Some(traceparent) = &event.traceparent {
        headers.insert(TRACEPARENT.into(), text(traceparent));
    }
    let (content_type, body) = match mode {
        EventMode::Structured => ("application/cloudevents+json", serde_json::to_vec(event)),
        EventMode::Binary => {
            insert_attributes(&mut headers, event);
            (event.datacontenttype.as_str(), serde_json::to_vec(&event.data))
        }
    };
    let body = body.map_err(|error| Fault::new(FaultKind::Bug, doing.clone()).because(error))?;
    let mut properties = BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type(short(content_type, &doing)?)
        .with_message_id(short(&event.id, &doing)?)
        .with_type(event.event_type.name().into())
        .with_headers(headers);
    if let Some(subject) = &event.subject {
        properties = properties.with_correlation_id(short(subject, &doing)?);
    }
    if let Ok(seconds) = u64::try_from(event.time.as_second()) {
        properties = properties.with_timestamp(seconds);
    }
    Ok(Message {
        exchange: short(exchange, &doing)?,
        routing_key: event.event_type.routing_key().into(),
        message_id: event.id.clone(),
        properties,
        body: body.into(),
        mandatory: event.event_type.is_terminal(),
        doing,
    })
}

fn insert_attributes(headers: &mut FieldTable, event: &Event) {
    let mut insert = |name: &str, value: &str| {
        headers.insert(format!("{ATTRIBUTE_PREFIX}{name}").into(), text(value));
    };
    insert("specversion", &event.specversion);
    insert("id", &event.id);
    insert("source", &event.source);
    insert("type", event.event_type.name());
    insert("time", &event.time.to_string());
    if let Some(subject) = &event.subject {
        insert("subject", subject);
    }
    if let Some(traceparent) = &event.traceparent {
        insert(TRACEPARENT, traceparent);
    }
}

/// The event that a message carries, in either mode.
///
/// # Errors
/// What is wrong with the message.
pub fn read_event(properties: &BasicProperties, body: &[u8]) -> Result<Event, String> {
    serde_json::from_value(read_attributes(properties, body)?).map_err(|error| format!("is no CloudEvent: {error}"))
}

/// The attributes and the data that a message carries, in either mode: also of events that are not ours, or of a later release.
///
/// # Errors
/// What is wrong with the message.
pub(super) fn read_attributes(properties: &BasicProperties, body: &[u8]) -> Result<Value, String> {
    let content_type = properties.content_type().as_ref().map_or("", ShortString::as_str);
    if content_type.starts_with("application/cloudevents+json") {
        return serde_json::from_slice(body).map_err(|error| format!("is no CloudEvent: {error}"));
    }
    let mut attributes = Map::new();
    for (name, value) in properties.headers().iter().flat_map(|headers| headers.inner()) {
        if let (Some(name), Some(value)) = (name.as_str().strip_prefix(ATTRIBUTE_PREFIX), as_text(value)) {
            attributes.insert(name.to_owned(), Value::String(value));
        }
    }
    let data = serde_json::from_slice(body).map_err(|error| format!("has data that is no JSON: {error}"))?;
    attributes.insert("data".to_owned(), data);
    attributes.insert("datacontenttype".to_owned(), Value::String(content_type.to_owned()));
    Ok(Value::Object(attributes))
}

/// A header that is a text.
pub(super) fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

/// The text that a header is, in whichever of AMQP's ways it was written.
pub(super) fn as_text(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok().map(str::to_owned),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        AMQPValue::ByteArray(bytes) => std::str::from_utf8(bytes.as_slice()).ok().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;
    use crate::job::event::EventType;

    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn event() -> Event {
        let value = json!({
            "specversion": "1.0", "id": "j1.0.completed", "source": "/pool/a", "type": EventType::Completed,
            "subject": "j1", "time": "2026-11-23T10:00:00Z", "datacontenttype": "application/json",
            "traceparent": TRACE, "data": {"jobId": "j1", "results": []},
        });
        serde_json::from_value(value).unwrap()
    }

    fn header<'a>(properties: &'a BasicProperties, name: &str) -> Option<&'a AMQPValue> {
        properties.headers().as_ref().and_then(|headers| headers.inner().get(name))
    }

    #[test]
    fn an_event_reads_the_same_from_both_modes() {
        for mode in [EventMode::Structured, EventMode::Binary] {
            let message = event_message(&event(), mode, "landfall.events").unwrap();
            assert_eq!(read_event(&message.properties, &message.body).unwrap(), event(), "{mode:?}");
        }
    }

    #[test]
    fn an_event_is_named_and_routed_by_its_properties() {
        let message = event_message(&event(), EventMode::Structured, "landfall.events").unwrap();
        let properties = &message.properties;
        assert_eq!(properties.message_id().as_ref().unwrap().as_str(), "j1.0.completed");
        assert_eq!(properties.correlation_id().as_ref().unwrap().as_str(), "j1");
        assert_eq!(properties.content_type().as_ref().unwrap().as_str(), "application/cloudevents+json");
        assert_eq!(*properties.delivery_mode(), Some(2));
        assert_eq!(message.routing_key.as_str(), "job.completed");
        assert_eq!(header(properties, "traceparent").and_then(as_text).unwrap(), TRACE);
        assert!(message.mandatory);
    }

    #[test]
    fn an_id_too_long_for_the_protocol_is_a_fault_and_no_panic() {
        let long = Event { id: "x".repeat(256), ..event() };
        assert!(event_message(&long, EventMode::Structured, "landfall.events").is_err());
    }
}
