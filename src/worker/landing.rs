//! Landing: proving that a video really is in the bucket, and moving it where no upload URL can reach it.
//!
//! The provider's word counts for nothing here: the object is looked for, its container is probed over a few ranged
//! reads, and exactly what was probed is copied to the final key. What is missing, empty or broken is
//! [rescued](super::rescue) from the provider's own storage, at no new cost, and then has to pass the same proof.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tracing::{info, warn};

use super::Shared;
use super::deviations::{content_type, deviations, intolerable};
use super::job::{failed, gave_up};
use super::persist::persist;
use super::rescue::{Rescued, rescue};
use super::suspension::{Side, Trouble};
use crate::job::event::{FailedResult, LandedResult, MediaData, Provenance};
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::ObjectRef;
use crate::job::ledger::LedgerTask;
use crate::job::order::Order;
use crate::job::reason::Reason;
use crate::job::verdict::{Stage, Verdict as Act, verdict};
use crate::media::{self, MediaFacts, RangeSource, Verdict};
use crate::ports::{ObjectFacts, ObjectStore, Opened, Promoted, Promotion, TaskSuccess, Unchanged};

/// Bytes read with the first look at an object: enough for the header of nearly every fast-start file.
const HEAD_BYTES: u64 = 64 * 1024;

/// First and longest wait between two looks for an upload.
const LOOK_FIRST: Duration = Duration::from_millis(300);
const LOOK_MAX: Duration = Duration::from_secs(8);

/// How often a video may change under our hands before that counts as broken.
const CHANGES_MAX: u32 = 5;

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
                rescued = Some(rescue_instead(shared, order, task, &success, &lack, rescued.is_some()).await?);
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
                if let Some((promoted, media)) = promoted_before(shared, task).await {
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

/// What a bounded look for an upload comes to.
enum Look {
    /// A whole video is in its slot.
    Sound { facts: ObjectFacts, media: MediaFacts },
    /// An earlier life promoted it already.
    Promoted { facts: ObjectFacts, media: MediaFacts },
    /// There is no whole video.
    Lacking(Lack),
}

/// What is wrong with a slot.
enum Lack {
    /// It holds an object that is no whole video, in words.
    Broken(String),
    /// It holds no object. The fault tells why that is not certain.
    Missing(Option<Fault>),
}

impl Lack {
    /// What a result that lacks its video fails for, and why in words.
    fn told(&self) -> (Reason, String) {
        match self {
            Lack::Broken(defect) => (Reason::ObjectInvalid, format!("what landed is no whole video: {defect}")),
            Lack::Missing(None) => (Reason::ObjectMissing, "no object landed".to_owned()),
            Lack::Missing(Some(fault)) => {
                (Reason::ObjectMissing, format!("no object could be read: {}", fault.chain()))
            }
        }
    }
}

/// Looks for the upload, bounded, with backoff: success may come before the object does, and 403 and 404 right after it
/// are not verdicts yet. Only the waits between looks count against `patience`: a store that is away says nothing of
/// the object.
///
/// What was `rescued` is there: a store that denies us that object denies us, not the upload.
async fn look(shared: &Shared, task: &LedgerTask, mut patience: Duration, rescued: bool) -> Look {
    let store = &*shared.ports.store;
    let staging = task.staging();
    let mut wait = LOOK_FIRST;
    let mut faults = 0;
    let mut looked_at_destination = false;
    loop {
        let missing = match inspect(store, &staging).await {
            Ok(Some(Inspected::Sound { facts, media })) => return Look::Sound { facts, media },
            Ok(Some(Inspected::Broken(defect))) => return Look::Lacking(Lack::Broken(defect)),
            Ok(Some(Inspected::Changed) | None) => None,
            Err(fault) => match verdict(Stage::Landing, &fault.kind, faults) {
                Act::Retry(wait) => {
                    faults += 1;
                    tokio::time::sleep(wait).await;
                    continue;
                }
                Act::Wait(wait) => {
                    tokio::time::sleep(wait).await;
                    continue;
                }
                Act::Suspend if rescued => {
                    shared.suspension.raise(Side::Videos, &fault);
                    shared.suspension.admit(Side::Videos, Trouble::Refused).await;
                    continue;
                }
                Act::Suspend | Act::Reconcile | Act::Fail(_) => Some(fault),
            },
        };
        if !looked_at_destination {
            looked_at_destination = true;
            if let Some((facts, media)) = promoted_before(shared, task).await {
                return Look::Promoted { facts, media };
            }
        }
        if wait > patience {
            return Look::Lacking(Lack::Missing(missing));
        }
        patience -= wait;
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LOOK_MAX);
    }
}

/// What one look at an object shows.
enum Inspected {
    Sound {
        facts: ObjectFacts,
        media: MediaFacts,
    },
    Broken(String),
    /// It was replaced between two reads.
    Changed,
}

async fn inspect(store: &dyn ObjectStore, object: &ObjectRef) -> Outcome<Option<Inspected>> {
    let Some(Opened { facts, head }) = store.open(object, HEAD_BYTES).await? else {
        return Ok(None);
    };
    if facts.size == 0 {
        return Ok(Some(Inspected::Broken("the object is empty".to_owned())));
    }
    let source = StoredFile { store, object, etag: &facts.etag };
    match media::probe(&source, facts.size, head).await {
        Ok(Verdict::Sound(media)) => Ok(Some(Inspected::Sound { facts, media })),
        Ok(Verdict::Broken(defect)) => Ok(Some(Inspected::Broken(defect.to_string()))),
        Err(ReadError::Changed) => Ok(Some(Inspected::Changed)),
        Err(ReadError::Fault(fault)) => Err(fault),
    }
}

/// An object as a file to probe, pinned to one ETag.
struct StoredFile<'a> {
    store: &'a dyn ObjectStore,
    object: &'a ObjectRef,
    etag: &'a str,
}

enum ReadError {
    Changed,
    Fault(Fault),
}

#[async_trait]
impl RangeSource for StoredFile<'_> {
    type Error = ReadError;

    async fn read(&self, offset: u64, len: u64) -> Result<Bytes, ReadError> {
        match self.store.read_range(self.object, self.etag, offset, len).await {
            Ok(Unchanged::Yes(bytes)) => Ok(bytes),
            Ok(Unchanged::No) => Err(ReadError::Changed),
            Err(fault) => Err(ReadError::Fault(fault)),
        }
    }
}

/// The video at the final key, if it is this task's: an earlier life may have got that far.
async fn promoted_before(shared: &Shared, task: &LedgerTask) -> Option<(ObjectFacts, MediaFacts)> {
    let destination = task.destination();
    let mut faults = 0;
    loop {
        let fault = match inspect(&*shared.ports.store, &destination).await {
            Ok(Some(Inspected::Sound { facts, media })) => {
                let ours = facts.metadata.get(TASK_METADATA).is_some_and(|uuid| *uuid == task.task_uuid.to_string());
                return ours.then_some((facts, media));
            }
            Ok(Some(Inspected::Broken(_) | Inspected::Changed) | None) => return None,
            Err(fault) => fault,
        };
        match verdict(Stage::Landing, &fault.kind, faults) {
            Act::Retry(wait) => {
                faults += 1;
                tokio::time::sleep(wait).await;
            }
            Act::Wait(wait) => tokio::time::sleep(wait).await,
            // Also what some stores answer for an absent object.
            Act::Suspend | Act::Reconcile | Act::Fail(_) => {
                warn!(fault = fault.chain(), "the final key could not be looked at");
                return None;
            }
        }
    }
}

/// No good video arrived: fetches it, or says why the result fails.
async fn rescue_instead(
    shared: &Shared,
    order: &Order,
    task: &LedgerTask,
    success: &TaskSuccess,
    lack: &Lack,
    rescued_before: bool,
) -> Result<Rescued, FailedResult> {
    let (reason, what) = lack.told();
    let settings = &shared.settings.landing;
    let because = match &success.video_url {
        _ if rescued_before => "fetching it from the provider gave no better",
        None => "the provider names no videoURL to fetch it from",
        Some(_) if !settings.rescue => "rescue is switched off (rescue.enabled)",
        Some(url) => {
            warn!(index = task.index, what, "rescuing the video from the provider's storage");
            return match rescue(shared, &task.staging(), order.request.format.content_type(), url).await {
                Ok(rescued) => Ok(rescued),
                Err(why) => Err(failed(task, reason, format!("{what}, and it could not be fetched: {why}"))),
            };
        }
    };
    Err(failed(task, reason, format!("{what}, and {because}")))
}

/// Metadata that marks a final object as a task's.
const TASK_METADATA: &str = "landfall-task-uuid";
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
            Err(_) => tokio::time::sleep(LOOK_FIRST).await,
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
