//! Seats to render on: blocking work, a fixed number of it at once. Whoever waits for a seat waits cheaply.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::errors::ApiError;
use super::request::SafetyMode;
use super::safety::Inspector;
use super::screenplay::Screenplay;
use super::task::Run;
use crate::agent::script::Script;
use crate::agent::{self, Production, SegmentCache, Tools};

/// Steps in which progress is told, so that a frame does not cost a lock each.
const PROGRESS_STEP: f32 = 0.01;

/// Encoded scenes that are kept, in bytes, so that an edited script costs only what it changes.
const KEPT_SCENES_BYTES: usize = 64 * 1024 * 1024;

/// A fixed number of seats.
pub(super) struct Seats {
    free: Arc<Semaphore>,
    tools: Arc<Tools>,
    kept_scenes: Arc<SegmentCache>,
    closing: CancellationToken,
}

/// One seat; dropping it gives it back.
pub(super) struct Seat(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// A rendered film.
pub(super) struct Rendered {
    pub(super) made: Production,
    pub(super) script: Script,
    /// Whether the check of its content, if there was one, flagged it.
    pub(super) is_nsfw: bool,
}

impl Seats {
    /// So many seats, until `closing`. None counts as one.
    pub(super) fn new(number: usize, tools: Tools, closing: CancellationToken) -> Self {
        Self {
            free: Arc::new(Semaphore::new(number.clamp(1, Semaphore::MAX_PERMITS))),
            tools: Arc::new(tools),
            kept_scenes: Arc::new(SegmentCache::of_bytes(KEPT_SCENES_BYTES)),
            closing,
        }
    }

    /// Waits for a seat, at most until `last_call`. The first to ask is the first to sit.
    ///
    /// The vendor's 504 means that a request waited too long. A submission of this API never waits, so here it is the task
    /// that fails, with the code of that family.
    pub(super) async fn take(&self, last_call: Option<Instant>) -> Result<Seat, ApiError> {
        let seat = Arc::clone(&self.free).acquire_owned();
        let seat = match last_call {
            Some(last_call) => tokio::time::timeout_at(last_call, seat).await,
            None => Ok(seat.await),
        };
        match seat {
            Ok(Ok(seat)) => Ok(Seat(seat)),
            Ok(Err(_)) => Err(ApiError::failed_task("processingFailed", "The emulator is closing.")),
            Err(_) => {
                let message = "The task waited too long to be rendered, because too many others came before it.";
                Err(ApiError::failed_task("providerGatewayTimeout", message))
            }
        }
    }

    /// Renders a film on a seat, from this script or from one that is written for it, and gives the seat back; content is checked while the frames go by. A panic of the renderer costs its
    /// task and nothing else.
    ///
    /// Blocking work cannot be dropped, and a runtime waits for it when it ends: a long render is left by unwinding out
    /// of its progress report, which no panic hook sees.
    pub(super) async fn render(
        &self,
        seat: Seat,
        task: Run,
        film: Screenplay,
        script: Option<Script>,
        safety: SafetyMode,
        progress: impl Fn(f32) + Send + 'static,
    ) -> Result<Rendered, ApiError> {
        let (closing, tools, kept) = (self.closing.clone(), Arc::clone(&self.tools), Arc::clone(&self.kept_scenes));
        let rendering = tokio::task::spawn_blocking(move || {
            let _seat = seat;
            let (mut told, mut inspector) = (0.0, Inspector::new(safety));
            let script = script.unwrap_or_else(|| agent::write(&film.brief));
            let mut watch = |frame: &agent::Painted<'_>| {
                if closing.is_cancelled() {
                    std::panic::resume_unwind(Box::new("closing"));
                }
                inspector.see(frame.is_key, || frame.text());
                if frame.share - told >= PROGRESS_STEP {
                    told = frame.share;
                    progress(told);
                }
            };
            let rehearsed = agent::rehearse(&film.brief, &script, &tools);
            let made = rehearsed.and_then(|it| it.film((film.container, film.quality), &kept, &mut watch));
            (made, script, inspector.verdict())
        });
        match rendering.await {
            Ok((Ok(made), script, verdict)) => {
                for note in &made.notes {
                    tracing::debug!(%task, note, "a draft with less");
                }
                Ok(Rendered { made, script, is_nsfw: verdict? })
            }
            Ok((Err(error), ..)) => {
                tracing::error!(%task, error = &error as &dyn std::error::Error, "cannot render");
                Err(ApiError::failed_task("processingFailed", format!("The video could not be rendered: {error}.")))
            }
            Err(_) => Err(ApiError::failed_task("processingFailed", "The renderer broke down over this task.")),
        }
    }
}
