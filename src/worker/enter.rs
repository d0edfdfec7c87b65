//! Entering: what a job finds in the ledger, or writes there before anything is bought.

use super::Shared;
use super::claim::{self, Claimed};
use super::deadline::{DEADLINE_MAX, UPLOAD_MARGIN, later};
use super::persist::GaveUp;
use crate::job::ledger::{LEDGER_SCHEMA, LedgerRecord, LedgerStatus, LedgerTask};
use crate::job::order::{Deadline, Order};
use crate::job::plan::{Nonce, plan};

/// What the ledger makes of a job.
pub(super) enum Entered {
    Claimed(Claimed),
    Reused,
    /// Nothing was claimed, so the same job may come again with a higher limit.
    TooDear(String),
}

/// Claims the job, or adopts what an earlier life of it claimed.
pub(super) async fn enter_ledger(shared: &Shared, order: &Order) -> Result<Entered, GaveUp> {
    let estimate_usd = order.estimate_usd(shared.settings.usd_per_second);
    let claimed = match order.max_cost_usd {
        Some(max_usd) if estimate_usd > max_usd => match claim::find(shared, &order.job_id).await? {
            Some(claimed) => claimed,
            None => {
                let message =
                    format!("may cost {estimate_usd:.2} USD, and maxCostUsd is {max_usd:.2}; nothing was bought");
                return Ok(Entered::TooDear(message));
            }
        },
        Some(_) | None => claim::claim(shared, draft(shared, order)?).await?,
    };
    Ok(if is_of(&claimed.record, order) { Entered::Claimed(claimed) } else { Entered::Reused })
}

/// Whether a record is this job's, and no other's of its id.
pub(super) fn is_of(record: &LedgerRecord, order: &Order) -> bool {
    let same = record.fingerprint == order.fingerprint || record.is_tombstone();
    same && record.job_id == order.job_id
}

/// The record of a job that begins now.
fn draft(shared: &Shared, order: &Order) -> Result<LedgerRecord, GaveUp> {
    let claimed_at = shared.ports.clock.now();
    let deadline = match order.deadline {
        Some(Deadline::At(instant)) => instant,
        Some(Deadline::After(duration)) => later(claimed_at, duration),
        None => later(claimed_at, shared.settings.job_deadline),
    };
    let deadline = deadline.min(later(claimed_at, DEADLINE_MAX));
    let nonce = Nonce(*uuid::Uuid::new_v4().as_bytes());
    let planned = plan(order, 0, claimed_at, nonce, &shared.settings.scope).map_err(GaveUp::internal)?;
    let upload_expires_at = later(deadline, UPLOAD_MARGIN);
    Ok(LedgerRecord {
        schema: LEDGER_SCHEMA.to_owned(),
        job_id: order.job_id.clone(),
        generation: 0,
        fingerprint: order.fingerprint.clone(),
        status: LedgerStatus::Claimed,
        claimed_at,
        deadline,
        set_aside: None,
        tasks: planned.into_iter().map(|task| LedgerTask::of_plan(task, upload_expires_at)).collect(),
        cancel_requested_at: None,
        outcome: None,
    })
}
