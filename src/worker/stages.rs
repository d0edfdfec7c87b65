//! Which stage a job is in, and how long each took.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Shared;
use super::notice::Visit;
use crate::job::event::{JobData, Timings};
use crate::job::ledger::LedgerOutcome;
use crate::job::order::Order;
use crate::job::outcome::refuse;
use crate::job::reason::Reason;
use crate::job::verdict::Stage;

/// Which stage a job is in, and how long each took.
pub(super) struct Stages<'a> {
    shared: &'a Shared,
    visit: &'a Visit<'a>,
    /// What every event of the job says.
    pub(super) job: JobData,
    /// When the job was first taken.
    pub(super) since: Timestamp,
    clock: Mutex<StageClock>,
}

struct StageClock {
    stage: Stage,
    entered: Instant,
    spent: HashMap<Stage, Duration>,
}

impl Stages<'_> {
    /// A job that was just taken, for this generation as far as it is known.
    pub(super) fn begin<'a>(shared: &'a Shared, order: &Order, generation: u32, visit: &'a Visit<'a>) -> Stages<'a> {
        let job = JobData {
            job_id: order.job_id.clone(),
            tenant: order.tenant.clone(),
            generation,
            context: order.context.clone(),
        };
        let clock = StageClock { stage: Stage::Claiming, entered: Instant::now(), spent: HashMap::new() };
        visit.enter(Stage::Claiming);
        Stages { shared, visit, job, since: shared.ports.clock.now(), clock: Mutex::new(clock) }
    }

    /// Enters a stage. Landing begins with the first result that lands; entering it again changes nothing.
    pub(super) fn enter(&self, stage: Stage) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        if clock.stage == stage {
            return;
        }
        let (now, left) = (Instant::now(), clock.stage);
        let spent = now.duration_since(clock.entered);
        *clock.spent.entry(left).or_default() += spent;
        (clock.stage, clock.entered) = (stage, now);
        drop(clock);
        self.visit.enter(stage);
    }

    /// How long each stage took so far.
    pub(super) fn timings(&self) -> Timings {
        let clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = |stage| clock.spent.get(&stage).copied().map_or(0, milliseconds);
        let total = Duration::try_from(self.shared.ports.clock.now().duration_since(self.since));
        Timings {
            claiming_ms: spent(Stage::Claiming),
            submitting_ms: spent(Stage::Submitting),
            generating_ms: spent(Stage::Generating),
            landing_ms: spent(Stage::Landing),
            total_ms: total.map_or(0, milliseconds),
        }
    }

    /// An outcome before any result. It tells no times: where no record remembers them, a repeat would tell others
    /// under the same event id.
    pub(super) fn refused(&self, reason: Reason, message: String) -> LedgerOutcome {
        let data = refuse(self.job.clone(), reason, message, Timings::default());
        LedgerOutcome { event_type: data.event_type(), time: self.shared.ports.clock.now(), data }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
