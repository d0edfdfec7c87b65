//! The spans of our requests, for traces. They name the host and nothing else of a URL: its query, and all of a result's
//! URL, may be secret.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tracing::field::Empty;
use tracing::{Span, info_span};
use url::Url;

use crate::job::fault::Fault;
use crate::job::ids::TaskUuid;
use crate::job::text::one_line;
use crate::ports::{Propagation, SPANS};

/// Longest text of a failure, in characters.
const TEXT_MAX_CHARS: usize = 500;

/// Most tasks of a call that are named.
const NAMED_MAX: usize = 10;

/// A request to the task API.
pub(super) fn of_call(name: &'static str, url: &Url, asked: &[TaskUuid]) -> Span {
    info_span!(
        target: SPANS,
        "POST",
        otel.name = format!("POST {name}"),
        otel.kind = "client",
        otel.status_code = Empty,
        otel.status_description = Empty,
        error.type = Empty,
        http.request.method = "POST",
        http.response.status_code = Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default().map(i64::from),
        landfall.tasks = i64::try_from(asked.len()).ok(),
        landfall.task.uuids = named(asked),
    )
}

/// A request for a result.
pub(super) fn of_fetch(url: &Url) -> Span {
    info_span!(
        target: SPANS,
        "GET",
        otel.name = "GET result",
        otel.kind = "client",
        otel.status_code = Empty,
        otel.status_description = Empty,
        error.type = Empty,
        http.request.method = "GET",
        http.response.status_code = Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default().map(i64::from),
    )
}

/// The answer's status.
pub(super) fn note_status(span: &Span, status: u16) {
    span.record("http.response.status_code", i64::from(status));
    if status >= 400 {
        span.record("error.type", status.to_string());
        span.record("otel.status_code", "error");
    }
}

/// There was no whole answer.
pub(super) fn note_fault(span: &Span, fault: &Fault) {
    if !span.is_disabled() {
        span.record("otel.status_description", one_line(&fault.chain(), TEXT_MAX_CHARS));
    }
}

/// Lets the other side go on with our trace, where there is one.
pub(super) fn lead_on(headers: &mut HeaderMap, span: &Span, propagation: &Propagation) {
    if let Some(traceparent) = (propagation.traceparent)(span)
        && let Ok(traceparent) = HeaderValue::from_str(&traceparent)
    {
        headers.insert(HeaderName::from_static("traceparent"), traceparent);
    }
}

fn named(asked: &[TaskUuid]) -> String {
    asked.iter().take(NAMED_MAX).map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
