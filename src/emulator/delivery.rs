//! From a stored file to everyone who waits for it: `uploadEndpoint`, `videoURL`, the word success, and `webhookURL`.
//!
//! In which order they learn of it is not published. By default a result is uploaded first, so that success means that
//! everything is in its place; the scenario can have it otherwise. What comes after success comes when the last result
//! of the task is told, result by result, and no task waits for it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::answer::Accepted;
use super::errors::ApiError;
use super::scenario::switches::Behaviour;
use super::scenario::values::{Put, PutRefused, PutResults, PutTimes, VideoUrl, Webhook};
use super::seats::Seats;
use super::shelf::{self, Shelf, Shelved};
use super::state::SharedState;
use super::steps::{Step, Walk};
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
    /// Which of the task's results, from 0.
    pub(super) index: u32,
    pub(super) video: Uuid,
    pub(super) size: u64,
    pub(super) seed: u64,
    pub(super) is_nsfw: bool,
}

/// What one task delivers, result by result.
pub(super) struct Delivery {
    dispatch: Arc<Dispatch>,
    accepted: Arc<Accepted>,
    walk: Walk,
    /// Uploads that wait until success is told, in order.
    later: Vec<Made>,
    /// What the webhook is told only when nothing more is to come, the last first.
    held_back: Vec<Notice>,
}

impl Dispatch {
    /// Sends and publishes what is on `shelf`, and tells `state` of it. What outlives a task's own work is done as part
    /// of `work`, until `closing`.
    pub(super) fn new(
        state: SharedState,
        shelf: Arc<Shelf>,
        seats: Arc<Seats>,
        base_url: String,
        work: TaskTracker,
        closing: CancellationToken,
    ) -> reqwest::Result<Self> {
        let uploader = Uploader::new(Arc::clone(&shelf), seats, state.clone())?;
        let caller = Caller::new(state.clone())?;
        Ok(Self { state, shelf, uploader, caller, base_url, closing, work })
    }

    /// Does something that nobody waits for.
    fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        self.work.spawn(self.closing.clone().run_until_cancelled_owned(job));
    }

    /// Lets a result be fetched, as far as the scenario allows, and says where.
    fn publish(&self, accepted: &Accepted, made: Made, at: Timestamp) -> Option<String> {
        let (request, manner) = (&accepted.request, accepted.behaviour.video_url);
        let expires_at = shelf::expiry(at, request.ttl_s);
        self.shelf.publish(made.video, Shelved { container: request.container, size: made.size, expires_at, manner });
        let url = || format!("{}{}", self.base_url, shelf::url_path(made.video, request.container));
        (manner != VideoUrl::Absent).then(url)
    }
}

impl Delivery {
    /// The deliveries of a task of which nothing is made yet.
    pub(super) fn new(dispatch: Arc<Dispatch>, accepted: Arc<Accepted>, walk: Walk) -> Self {
        Self { dispatch, accepted, walk, later: Vec::new(), held_back: Vec::new() }
    }

    /// The task's way.
    pub(super) fn walk(&self) -> &Walk {
        &self.walk
    }

    /// Delivers the next result. The error is what the task fails with.
    pub(super) async fn deliver(&mut self, made: Made) -> Result<(), ApiError> {
        let (task, behaviour) = (self.accepted.run, &self.accepted.behaviour);
        let uploads = uploads(behaviour, made.index, self.accepted.request.number_results);
        for _ in 0..uploads.before {
            self.upload(made).await?;
        }
        self.walk.before(Step::Finish).await;
        let at = Timestamp::now();
        let video_url = self.dispatch.publish(&self.accepted, made, at);
        let finished = Finished { video_uuid: made.video, video_url, seed: made.seed, is_nsfw: made.is_nsfw, at };
        let item = self.dispatch.state.lock().tasks.finish(task, finished);
        tracing::info!(%task, video = %made.video, size = made.size, "result finished");
        self.announce(item.map(|item| Notice::of_result(made.video, &item, behaviour.webhook_body))).await;
        self.later.extend((0..uploads.after).map(|_| made));
        Ok(())
    }

    /// No further result will come, because of `error`.
    pub(super) async fn fail(&mut self, error: ApiError) {
        let task = self.accepted.run;
        tracing::warn!(%task, code = error.code(), "task failed");
        let told = self.dispatch.state.lock().fail(Timestamp::now(), task, error);
        self.announce(told.as_ref().map(Notice::of_failure)).await;
    }

    /// Nothing more is to come from the task's own work; what waited for that begins.
    pub(super) async fn end(mut self) {
        self.call_held_back().await;
        if self.later.is_empty() {
            return;
        }
        let dispatch = Arc::clone(&self.dispatch);
        dispatch.spawn(async move {
            for made in std::mem::take(&mut self.later) {
                if let Err(error) = self.upload(made).await {
                    self.fail(error).await;
                    break;
                }
            }
            self.call_held_back().await;
        });
    }

    async fn upload(&self, made: Made) -> Result<(), ApiError> {
        let Some(to) = &self.accepted.request.upload_endpoint else { return Ok(()) };
        self.walk.before(Step::Upload).await;
        let delivered = self.dispatch.uploader.deliver(&self.accepted, made, to).await;
        match (delivered, self.accepted.behaviour.put_refused) {
            (Ok(()), _) | (Err(_), PutRefused::Ignored) => Ok(()),
            (Err(reason), PutRefused::FailsTask) => {
                let message = format!("The result could not be uploaded to 'uploadEndpoint': {reason}.");
                Err(ApiError::failed_task("uploadFailed", message).about("uploadEndpoint").expecting("string"))
            }
        }
    }

    async fn announce(&mut self, notice: Option<Notice>) {
        let Some(notice) = notice else { return };
        match self.accepted.behaviour.webhook {
            Webhook::Once => self.call(vec![notice]).await,
            Webhook::Twice => self.call(vec![notice.clone(), notice]).await,
            Webhook::OutOfOrder => self.held_back.push(notice),
            Webhook::Never => {}
        }
    }

    async fn call_held_back(&mut self) {
        let notices = std::mem::take(&mut self.held_back);
        self.call(notices.into_iter().rev().collect()).await;
    }

    /// Calls the webhook, if there is one, with one notice after the other.
    async fn call(&self, notices: Vec<Notice>) {
        let Some(to) = self.accepted.request.webhook.clone().filter(|_| !notices.is_empty()) else { return };
        self.walk.before(Step::Webhook).await;
        let (dispatch, accepted) = (Arc::clone(&self.dispatch), Arc::clone(&self.accepted));
        self.dispatch.spawn(async move {
            tokio::time::sleep(accepted.behaviour.webhook_delay.0).await;
            for notice in notices {
                dispatch.caller.tell(accepted.run, &to, &notice, accepted.behaviour.webhook_retries).await;
            }
        });
    }
}

/// How often a result is uploaded before success is told, and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Uploads {
    before: u32,
    after: u32,
}

fn uploads(behaviour: &Behaviour, index: u32, number_results: u32) -> Uploads {
    let is_chosen = match behaviour.put_results {
        PutResults::Each => true,
        PutResults::First => index == 0,
        PutResults::Last => index + 1 == number_results,
    };
    let repeats = match behaviour.put_times {
        PutTimes::Once => 0,
        PutTimes::Twice => 1,
    };
    match behaviour.put {
        Put::BeforeSuccess if is_chosen => Uploads { before: 1, after: repeats },
        Put::AfterSuccess if is_chosen => Uploads { before: 0, after: 1 + repeats },
        Put::BeforeSuccess | Put::AfterSuccess | Put::Never => Uploads { before: 0, after: 0 },
    }
}

#[cfg(test)]
mod tests {
    use super::{Uploads, uploads};
    use crate::emulator::scenario::switches::Behaviour;
    use crate::emulator::scenario::values::{Put, PutResults, PutTimes};

    fn of_three(behaviour: &Behaviour) -> [(u32, u32); 3] {
        [0, 1, 2].map(|index| {
            let Uploads { before, after } = uploads(behaviour, index, 3);
            (before, after)
        })
    }

    #[test]
    fn each_result_is_uploaded_once_and_before_success_unless_told_otherwise() {
        let plain = Behaviour::default();
        assert_eq!(of_three(&plain), [(1, 0); 3]);
        assert_eq!(of_three(&Behaviour { put: Put::AfterSuccess, ..plain.clone() }), [(0, 1); 3]);
        assert_eq!(of_three(&Behaviour { put_times: PutTimes::Twice, ..plain.clone() }), [(1, 1); 3]);
        let twice = PutTimes::Twice;
        assert_eq!(of_three(&Behaviour { put: Put::AfterSuccess, put_times: twice, ..plain.clone() }), [(0, 2); 3]);
        assert_eq!(of_three(&Behaviour { put: Put::Never, put_times: twice, ..plain }), [(0, 0); 3]);
    }

    #[test]
    fn one_result_of_several_can_be_the_only_one_uploaded() {
        let first = Behaviour { put_results: PutResults::First, ..Behaviour::default() };
        assert_eq!(of_three(&first), [(1, 0), (0, 0), (0, 0)]);
        let last = Behaviour { put_results: PutResults::Last, put_times: PutTimes::Twice, ..Behaviour::default() };
        assert_eq!(of_three(&last), [(0, 0), (0, 0), (1, 1)]);
    }
}
