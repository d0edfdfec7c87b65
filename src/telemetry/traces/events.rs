//! Events in traces: each publish is a span, and the event leads whoever reads it to that span.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::field::Empty;
use tracing::{Instrument, info_span};

use super::propagation::propagation;
use crate::job::event::Event;
use crate::job::fault::Outcome;
use crate::job::text::one_line;
use crate::ports::{EventSink, SPANS};

/// Longest text of a failure, in characters.
const TEXT_MAX_CHARS: usize = 500;

/// Publishes through another sink, under a `traceparent` of our own in place of the producer's: it names the same trace.
///
/// An event that is published again has another `traceparent` than before. Its id is the same, and that is what consumers
/// go by.
pub struct TracedEvents {
    sink: Arc<dyn EventSink>,
    system: &'static str,
    destination: String,
}

impl TracedEvents {
    /// `system` and `destination` tell readers of traces where events go, like `rabbitmq` and an exchange.
    pub fn new(sink: Arc<dyn EventSink>, system: &'static str, destination: String) -> TracedEvents {
        TracedEvents { sink, system, destination }
    }
}

#[async_trait]
impl EventSink for TracedEvents {
    async fn publish(&self, event: &Event) -> Outcome<()> {
        let span = info_span!(
            target: SPANS,
            "publish",
            otel.name = format!("publish {}", self.destination),
            otel.kind = "producer",
            otel.status_description = Empty,
            messaging.system = self.system,
            messaging.operation.name = "publish",
            messaging.operation.type = "send",
            messaging.destination.name = self.destination,
            messaging.rabbitmq.destination.routing_key = event.event_type.routing_key(),
            messaging.message.id = event.id,
            messaging.message.conversation_id = event.subject,
        );
        let traceparent = (propagation().traceparent)(&span).or_else(|| event.traceparent.clone());
        let event = Event { traceparent, ..event.clone() };
        let published = self.sink.publish(&event).instrument(span.clone()).await;
        if let Err(fault) = &published {
            span.record("otel.status_description", one_line(&fault.chain(), TEXT_MAX_CHARS));
        }
        published
    }
}
