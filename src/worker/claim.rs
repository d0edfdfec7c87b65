//! The ledger: claiming a job before anything is bought, and finishing its record.
//!
//! Both writes are conditional, so that of many workers with the same message exactly one creates the record and exactly
//! one finishes it; the others find what was written and go on from there.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;

use super::Shared;
use super::persist::{GaveUp, persist};
use super::suspension::Side;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::{JobId, ObjectRef};
use crate::job::ledger::{LedgerOutcome, LedgerRecord, RECORD_MAX_BYTES, SetAside, Unreadable, record_key};
use crate::job::verdict::Stage;
use crate::ports::{Created, ObjectStore, Unchanged};

/// The media type of records.
pub(super) const RECORD_CONTENT_TYPE: &str = "application/json";

/// A job's record as it stands in the bucket.
#[derive(Debug, Clone)]
pub(super) struct Claimed {
    /// The record.
    pub(super) record: LedgerRecord,
    /// Its ETag: what a change is conditional on.
    pub(super) etag: String,
    /// Another life of the job, or another worker, wrote it.
    pub(super) adopted: bool,
}

/// Creates the record, or adopts the one that is there.
pub(super) async fn claim(shared: &Shared, record: LedgerRecord) -> Result<Claimed, GaveUp> {
    let object = place(ledger(shared), &record.job_id).map_err(GaveUp::internal)?;
    let body = encode(&record).map_err(GaveUp::internal)?;
    let store = &*shared.ports.store;
    persist(&shared.suspension, Side::Ledger, Stage::Claiming, || async {
        match store.create(&object, RECORD_CONTENT_TYPE, body.clone()).await? {
            Created::Done { etag } => Ok(Claimed { record: record.clone(), etag, adopted: false }),
            // Also what an earlier try of ours whose answer was lost left there: then the content is equal.
            Created::Exists => match read(store, &object).await? {
                Some((found, etag)) => Ok(Claimed { adopted: found != record, record: found, etag }),
                None => Err(Fault::new(FaultKind::Unavailable, "claiming a job: its record vanished under our hands")),
            },
        }
    })
    .await
}

/// Reads a job's record, if there is one.
pub(super) async fn find(shared: &Shared, job_id: &JobId) -> Result<Option<Claimed>, GaveUp> {
    let object = place(ledger(shared), job_id).map_err(GaveUp::internal)?;
    persist(&shared.suspension, Side::Ledger, Stage::Claiming, || async {
        let found = read(&*shared.ports.store, &object).await?;
        Ok(found.map(|(record, etag)| Claimed { record, etag, adopted: true }))
    })
    .await
}

/// Lets a generation follow the one whose end was `found`. `None` when the record changed meanwhile: look again.
pub(super) async fn supersede(
    shared: &Shared,
    found: &Claimed,
    record: LedgerRecord,
) -> Result<Option<Claimed>, GaveUp> {
    let object = place(ledger(shared), &record.job_id).map_err(GaveUp::internal)?;
    let body = encode(&record).map_err(GaveUp::internal)?;
    let store = &*shared.ports.store;
    persist(&shared.suspension, Side::Ledger, Stage::Claiming, || async {
        match store.replace(&object, &found.etag, RECORD_CONTENT_TYPE, body.clone()).await? {
            Unchanged::Yes(etag) => Ok(Some(Claimed { record: record.clone(), etag, adopted: false })),
            // Also what an earlier try of ours whose answer was lost left there: then the content is equal.
            Unchanged::No => {
                let standing = read(store, &object).await?.filter(|(standing, _)| *standing == record);
                Ok(standing.map(|(record, etag)| Claimed { record, etag, adopted: false }))
            }
        }
    })
    .await
}

/// What stands in the ledger after a job was to be finished.
pub(super) enum Finished {
    /// This outcome.
    As(LedgerOutcome),
    /// A later generation, that has not ended: it was bought anew while we were at this one, whose end another worker
    /// wrote and announced.
    Superseded,
}

/// Writes how the job ended, unless another worker was faster.
pub(super) async fn finish(shared: &Shared, claimed: &Claimed, outcome: LedgerOutcome) -> Result<Finished, GaveUp> {
    let object = place(ledger(shared), &claimed.record.job_id).map_err(GaveUp::internal)?;
    let status = outcome.data.status();
    let finished = LedgerRecord { status, outcome: Some(outcome.clone()), ..claimed.record.clone() };
    let store = &*shared.ports.store;
    // What stands there by what we know: somebody may have cancelled the job meanwhile, which stays on record.
    let known = Mutex::new((claimed.etag.clone(), claimed.record.cancel_requested_at));
    persist(&shared.suspension, Side::Ledger, Stage::Announcing, || async {
        let (expected, cancel_requested_at) = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let body = encode(&LedgerRecord { cancel_requested_at, ..finished.clone() })
            .map_err(|why| Fault::new(FaultKind::Bug, why))?;
        match store.replace(&object, &expected, RECORD_CONTENT_TYPE, body.clone()).await? {
            Unchanged::Yes(_) => return Ok(Finished::As(outcome.clone())),
            Unchanged::No => {}
        }
        match read(store, &object).await? {
            Some((LedgerRecord { outcome: Some(standing), .. }, _)) => Ok(Finished::As(standing)),
            Some((LedgerRecord { generation, .. }, _)) if generation > finished.generation => Ok(Finished::Superseded),
            Some((LedgerRecord { cancel_requested_at, .. }, newer)) => {
                *known.lock().unwrap_or_else(PoisonError::into_inner) = (newer, cancel_requested_at);
                Err(Fault::new(FaultKind::Unavailable, "finishing a job's record: somebody else changed it"))
            }
            // The record was deleted under our hands. What happened still has to be remembered.
            None => match store.create(&object, RECORD_CONTENT_TYPE, body.clone()).await? {
                Created::Done { .. } => Ok(Finished::As(outcome.clone())),
                Created::Exists => Err(Fault::new(FaultKind::Unavailable, "finishing a job's record: it came back")),
            },
        }
    })
    .await
}

/// Writes down the deadline of a job that is given up unfinished, for whoever takes it up next. One try: another worker
/// may be at the record, and the store may be what we are suspended for.
pub(super) async fn set_aside(shared: &Shared, claimed: &Claimed, deadline: Timestamp, at: SetAside) -> Outcome<()> {
    let bug = |why: String| Fault::new(FaultKind::Bug, why);
    let object = place(ledger(shared), &claimed.record.job_id).map_err(bug)?;
    let record = LedgerRecord { deadline, set_aside: Some(at), ..claimed.record.clone() };
    let body = encode(&record).map_err(bug)?;
    match shared.ports.store.replace(&object, &claimed.etag, RECORD_CONTENT_TYPE, body).await? {
        Unchanged::Yes(_) | Unchanged::No => Ok(()),
    }
}

/// Reads the record of a job in the ledger of this bucket and prefix, for those who only look.
///
/// # Errors
/// Those of the store, and what is wrong with a record that cannot be read.
pub async fn read_record(
    store: &dyn ObjectStore,
    ledger: (&str, &str),
    job_id: &JobId,
) -> Outcome<Option<LedgerRecord>> {
    let object = place(ledger, job_id).map_err(|why| Fault::new(FaultKind::Bug, why))?;
    Ok(read(store, &object).await?.map(|(record, _)| record))
}

/// The record at its place, and its ETag.
pub(super) async fn read(store: &dyn ObjectStore, object: &ObjectRef) -> Outcome<Option<(LedgerRecord, String)>> {
    let Some(opened) = store.open(object, RECORD_MAX_BYTES).await? else {
        return Ok(None);
    };
    decode(object, &opened.head).map(|record| Some((record, opened.facts.etag)))
}

/// A record of another release is left to a worker that can read it. A damaged one is no better tomorrow: its job ends,
/// and buys nothing, since nobody knows what was bought.
fn decode(object: &ObjectRef, text: &[u8]) -> Outcome<LedgerRecord> {
    LedgerRecord::decode(text).map_err(|unreadable| {
        let doing = format!("reading the ledger record {object}");
        match unreadable {
            Unreadable::OtherSchema(schema) => Fault::new(FaultKind::Unavailable, doing)
                .because(format!("its shape is {schema}, which this release cannot read; upgrade this worker")),
            Unreadable::Damaged(why) => {
                Fault::new(FaultKind::Rejected { code: "damaged_record".to_owned() }, doing).because(why)
            }
        }
    })
}

/// Where a job's record stands, in the ledger of this bucket and prefix.
pub(super) fn place((bucket, prefix): (&str, &str), job_id: &JobId) -> Result<ObjectRef, String> {
    Ok(ObjectRef { bucket: bucket.to_owned(), key: record_key(prefix, job_id)? })
}

pub(super) fn ledger(shared: &Shared) -> (&str, &str) {
    (&shared.settings.ledger_bucket, &shared.settings.ledger_prefix)
}

pub(super) fn encode(record: &LedgerRecord) -> Result<Bytes, String> {
    record.encode().map(Bytes::from)
}
