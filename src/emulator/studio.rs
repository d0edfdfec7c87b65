//! Makes the results of accepted tasks: picture in, render, wait out the least render time, hand over for delivery.
//!
//! Each accepted task is one future of the emulator's own, so no client can lose a render by hanging up. Everything but
//! rendering waits cheaply, so thousands of tasks may queue.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::answer::Accepted;
use super::delivery::{Delivery, Dispatch, Made};
use super::errors::ApiError;
use super::picture::PictureDesk;
use super::request::{Input, VideoRequest};
use super::screenplay::{self, Screenplay};
use super::seats::{Rendered, Seat, Seats};
use super::shelf::{Extra, Shelf};
use super::state::SharedState;
use super::steps::{Step, Steps, Walk};
use super::task::{Finished, Run};
use crate::agent::script::Script;
use crate::agent::{Presenter, Tools};

/// Progress of a task that fails half-way.
const HALF: f32 = 0.5;

/// Moments in the life of a task.
#[derive(Debug, Clone, Copy)]
struct Times {
    half_way: Instant,
    /// No result is told before.
    due: Instant,
}

/// How results are made.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    /// Least wall time of a task.
    pub(super) render_time: Duration,
    pub(super) frame_rate: u32,
    pub(super) renders_at_once: usize,
    /// How long a task may wait for its first seat.
    pub(super) queue_wait: Duration,
    pub(super) tools: Tools,
}

/// The place where accepted tasks become videos.
pub(super) struct Studio {
    state: SharedState,
    shelf: Arc<Shelf>,
    pictures: Arc<PictureDesk>,
    seats: Arc<Seats>,
    dispatch: Arc<Dispatch>,
    steps: Arc<Steps>,
    pace: Pace,
    closing: CancellationToken,
    work: TaskTracker,
    /// Results are drawn anew one after the other, since two of them could be one.
    redrawing: tokio::sync::Mutex<()>,
}

impl Studio {
    /// A studio that works until `closing`. `base_url` is what `videoURL` starts with, without a slash at its end.
    pub(super) fn new(
        state: SharedState,
        shelf: Arc<Shelf>,
        pictures: Arc<PictureDesk>,
        pace: Pace,
        base_url: String,
        closing: CancellationToken,
    ) -> reqwest::Result<Arc<Self>> {
        let work = TaskTracker::new();
        let seats = Arc::new(Seats::new(pace.renders_at_once, pace.tools.clone(), closing.clone()));
        let (on_shelf, on_seats) = (Arc::clone(&shelf), Arc::clone(&seats));
        let dispatch = Dispatch::new(state.clone(), on_shelf, on_seats, base_url, work.clone(), closing.clone())?;
        Ok(Arc::new(Self {
            pictures,
            seats,
            dispatch: Arc::new(dispatch),
            steps: Arc::default(),
            state,
            shelf,
            pace,
            closing,
            work,
            redrawing: tokio::sync::Mutex::default(),
        }))
    }

    /// Starts on an accepted task and returns at once.
    pub(super) fn commission(self: &Arc<Self>, accepted: Accepted) {
        let studio = Arc::clone(self);
        let render_time = accepted.behaviour.render_time.0.unwrap_or(self.pace.render_time);
        let now = Instant::now();
        // A task of an earlier life has waited already.
        let waited = Timestamp::now().duration_since(accepted.accepted_at);
        let waited = Duration::try_from(waited).unwrap_or_default();
        let times = Times {
            half_way: now + (render_time / 2).saturating_sub(waited),
            due: now + render_time.saturating_sub(waited),
        };
        let walk = self.steps.walk(accepted.run, &accepted.request.id, accepted.behaviour.pace);
        self.work.spawn(async move {
            let closing = studio.closing.clone();
            closing.run_until_cancelled(studio.produce(Arc::new(accepted), walk, times)).await;
        });
    }

    /// Waits until nothing is under way, after `closing`.
    pub(super) async fn closed(&self) {
        self.work.close();
        self.work.wait().await;
    }

    /// Every stepped task.
    pub(super) fn steps(&self) -> &Steps {
        &self.steps
    }

    async fn produce(&self, accepted: Arc<Accepted>, walk: Walk, times: Times) {
        let mut delivery = Delivery::new(Arc::clone(&self.dispatch), Arc::clone(&accepted), walk);
        if let Err(error) = self.produce_all(&accepted, &mut delivery, times).await {
            // A render that closing ends has not failed: the next life of the emulator takes it up.
            if self.closing.is_cancelled() {
                return;
            }
            delivery.fail(error).await;
        }
        delivery.end().await;
    }

    async fn produce_all(&self, accepted: &Accepted, delivery: &mut Delivery, times: Times) -> Result<(), ApiError> {
        let request = &accepted.request;
        let presenter = self.presenter(request).await?;
        for index in accepted.already..request.number_results {
            if let Some(code) = accepted.failure_before(index) {
                self.state.lock().tasks.progress(accepted.run, HALF);
                wait_until(times.half_way, delivery.walk()).await;
                delivery.walk().before(Step::Fail).await;
                return Err(ApiError::failed_with(code));
            }
            let media = accepted.behaviour.media;
            let film = screenplay::of_result(request, media, presenter.clone(), index, self.pace.frame_rate);
            delivery.walk().before(Step::Render).await;
            // Who waited for the first result is not sent away from the next.
            let last_call = if index == 0 { Instant::now().checked_add(self.pace.queue_wait) } else { None };
            let seat = self.seats.take(last_call).await?;
            let made = self.make(seat, accepted, index, film).await?;
            wait_until(times.due, delivery.walk()).await;
            delivery.deliver(made).await?;
        }
        Ok(())
    }

    /// Renders one result and puts it on the shelf.
    async fn make(&self, seat: Seat, accepted: &Accepted, index: u32, film: Screenplay) -> Result<Made, ApiError> {
        let (task, seed, video, state) = (accepted.run, film.brief.seed, Uuid::new_v4(), self.state.clone());
        let progress = move |share| state.lock().tasks.progress(task, share);
        let rendered = self.seats.render(seat, task, film, None, accepted.request.safety, progress).await?;
        self.state.lock().tasks.rendered(task);
        self.keep(task, video, &accepted.request, &rendered).await?;
        let size = u64::try_from(rendered.made.file.len()).unwrap_or(u64::MAX);
        Ok(Made { index, video, size, seed, is_nsfw: rendered.is_nsfw })
    }

    async fn keep(&self, task: Run, video: Uuid, request: &VideoRequest, result: &Rendered) -> Result<(), ApiError> {
        let script = serde_json::to_vec_pretty(&result.script).unwrap_or_default();
        let stored = async {
            self.shelf.store(video, request.container, &result.made.file).await?;
            self.shelf.store_extra(video, Extra::Script, &script).await?;
            self.shelf.store_extra(video, Extra::Captions, result.made.captions.as_bytes()).await
        };
        stored.await.map_err(|error| {
            tracing::error!(%task, %error, "cannot store a result");
            ApiError::failed_task("processingFailed", "The emulator has no room to store the result.")
        })
    }

    /// Who presents, with the picture fetched if there is one.
    pub(super) async fn presenter(&self, request: &VideoRequest) -> Result<Presenter, ApiError> {
        Ok(match &request.input {
            Input::Chosen => Presenter::Chosen,
            Input::Avatar(name) => Presenter::Avatar(name.clone()),
            Input::Image(picture) => {
                let side_px = request.width_px.max(request.height_px);
                Presenter::Image(self.pictures.fetch(picture, side_px).await?)
            }
        })
    }

    /// Frames per second of what is rendered.
    pub(super) fn frame_rate(&self) -> u32 {
        self.pace.frame_rate
    }

    /// Makes a finished result anew from an edited script, in its old place. Returns the indices of the scenes that were drawn.
    pub(super) async fn redraw(
        &self,
        task: Run,
        film: Screenplay,
        script: Script,
        request: &VideoRequest,
        finished: &Finished,
    ) -> Result<Vec<usize>, ApiError> {
        let _redrawing = self.redrawing.lock().await;
        let seat = self.seats.take(Instant::now().checked_add(self.pace.queue_wait)).await?;
        let rendered = self.seats.render(seat, task, film, Some(script), request.safety, |_| ()).await?;
        self.keep(task, finished.video_uuid, request, &rendered).await?;
        let size = u64::try_from(rendered.made.file.len()).unwrap_or(u64::MAX);
        self.shelf.replaced(finished.video_uuid, size);
        tracing::info!(%task, video = %finished.video_uuid, drawn = rendered.made.drawn.len(), "result drawn anew");
        Ok(rendered.made.drawn)
    }
}

/// Waits for a moment. For a task that is moved by hand every moment has come.
async fn wait_until(moment: Instant, walk: &Walk) {
    if !walk.is_stepped() {
        tokio::time::sleep_until(moment).await;
    }
}

impl Accepted {
    /// The code with which the task fails instead of making this result. Half of the results come before it.
    fn failure_before(&self, index: u32) -> Option<&str> {
        self.behaviour.failure.0.as_deref().filter(|_| index == self.request.number_results / 2)
    }
}
