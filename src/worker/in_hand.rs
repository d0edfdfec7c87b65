//! What is in hand: what has to be written down when a worker gives a job up unfinished.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::warn;

use super::Shared;
use super::claim::{self, Claimed};
use super::deadline::{Deadline, later};
use crate::job::ledger::SetAside;

/// How long a job that is given up may take to write its deadline down. Longer would come in the way of handing back.
const SET_ASIDE_WITHIN: Duration = Duration::from_secs(5);

/// What a worker has of a job while it is at work on it: what has to be written down if it gives the job up.
#[derive(Default)]
pub(super) struct InHand(Mutex<Option<(Claimed, Deadline)>>);

impl InHand {
    /// A job was claimed or adopted.
    pub(super) fn hold(&self, claimed: Claimed, deadline: Deadline) {
        *self.lock() = Some((claimed, deadline));
    }

    /// The job's end is in the ledger, or will never be.
    pub(super) fn let_go(&self) -> Option<(Claimed, Deadline)> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Claimed, Deadline)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes down the deadline of a job that leaves this worker unfinished, if a suspension moved it.
pub(super) async fn set_aside(shared: &Shared, in_hand: &InHand) {
    let Some((claimed, deadline)) = in_hand.let_go() else { return };
    let moved_by = deadline.moved_by();
    let suspended = shared.suspension.is_in_force();
    if moved_by.is_zero() && !suspended {
        return;
    }
    let at = SetAside { at: shared.ports.clock.now(), suspended };
    let written = claim::set_aside(shared, &claimed, later(claimed.record.deadline, moved_by), at);
    match tokio::time::timeout(SET_ASIDE_WITHIN, written).await {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => warn!(fault = fault.chain(), "a moved deadline could not be written down"),
        Err(_) => warn!("a moved deadline could not be written down in time"),
    }
}
