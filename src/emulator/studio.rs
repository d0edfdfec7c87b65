//! Makes the results of accepted tasks: picture in, render, wait out the least render time, upload, publish.
//!
//! Each accepted task is one future of the emulator's own, so no client can lose a render by hanging up. Renders are
//! blocking work and share a fixed number of seats; everything else waits cheaply, so thousands of tasks may queue.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::answer::Accepted;
use super::errors::ApiError;
use super::picture::PictureDesk;
use super::render::{self, Presenter, Screenplay};
use super::request::{Input, VideoRequest};
use super::shelf::{self, Shelf};
use super::state::SharedState;
use super::task::Finished;
use super::upload::Uploader;

/// Steps in which a render's progress reaches the table, so that a frame does not cost a lock each.
const PROGRESS_STEP: f32 = 0.01;

/// Seeds fit into a JSON number that every language reads exactly (2^53).
const SEED_BITS: u32 = 48;

/// How results are made.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    /// Least wall time of a task.
    pub(super) render_time: Duration,
    pub(super) frame_rate: u32,
    pub(super) renders_at_once: usize,
}

/// The place where accepted tasks become videos.
pub(super) struct Studio {
    state: SharedState,
    shelf: Arc<Shelf>,
    uploader: Uploader,
    pictures: Arc<PictureDesk>,
    seats: Arc<Semaphore>,
    pace: Pace,
    /// What `videoURL` starts with, without a slash at its end.
    base_url: String,
    closing: CancellationToken,
    work: TaskTracker,
}

impl Studio {
    /// A studio that works until `closing`.
    pub(super) fn new(
        state: SharedState,
        shelf: Arc<Shelf>,
        pictures: Arc<PictureDesk>,
        pace: Pace,
        base_url: String,
        closing: CancellationToken,
    ) -> reqwest::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            uploader: Uploader::new(Arc::clone(&shelf), state.clone())?,
            pictures,
            seats: Arc::new(Semaphore::new(pace.renders_at_once.clamp(1, Semaphore::MAX_PERMITS))),
            state,
            shelf,
            pace,
            base_url,
            closing,
            work: TaskTracker::new(),
        }))
    }

    /// Starts on an accepted task and returns at once.
    pub(super) fn commission(self: &Arc<Self>, accepted: Accepted) {
        let studio = Arc::clone(self);
        let due = Instant::now() + self.pace.render_time;
        self.work.spawn(async move {
            let closing = studio.closing.clone();
            closing.run_until_cancelled(studio.produce(&accepted, due)).await;
        });
    }

    /// Waits until nothing is under way, after `closing`.
    pub(super) async fn closed(&self) {
        self.work.close();
        self.work.wait().await;
    }

    async fn produce(&self, accepted: &Accepted, due: Instant) {
        let task = accepted.request.id.uuid;
        if let Err(error) = self.produce_all(accepted, due).await {
            tracing::warn!(%task, code = error.code(), "task failed");
            self.state.lock().fail(Timestamp::now(), task, error);
        }
    }

    async fn produce_all(&self, accepted: &Accepted, due: Instant) -> Result<(), ApiError> {
        let request = &accepted.request;
        let presenter = match &request.input {
            Input::Chosen => Presenter::Chosen,
            Input::Avatar(name) => Presenter::Avatar(name.clone()),
            Input::Image(picture) => Presenter::Image(self.pictures.fetch(picture).await?),
        };
        for index in 0..request.number_results {
            let screenplay = self.screenplay(request, presenter.clone(), index);
            self.produce_one(request, screenplay, due).await?;
        }
        Ok(())
    }

    async fn produce_one(&self, request: &VideoRequest, screenplay: Screenplay, due: Instant) -> Result<(), ApiError> {
        let (task, container, seed) = (request.id.uuid, request.container, screenplay.seed);
        let video = Uuid::new_v4();
        let bytes = self.render(task, screenplay).await?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.shelf.store(video, container, &bytes).await.map_err(|error| {
            tracing::error!(%task, %error, "cannot store a result");
            ApiError::failed_task("processingFailed", "The emulator has no room to store the result.")
        })?;
        drop(bytes);
        tokio::time::sleep_until(due).await;
        if let Some(endpoint) = &request.upload_endpoint {
            self.uploader.deliver(task, video, container, endpoint).await;
        }
        let expires_at = request
            .ttl_s
            .and_then(|ttl_s| Timestamp::now().checked_add(SignedDuration::from_secs(i64::from(ttl_s))).ok());
        self.shelf.publish(video, container, size, expires_at);
        let video_url = format!("{}{}", self.base_url, shelf::url_path(video, container));
        self.state.lock().tasks.finish(task, Finished { video_uuid: video, video_url, seed });
        tracing::info!(%task, %video, size, "result finished");
        Ok(())
    }

    /// Takes a seat and renders there. A panic of the renderer costs its task and nothing else.
    ///
    /// Blocking work cannot be dropped, and a runtime waits for it when it ends: a long render is left by unwinding out
    /// of its progress report, which no panic hook sees.
    async fn render(&self, task: Uuid, screenplay: Screenplay) -> Result<Vec<u8>, ApiError> {
        let Ok(seat) = Arc::clone(&self.seats).acquire_owned().await else {
            return Err(ApiError::failed_task("processingFailed", "The emulator is closing."));
        };
        let (state, closing) = (self.state.clone(), self.closing.clone());
        let rendering = tokio::task::spawn_blocking(move || {
            let _seat = seat;
            let mut told = 0.0;
            render::render(&screenplay, &mut |share| {
                if closing.is_cancelled() {
                    std::panic::resume_unwind(Box::new("closing"));
                }
                if share - told >= PROGRESS_STEP {
                    told = share;
                    state.lock().tasks.progress(task, share);
                }
            })
        });
        match rendering.await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) => {
                tracing::error!(%task, error = &error as &dyn std::error::Error, "cannot render");
                Err(ApiError::failed_task("processingFailed", format!("The video could not be rendered: {error}.")))
            }
            Err(_) => Err(ApiError::failed_task("processingFailed", "The renderer broke down over this task.")),
        }
    }

    fn screenplay(&self, request: &VideoRequest, presenter: Presenter, index: u32) -> Screenplay {
        Screenplay {
            prompt: request.prompt.clone(),
            container: request.container,
            quality: request.quality,
            width: request.width_px,
            height: request.height_px,
            duration_s: request.duration_s,
            seed: seed(request.id.uuid, index),
            presenter,
            frame_rate: self.pace.frame_rate,
        }
    }
}

/// The same task always gets the same seeds, and each of its results another one.
fn seed(task: Uuid, index: u32) -> u64 {
    let (high, low) = task.as_u64_pair();
    let mixed = high.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ low;
    (mixed >> (u64::BITS - SEED_BITS)).wrapping_add(u64::from(index))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::seed;

    #[test]
    fn results_of_a_task_differ_in_their_seed_and_repeat_with_its_uuid() {
        let task = Uuid::from_u128(0x0b8a_2f4c_6a33_4d0e_9a51_3f6f_1c7f_9b21);
        assert_ne!(seed(task, 0), seed(task, 1));
        assert_eq!(seed(task, 3), seed(task, 3));
        assert!(seed(Uuid::max(), 3) < 1 << 53);
    }
}
