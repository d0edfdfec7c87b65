//! Entering: what a job finds in the ledger, or writes there before anything is bought.
//!
//! An order begins a job's first generation, and no other: whatever stands there is adopted. Only the wish for a generation
//! lets one follow another, and names it, so that it does so once.

use tracing::info;

use super::Shared;
use super::announce::announce_end;
use super::claim::{self, Claimed};
use super::deadline::{DEADLINE_MAX, UPLOAD_MARGIN, later};
use super::persist::GaveUp;
use crate::job::event::Speaker;
use crate::job::ledger::{LEDGER_SCHEMA, LedgerRecord, LedgerStatus, LedgerTask};
use crate::job::order::{Deadline, Order};
use crate::job::plan::{Nonce, plan};
use crate::job::regeneration::{Step, follow, step};

/// What the ledger makes of a job.
pub(super) enum Entered {
    Claimed(Claimed),
    Reused,
    /// Nothing was claimed, so the same job may come again with a higher limit.
    TooDear(String),
    /// The generation that is wished for cannot begin.
    Refused(String),
    /// The end of the generation before could not be announced.
    Unannounced,
}

/// Claims the job, or adopts what an earlier life of it claimed.
pub(super) async fn enter_ledger(shared: &Shared, order: &Order) -> Result<Entered, GaveUp> {
    let claimed = match too_dear(shared, order) {
        Some(message) => match claim::find(shared, &order.job_id).await? {
            Some(claimed) => claimed,
            None => return Ok(Entered::TooDear(message)),
        },
        None => {
            let record = draft(shared, order, 0).map_err(GaveUp::internal)?;
            claim::claim(shared, record).await?
        }
    };
    Ok(if is_of(&claimed.record, order) { Entered::Claimed(claimed) } else { Entered::Reused })
}

/// Begins a later generation of the job, or adopts it where it has begun.
pub(super) async fn enter_anew(
    shared: &Shared,
    order: &Order,
    generation: u32,
    speaker: &Speaker,
) -> Result<Entered, GaveUp> {
    loop {
        let Some(found) = claim::find(shared, &order.job_id).await? else {
            let why = "cannot begin: the ledger has no record of the job, so nobody knows what was bought before; send \
                       the job by itself";
            return Ok(Entered::Refused(why.to_owned()));
        };
        if !is_of(&found.record, order) {
            return Ok(Entered::Reused);
        }
        match step(&found.record, generation) {
            Step::Adopt => return Ok(Entered::Claimed(found)),
            Step::Refuse(why) => return Ok(Entered::Refused(why)),
            Step::Begin => {}
        }
        if let Some(message) = too_dear(shared, order) {
            return Ok(Entered::TooDear(message));
        }
        let next = draft(shared, order, generation).and_then(|next| follow(&found.record, next));
        let next = match next {
            Ok(next) => next,
            Err(why) => return Ok(Entered::Refused(format!("cannot begin: {why}"))),
        };
        // Whoever wrote that end may have died before it was announced, and its message will find the new generation.
        if let Some(outcome) = &found.record.outcome
            && announce_end(shared, speaker, outcome).await.is_err()
        {
            return Ok(Entered::Unannounced);
        }
        // If somebody else was faster, the next look tells what that comes to.
        if let Some(claimed) = claim::supersede(shared, &found, next).await? {
            info!(generation, "bought anew, as an operator or the producer asks");
            return Ok(Entered::Claimed(claimed));
        }
    }
}

/// Why nothing is bought of a job that may cost more than it allows.
fn too_dear(shared: &Shared, order: &Order) -> Option<String> {
    let estimate_usd = order.estimate_usd(shared.settings.usd_per_second);
    let max_usd = order.max_cost_usd.filter(|max_usd| estimate_usd > *max_usd)?;
    Some(format!("may cost {estimate_usd:.2} USD, and maxCostUsd is {max_usd:.2}; nothing was bought"))
}

/// Whether a record is this job's, and no other's of its id.
pub(super) fn is_of(record: &LedgerRecord, order: &Order) -> bool {
    let same = record.fingerprint == order.fingerprint || record.is_tombstone();
    same && record.job_id == order.job_id
}

/// The record of a job whose generation begins now.
fn draft(shared: &Shared, order: &Order, generation: u32) -> Result<LedgerRecord, String> {
    let claimed_at = shared.ports.clock.now();
    let deadline = match order.deadline {
        Some(Deadline::At(instant)) => instant,
        Some(Deadline::After(duration)) => later(claimed_at, duration),
        None => later(claimed_at, shared.settings.job_deadline),
    };
    let deadline = deadline.min(later(claimed_at, DEADLINE_MAX));
    let nonce = Nonce(*uuid::Uuid::new_v4().as_bytes());
    let planned = plan(order, generation, claimed_at, nonce, &shared.settings.scope)?;
    let upload_expires_at = later(deadline, UPLOAD_MARGIN);
    Ok(LedgerRecord {
        schema: LEDGER_SCHEMA.to_owned(),
        job_id: order.job_id.clone(),
        generation,
        fingerprint: order.fingerprint.clone(),
        status: LedgerStatus::Claimed,
        claimed_at,
        deadline,
        set_aside: None,
        tasks: planned.into_iter().map(|task| LedgerTask::of_plan(task, upload_expires_at)).collect(),
        cancel_requested_at: None,
        outcome: None,
        earlier: Vec::new(),
    })
}
