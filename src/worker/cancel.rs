//! Cancelling jobs: the mark in the ledger, which lasts, and the word to the workers, which is quick.
//!
//! The mark decides. A worker that takes a job up finds it, and so does the one that claims a job after it was cancelled.
//! The word only reaches a job that some worker is at work on just now. If it is lost, the job goes on until it is taken
//! up again, at the latest when its lease runs out; a job that completes meanwhile is complete.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Shared;
use super::claim::{RECORD_CONTENT_TYPE, encode, ledger, place, read};
use super::persist::{GaveUp, persist};
use super::suspension::Side;
use crate::job::control::ControlMessage;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::JobId;
use crate::job::ledger::{LedgerOutcome, LedgerRecord};
use crate::job::verdict::Stage;
use crate::ports::{Created, ObjectStore, Unchanged};

/// Tries to mark a record that somebody else keeps changing.
const TRIES: u32 = 10;

/// What was found of a job that is to be cancelled.
#[derive(Debug, Clone, PartialEq)]
pub enum CancelFound {
    /// Nobody has taken it yet: when its message comes, it ends as cancelled and buys nothing.
    NotBegun,
    /// It has begun and not ended. Now it is marked.
    UnderWay,
    /// It had ended before, and stays as it is.
    Ended(Box<LedgerOutcome>),
}

/// Marks a job's record in the ledger as cancelled, or leaves one for a job that nobody has taken yet.
///
/// # Errors
/// Those of the store. [`Ambiguous`](FaultKind::Ambiguous) and [`Unavailable`](FaultKind::Unavailable) ones may be
/// answered by asking again.
pub async fn request_cancel(
    store: &dyn ObjectStore,
    ledger: (&str, &str),
    job_id: &JobId,
    now: Timestamp,
) -> Outcome<CancelFound> {
    let bug = |why: String| Fault::new(FaultKind::Bug, why);
    let object = place(ledger, job_id).map_err(bug)?;
    for _ in 0..TRIES {
        let Some((record, etag)) = read(store, &object).await? else {
            let body = encode(&LedgerRecord::tombstone(job_id.clone(), now)).map_err(bug)?;
            match store.create(&object, RECORD_CONTENT_TYPE, body).await? {
                Created::Done { .. } => return Ok(CancelFound::NotBegun),
                Created::Exists => continue,
            }
        };
        if let Some(outcome) = record.outcome {
            return Ok(CancelFound::Ended(Box::new(outcome)));
        }
        if record.is_tombstone() {
            return Ok(CancelFound::NotBegun);
        }
        if record.cancel_requested_at.is_some() {
            return Ok(CancelFound::UnderWay);
        }
        let body = encode(&LedgerRecord { cancel_requested_at: Some(now), ..record }).map_err(bug)?;
        match store.replace(&object, &etag, RECORD_CONTENT_TYPE, body).await? {
            Unchanged::Yes(_) => return Ok(CancelFound::UnderWay),
            Unchanged::No => {}
        }
    }
    Err(Fault::new(FaultKind::Unavailable, format!("cancelling job {job_id}: others keep changing its record")))
}

/// Does what a control message asks for.
pub(super) async fn obey(shared: &Shared, message: &ControlMessage) -> Result<(), GaveUp> {
    let ControlMessage::CancelJob { job_id } = message;
    let found = persist(&shared.suspension, Side::Ledger, Stage::Claiming, || {
        request_cancel(&*shared.ports.store, ledger(shared), job_id, shared.ports.clock.now())
    });
    match found.await? {
        CancelFound::NotBegun => info!(job_id = job_id.as_str(), "cancelled before it began"),
        CancelFound::Ended(_) => info!(job_id = job_id.as_str(), "to be cancelled, and had ended before"),
        CancelFound::UnderWay => {
            info!(job_id = job_id.as_str(), "cancelled: telling all workers");
            shared.cancellations.cancel(job_id);
            if let Err(fault) = shared.ports.control.broadcast(message).await {
                warn!(
                    fault = fault.chain(),
                    "other workers find out that a job is cancelled when they take it up again"
                );
            }
        }
    }
    Ok(())
}

/// Hears what the workers tell one another.
pub(super) async fn listen(shared: Arc<Shared>) {
    loop {
        let ControlMessage::CancelJob { job_id } = shared.ports.control.next().await;
        shared.cancellations.cancel(&job_id);
    }
}

/// The jobs in hand, by name.
#[derive(Default)]
pub(super) struct Cancellations(Mutex<HashMap<JobId, (usize, CancellationToken)>>);

/// A job in hand that may be cancelled, until this is dropped.
pub(super) struct Cancellable<'a> {
    jobs: &'a Cancellations,
    job_id: JobId,
    /// Fires when the job shall stop.
    pub(super) token: CancellationToken,
}

impl Cancellations {
    /// Enters a job. To be called before its record is read: of a mark that is set later, we are told.
    pub(super) fn enter(&self, job_id: &JobId) -> Cancellable<'_> {
        let mut jobs = self.lock();
        let (holders, token) = jobs.entry(job_id.clone()).or_default();
        *holders += 1;
        Cancellable { jobs: self, job_id: job_id.clone(), token: token.clone() }
    }

    pub(super) fn cancel(&self, job_id: &JobId) {
        if let Some((_, token)) = self.lock().get(job_id) {
            token.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, (usize, CancellationToken)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cancellable<'_> {
    fn drop(&mut self) {
        let mut jobs = self.jobs.lock();
        if let Some((holders, _)) = jobs.get_mut(&self.job_id) {
            *holders -= 1;
            if *holders == 0 {
                jobs.remove(&self.job_id);
            }
        }
    }
}
