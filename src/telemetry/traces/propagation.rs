//! Where our spans join those of others: W3C Trace Context, and nothing beside it. Neither `tracestate` nor baggage is
//! taken over from a message, so none of a producer's can reach the provider.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Dispatch, Id, Span};
use tracing_opentelemetry::{OpenTelemetrySpanExt, get_otel_context};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan;

use crate::ports::Propagation;

/// How spans join those of others while traces are on.
pub fn propagation() -> Propagation {
    Propagation { follow, traceparent }
}

fn follow(span: &Span, traceparent: &str) {
    let headers = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let theirs = TraceContextPropagator::new().extract(&headers);
    if theirs.span().span_context().is_valid() {
        // It fails for a span that nobody collects only, which has no parent anyway.
        let _ = span.set_parent(theirs);
    }
}

fn traceparent(span: &Span) -> Option<String> {
    let ours = span.with_subscriber(|(id, subscriber)| trace_of(id, subscriber))??;
    Some(format!("00-{}-{}-{:02x}", ours.trace_id(), ours.span_id(), ours.trace_flags().to_u8()))
}

/// The trace that a span of `tracing` is in: its own, or that of the nearest one around it that is collected.
pub(crate) fn trace_of(span: &Id, subscriber: &Dispatch) -> Option<SpanContext> {
    let around = subscriber.downcast_ref::<Registry>()?.span(span)?.scope();
    around.filter_map(|span| get_otel_context(&span.id(), subscriber)).find_map(|context| {
        let ours = context.span().span_context().clone();
        ours.is_valid().then_some(ours)
    })
}
