//! From a stored file to everyone who waits for it: `uploadEndpoint`, `videoURL`, the word success, and `webhookURL`.

use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::answer::Accepted;
use super::errors::ApiError;
use super::scenario::values::Webhook;
use super::shelf::{self, Shelf};
use super::state::SharedState;
use super::task::Finished;
use super::upload::Uploader;
use super::webhook::{Caller, Notice};

/// Where results leave the house.
pub(super) struct Dispatch {
    state: SharedState,
    shelf: Arc<Shelf>,
    uploader: Uploader,
    caller: Caller,
    /// What `videoURL` starts with, without a slash at its end.
    base_url: String,
    closing: CancellationToken,
    work: TaskTracker,
}

/// A result that lies on the shelf and that nobody can fetch yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    pub(super) video: Uuid,
    pub(super) size: u64,
    pub(super) seed: u64,
}

/// What one task delivers, result by result.
pub(super) struct Delivery {
    dispatch: Arc<Dispatch>,
    accepted: Arc<Accepted>,
    /// What the webhook is told only when nothing more is to come, the last first.
    held_back: Vec<Notice>,
}

impl Dispatch {
    /// Sends and publishes what is on `shelf`, and tells `state` of it. What outlives a task's own work is done as part
    /// of `work`, until `closing`.
    pub(super) fn new(
        state: SharedState,
        shelf: Arc<Shelf>,
        base_url: String,
        work: TaskTracker,
        closing: CancellationToken,
    ) -> reqwest::Result<Self> {
        let uploader = Uploader::new(Arc::clone(&shelf), state.clone())?;
        let caller = Caller::new(state.clone())?;
        Ok(Self { state, shelf, uploader, caller, base_url, closing, work })
    }

    /// Does something that nobody waits for.
    fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        self.work.spawn(self.closing.clone().run_until_cancelled_owned(job));
    }
}

impl Delivery {
    /// The deliveries of a task of which nothing is made yet.
    pub(super) fn new(dispatch: Arc<Dispatch>, accepted: Arc<Accepted>) -> Self {
        Self { dispatch, accepted, held_back: Vec::new() }
    }

    /// Delivers the next result.
    pub(super) async fn deliver(&mut self, made: Made) {
        let (dispatch, request) = (&self.dispatch, &self.accepted.request);
        let (task, container) = (request.id.uuid, request.container);
        if let Some(endpoint) = &request.upload_endpoint {
            dispatch.uploader.deliver(task, made.video, container, endpoint).await;
        }
        let at = Timestamp::now();
        dispatch.shelf.publish(made.video, container, made.size, shelf::expiry(at, request.ttl_s));
        let video_url = format!("{}{}", dispatch.base_url, shelf::url_path(made.video, container));
        let finished = Finished { video_uuid: made.video, video_url, seed: made.seed, at };
        let item = dispatch.state.lock().tasks.finish(task, finished);
        tracing::info!(%task, video = %made.video, size = made.size, "result finished");
        let form = self.accepted.behaviour.webhook_body;
        self.announce(item.map(|item| Notice::of_result(made.video, &item, form)));
    }

    /// No further result will come, because of `error`.
    pub(super) fn fail(&mut self, error: ApiError) {
        let task = self.accepted.request.id.uuid;
        tracing::warn!(%task, code = error.code(), "task failed");
        let told = self.dispatch.state.lock().fail(Timestamp::now(), task, error);
        self.announce(told.as_ref().map(Notice::of_failure));
    }

    /// Nothing more is to come from the task's own work.
    pub(super) fn end(mut self) {
        let notices = std::mem::take(&mut self.held_back);
        self.call(notices.into_iter().rev().collect());
    }

    fn announce(&mut self, notice: Option<Notice>) {
        let Some(notice) = notice else { return };
        match self.accepted.behaviour.webhook {
            Webhook::Once => self.call(vec![notice]),
            Webhook::Twice => self.call(vec![notice.clone(), notice]),
            Webhook::OutOfOrder => self.held_back.push(notice),
            Webhook::Never => {}
        }
    }

    /// Calls the webhook, if there is one, with one notice after the other.
    fn call(&self, notices: Vec<Notice>) {
        let Some(to) = self.accepted.request.webhook.clone() else { return };
        let (dispatch, accepted) = (Arc::clone(&self.dispatch), Arc::clone(&self.accepted));
        self.dispatch.spawn(async move {
            tokio::time::sleep(accepted.behaviour.webhook_delay.0).await;
            for notice in notices {
                dispatch.caller.tell(accepted.request.id.uuid, &to, &notice).await;
            }
        });
    }
}
