//! Suspension: intake stops while *we* are misconfigured or refused, and no job pays for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use tracing::{error, info};

use crate::job::fault::Fault;

/// What of ours was refused. Each is lifted by its own success only: running tasks can be asked for while there is no
/// credit for new ones, and a ledger can be written while the bucket of the videos is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Reading and writing the ledger.
    Ledger,
    /// Signing uploads, which needs credentials and no store.
    Signing,
    /// Reading, writing and copying videos.
    Videos,
    /// Handing tasks to the provider.
    Submissions,
    /// Asking the provider for tasks.
    Questions,
    /// Publishing events.
    Events,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::Ledger => "the object store (ledger)",
            Side::Signing => "the source of S3 credentials",
            Side::Videos => "the object store (videos)",
            Side::Submissions => "the provider (submissions)",
            Side::Questions => "the provider (running tasks)",
            Side::Events => "the event exchange",
        }
    }
}

/// Why a worker is suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Who refused us, and what they said.
    pub text: String,
}

/// Whether, and why, intake is stopped. Cheap to clone; clones share the state.
///
/// Each side is suspended and resumed by itself.
#[derive(Debug, Clone)]
pub struct Suspension {
    causes: Arc<watch::Sender<BTreeMap<Side, Cause>>>,
}

impl Default for Suspension {
    fn default() -> Suspension {
        Suspension { causes: Arc::new(watch::Sender::new(BTreeMap::new())) }
    }
}

impl Suspension {
    /// Stops intake because `side` refused us. Logged once, when it begins.
    pub fn raise(&self, side: Side, fault: &Fault) {
        let cause = Cause { text: format!("{} refuses us: {}", side.name(), fault.chain()) };
        let began = self.causes.send_if_modified(|causes| causes.insert(side, cause.clone()).is_none());
        if began {
            error!(cause = cause.text, "suspended: no new jobs are taken until this is mended; no job fails for it");
        }
    }

    /// Notes that a call to `side` went well.
    pub fn lift(&self, side: Side) {
        // Reading first keeps the happy path free of the write lock.
        if self.causes.borrow().contains_key(&side)
            && self.causes.send_if_modified(|causes| causes.remove(&side).is_some())
        {
            info!("resumed: {} accepts us again", side.name());
        }
    }

    /// Waits until intake may go on.
    pub async fn lifted(&self) {
        let mut causes = self.causes.subscribe();
        // The sender lives as long as `self`, so this ends only when the condition holds.
        let _ = causes.wait_for(BTreeMap::is_empty).await;
    }

    /// The causes in force.
    pub fn causes(&self) -> Vec<Cause> {
        self.causes.borrow().values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::fault::FaultKind;

    #[test]
    fn only_the_side_that_refused_us_can_lift_a_suspension() {
        let suspension = Suspension::default();
        suspension.raise(Side::Submissions, &Fault::new(FaultKind::Denied, "submitting"));
        for other in [Side::Ledger, Side::Signing, Side::Videos, Side::Questions, Side::Events] {
            suspension.lift(other);
        }
        assert_eq!(suspension.causes().len(), 1);
        suspension.lift(Side::Submissions);
        assert_eq!(suspension.causes(), []);
    }
}
