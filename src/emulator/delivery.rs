//! From a stored file to everyone who waits for it: `uploadEndpoint`, `videoURL`, and the word success.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::answer::Accepted;
use super::errors::ApiError;
use super::shelf::{self, Shelf};
use super::state::SharedState;
use super::task::Finished;
use super::upload::Uploader;

/// Where results leave the house.
pub(super) struct Dispatch {
    state: SharedState,
    shelf: Arc<Shelf>,
    uploader: Uploader,
    /// What `videoURL` starts with, without a slash at its end.
    base_url: String,
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
}

impl Dispatch {
    /// Sends and publishes what is on `shelf`, and tells `state` of it.
    pub(super) fn new(state: SharedState, shelf: Arc<Shelf>, base_url: String) -> reqwest::Result<Self> {
        let uploader = Uploader::new(Arc::clone(&shelf), state.clone())?;
        Ok(Self { state, shelf, uploader, base_url })
    }
}

impl Delivery {
    /// The deliveries of a task of which nothing is made yet.
    pub(super) fn new(dispatch: Arc<Dispatch>, accepted: Arc<Accepted>) -> Self {
        Self { dispatch, accepted }
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
        dispatch.state.lock().tasks.finish(task, finished);
        tracing::info!(%task, video = %made.video, size = made.size, "result finished");
    }

    /// No further result will come, because of `error`.
    pub(super) fn fail(&mut self, error: ApiError) {
        let task = self.accepted.request.id.uuid;
        tracing::warn!(%task, code = error.code(), "task failed");
        self.dispatch.state.lock().fail(Timestamp::now(), task, error);
    }
}
