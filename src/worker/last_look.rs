//! The last look: a job whose deadline passed looks once more before it fails, because what is paid for and there is
//! not to be thrown away. Nothing is bought any more.

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

/// Why a result fails whose time is over.
pub(super) const LATE: &str = "the job's deadline passed";

/// Asks the provider once, unless it is known what it made, and looks once at the slot and the final key.
pub(super) async fn last_look(
    shared: &Shared,
    order: &Order,
    task: &LedgerTask,
    known: Option<TaskSuccess>,
) -> Result<LandedResult, FailedResult> {
    let late = |why: &str| failed(task, Reason::DeadlineExceeded, format!("{LATE}: {why}"));
    let question = shared.poller.ask(task.task_uuid);
    let observed = match known {
        Some(success) => Some(Observed::Succeeded(success)),
        None => Deadline::after(shared, QUESTION_WITHIN).bound(question).await,
    };
    let (success, state) = match observed {
        Some(Observed::Succeeded(success)) => (success, "the provider had finished it"),
        Some(Observed::Failed(refusal)) => {
            return Err(late(&format!("the provider says {}: {}", refusal.code, refusal.message)));
        }
        Some(Observed::Running { .. }) => (TaskSuccess::default(), "the provider was still at work on it"),
        Some(Observed::Unseen) => (TaskSuccess::default(), "the provider said nothing of it"),
        None => (TaskSuccess::default(), "the provider could not be asked"),
    };
    let cost_usd = success.cost_usd;
    let looked = land(shared, order, task, success, Effort::OneLook);
    let failed = match Deadline::after(shared, LOOK_WITHIN).bound(looked).await {
        Some(Ok(landed)) => return Ok(landed),
        Some(Err(failed)) => late(&format!("{state}, and {}", failed.message)),
        None => late(&format!("{state}, and the store could not be looked at in time")),
    };
    Err(FailedResult { cost_usd, ..failed })
}
