//! The deadline of a job: an instant that stands still while we are suspended, since our fault is never the job's. When
//! the job is cancelled, it is now.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::suspension::Suspension;
use crate::job::ledger::{LedgerRecord, SetAside};

/// Upload URLs outlive the job's deadline by this much, so that a video that ends with it can still arrive.
pub(super) const UPLOAD_MARGIN: Duration = Duration::from_secs(600);

/// No job is pursued for longer than its first upload URL can live (7 days, by S3): after that a task that the provider
/// lost could only be waited for.
pub(super) const DEADLINE_MAX: Duration = Duration::from_secs(7 * 24 * 3600).saturating_sub(UPLOAD_MARGIN);

/// When a job stops being worth anything. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Deadline {
    suspension: Suspension,
    /// As the ledger has it.
    recorded: Instant,
    /// While nobody had it in hand and time stood still.
    set_aside: Duration,
    /// Suspensions of this worker from here on move it.
    from: Instant,
    /// However long those are, it is never later than this.
    latest: Instant,
    cancelled: CancellationToken,
}

impl Deadline {
    /// The deadline of a job that was claimed or adopted just now.
    ///
    /// A job that was set aside during a suspension stood still until now. One that was not may still have met an outage
    /// that kept its worker from writing that down: then what this worker was suspended meanwhile moves its deadline.
    pub(super) fn of(shared: &Shared, record: &LedgerRecord, cancelled: CancellationToken) -> Deadline {
        let now = (shared.ports.clock.now(), Instant::now());
        let (set_aside, from) = match record.set_aside {
            Some(SetAside { at, suspended: true }) => (now.1.saturating_duration_since(instant(at, now)), now.1),
            Some(SetAside { at, suspended: false }) => (Duration::ZERO, instant(at, now)),
            None => (Duration::ZERO, instant(record.claimed_at, now)),
        };
        let latest = instant(later(record.claimed_at, DEADLINE_MAX), now);
        let recorded = instant(record.deadline, now);
        Deadline { suspension: shared.suspension.clone(), recorded, set_aside, from, latest, cancelled }
    }

    /// So much time from now, of which suspensions take nothing.
    pub(super) fn after(shared: &Shared, time: Duration) -> Deadline {
        let now = Instant::now();
        let (suspension, latest) = (shared.suspension.clone(), now + DEADLINE_MAX);
        let cancelled = CancellationToken::new();
        Deadline { suspension, recorded: now + time, set_aside: Duration::ZERO, from: now, latest, cancelled }
    }

    /// Where it stands now.
    fn at(&self) -> Instant {
        (self.recorded + self.set_aside + self.suspension.suspended_since(self.from)).min(self.latest)
    }

    /// Whether the job was cancelled.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    /// What is left until then.
    pub(super) fn left(&self) -> Duration {
        self.at().saturating_duration_since(Instant::now())
    }

    /// By how much it moved from where the ledger has it.
    pub(super) fn moved_by(&self) -> Duration {
        self.at().saturating_duration_since(self.recorded)
    }

    /// Carries out a step unless the deadline passes or the job is cancelled first; `None` if so.
    pub(super) async fn bound<T>(&self, step: impl Future<Output = T>) -> Option<T> {
        // A select lets its future begin even when the time is over, and a beginning may cost money.
        if self.is_cancelled() || self.left().is_zero() {
            return None;
        }
        tokio::select! {
            biased;
            done = step => Some(done),
            () = self.cancelled.cancelled() => None,
            () = self.passed() => None,
        }
    }

    async fn passed(&self) {
        loop {
            let at = self.at();
            if Instant::now() >= at {
                return;
            }
            if self.suspension.is_in_force() {
                tokio::select! {
                    biased;
                    () = self.suspension.lifted() => {}
                    () = tokio::time::sleep_until(self.latest) => {}
                }
            } else {
                tokio::select! {
                    biased;
                    () = self.suspension.begun() => {}
                    () = tokio::time::sleep_until(at) => {}
                }
            }
        }
    }
}

/// `duration` after `instant`, or the end of time.
pub(super) fn later(instant: Timestamp, duration: Duration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// Where a time of the world's clock lies on ours. Both readings of `now` were taken together.
fn instant(time: Timestamp, (clock, now): (Timestamp, Instant)) -> Instant {
    let ahead = time.duration_since(clock);
    let distance = ahead.unsigned_abs();
    let moved = if ahead.is_negative() { now.checked_sub(distance) } else { now.checked_add(distance) };
    moved.unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::fault::{Fault, FaultKind};
    use crate::worker::suspension::Side;

    const HOUR: Duration = Duration::from_secs(3600);

    /// One that is an hour away, and never further than three.
    fn deadline(suspension: &Suspension) -> Deadline {
        let now = Instant::now();
        let latest = now + HOUR * 3;
        Deadline {
            suspension: suspension.clone(),
            recorded: now + HOUR,
            set_aside: Duration::ZERO,
            from: now,
            latest,
            cancelled: CancellationToken::new(),
        }
    }

    fn suspend(suspension: &Suspension) {
        suspension.raise(Side::Ledger, &Fault::new(FaultKind::Denied, "calling"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_suspension_moves_a_deadline_by_its_length_up_to_the_latest() {
        for (hours, moved) in [(0, 0), (1, 1), (2, 2), (50, 2)] {
            let suspension = Suspension::default();
            let deadline = deadline(&suspension);
            suspend(&suspension);
            tokio::time::advance(HOUR * hours).await;
            suspension.lift(Side::Ledger);
            assert_eq!(deadline.moved_by(), HOUR * moved, "{hours} h");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_is_not_cut_while_we_are_suspended_and_is_when_the_moved_deadline_passes() {
        let suspension = Suspension::default();
        let (deadline, began) = (deadline(&suspension), Instant::now());
        let trouble = async {
            tokio::time::sleep(HOUR / 2).await;
            suspend(&suspension);
            tokio::time::sleep(HOUR).await;
            suspension.lift(Side::Ledger);
        };
        let (_, cut) = tokio::join!(trouble, deadline.bound(std::future::pending::<()>()));
        assert_eq!((cut, began.elapsed().as_secs()), (None, 2 * 3600));
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_does_not_begin_after_the_deadline() {
        let deadline = deadline(&Suspension::default());
        tokio::time::advance(HOUR).await;
        let begun = deadline.bound(async { panic!("it began") }).await;
        assert_eq!(begun, None);
    }
}
