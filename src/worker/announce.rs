//! Events on the way: what is told of a job before it ends. None of them holds a job up.

use tokio::sync::watch;
use tracing::{info, warn};

use super::Shared;
use super::poller::Ended;
use crate::job::event::{
    Event, EventType, JobData, LandedData, LandedResult, ProgressData, Speaker, SubmittedData, SubmittedTask, to_value,
};
use crate::job::ledger::{LedgerRecord, LedgerTask};

/// Progress is told in steps of at least so much. Less floods the exchange: a video has hundreds of polls.
const PROGRESS_STEP_PERCENT: u8 = 10;

/// All tasks of a job are accepted.
pub(super) async fn announce_submitted(shared: &Shared, speaker: &Speaker, job: &JobData, record: &LedgerRecord) {
    if !shared.settings.announce_submitted {
        return;
    }
    let task = |task: &LedgerTask| SubmittedTask { index: task.index, task_uuid: task.task_uuid };
    let data = to_value(&SubmittedData { job: job.clone(), tasks: record.tasks.iter().map(task).collect() });
    publish_by_the_way(shared, speaker.of_job(EventType::Submitted, job, "", shared.ports.clock.now(), data)).await;
}

/// A result is verified at its final key.
pub(super) async fn announce_landed(shared: &Shared, speaker: &Speaker, job: &JobData, landed: &LandedResult) {
    info!(index = landed.index, key = landed.key, size = landed.size, "landed");
    if !shared.settings.announce_landed {
        return;
    }
    let data = to_value(&LandedData { job: job.clone(), result: landed.clone() });
    let suffix = format!(".{}", landed.index);
    publish_by_the_way(shared, speaker.of_job(EventType::Landed, job, &suffix, shared.ports.clock.now(), data)).await;
}

/// Waits for a task to end, and tells of its progress where that is wanted.
pub(super) async fn announce_progress(
    shared: &Shared,
    speaker: &Speaker,
    job: &JobData,
    task: &LedgerTask,
    mut percents: watch::Receiver<Option<u8>>,
    ended: impl Future<Output = Ended>,
) -> Ended {
    tokio::pin!(ended);
    let mut told = 0;
    loop {
        tokio::select! {
            biased;
            ended = &mut ended => return ended,
            Ok(()) = percents.changed(), if shared.settings.announce_progress => {
                let percent = percents.borrow_and_update().unwrap_or_default();
                if percent >= told + PROGRESS_STEP_PERCENT {
                    told = percent;
                    let (index, task_uuid) = (task.index, task.task_uuid);
                    let data = to_value(&ProgressData { job: job.clone(), index, task_uuid, percent });
                    let suffix = format!(".{index}.{percent}");
                    let now = shared.ports.clock.now();
                    publish_by_the_way(shared, speaker.of_job(EventType::Progress, job, &suffix, now, data)).await;
                }
            }
        }
    }
}

/// Publishes an event that does not end the job: one try, and the job goes on either way.
async fn publish_by_the_way(shared: &Shared, event: Event) {
    if let Err(fault) = shared.ports.events.publish(&event).await {
        warn!(event = event.id, fault = fault.chain(), "an event on the way could not be published");
    }
}
