//! The results of a job: each is bought, awaited and landed, unless the deadline passes or the job is cancelled first.

use futures_util::future::join_all;
use tokio::sync::watch;

use super::announce::{announce_landed, announce_progress, announce_submitted};
use super::claim::Claimed;
use super::deadline::Deadline;
use super::landing::{Effort, land};
use super::last_look::{Stop, last_look};
use super::persist::GaveUp;
use super::poller::Watch;
use super::stages::Stages;
use super::strikes::Suspect;
use super::submit::{Standing, submit};
use super::submitter::Ticket;
use super::{Notice, Shared};
use crate::job::event::{FailedResult, LandedResult, Speaker};
use crate::job::ledger::LedgerTask;
use crate::job::order::Order;
use crate::job::pacing::VideoKind;
use crate::job::reason::Reason;
use crate::job::verdict::Stage;
use crate::ports::{ErrorFamily, Refusal, TaskSuccess};

/// A claimed job, with all that its steps need.
pub(super) struct Pursuit<'a> {
    pub(super) shared: &'a Shared,
    pub(super) order: &'a Order,
    pub(super) speaker: &'a Speaker,
    pub(super) suspect: &'a Suspect,
    pub(super) claimed: &'a Claimed,
    pub(super) deadline: &'a Deadline,
    pub(super) stages: &'a Stages<'a>,
}

/// A task after it was submitted, or not.
struct Tried<'a> {
    task: &'a LedgerTask,
    /// It is certain that it was never handed to the provider.
    unsent: bool,
    /// `None` when the time was over.
    standing: Option<Result<Standing, FailedResult>>,
}

impl Pursuit<'_> {
    /// Buys, awaits and lands every result.
    pub(super) async fn produce(&self) -> (Vec<LandedResult>, Vec<FailedResult>) {
        self.stages.enter(Stage::Submitting);
        let tried = join_all(self.claimed.record.tasks.iter().map(|task| self.buy(task))).await;
        self.suspect.rest().await;
        let all_accepted = tried.iter().all(|tried| matches!(tried.standing, Some(Ok(_))));
        let submitted = async {
            if all_accepted {
                announce_submitted(self.shared, self.speaker, &self.stages.job, &self.claimed.record).await;
            }
        };
        self.stages.enter(Stage::Generating);
        let made = tried.into_iter().map(|tried| self.make(tried));
        let mut results = Vec::new();
        let mut failures = Vec::new();
        for outcome in futures_util::join!(join_all(made), submitted).0 {
            match outcome {
                Ok(landed) => results.push(landed),
                Err(failed) => failures.push(failed),
            }
        }
        (results, failures)
    }

    async fn buy<'a>(&self, task: &'a LedgerTask) -> Tried<'a> {
        let ticket = Ticket::default();
        let submitted = submit(self.shared, self.order, self.claimed, task, &ticket, self.deadline);
        let standing = self.deadline.bound(submitted).await;
        Tried { task, unsent: ticket.withdraw() && !self.claimed.adopted, standing }
    }

    /// Awaits and lands one result. When the time is over, looks once more for what may have been bought.
    async fn make(&self, Tried { task, unsent, standing }: Tried<'_>) -> Result<LandedResult, FailedResult> {
        let success = match standing {
            Some(standing) => self.deadline.bound(self.generate(task, standing?)).await.transpose()?,
            None => None,
        };
        self.suspect.resume().await;
        let landed = match success.clone() {
            Some(success) => {
                self.stages.enter(Stage::Landing);
                self.deadline.bound(land(self.shared, self.order, task, success, Effort::Full)).await
            }
            None => None,
        };
        if landed.is_none() {
            let (job_id, index, cancelled) = (&self.order.job_id, task.index, self.deadline.is_cancelled());
            self.shared.ports.observer.notice(&Notice::TimeOver { job_id, index, cancelled });
        }
        let landed = match landed {
            Some(landed) => landed,
            None if unsent => Err(self.stop().unbought(task)),
            None => last_look(self.shared, self.order, task, success, self.stop()).await,
        };
        self.suspect.rest().await;
        let landed = landed?;
        announce_landed(self.shared, self.speaker, &self.stages.job, &landed).await;
        Ok(landed)
    }

    /// Waits for the provider.
    async fn generate(&self, task: &LedgerTask, standing: Standing) -> Result<TaskSuccess, FailedResult> {
        let ended = match standing {
            Standing::Ended(ended) => ended,
            Standing::Running { resumed } => {
                let kind = VideoKind {
                    model: self.order.request.model.clone(),
                    duration_s: self.order.request.duration_s.unwrap_or_default(),
                };
                let (progress, percents) = watch::channel(None);
                let (task_uuid, job_id, index) = (task.task_uuid, self.order.job_id.clone(), task.index);
                let ended = self.shared.poller.ended(Watch { task_uuid, job_id, index, kind, resumed, progress });
                announce_progress(self.shared, self.speaker, &self.stages.job, task, percents, ended).await
            }
        };
        ended.map_err(|refusal| refused(task, &refusal))
    }

    /// Why the time is over.
    fn stop(&self) -> Stop {
        if self.deadline.is_cancelled() {
            let all_usd = self.order.estimate_usd(self.shared.settings.usd_per_second);
            Stop::Cancelled { estimate_usd: all_usd / f64::from(self.order.request.results) }
        } else {
            Stop::Late
        }
    }
}

/// A result that the provider refused or failed to make.
pub(super) fn refused(task: &LedgerTask, refusal: &Refusal) -> FailedResult {
    let reason = match refusal.family {
        ErrorFamily::Safety => Reason::ContentRefused,
        ErrorFamily::Validation => Reason::ProviderRejected,
        ErrorFamily::Auth
        | ErrorFamily::Quota
        | ErrorFamily::RateLimit
        | ErrorFamily::Timeout
        | ErrorFamily::Provider
        | ErrorFamily::Server
        | ErrorFamily::NotFound
        | ErrorFamily::Conflict
        | ErrorFamily::Unknown => Reason::ProviderFailed,
    };
    let about =
        if refusal.parameters.is_empty() { String::new() } else { format!(" ({})", refusal.parameters.join(", ")) };
    let message = format!("the provider says {}: {}{about}", refusal.code, refusal.message);
    FailedResult { provider_code: Some(refusal.code.clone()), ..failed(task, reason, message) }
}

/// A result that failed for `reason`.
pub(super) fn failed(task: &LedgerTask, reason: Reason, message: String) -> FailedResult {
    FailedResult { index: task.index, task_uuid: task.task_uuid, reason, message, provider_code: None, cost_usd: None }
}

/// A result that failed because a call for it was given up.
pub(super) fn gave_up(task: &LedgerTask, GaveUp { reason, message }: GaveUp) -> FailedResult {
    failed(task, reason, message)
}
