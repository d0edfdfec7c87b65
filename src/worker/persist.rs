//! Persisting: repeating a call until it succeeds or the verdict says to stop.

use tracing::{debug, warn};

use super::suspension::{Side, Suspension, Trouble};
use crate::job::fault::{Fault, Outcome};
use crate::job::reason::Reason;
use crate::job::verdict::{Stage, Verdict, verdict};

/// Repeats from this attempt on are worth a warning; earlier ones are blips.
const WARN_FROM_ATTEMPT: u32 = 3;

/// Why a call was given up: the job fails for it.
#[derive(Debug)]
pub(super) struct GaveUp {
    /// The public reason.
    pub(super) reason: Reason,
    /// The fault's whole chain.
    pub(super) message: String,
}

impl GaveUp {
    /// A rule of our own was broken.
    pub(super) fn internal(message: String) -> GaveUp {
        GaveUp { reason: Reason::Internal, message }
    }
}

/// Makes a call again and again as the verdicts say. It is the caller's to bound it in time: deadline, lease and drain
/// all end it by dropping the future, which every call here survives.
pub(super) async fn persist<T, F>(
    suspension: &Suspension,
    side: Side,
    stage: Stage,
    mut call: impl FnMut() -> F,
) -> Result<T, GaveUp>
where
    F: Future<Output = Outcome<T>>,
{
    let mut attempts = 0;
    loop {
        suspension.admit(side, Trouble::Refused).await;
        let fault = match call().await {
            Ok(value) => {
                suspension.lift(side);
                return Ok(value);
            }
            Err(fault) => fault,
        };
        match verdict(stage, &fault.kind, attempts) {
            Verdict::Retry(wait) => {
                suspension.note_retry(stage, &fault);
                note_retry(stage, &fault, attempts);
                attempts += 1;
                tokio::time::sleep(wait).await;
            }
            Verdict::Wait(wait) => {
                suspension.note_retry(stage, &fault);
                debug!(stage = stage.name(), fault = fault.chain(), "asked to slow down");
                tokio::time::sleep(wait).await;
            }
            // The next call waits for its turn as the probe, or for another one's success.
            Verdict::Suspend => {
                suspension.note_retry(stage, &fault);
                suspension.raise(side, &fault);
            }
            // Only a submission is reconciled, and submissions are repeated by `submit`, never here.
            Verdict::Reconcile => return Err(GaveUp::internal(fault.chain())),
            Verdict::Fail(reason) => return Err(GaveUp { reason, message: fault.chain() }),
        }
    }
}

fn note_retry(stage: Stage, fault: &Fault, attempts: u32) {
    if attempts < WARN_FROM_ATTEMPT {
        debug!(stage = stage.name(), attempts, fault = fault.chain(), "will try again");
    } else {
        warn!(stage = stage.name(), attempts, fault = fault.chain(), "still failing, will try again");
    }
}
