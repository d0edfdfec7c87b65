//! Persisting: repeating a call until it succeeds or the verdict says to stop.

use tracing::{debug, warn};

use super::suspension::{Side, Suspension};
use crate::job::fault::{Fault, Outcome};
use crate::job::reason::Reason;
use crate::job::verdict::{Stage, Verdict, verdict};

/// Repeats from this attempt on are worth a warning; earlier ones are blips.
const WARN_FROM_ATTEMPT: u32 = 3;

/// Why a call was given up.
#[derive(Debug)]
pub(super) enum GaveUp {
    /// It may have taken effect: find out.
    Reconcile,
    /// The job fails for it.
    Failed {
        /// The public reason.
        reason: Reason,
        /// The fault's whole chain.
        message: String,
    },
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
        let fault = match call().await {
            Ok(value) => {
                suspension.lift(side);
                return Ok(value);
            }
            Err(fault) => fault,
        };
        let wait = match verdict(stage, &fault.kind, attempts) {
            Verdict::Retry(wait) => {
                note_retry(stage, &fault, attempts);
                wait
            }
            Verdict::Suspend(wait) => {
                suspension.raise(side, &fault);
                wait
            }
            Verdict::Reconcile => return Err(GaveUp::Reconcile),
            Verdict::Fail(reason) => return Err(GaveUp::Failed { reason, message: fault.chain() }),
        };
        attempts += 1;
        tokio::time::sleep(wait).await;
    }
}

fn note_retry(stage: Stage, fault: &Fault, attempts: u32) {
    if attempts < WARN_FROM_ATTEMPT {
        debug!(stage = stage.name(), attempts, fault = fault.chain(), "will try again");
    } else {
        warn!(stage = stage.name(), attempts, fault = fault.chain(), "still failing, will try again");
    }
}
