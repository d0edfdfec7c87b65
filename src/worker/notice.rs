//! What a worker tells those who watch it: progress bars, metrics, pages.

use std::sync::Arc;
use std::time::Duration;

use crate::job::event::{RejectedData, TerminalData};
use crate::job::ids::JobId;
use crate::job::order::Order;
use crate::job::verdict::Stage;

/// Watches jobs as they go: progress bars, metrics, pages.
pub trait Observer: Send + Sync {
    /// Something happened. Must return at once.
    fn notice(&self, notice: &Notice<'_>);
}

/// What an [`Observer`] is told.
#[derive(Debug)]
pub enum Notice<'a> {
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
    /// The provider reported progress of one result.
    Progress {
        /// The job.
        job_id: &'a JobId,
        /// Which result.
        index: u32,
        /// 0–100.
        percent: u8,
    },
    /// A job ended and its event is safe.
    Ended {
        /// How.
        data: &'a TerminalData,
    },
    /// A worker has a job no longer in hand: it ended, or goes on elsewhere (parked, handed back).
    Left {
        /// The job.
        job_id: &'a JobId,
    },
    /// A message was no valid job, and its event is safe.
    Rejected {
        /// Why.
        data: &'a RejectedData,
    },
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
}

impl<'a> Visit<'a> {
    pub(super) fn begin(observer: &'a dyn Observer, order: &'a Order) -> Visit<'a> {
        observer.notice(&Notice::Taken { order });
        Visit { observer, job_id: &order.job_id }
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.observer.notice(&Notice::Left { job_id: self.job_id });
    }
}
