//! What a worker tells those who watch it: progress bars, metrics, pages.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::suspension::{Side, Trouble};
use crate::job::event::{RejectedData, TerminalData};
use crate::job::fault::FaultKind;
use crate::job::ids::JobId;
use crate::job::order::Order;
use crate::job::reason::Reason;
use crate::job::verdict::Stage;

/// Watches jobs as they go: progress bars, metrics, pages.
pub trait Observer: Send + Sync {
    /// Something happened. Must return at once.
    fn notice(&self, notice: &Notice<'_>);
}

/// What an [`Observer`] is told.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A message came. [`Settled`](Notice::Settled) follows, unless the process ends before.
    Delivered {
        /// Whether the broker gave it out before.
        redelivered: bool,
    },
    /// A worker took a job up, for the first time or again. [`Left`](Notice::Left) follows, whatever becomes of it.
    Taken {
        /// The job.
        order: &'a Order,
    },
    /// A job entered a stage.
    Stage {
        /// The job.
        job_id: &'a JobId,
        /// The stage.
        stage: Stage,
        /// The stage that it was in before, and for how long.
        before: Option<(Stage, Duration)>,
    },
    /// A job that had not ended has its record in the ledger.
    Claimed {
        /// The job.
        job_id: &'a JobId,
        /// Whether another life of the job, or another worker, wrote it.
        adopted: bool,
    },
    /// Tasks were not bought, because they had been bought before.
    Prevented {
        /// The job.
        job_id: &'a JobId,
        /// How that was found out.
        how: Prevented,
        /// How many.
        tasks: usize,
    },
    /// The provider reported progress of one result.
    Progress {
        /// The job.
        job_id: &'a JobId,
        /// Which result.
        index: u32,
        /// 0–100.
        percent: u8,
    },
    /// The provider told the end of one result's task.
    Generated {
        /// The job.
        job_id: &'a JobId,
        /// Which result.
        index: u32,
        /// How often it was asked for.
        polls: u32,
        /// Whether it ended well.
        succeeded: bool,
    },
    /// A video is fetched from the provider's storage, as no good one arrived.
    Rescue {
        /// The job.
        job_id: &'a JobId,
        /// Which result.
        index: u32,
        /// What was wrong: [`ObjectMissing`](Reason::ObjectMissing) or [`ObjectInvalid`](Reason::ObjectInvalid).
        why: Reason,
        /// How far that is.
        state: RescueState,
    },
    /// The time of one result was over before it was ready; what is there is looked for once more.
    TimeOver {
        /// The job.
        job_id: &'a JobId,
        /// Which result.
        index: u32,
        /// Because the job was cancelled, and not because its deadline passed.
        cancelled: bool,
    },
    /// How a job ended is decided, by this worker and no other: a repeat finds what stands in the ledger. A job that
    /// ends before it has a record is decided by whoever takes it.
    Concluded {
        /// How.
        data: &'a TerminalData,
    },
    /// A job ended and its event is safe, for the first time or again.
    Ended {
        /// How.
        data: &'a TerminalData,
    },
    /// A worker has a job no longer in hand: it ended, or goes on elsewhere (parked, handed back).
    Left {
        /// The job.
        job_id: &'a JobId,
        /// The stage that it was in, if it came that far, and for how long.
        stage: Option<(Stage, Duration)>,
    },
    /// A message was no valid job, and its event is safe.
    Rejected {
        /// Why.
        data: &'a RejectedData,
    },
    /// A message was settled.
    Settled {
        /// What was done with it.
        how: Settled,
        /// Whether the broker has heard it; if not, the message comes again.
        safe: bool,
    },
    /// A call failed and will be made again.
    Retried {
        /// The stage whose call it is.
        stage: Stage,
        /// How it failed.
        kind: &'a FaultKind,
    },
    /// Intake stops, or has one reason more to be stopped.
    Suspended {
        /// Who is the matter.
        side: Side,
        /// What is.
        trouble: Trouble,
        /// The same for people.
        cause: &'a str,
    },
    /// A reason to be suspended is gone.
    Resumed {
        /// Who was the matter.
        side: Side,
        /// What was.
        trouble: Trouble,
    },
    /// A bug: something panicked, and the worker lives on.
    Panicked,
}

/// How it was found out that a task had been bought before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prevented {
    /// The provider refused a second submission under the same UUID.
    Conflict,
    /// The answer to a submission was lost, and the provider, asked, knew the task.
    Asked,
    /// Another life of the job, or another worker, submitted it, and the provider, asked, knew the task.
    Adopted,
    /// The ledger says that the job has ended.
    Finished,
}

impl Prevented {
    /// All of them.
    pub const ALL: [Prevented; 4] = [Prevented::Conflict, Prevented::Asked, Prevented::Adopted, Prevented::Finished];
}

/// How far a rescue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RescueState {
    /// It begins.
    Begun,
    /// The video is in its slot, and has to pass the same proof as an upload.
    Fetched,
    /// It could not be fetched.
    Failed,
}

impl RescueState {
    /// All of them.
    pub const ALL: [RescueState; 3] = [RescueState::Begun, RescueState::Fetched, RescueState::Failed];
}

/// What was done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settled {
    /// Its job is done.
    Completed,
    /// It went back, for another worker to take at once.
    HandedBack,
    /// It was moved on before its lease ran out.
    Parked,
    /// It was dead-lettered.
    Rejected,
}

impl Settled {
    /// All of them.
    pub const ALL: [Settled; 4] = [Settled::Completed, Settled::HandedBack, Settled::Parked, Settled::Rejected];
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn notice(&self, _notice: &Notice<'_>) {}
}

/// Several watch, in this order.
impl Observer for Vec<Arc<dyn Observer>> {
    fn notice(&self, notice: &Notice<'_>) {
        for observer in self {
            observer.notice(notice);
        }
    }
}

/// A job in hand, told of when it is taken and when it leaves, however that happens.
pub(super) struct Visit<'a> {
    observer: &'a dyn Observer,
    job_id: &'a JobId,
    stage: Mutex<Option<(Stage, Instant)>>,
}

impl<'a> Visit<'a> {
    pub(super) fn begin(observer: &'a dyn Observer, order: &'a Order) -> Visit<'a> {
        observer.notice(&Notice::Taken { order });
        Visit { observer, job_id: &order.job_id, stage: Mutex::default() }
    }

    /// The job entered a stage.
    pub(super) fn enter(&self, stage: Stage) {
        let before = self.turn_to(Some((stage, Instant::now())));
        self.observer.notice(&Notice::Stage { job_id: self.job_id, stage, before });
    }

    /// The stage before, and for how long it was in it.
    fn turn_to(&self, next: Option<(Stage, Instant)>) -> Option<(Stage, Duration)> {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *stage, next);
        before.map(|(stage, entered)| (stage, entered.elapsed()))
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let stage = self.turn_to(None);
        self.observer.notice(&Notice::Left { job_id: self.job_id, stage });
    }
}
