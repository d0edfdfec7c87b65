//! The last look: a job whose deadline passed, or that was cancelled, looks once more before it fails, because what is
//! paid for and there is not to be thrown away. Nothing is bought any more, and nothing is waited for.

use std::time::Duration;

use super::Shared;
use super::deadline::Deadline;
use super::job::failed;
use super::landing::{Effort, land};
use crate::job::event::{FailedResult, LandedResult};
use crate::job::ledger::LedgerTask;
use crate::job::order::Order;
use crate::job::reason::Reason;
use crate::ports::{Observed, TaskSuccess};

/// How long the provider may take to answer the last question, and the store to show and copy the video. Together with
/// [`LOOK_WITHIN`] about a minute: a job fails by so much after its deadline at the latest, and much less gives up on
/// videos whenever one of the two is slow.
const QUESTION_WITHIN: Duration = Duration::from_secs(20);

/// How long the look and the copy may take.
const LOOK_WITHIN: Duration = Duration::from_secs(40);

/// Why a job stops before its end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    /// Its deadline passed.
    Late,
    /// It was cancelled.
    Cancelled {
        /// What a result probably costs that the provider did not name a price for, in US dollars.
        estimate_usd: f64,
    },
}

impl Stop {
    /// The failure of a result that was never handed to the provider.
    pub(super) fn unbought(self, task: &LedgerTask) -> FailedResult {
        self.fails(task, "it was not bought")
    }

    fn fails(self, task: &LedgerTask, why: &str) -> FailedResult {
        match self {
            Stop::Late => failed(task, Reason::DeadlineExceeded, format!("the job's deadline passed: {why}")),
            Stop::Cancelled { .. } => failed(task, Reason::Cancelled, format!("the job was cancelled: {why}")),
        }
    }

    /// What the provider said of a result that is not finished, and what that means for a job that was cancelled.
    fn open(self, said: &str, bought: &str) -> String {
        match self {
            Stop::Late => said.to_owned(),
            Stop::Cancelled { estimate_usd } => {
                format!("{said}, so it {bought} bought, for about {estimate_usd:.2} USD by estimate")
            }
        }
    }
}

/// Asks the provider once, unless it is known what it made, and looks once at the slot and the final key.
pub(super) async fn last_look(
    shared: &Shared,
    order: &Order,
    task: &LedgerTask,
    known: Option<TaskSuccess>,
    stop: Stop,
) -> Result<LandedResult, FailedResult> {
    let question = shared.poller.ask(task.task_uuid);
    let observed = match known {
        Some(success) => Some(Observed::Succeeded(success)),
        None => Deadline::after(shared, QUESTION_WITHIN).bound(question).await,
    };
    let (success, state) = match observed {
        Some(Observed::Succeeded(success)) => (success, "the provider had finished it".to_owned()),
        Some(Observed::Failed(refusal)) => {
            return Err(stop.fails(task, &format!("the provider says {}: {}", refusal.code, refusal.message)));
        }
        Some(Observed::Running { .. }) => {
            (TaskSuccess::default(), stop.open("the provider was still at work on it", "was"))
        }
        Some(Observed::Unseen) => {
            (TaskSuccess::default(), stop.open("the provider said nothing of it", "may have been"))
        }
        None => (TaskSuccess::default(), stop.open("the provider could not be asked", "may have been")),
    };
    let cost_usd = success.cost_usd;
    let looked = land(shared, order, task, success, Effort::OneLook);
    let failed = match Deadline::after(shared, LOOK_WITHIN).bound(looked).await {
        Some(Ok(landed)) => return Ok(landed),
        Some(Err(failed)) => stop.fails(task, &format!("{state}, and {}", failed.message)),
        None => stop.fails(task, &format!("{state}, and the store could not be looked at in time")),
    };
    Err(FailedResult { cost_usd, ..failed })
}
