//! Verdicts: what to do about a fault, as one total table.
//!
//! The shell carries verdicts out. None of them fails a job for trouble that is not the job's: such calls are repeated
//! until they succeed or until the job's deadline, the lease or the drain ends the wait.

use std::time::Duration;

use super::fault::FaultKind;
use super::reason::Reason;

/// Where a job is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading and writing the ledger before anything is bought.
    Claiming,
    /// Handing tasks to the provider.
    Submitting,
    /// Waiting for the provider.
    Generating,
    /// Verifying and moving a video.
    Landing,
    /// Finishing the record and publishing the event.
    Announcing,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Stage; 5] =
        [Stage::Claiming, Stage::Submitting, Stage::Generating, Stage::Landing, Stage::Announcing];

    /// The stage's name in logs and on pages.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Claiming => "claiming",
            Stage::Submitting => "submitting",
            Stage::Generating => "generating",
            Stage::Landing => "landing",
            Stage::Announcing => "announcing",
        }
    }
}

/// What to do about a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Wait so long and do the same again.
    Retry(Duration),
    /// Asked to slow down: wait so long and do the same again. It is no attempt, so later waits do not grow for it.
    Wait(Duration),
    /// Find out what happened before doing anything that costs.
    Reconcile,
    /// Stop taking work until the cause is gone. One call per [`SUSPEND_PROBE`] goes out as the probe.
    Suspend,
    /// The job fails.
    Fail(Reason),
}

/// First wait between repeats. Shorter hammers a service that is down; longer delays what a blip interrupted.
pub const RETRY_FIRST: Duration = Duration::from_millis(250);

/// Longest wait between repeats. Longer adds that much to every job once the outage ends.
pub const RETRY_MAX: Duration = Duration::from_secs(15);

/// Wait between probes while suspended. Shorter annoys whoever denied us; longer delays the resumption.
pub const SUSPEND_PROBE: Duration = Duration::from_secs(10);

/// Judges a fault met at `stage` after `attempts` earlier tries of the same call.
pub fn verdict(stage: Stage, fault: &FaultKind, attempts: u32) -> Verdict {
    let again = Verdict::Retry(backoff(attempts));
    match (fault, stage) {
        (FaultKind::NotSent | FaultKind::Unavailable, _) => again,
        (FaultKind::Throttled { after }, _) => Verdict::Wait(after.unwrap_or(RETRY_MAX).max(RETRY_FIRST)),
        (FaultKind::Denied, _) => Verdict::Suspend,
        (FaultKind::Bug, _) => Verdict::Fail(Reason::Internal),
        // Money may have been spent: ask, and only then repeat the same UUID.
        (FaultKind::Ambiguous | FaultKind::Malformed, Stage::Submitting) => Verdict::Reconcile,
        // Every other call observes or is conditional, so repeating it is safe.
        (
            FaultKind::Ambiguous | FaultKind::Malformed,
            Stage::Claiming | Stage::Generating | Stage::Landing | Stage::Announcing,
        ) => again,
        (FaultKind::Rejected { .. }, Stage::Submitting) => Verdict::Fail(Reason::ProviderRejected),
        (FaultKind::Rejected { .. }, Stage::Generating) => again,
        (FaultKind::Rejected { .. }, Stage::Claiming | Stage::Landing | Stage::Announcing) => {
            Verdict::Fail(Reason::Internal)
        }
    }
}

/// Doubles from [`RETRY_FIRST`] to [`RETRY_MAX`].
pub fn backoff(attempts: u32) -> Duration {
    RETRY_FIRST.saturating_mul(2_u32.saturating_pow(attempts)).min(RETRY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_as_it_was_agreed() {
        let faults = [
            FaultKind::NotSent,
            FaultKind::Ambiguous,
            FaultKind::Throttled { after: Some(Duration::from_secs(3)) },
            FaultKind::Unavailable,
            FaultKind::Rejected { code: "x".to_owned() },
            FaultKind::Denied,
            FaultKind::Malformed,
            FaultKind::Bug,
        ];
        let mut table = String::new();
        for fault in &faults {
            for stage in Stage::ALL {
                let row = format!("{fault:?} while {}: {:?}\n", stage.name(), verdict(stage, fault, 0));
                table.push_str(&row);
            }
        }
        let agreed = include_str!("../../tests/golden/verdicts.txt");
        assert_eq!(table, agreed, "the table changed: if that is meant, change tests/golden/verdicts.txt\n{table}");
    }

    #[test]
    fn waits_double_and_are_bounded() {
        assert_eq!(backoff(0), RETRY_FIRST);
        assert_eq!(backoff(1), RETRY_FIRST * 2);
        assert_eq!(backoff(u32::MAX), RETRY_MAX);
    }
}
