//! Carries out over HTTP what becomes of an answer.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::connection::Cutoff;
use super::faults::{Message, Outcome};

/// Time for the first half of an answer to reach its client. A reset drops what the system has not sent yet.
pub(super) const HALF_AN_ANSWER: Duration = Duration::from_millis(50);

/// Answers, sooner or later, in whole or in part, or not at all. Who waits is let go when the emulator closes.
pub(super) async fn respond(outcome: Outcome, cutoff: Cutoff, closing: &CancellationToken) -> Response {
    match outcome {
        Outcome::Told(message, delay) => {
            if !delay.is_zero() {
                closing.run_until_cancelled(tokio::time::sleep(delay)).await;
            }
            whole(message)
        }
        Outcome::Cut(message) => cut(&message, cutoff),
        Outcome::Reset => reset(&cutoff),
        Outcome::Stalled => {
            closing.cancelled().await;
            reset(&cutoff)
        }
    }
}

/// The answer as it is.
pub(super) fn whole(message: Message) -> Response {
    (message.status, content_type(&message), retry_after(&message), message.body).into_response()
}

/// A response that cannot be written: the connection ends first.
fn reset(cutoff: &Cutoff) -> Response {
    cutoff.now();
    Body::empty().into_response()
}

fn cut(message: &Message, cutoff: Cutoff) -> Response {
    let (half, _) = message.body.as_bytes().split_at(message.body.len() / 2);
    let first = Ok(Bytes::copy_from_slice(half));
    let end = async move {
        tokio::time::sleep(HALF_AN_ANSWER).await;
        cutoff.now();
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    let body = Body::from_stream(stream::iter([first]).chain(stream::once(end)));
    let length = [(header::CONTENT_LENGTH, message.body.len().to_string())];
    (message.status, content_type(message), retry_after(message), length, body).into_response()
}

fn content_type(message: &Message) -> [(HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, message.content_type)]
}

fn retry_after(message: &Message) -> AppendHeaders<Option<(HeaderName, String)>> {
    AppendHeaders(message.retry_after.map(|time| (header::RETRY_AFTER, time.as_secs().to_string())))
}
