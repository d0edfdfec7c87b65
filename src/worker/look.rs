//! Looking: what is in a slot and at a final key, proved from a few ranged reads.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tracing::warn;

use super::Shared;
use super::landing::TASK_METADATA;
use super::suspension::{Side, Trouble};
use crate::job::fault::{Fault, Outcome};
use crate::job::ids::ObjectRef;
use crate::job::ledger::LedgerTask;
use crate::job::reason::Reason;
use crate::job::verdict::{Stage, Verdict as Act, verdict};
use crate::media::{self, MediaFacts, RangeSource, Verdict};
use crate::ports::{ObjectFacts, ObjectStore, Opened, Unchanged};

/// Bytes read with the first look at an object: enough for the header of nearly every fast-start file.
const HEAD_BYTES: u64 = 64 * 1024;

/// First and longest wait between two looks for an upload.
const LOOK_FIRST: Duration = Duration::from_millis(300);
const LOOK_MAX: Duration = Duration::from_secs(8);

/// What a bounded look for an upload comes to.
pub(super) enum Look {
    /// A whole video is in its slot.
    Sound { facts: ObjectFacts, media: MediaFacts },
    /// An earlier life promoted it already.
    Promoted { facts: ObjectFacts, media: MediaFacts },
    /// There is no whole video.
    Lacking(Lack),
}

/// What is wrong with a slot.
pub(super) enum Lack {
    /// It holds an object that is no whole video, in words.
    Broken(String),
    /// It holds no object. The fault tells why that is not certain.
    Missing(Option<Fault>),
}

impl Lack {
    /// What a result that lacks its video fails for, and why in words.
    pub(super) fn told(&self) -> (Reason, String) {
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
pub(super) async fn look(shared: &Shared, task: &LedgerTask, mut patience: Duration, rescued: bool) -> Look {
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
                    shared.suspension.note_retry(Stage::Landing, &fault);
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
            if let Some((facts, media)) = promoted_before(shared, task, false).await {
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
///
/// Some stores answer 403 for what is absent. Where something `stands` there for certain, that is about us.
pub(super) async fn promoted_before(
    shared: &Shared,
    task: &LedgerTask,
    stands: bool,
) -> Option<(ObjectFacts, MediaFacts)> {
    let destination = task.destination();
    let mut faults = 0;
    loop {
        let inspected = inspect(&*shared.ports.store, &destination).await;
        if stands && inspected.is_ok() {
            shared.suspension.lift(Side::Videos);
        }
        let fault = match inspected {
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
                shared.suspension.note_retry(Stage::Landing, &fault);
                tokio::time::sleep(wait).await;
            }
            Act::Wait(wait) => tokio::time::sleep(wait).await,
            Act::Suspend if stands => {
                shared.suspension.raise(Side::Videos, &fault);
                shared.suspension.admit(Side::Videos, Trouble::Refused).await;
            }
            Act::Suspend | Act::Reconcile | Act::Fail(_) => {
                warn!(fault = fault.chain(), "the final key could not be looked at");
                return None;
            }
        }
    }
}
