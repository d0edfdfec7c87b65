//! Events: what is told of a job on the way, which never holds it up, and its end, which is told until it is heard.

use tokio::sync::watch;
use tracing::{error, info, warn};

use super::Shared;
use super::persist::{GaveUp, persist};
use super::poller::Ended;
use super::suspension::Side;
use crate::job::event::{
    Event, EventType, JobData, LandedData, LandedResult, ProgressData, Speaker, SubmittedData, SubmittedTask, to_value,
};
use crate::job::ledger::{LedgerOutcome, LedgerRecord, LedgerTask};
use crate::job::verdict::Stage;

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

/// A job ended: publishes its terminal event until it is safe. A repeat is the same event.
pub(super) async fn announce_end(shared: &Shared, speaker: &Speaker, outcome: &LedgerOutcome) -> Result<(), GaveUp> {
    let LedgerOutcome { event_type, time, data } = outcome;
    publish(shared, &speaker.of_job(*event_type, data.job(), "", *time, to_value(data))).await
}

/// Publishes an event until it is safe.
pub(super) async fn publish(shared: &Shared, event: &Event) -> Result<(), GaveUp> {
    let events = &*shared.ports.events;
    let publish = || shared.suspension.through(Side::Events, events.publish(event));
    let published = persist(&shared.suspension, Side::Events, Stage::Announcing, publish).await;
    published.inspect_err(|gave_up| {
        error!(event = event.id, why = gave_up.message, "an event could not be published; its message goes back");
    })
}

/// Publishes an event that does not end the job: one try, and the job goes on either way.
async fn publish_by_the_way(shared: &Shared, event: Event) {
    if let Err(fault) = shared.ports.events.publish(&event).await {
        warn!(event = event.id, fault = fault.chain(), "an event on the way could not be published");
    }
}
