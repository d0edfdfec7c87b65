//! What an operator does to one running worker: pause it, resume it, let it drain, stop a job.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::Shared;
use super::cancel::{CancelFound, request_cancel};
use crate::job::control::ControlMessage;
use crate::job::fault::{Fault, Outcome};
use crate::job::ids::JobId;
use crate::ports::ObjectStore;

/// Whether an operator keeps the worker from taking jobs. It is this process's own, and ends with it.
#[derive(Debug)]
pub(super) struct Pause(watch::Sender<bool>);

impl Default for Pause {
    fn default() -> Pause {
        Pause(watch::Sender::new(false))
    }
}

impl Pause {
    pub(super) fn is_in_force(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for a pause, unless one is in force.
    pub(super) async fn begun(&self) {
        self.becomes(true).await;
    }

    /// Waits until no pause is in force.
    pub(super) async fn lifted(&self) {
        self.becomes(false).await;
    }

    async fn becomes(&self, wanted: bool) {
        // The sender lives as long as `self`, so this ends only when the condition holds.
        let _ = self.0.subscribe().wait_for(|paused| *paused == wanted).await;
    }

    /// Answers whether that changed anything.
    fn set(&self, paused: bool) -> bool {
        self.0.send_replace(paused) != paused
    }
}

/// A handle through which an operator controls a running worker. Cheap to clone.
#[derive(Clone)]
pub struct WorkerControls {
    pub(super) shared: Arc<Shared>,
    pub(super) stop: CancellationToken,
}

/// What came of stopping a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Cancelled {
    /// What the ledger knew of the job.
    pub found: CancelFound,
    /// Why the other workers could not be told at once; they find the mark when they take the job up again.
    pub untold: Option<String>,
}

impl WorkerControls {
    /// Takes no more jobs until [`resume`](WorkerControls::resume). What is in flight goes on, and what was taken ahead goes
    /// back to the queue for other workers.
    pub fn pause(&self) {
        if self.shared.pause.set(true) {
            info!("paused by an operator: no more jobs are taken; those in flight go on");
        }
    }

    /// Takes jobs again, unless something else keeps the worker from it.
    pub fn resume(&self) {
        if self.shared.pause.set(false) {
            info!("resumed by an operator");
        }
    }

    /// Ends the worker as SIGTERM does: no more jobs are taken, what ends within the drain is finished, the rest goes back.
    pub fn drain(&self) {
        if !self.stop.is_cancelled() {
            info!("told to stop by an operator");
        }
        self.stop.cancel();
    }

    /// Whether the worker was told to stop, by whomever.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Marks a job in the ledger as cancelled, stops it here if it is in hand, and tells the other workers.
    ///
    /// `store` may be a handle without the worker's own patience: an operator waits for the answer.
    ///
    /// # Errors
    /// Those of the store; then nothing is cancelled, or it is not known.
    pub async fn cancel(&self, store: &dyn ObjectStore, job_id: &JobId) -> Outcome<Cancelled> {
        let shared = &*self.shared;
        let found = request_cancel(store, super::claim::ledger(shared), job_id, shared.ports.clock.now()).await?;
        let mut untold = None;
        if found == CancelFound::UnderWay {
            info!(job_id = job_id.as_str(), "cancelled by an operator: telling all workers");
            shared.cancellations.cancel(job_id);
            let message = ControlMessage::CancelJob { job_id: job_id.clone() };
            untold = shared.ports.control.broadcast(&message).await.as_ref().err().map(Fault::chain);
        }
        Ok(Cancelled { found, untold })
    }
}
