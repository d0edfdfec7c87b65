//! Suspension: intake stops while *we* are misconfigured or refused, and no job pays for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use tracing::{error, info};

use crate::job::fault::Fault;

/// Which side refused us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The S3 store.
    Store,
    /// The provider.
    Provider,
    /// The broker, as the place where events go.
    Events,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::Store => "the object store",
            Side::Provider => "the provider",
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
/// Each side is suspended and resumed by itself: a working provider says nothing about a missing bucket.
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
