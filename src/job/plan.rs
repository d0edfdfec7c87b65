//! Plans: what a job will buy and where each result goes, fixed before any money is spent.
//!
//! Pure: the claim's instant and the nonce come from outside, so that a plan can be tested against fixed vectors. A plan
//! is written into the ledger by the claim, and whoever takes the job later works from what is written there.

use jiff::Timestamp;

use super::ids::{ObjectKey, ObjectRef, TaskUuid, hex};
use super::order::Order;

/// What makes staging keys unguessable: 128 random bits, drawn once per claim.
#[derive(Clone, Copy)]
pub struct Nonce(pub [u8; 16]);

/// Where plans put things, and what keeps apart two deployments that share a provider account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanScope {
    /// The bucket that holds staging objects.
    pub staging_bucket: String,
    /// What staging keys start with, without a trailing slash.
    pub staging_prefix: String,
    /// Names the ledger (bucket and prefix): equal job ids in different ledgers are different tasks.
    pub ledger: String,
}

/// One task to submit and the place of its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTask {
    /// Which result it makes, from 0.
    pub index: u32,
    /// Its name at the provider.
    pub task_uuid: TaskUuid,
    /// Where the provider uploads to.
    pub staging: ObjectRef,
    /// Where the verified video goes.
    pub destination: ObjectRef,
}

/// Plans a job: one task per result, since one upload URL cannot hold several results.
///
/// A bare task with one result keeps its own UUID, so that the provider sees the very task the producer wrote.
pub fn plan(
    order: &Order,
    generation: u32,
    claimed_at: Timestamp,
    nonce: Nonce,
    scope: &PlanScope,
) -> Result<Vec<PlannedTask>, String> {
    (0..order.request.results).map(|index| plan_task(order, generation, claimed_at, nonce, scope, index)).collect()
}

fn plan_task(
    order: &Order,
    generation: u32,
    claimed_at: Timestamp,
    nonce: Nonce,
    scope: &PlanScope,
    index: u32,
) -> Result<PlannedTask, String> {
    let request = &order.request;
    let key =
        order.destination.key.render(&order.job_id, order.tenant.as_deref(), index, request.format, claimed_at)?;
    let staging = format!(
        "{}/{}/{generation}-{index}-{}.{}",
        scope.staging_prefix,
        order.job_id,
        hex(&nonce.0),
        request.format.extension()
    );
    Ok(PlannedTask {
        index,
        task_uuid: task_uuid(order, generation, scope, index),
        staging: ObjectRef { bucket: scope.staging_bucket.clone(), key: ObjectKey::parse(&staging)? },
        destination: ObjectRef { bucket: order.destination.bucket.clone(), key },
    })
}

fn task_uuid(order: &Order, generation: u32, scope: &PlanScope, index: u32) -> TaskUuid {
    match order.task_uuid {
        Some(own) if generation == 0 && order.request.results == 1 => own,
        _ => TaskUuid::derive(&[
            "landfall task 1",
            &scope.ledger,
            order.job_id.as_str(),
            &generation.to_string(),
            &index.to_string(),
        ]),
    }
}
