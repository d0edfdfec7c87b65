//! Ledger records: the durable memory of a job, one JSON object in the bucket.
//!
//! A record is created, conditionally, before anything is bought, and replaced, conditionally, when the job ends, is
//! cancelled, is given up with a deadline that a suspension moved, or is to be bought anew.
//! Media libraries may read it; its shape is a contract (`deploy/schemas/ledger.v1.json`).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::event::{EventType, TerminalData};
use super::fields::excerpt;
use super::ids::{Fingerprint, JobId, ObjectKey, ObjectRef, TaskUuid, hex};
use super::plan::PlannedTask;
use super::reason::Reason;
use super::schema;
use super::text::one_line;

/// The value of `schema` in every record of this shape.
pub const LEDGER_SCHEMA: &str = "dev.landfall.ledger.v1";

/// Largest record that is read back, in bytes. A record holds at most 20 results and 4 KiB of context.
pub const RECORD_MAX_BYTES: u64 = 256 * 1024;

/// Longest description of what is wrong with a record, in characters.
const DAMAGE_MAX_CHARS: usize = 300;

/// Why a text is no record that can be worked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Of a later release, which knows more than this one.
    OtherSchema(String),
    /// No record of any release.
    Damaged(String),
}

/// A job's record. Readers must ignore fields they do not know, here and in everything below: later releases add some
/// under the same `schema`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "landfall ledger record")]
pub struct LedgerRecord {
    /// Which shape this is.
    #[schemars(extend("const" = LEDGER_SCHEMA))]
    pub schema: String,
    /// The job.
    pub job_id: JobId,
    /// 0, or one more for each deliberate re-buy.
    pub generation: u32,
    /// SHA-256 of what the job buys and where it lands: another job under the same id is refused by it.
    pub fingerprint: Fingerprint,
    /// How far the job is.
    pub status: LedgerStatus,
    /// When the job was first taken.
    #[schemars(schema_with = "schema::instant")]
    pub claimed_at: Timestamp,
    /// When the job stops being worth anything.
    #[schemars(schema_with = "schema::instant")]
    pub deadline: Timestamp,
    /// When the job was last given up unfinished by a worker whose suspension had moved its deadline.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub set_aside: Option<SetAside>,
    /// One task per result. None when the job was cancelled before it was first taken.
    pub tasks: Vec<LedgerTask>,
    /// When somebody first asked for the job to stop.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(schema_with = "schema::instant")]
    pub cancel_requested_at: Option<Timestamp>,
    /// How the job ended; absent while it is only claimed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<LedgerOutcome>,
    /// What was bought before, when the job was bought anew: the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub earlier: Vec<EarlierGeneration>,
}

/// A generation of a job that ended, before the job was bought anew. Its final event says more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EarlierGeneration {
    /// Which one.
    pub generation: u32,
    /// How it ended.
    pub status: LedgerStatus,
    /// When it was first taken.
    #[schemars(schema_with = "schema::instant")]
    pub claimed_at: Timestamp,
    /// When it ended: the time of its event.
    #[schemars(schema_with = "schema::instant")]
    pub ended_at: Timestamp,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// What the provider charged, as far as it said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost_usd: Option<f64>,
    /// The indexes of the results that were verified at their final keys.
    pub landed: Vec<u32>,
    /// Its tasks.
    pub tasks: Vec<LedgerTask>,
}

/// A job left unfinished after a suspension. `deadline` is as it stood then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetAside {
    /// When.
    #[schemars(schema_with = "schema::instant")]
    pub at: Timestamp,
    /// The suspension was in force: the deadline stands still until the next worker takes the job up.
    pub suspended: bool,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LedgerStatus {
    /// A worker is, or was, at work on it.
    Claimed,
    /// Every result is verified at its final key.
    Completed,
    /// It failed for good.
    Failed,
}

/// One task of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerTask {
    /// Which result it makes, from 0.
    pub index: u32,
    /// Its name at the provider, whatever crashes or repeats.
    #[serde(rename = "taskUUID")]
    pub task_uuid: TaskUuid,
    /// The bucket of the upload.
    pub staging_bucket: String,
    /// The key of the upload.
    pub staging_key: ObjectKey,
    /// The bucket of the verified video.
    pub bucket: String,
    /// The key of the verified video.
    pub key: ObjectKey,
    /// When the first upload URL handed out for this slot stops working.
    #[schemars(schema_with = "schema::instant")]
    pub upload_expires_at: Timestamp,
}

/// How a job ended: all that its terminal event says, so that a repeat can announce the very same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerOutcome {
    /// The event's type.
    #[serde(rename = "type")]
    #[schemars(schema_with = "schema::outcome_type")]
    pub event_type: EventType,
    /// The event's time.
    #[schemars(schema_with = "schema::instant")]
    pub time: Timestamp,
    /// The event's data.
    pub data: TerminalData,
}

impl LedgerRecord {
    /// The record of a job that was cancelled before it was first taken: its message, if it ever comes, ends by it.
    pub fn tombstone(job_id: JobId, now: Timestamp) -> LedgerRecord {
        LedgerRecord {
            schema: LEDGER_SCHEMA.to_owned(),
            job_id,
            generation: 0,
            fingerprint: Fingerprint::unknown(),
            status: LedgerStatus::Claimed,
            claimed_at: now,
            deadline: now,
            set_aside: None,
            tasks: Vec::new(),
            cancel_requested_at: Some(now),
            outcome: None,
            earlier: Vec::new(),
        }
    }

    /// Whether the job was cancelled before anybody saw its content.
    pub fn is_tombstone(&self) -> bool {
        self.cancel_requested_at.is_some() && self.fingerprint == Fingerprint::unknown()
    }

    /// Reads a record. Never panics, whatever the bytes; the errors are escaped and bounded.
    pub fn decode(text: &[u8]) -> Result<LedgerRecord, Unreadable> {
        // What serde says may repeat a foreign text of any length.
        let damaged = |why: serde_json::Error| Unreadable::Damaged(one_line(&why.to_string(), DAMAGE_MAX_CHARS));
        let value: Value = serde_json::from_slice(text).map_err(damaged)?;
        match value.get("schema").and_then(Value::as_str) {
            Some(schema) if schema != LEDGER_SCHEMA => Err(Unreadable::OtherSchema(excerpt(schema))),
            Some(_) | None => serde_json::from_value(value).map_err(damaged),
        }
    }

    /// The record as it is written. Compact: indented, a context of many levels would outgrow what is read back.
    pub fn encode(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec(self).map_err(|why| why.to_string())
    }
}

impl LedgerTask {
    /// The slot's place.
    pub fn staging(&self) -> ObjectRef {
        ObjectRef { bucket: self.staging_bucket.clone(), key: self.staging_key.clone() }
    }

    /// The verified video's place.
    pub fn destination(&self) -> ObjectRef {
        ObjectRef { bucket: self.bucket.clone(), key: self.key.clone() }
    }

    /// A planned task with the expiry of its slot.
    pub fn of_plan(task: PlannedTask, upload_expires_at: Timestamp) -> LedgerTask {
        LedgerTask {
            index: task.index,
            task_uuid: task.task_uuid,
            staging_bucket: task.staging.bucket,
            staging_key: task.staging.key,
            bucket: task.destination.bucket,
            key: task.destination.key,
            upload_expires_at,
        }
    }
}

/// Where a job's record stands: `{prefix}/{two hex of the id's hash}/{jobId}.json`.
pub fn record_key(prefix: &str, job_id: &JobId) -> Result<ObjectKey, String> {
    let shard = hex(&Sha256::digest(job_id.as_str().as_bytes())[..1]);
    ObjectKey::parse(&format!("{prefix}/{shard}/{job_id}.json"))
}

/// Whose record stands at this key, if it is one: other things of the worker's stand below the same prefix.
pub fn job_of_record(prefix: &str, key: &str) -> Option<JobId> {
    let name = key.strip_prefix(prefix)?.rsplit('/').next()?.strip_suffix(".json")?;
    let job_id = JobId::parse(name).ok()?;
    record_key(prefix, &job_id).is_ok_and(|own| own.as_str() == key).then_some(job_id)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_records_key_tells_its_job_and_no_other_key_does() {
        let job_id = JobId::parse("a.json-b").unwrap();
        let key = record_key("own/ledger", &job_id).unwrap();
        assert_eq!(job_of_record("own/ledger", key.as_str()), Some(job_id));
        let shard = key.as_str().split('/').nth(2).unwrap();
        for other in [
            "own/ledger/strikes/a.json-b.json".to_owned(),
            "own/ledger/.probe-1".to_owned(),
            format!("own/ledger/{shard}/b.json"),
            format!("own/ledger/{shard}/a.json-b"),
            format!("own/ledger/{shard}/x/a.json-b.json"),
            format!("own/other/{shard}/a.json-b.json"),
        ] {
            assert_eq!(job_of_record("own/ledger", &other), None, "{other}");
        }
    }
}
