//! Landing: proving that a video really is in the bucket, and moving it where no upload URL can reach it.
//!
//! The provider's word counts for nothing here: the object is looked for, its container is probed over a few ranged
//! reads, and exactly what was probed is copied to the final key. What is missing, empty or broken is
//! [rescued](super::rescue) from the provider's own storage, at no new cost, and then has to pass the same proof.

use std::time::Duration;

use tracing::{info, warn};

use super::deviations::{content_type, deviations, intolerable};
use super::look::{Lack, Look, look, promoted_before};
use super::notice::RescueState;
use super::persist::persist;
use super::rescue::{Rescued, rescue};
use super::results::{failed, gave_up};
use super::suspension::Side;
use super::{Notice, Shared};
use crate::job::event::{FailedResult, LandedResult, MediaData, Provenance};
use crate::job::fault::{Fault, FaultKind};
use crate::job::ledger::LedgerTask;
use crate::job::order::Order;
use crate::job::reason::Reason;
use crate::job::verdict::Stage;
use crate::media::MediaFacts;
use crate::ports::{ObjectFacts, Promoted, Promotion, TaskSuccess};

/// Wait before a staging object that could not be deleted is tried again.
const REMOVE_PAUSE: Duration = Duration::from_millis(300);

/// How often a video may change under our hands before that counts as broken.
const CHANGES_MAX: u32 = 5;

/// How often a video is rescued. Once is not enough: another life of the job, or a late upload, may write into the same
/// slot between a rescue and its proof.
const RESCUES_MAX: u32 = 3;

/// How far to go for a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// Wait for a late upload, and rescue what does not arrive.
    Full,
    /// Look once, and land what is there.
    OneLook,
}

/// Lands one result.
pub(super) async fn land(
    shared: &Shared,
    order: &Order,
    task: &LedgerTask,
    success: TaskSuccess,
    effort: Effort,
) -> Result<LandedResult, FailedResult> {
    let cost_usd = success.cost_usd;
    let landed = prove_and_promote(shared, order, task, success, effort).await;
    landed.map_err(|failed| FailedResult { cost_usd, ..failed })
}

async fn prove_and_promote(
    shared: &Shared,
    order: &Order,
    task: &LedgerTask,
    success: TaskSuccess,
    effort: Effort,
) -> Result<LandedResult, FailedResult> {
    let patience = match effort {
        Effort::Full => shared.settings.landing.lookup_window,
        Effort::OneLook => Duration::ZERO,
    };
    let mut rescued = None;
    let mut rescues = 0;
    for _ in 0..CHANGES_MAX {
        let (facts, media) = match look(shared, task, patience, rescued.is_some()).await {
            Look::Sound { facts, media } => (facts, media),
            Look::Promoted { facts, media } => {
                info!(index = task.index, "the video was promoted before");
                return Ok(describe(shared, order, task, &success, Final::found(facts, media)));
            }
            Look::Lacking(lack) => {
                if effort == Effort::OneLook {
                    let (reason, what) = lack.told();
                    return Err(failed(task, reason, what));
                }
                rescued = Some(rescue_instead(shared, order, task, &success, &lack, rescues == RESCUES_MAX).await?);
                rescues += 1;
                continue;
            }
        };
        let wrong = intolerable(&shared.settings.landing, &order.request, &media);
        if !wrong.is_empty() {
            let staging = task.staging();
            let message =
                format!("the video is not what was asked for (landing.strict): {wrong}; it is kept at {staging}");
            return Err(failed(task, Reason::ObjectInvalid, message));
        }
        match promote(shared, order, task, &facts, &media, rescued.as_ref()).await? {
            Promoted::Done { etag, version_id } => {
                discard(shared, task, &facts).await;
                let provenance = if rescued.is_some() { Provenance::Rescued } else { Provenance::Uploaded };
                let facts = ObjectFacts { etag, version_id, ..facts };
                let sha256 = rescued.map(|rescued| rescued.sha256);
                return Ok(describe(shared, order, task, &success, Final { facts, media, provenance, sha256 }));
            }
            // Another upload arrived after the probe: prove that one.
            Promoted::SourceChanged => rescued = None,
            Promoted::Occupied => {
                if let Some((promoted, media)) = promoted_before(shared, task, true).await {
                    discard(shared, task, &facts).await;
                    return Ok(describe(shared, order, task, &success, Final::found(promoted, media)));
                }
                let message = format!(
                    "another object stands at {}, and destination.overwrite is false; the video is kept at {}",
                    task.destination(),
                    task.staging()
                );
                return Err(failed(task, Reason::DestinationOccupied, message));
            }
        }
    }
    Err(failed(task, Reason::ObjectInvalid, "the upload kept changing while it was verified".to_owned()))
}

/// No good video arrived: fetches it, or says why the result fails.
async fn rescue_instead(
    shared: &Shared,
    order: &Order,
    task: &LedgerTask,
    success: &TaskSuccess,
    lack: &Lack,
    often_enough: bool,
) -> Result<Rescued, FailedResult> {
    let (reason, what) = lack.told();
    let settings = &shared.settings.landing;
    let because = match &success.video_url {
        _ if often_enough => "fetching it from the provider gave no better",
        None => "the provider names no videoURL to fetch it from",
        Some(_) if !settings.rescue => "rescue is switched off (rescue.enabled)",
        Some(url) => {
            let (job_id, index) = (&order.job_id, task.index);
            let tell = |state| shared.ports.observer.notice(&Notice::Rescue { job_id, index, why: reason, state });
            warn!(index, what, "rescuing the video from the provider's storage");
            tell(RescueState::Begun);
            let rescued = rescue(shared, &task.staging(), order.request.format.content_type(), url).await;
            tell(if rescued.is_ok() { RescueState::Fetched } else { RescueState::Failed });
            return rescued.map_err(|why| failed(task, reason, format!("{what}, and it could not be fetched: {why}")));
        }
    };
    Err(failed(task, reason, format!("{what}, and {because}")))
}

/// Metadata that marks a final object as a task's.
pub(super) const TASK_METADATA: &str = "landfall-task-uuid";
const JOB_METADATA: &str = "landfall-job-id";
const PROVENANCE_METADATA: &str = "landfall-provenance";

const RESCUED: &str = "rescued";
const UPLOADED: &str = "uploaded";

async fn promote(
    shared: &Shared,
    order: &Order,
    task: &LedgerTask,
    facts: &ObjectFacts,
    media: &MediaFacts,
    rescued: Option<&Rescued>,
) -> Result<Promoted, FailedResult> {
    let destination = &order.destination;
    let mut metadata: Vec<(String, String)> = destination.metadata.clone().into_iter().collect();
    metadata.push((JOB_METADATA.to_owned(), order.job_id.to_string()));
    metadata.push((TASK_METADATA.to_owned(), task.task_uuid.to_string()));
    let provenance = if rescued.is_some() { RESCUED } else { UPLOADED };
    metadata.push((PROVENANCE_METADATA.to_owned(), provenance.to_owned()));
    let promotion = Promotion {
        from: task.staging(),
        facts: facts.clone(),
        to: task.destination(),
        overwrite: destination.overwrite,
        content_type: content_type(media.container).to_owned(),
        cache_control: destination.cache_control.clone(),
        metadata,
        tags: destination.tags.clone().into_iter().collect(),
    };
    let store = &*shared.ports.store;
    persist(&shared.suspension, Side::Videos, Stage::Landing, || store.promote(&promotion))
        .await
        .map_err(|why| gave_up(task, why))
}

/// Drops the staging object; a lifecycle rule takes what stays behind.
async fn discard(shared: &Shared, task: &LedgerTask, facts: &ObjectFacts) {
    let staging = task.staging();
    let version = facts.version_id.as_deref();
    for _ in 0..3 {
        match shared.ports.store.remove(&staging, version).await {
            Ok(()) => return,
            Err(Fault { kind: FaultKind::Denied, .. }) => break,
            Err(_) => tokio::time::sleep(REMOVE_PAUSE).await,
        }
    }
    warn!(object = %staging, "the staging object could not be deleted; the bucket's lifecycle rule must take it");
}

/// A verified video at its final key.
struct Final {
    facts: ObjectFacts,
    media: MediaFacts,
    provenance: Provenance,
    sha256: Option<String>,
}

impl Final {
    /// One that an earlier life put there: its metadata tells how it came.
    fn found(facts: ObjectFacts, media: MediaFacts) -> Final {
        let provenance = match facts.metadata.get(PROVENANCE_METADATA).map(String::as_str) {
            Some(RESCUED) => Provenance::Rescued,
            _ => Provenance::Uploaded,
        };
        Final { facts, media, provenance, sha256: None }
    }
}

fn describe(
    shared: &Shared,
    order: &Order,
    task: &LedgerTask,
    success: &TaskSuccess,
    Final { facts, media, provenance, sha256 }: Final,
) -> LandedResult {
    LandedResult {
        index: task.index,
        task_uuid: task.task_uuid,
        video_uuid: success.video_uuid.clone(),
        bucket: task.bucket.clone(),
        key: task.key.to_string(),
        version_id: facts.version_id,
        etag: facts.etag,
        size: facts.size,
        content_type: content_type(media.container).to_owned(),
        sha256,
        deviations: deviations(&shared.settings.landing, &order.request, &media),
        media: MediaData {
            container: media.container.as_str().to_owned(),
            video_codec: media.video_codec,
            audio_codec: media.audio_codec,
            width: media.width,
            height: media.height,
            duration_seconds: media.duration_s,
            frame_rate: media.frame_rate,
        },
        provenance,
        cost_usd: success.cost_usd,
    }
}

#[cfg(test)]
mod tests {
    use super::{JOB_METADATA, PROVENANCE_METADATA, TASK_METADATA};
    use crate::job::destination::OWN_METADATA_PREFIX;

    #[test]
    fn what_marks_a_final_object_cannot_be_forged_by_a_job() {
        for name in [TASK_METADATA, JOB_METADATA, PROVENANCE_METADATA] {
            assert!(name.starts_with(OWN_METADATA_PREFIX), "{name}");
        }
    }
}
