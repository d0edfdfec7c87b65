//! Plans: what a job will buy and where each result goes, fixed before any money is spent.
//!
//! Pure: the claim's instant and the nonce come from outside, so that a plan can be tested against fixed vectors. A plan
//! is written into the ledger by the claim, and whoever takes the job later works from what is written there.

use jiff::Timestamp;

use super::ids::{ObjectKey, ObjectRef, TaskUuid, hex};
use super::order::Order;
use super::request::OutputFormat;

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
    let key = if order.destination.overwrite { key } else { key_of(key, generation, request.format)? };
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

/// Where a later generation goes that may not replace what an earlier one left at `key`: `0.mp4` becomes `0.g1.mp4`.
fn key_of(key: ObjectKey, generation: u32, format: OutputFormat) -> Result<ObjectKey, String> {
    if generation == 0 {
        return Ok(key);
    }
    let extension = format!(".{}", format.extension());
    match key.as_str().strip_suffix(&extension) {
        Some(name) if !name.is_empty() && !name.ends_with('/') => {
            ObjectKey::parse(&format!("{name}.g{generation}{extension}"))
        }
        Some(_) | None => ObjectKey::parse(&format!("{key}.g{generation}")),
    }
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::job::guard::Guard;
    use crate::job::order::OrderRules;
    use crate::job::request::VIDEO_AGENT;
    use crate::job::template::KeyTemplate;

    fn order(message: &str) -> Order {
        let rules = OrderRules {
            models: vec![VIDEO_AGENT.to_owned()],
            buckets: Vec::new(),
            default_bucket: "media".to_owned(),
            default_key: KeyTemplate::parse("{jobId}/{index}.{ext}").unwrap(),
            reserved: Vec::new(),
            urls: Guard::public(false),
        };
        Order::parse(message.as_bytes(), &rules).unwrap()
    }

    fn plan_of(message: &str, generation: u32) -> Vec<String> {
        let scope = PlanScope {
            staging_bucket: "inbox".to_owned(),
            staging_prefix: "landfall/staging".to_owned(),
            ledger: "media/landfall/ledger".to_owned(),
        };
        let at = "2031-05-06T07:08:09Z".parse().unwrap();
        let tasks = plan(&order(message), generation, at, Nonce([0xab; 16]), &scope).unwrap();
        tasks
            .iter()
            .map(|task| format!("{} {} {} {}", task.index, task.task_uuid, task.staging, task.destination))
            .collect()
    }

    const BARE: &str = r#"{"taskType":"videoInference","taskUUID":"0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11",
        "model":"heygen:video-agent@0","positivePrompt":"x"}"#;
    const THREE: &str = r#"{"jobId":"j","request":{"taskType":"videoInference","outputFormat":"WEBM",
        "model":"heygen:video-agent@0","positivePrompt":"x","numberResults":3}}"#;

    #[test]
    fn a_bare_task_keeps_its_uuid() {
        let uuid = "0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11";
        let nonce = "ab".repeat(16);
        assert_eq!(
            plan_of(BARE, 0),
            [format!("0 {uuid} inbox/landfall/staging/{uuid}/0-0-{nonce}.mp4 media/{uuid}/0.mp4")]
        );
    }

    #[test]
    fn every_result_has_a_task_and_places_of_its_own() {
        let nonce = "ab".repeat(16);
        let vectors = FIXED.map(|(index, uuid)| {
            format!("{index} {uuid} inbox/landfall/staging/j/0-{index}-{nonce}.webm media/j/{index}.webm")
        });
        assert_eq!(plan_of(THREE, 0), vectors);
    }

    /// Derived UUIDs may never change: a worker of another version would buy running jobs again.
    const FIXED: [(u32, &str); 3] = [
        (0, "77407b67-7405-4bb5-8120-3a1b6c649cf8"),
        (1, "8714827e-d351-4147-9c8f-1355545e6a36"),
        (2, "b6e2fe75-f287-4b14-a475-591272893892"),
    ];

    #[test]
    fn another_generation_buys_anew() {
        let uuid = |line: &String| line.split(' ').nth(1).unwrap().to_owned();
        let (first, second) = (plan_of(THREE, 0), plan_of(THREE, 1));
        assert!(first.iter().map(uuid).all(|old| !second.iter().map(uuid).any(|new| new == old)));
        assert_ne!(uuid(&plan_of(BARE, 0)[0]), uuid(&plan_of(BARE, 1)[0]));
    }

    #[test]
    fn another_generation_leaves_what_stands_at_the_final_keys_unless_the_job_lets_it_be_replaced() {
        let key = |message: &str, generation| plan_of(message, generation)[0].rsplit(' ').next().unwrap().to_owned();
        assert_eq!(key(THREE, 2), "media/j/0.g2.webm");
        let to = |destination: &str| THREE.replacen('{', &format!(r#"{{"destination": {destination},"#), 1);
        assert_eq!(key(&to(r#"{"key": "films/{jobId}.x-{index}"}"#), 1), "media/films/j.x-0.g1");
        assert_eq!(key(&to(r#"{"key": "films/{index}/.webm"}"#), 1), "media/films/0/.webm.g1");
        assert_eq!(key(&to(r#"{"overwrite": true}"#), 1), "media/j/0.webm");
    }
}
