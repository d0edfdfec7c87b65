//! The queues and exchanges, what is on them and who does what, as an AsyncAPI 3.0 document.
//!
//! Names are the defaults; an operator may choose others.

use serde_json::{Map, Value, json};

use super::{CONTROL_FILE, JOB_FILE, event_file, events};
use crate::job::event::EventType;
use crate::job::order::MESSAGE_MAX_BYTES;
use crate::job::reason::Reason;

const JOBS: &str = "landfall.jobs";
const PARKED: &str = "landfall.parked";
const DEAD_LETTERS: &str = "landfall.dead-letters";
const EVENTS: &str = "landfall.events";

/// Version of the AMQP bindings that the document is written in.
const BINDING_VERSION: &str = "0.3.0";

/// The AsyncAPI document. Payloads are the schemas beside it.
pub(super) fn document() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "landfall",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Jobs in, verified videos and events out. Names of queues and exchanges are the defaults. \
                Everything is durable and persistent; events are published with confirms and as mandatory, at least \
                once, and a repeat has the same id.",
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{host}:{port}",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
                "description": "RabbitMQ 3.10 or later. With TLS the protocol is amqps and the port usually 5671.",
                "variables": { "host": { "default": "127.0.0.1" }, "port": { "default": "5672" } },
            },
        },
        "channels": channels(),
        "operations": operations(),
        "components": { "messages": messages() },
    })
}

fn channels() -> Map<String, Value> {
    let mut channels = Map::new();
    channels.insert("jobs".to_owned(), queue(JOBS, "Jobs to do. A quorum queue, dead-lettered.", &["job", "control"]));
    let parked = "Jobs whose lease ran out while the provider was still at work: they go on from here.";
    channels.insert("parked".to_owned(), queue(PARKED, parked, &["parkedJob", "control"]));
    let refused = "Messages that were no valid jobs, as they were, with headers that say why.";
    channels.insert("deadLetters".to_owned(), queue(DEAD_LETTERS, refused, &["deadLetter"]));
    for event_type in EventType::ALL {
        let message = message_name(event_type);
        let channel = json!({
            "address": event_type.routing_key(),
            "description": format!(
                "{} A routing key of the topic exchange {EVENTS}: bind a queue of your own.",
                events::when(event_type)
            ),
            "servers": [{ "$ref": "#/servers/broker" }],
            "messages": { message.as_str(): { "$ref": format!("#/components/messages/{message}") } },
            "bindings": {
                "amqp": {
                    "is": "routingKey",
                    "exchange": { "name": EVENTS, "type": "topic", "durable": true, "autoDelete": false, "vhost": "/" },
                    "bindingVersion": BINDING_VERSION,
                },
            },
        });
        channels.insert(message, channel);
    }
    channels
}

fn queue(name: &str, description: &str, messages: &[&str]) -> Value {
    let reference =
        |message: &&str| ((*message).to_owned(), json!({ "$ref": format!("#/components/messages/{message}") }));
    let messages: Map<String, Value> = messages.iter().map(reference).collect();
    json!({
        "address": name,
        "description": description,
        "servers": [{ "$ref": "#/servers/broker" }],
        "messages": messages,
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": { "name": name, "durable": true, "exclusive": false, "autoDelete": false, "vhost": "/" },
                "bindingVersion": BINDING_VERSION,
            },
        },
    })
}

/// What the worker does: it receives jobs and sends everything else.
fn operations() -> Map<String, Value> {
    let mut operations = Map::new();
    let mut add = |name: String, action: &str, channel: &str, summary: &str| {
        let operation = json!({
            "action": action,
            "channel": { "$ref": format!("#/channels/{channel}") },
            "summary": summary,
        });
        operations.insert(name, operation);
    };
    add("takeJob".to_owned(), "receive", "jobs", "A job is taken, and acknowledged after its terminal event is safe.");
    add("takeParkedJob".to_owned(), "receive", "parked", "A parked job goes on.");
    add("parkJob".to_owned(), "send", "parked", "A job is re-published before its delivery is held too long.");
    add("rejectMessage".to_owned(), "send", "deadLetters", "A message that is no valid job is put aside.");
    for event_type in EventType::ALL {
        let message = message_name(event_type);
        add(format!("publish.{message}"), "send", &message, events::when(event_type));
    }
    operations
}

fn messages() -> Map<String, Value> {
    let trace =
        json!({ "traceparent": { "type": "string", "description": "W3C trace context, taken over into the events." } });
    let mut parked = attempts();
    parked.insert(
        "landfall-parked".to_owned(),
        json!({ "type": "integer", "minimum": 1, "description": "How often the message was parked." }),
    );
    let mut messages = Map::new();
    messages.insert(
        "job".to_owned(),
        json!({
            "title": "A job",
            "summary": format!("The provider's task itself or an envelope around one, at most {MESSAGE_MAX_BYTES} bytes."),
            "contentType": "application/json",
            "headers": { "type": "object", "properties": trace },
            "payload": { "$ref": format!("./{JOB_FILE}") },
        }),
    );
    messages.insert(
        "control".to_owned(),
        json!({
            "title": "Something about a job",
            "summary": "Stops a job, or buys one anew that has ended. That a job is to stop, the workers tell one another over a \
                fanout exchange of their own.",
            "contentType": "application/json",
            "payload": { "$ref": format!("./{CONTROL_FILE}") },
        }),
    );
    messages.insert(
        "parkedJob".to_owned(),
        json!({
            "title": "A job, again",
            "contentType": "application/json",
            "headers": { "type": "object", "properties": parked },
            "payload": { "$ref": format!("./{JOB_FILE}") },
        }),
    );
    messages.insert("deadLetter".to_owned(), dead_letter());
    for event_type in EventType::ALL {
        messages.insert(message_name(event_type), event(event_type));
    }
    messages
}

fn event(event_type: EventType) -> Value {
    json!({
        "name": event_type.name(),
        "title": event_type.name(),
        "summary": events::when(event_type),
        "description": "A CloudEvent. The AMQP property message_id is its id, correlation_id the job id, type its type. \
            By setting events come in binary mode instead: the attributes as headers that begin with cloudEvents_, and \
            data as the body.",
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "properties": {
                "traceparent": { "type": "string", "description": "The job's W3C trace context, when it had one." },
            },
        },
        "payload": { "$ref": format!("./{}", event_file(event_type)) },
    })
}

fn dead_letter() -> Value {
    let reasons = [Reason::InvalidJob, Reason::JobIdReused, Reason::Internal].map(Reason::code);
    let mut headers = attempts();
    let mut add = |name: &str, schema: Value| headers.insert(name.to_owned(), schema);
    add(
        "landfall-reason",
        json!({ "type": "string", "enum": reasons, "description": "Why it was refused this time." }),
    );
    add("landfall-first-reason", json!({ "type": "string", "description": "Why it was refused the first time." }));
    add(
        "landfall-problems",
        json!({
            "type": "string",
            "contentMediaType": "application/json",
            "description": "What is wrong with it: a JSON array of {field, problem}, as many as fit. The event has all.",
        }),
    );
    add(
        "landfall-rejected-at",
        json!({ "type": "string", "format": "date-time", "description": "When it was refused." }),
    );
    json!({
        "title": "A message that is no valid job",
        "summary": "The body as it was sent, whatever it is. What the broker itself dead-letters has no such headers.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "required": ["landfall-reason", "landfall-first-reason", "landfall-problems", "landfall-rejected-at"],
            "properties": headers,
        },
        "payload": {},
    })
}

/// Headers of every message that landfall publishes again. None begins with `x-`, which is the broker's.
fn attempts() -> Map<String, Value> {
    let mut headers = Map::new();
    let mut add = |name: &str, schema: Value| headers.insert(name.to_owned(), schema);
    add(
        "landfall-attempts",
        json!({ "type": "integer", "minimum": 1, "description": "How often it was given to a worker so far." }),
    );
    add("landfall-first-queue", json!({ "type": "string", "description": "The queue it was on first." }));
    add(
        "landfall-headers-dropped",
        json!({
            "type": "integer",
            "minimum": 1,
            "description": "How many of its own headers were too large, or of a kind, to go on with it.",
        }),
    );
    headers
}

fn message_name(event_type: EventType) -> String {
    event_type.routing_key().to_owned()
}
