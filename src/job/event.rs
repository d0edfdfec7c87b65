//! Events: what landfall tells the world about a job, as CloudEvents 1.0.
//!
//! An event's id follows from the job, its generation and the kind of event, so that however often an event is published
//! it is the same event. `data` never holds an upload URL. The types here are the source of the JSON Schemas and of the
//! AsyncAPI document under `deploy/schemas/`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::fields::Problem;
use super::ids::{JobId, TaskUuid, hex};
use super::reason::Reason;
use super::schema::{self, SHA256_HEX};

/// What happened, as the CloudEvents `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum EventType {
    /// All tasks of a job were accepted by the provider.
    #[serde(rename = "dev.landfall.job.submitted.v1")]
    Submitted,
    /// The provider reported progress. Optional.
    #[serde(rename = "dev.landfall.job.progress.v1")]
    Progress,
    /// One result is verified at its final key. Optional.
    #[serde(rename = "dev.landfall.result.landed.v1")]
    Landed,
    /// Every result is verified at its final key.
    #[serde(rename = "dev.landfall.job.completed.v1")]
    Completed,
    /// The job failed for good.
    #[serde(rename = "dev.landfall.job.failed.v1")]
    Failed,
    /// The message was no valid job.
    #[serde(rename = "dev.landfall.job.rejected.v1")]
    Rejected,
}

impl EventType {
    /// Every type.
    pub const ALL: [EventType; 6] = [
        EventType::Submitted,
        EventType::Progress,
        EventType::Landed,
        EventType::Completed,
        EventType::Failed,
        EventType::Rejected,
    ];

    /// The CloudEvents `type`.
    pub fn name(self) -> &'static str {
        match self {
            EventType::Submitted => "dev.landfall.job.submitted.v1",
            EventType::Progress => "dev.landfall.job.progress.v1",
            EventType::Landed => "dev.landfall.result.landed.v1",
            EventType::Completed => "dev.landfall.job.completed.v1",
            EventType::Failed => "dev.landfall.job.failed.v1",
            EventType::Rejected => "dev.landfall.job.rejected.v1",
        }
    }

    /// The routing key on the events exchange.
    pub fn routing_key(self) -> &'static str {
        match self {
            EventType::Submitted => "job.submitted",
            EventType::Progress => "job.progress",
            EventType::Landed => "result.landed",
            EventType::Completed => "job.completed",
            EventType::Failed => "job.failed",
            EventType::Rejected => "job.rejected",
        }
    }

    /// Whether a message ends with this event.
    pub fn is_terminal(self) -> bool {
        match self {
            EventType::Completed | EventType::Failed | EventType::Rejected => true,
            EventType::Submitted | EventType::Progress | EventType::Landed => false,
        }
    }
}

/// A CloudEvent in structured JSON form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// The version of CloudEvents.
    #[schemars(extend("const" = "1.0"))]
    pub specversion: String,
    /// `{jobId}.{generation}.{kind}`: the same for every repeat, so that consumers can drop repeats by it.
    #[schemars(length(min = 1, max = 255))]
    pub id: String,
    /// The worker pool's name, a URI reference.
    #[schemars(length(min = 1), extend("format" = "uri-reference"))]
    pub source: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub event_type: EventType,
    /// The job id, where one could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// When it happened.
    #[schemars(schema_with = "schema::instant")]
    pub time: Timestamp,
    /// The media type of `data`.
    #[schemars(extend("const" = "application/json"))]
    pub datacontenttype: String,
    /// Where to go on in the job's trace (W3C `traceparent`): at the publish of this very message while the worker's traces
    /// are on, so that a repeat has another one; else at the producer's span, when the job carried one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub traceparent: Option<String>,
    /// What there is to know; its shape follows from the type.
    pub data: Value,
}

/// `data` of a submitted event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubmittedData {
    /// Whose event it is.
    #[serde(flatten)]
    pub job: JobData,
    /// The tasks the provider accepted.
    pub tasks: Vec<SubmittedTask>,
}

/// One accepted task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubmittedTask {
    /// Which result it makes, from 0.
    pub index: u32,
    /// Its name at the provider.
    #[serde(rename = "taskUUID")]
    pub task_uuid: TaskUuid,
}

/// `data` of a progress event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgressData {
    /// Whose event it is.
    #[serde(flatten)]
    pub job: JobData,
    /// Which result, from 0.
    pub index: u32,
    /// The provider's task.
    #[serde(rename = "taskUUID")]
    pub task_uuid: TaskUuid,
    /// How far the provider says it is, in percent.
    #[schemars(range(max = 100))]
    pub percent: u8,
}

/// `data` of a landed event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LandedData {
    /// Whose event it is.
    #[serde(flatten)]
    pub job: JobData,
    /// The verified result.
    pub result: LandedResult,
}

/// What every event of a job says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobData {
    /// The job.
    pub job_id: JobId,
    /// The job's tenant, when it named one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<String>,
    /// 0, or one more for each deliberate re-buy.
    pub generation: u32,
    /// The producer's own context, echoed: any JSON.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub context: Option<Value>,
}

/// `data` of the event that ends a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TerminalData {
    /// The job failed.
    Failed(FailedData),
    /// The job completed.
    Completed(CompletedData),
}

/// `data` of a completed event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompletedData {
    /// Whose event it is.
    #[serde(flatten)]
    pub job: JobData,
    /// Every result, verified at its final key, in the order of their indexes.
    #[schemars(length(min = 1))]
    pub results: Vec<LandedResult>,
    /// What the provider charged for all of them, as far as it said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost_usd: Option<f64>,
    /// How long each stage took.
    pub timings: Timings,
}

/// `data` of a failed event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedData {
    /// Whose event it is.
    #[serde(flatten)]
    pub job: JobData,
    /// Why the job failed: the reason of its first failed result.
    pub reason: Reason,
    /// What happened, for people.
    pub message: String,
    /// Results that are verified at their final keys all the same.
    pub results: Vec<LandedResult>,
    /// Why each of the others failed.
    pub failures: Vec<FailedResult>,
    /// What the provider charged, as far as it said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost_usd: Option<f64>,
    /// How long each stage took.
    pub timings: Timings,
}

/// A verified result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LandedResult {
    /// Which result, from 0.
    pub index: u32,
    /// The provider's task.
    #[serde(rename = "taskUUID")]
    pub task_uuid: TaskUuid,
    /// The provider's name for the video.
    #[serde(rename = "videoUUID", skip_serializing_if = "Option::is_none", default)]
    pub video_uuid: Option<String>,
    /// The bucket it stands in.
    pub bucket: String,
    /// Its final key.
    pub key: String,
    /// Its version, where the bucket has versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version_id: Option<String>,
    /// The final object's ETag, without quotes.
    pub etag: String,
    /// Its size in bytes.
    #[schemars(range(min = 1))]
    pub size: u64,
    /// Its media type.
    pub content_type: String,
    /// SHA-256 of its bytes in hex, where the worker saw all of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(regex(pattern = SHA256_HEX))]
    pub sha256: Option<String>,
    /// What the file says about itself.
    pub media: MediaData,
    /// How it came into the bucket.
    pub provenance: Provenance,
    /// Where the video differs from what was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub deviations: Vec<Deviation>,
    /// What the provider charged for it, when it said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost_usd: Option<f64>,
}

/// What a media file says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaData {
    /// `mp4`, `mov`, `webm` or `matroska`.
    #[schemars(extend("enum" = ["mp4", "mov", "webm", "matroska"]))]
    pub container: String,
    /// For example `h264`, `vp9`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub video_codec: Option<String>,
    /// For example `aac`, `opus`; absent without sound.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audio_codec: Option<String>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Seconds.
    pub duration_seconds: f64,
    /// Frames per second, where the file tells.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frame_rate: Option<f64>,
}

/// How a video came into the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// The provider uploaded it.
    Uploaded,
    /// The worker fetched it from the provider's result URL.
    Rescued,
}

/// One way in which a video differs from what was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deviation {
    /// `container`, `width`, `height` or `durationSeconds`.
    #[schemars(extend("enum" = ["container", "width", "height", "durationSeconds"]))]
    pub property: String,
    /// What was asked for.
    pub asked: Value,
    /// What was found.
    pub found: Value,
}

/// A result that did not land.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedResult {
    /// Which result, from 0.
    pub index: u32,
    /// The provider's task.
    #[serde(rename = "taskUUID")]
    pub task_uuid: TaskUuid,
    /// Why.
    pub reason: Reason,
    /// What happened, for people.
    pub message: String,
    /// The provider's own error code, raw.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider_code: Option<String>,
    /// What the provider charged for it all the same, when it said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost_usd: Option<f64>,
}

/// How long each stage took, in milliseconds. After a crash a stage counts from when the job was taken again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timings {
    /// Reading and claiming.
    pub claiming_ms: u64,
    /// Presigning and submitting, until all tasks were accepted.
    pub submitting_ms: u64,
    /// Waiting for the provider.
    pub generating_ms: u64,
    /// Verifying and moving the videos.
    pub landing_ms: u64,
    /// From the first claim to the end.
    pub total_ms: u64,
}

/// `data` of a rejected event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RejectedData {
    /// The job id, where one could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub job_id: Option<JobId>,
    /// `invalid_job`, `job_id_reused`, or `internal` for a message that killed workers.
    #[schemars(schema_with = "schema::rejection_reason")]
    pub reason: Reason,
    /// Everything that is wrong with the message.
    pub problems: Vec<Problem>,
    /// SHA-256 of the message, in hex.
    #[schemars(regex(pattern = SHA256_HEX))]
    pub message_sha256: String,
    /// Its size.
    pub message_bytes: u64,
}

/// Who speaks and in which trace: the same for all events of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaker {
    /// The worker pool's name, a URI reference.
    pub source: String,
    /// The producer's trace context.
    pub traceparent: Option<String>,
}

impl Speaker {
    /// An event of a job; `suffix` tells events of one kind apart where there are several.
    pub fn of_job(&self, event_type: EventType, job: &JobData, suffix: &str, time: Timestamp, data: Value) -> Event {
        let kind = event_type.routing_key().rsplit('.').next().unwrap_or_default();
        let id = format!("{}.{}.{kind}{suffix}", job.job_id, job.generation);
        self.event(id, event_type, Some(job.job_id.to_string()), time, data)
    }

    /// The event of a message that is no valid job.
    ///
    /// Such a message has no generation: the start of its SHA-256 stands in its place, so that two bad messages under
    /// one job id, and the good job of that id, end in different events.
    pub fn of_rejected(
        &self,
        message: &[u8],
        job_id: Option<JobId>,
        reason: Reason,
        problems: Vec<Problem>,
        time: Timestamp,
    ) -> (Event, RejectedData) {
        let message_sha256 = hex(&Sha256::digest(message));
        let name = job_id.as_ref().map_or("message", JobId::as_str);
        let id = format!("{name}.{}.rejected", &message_sha256[..16]);
        let subject = job_id.as_ref().map(ToString::to_string);
        let message_bytes = u64::try_from(message.len()).unwrap_or(u64::MAX);
        let data = RejectedData { job_id, reason, problems, message_sha256, message_bytes };
        (self.event(id, EventType::Rejected, subject, time, to_value(&data)), data)
    }

    fn event(&self, id: String, event_type: EventType, subject: Option<String>, time: Timestamp, data: Value) -> Event {
        Event {
            specversion: "1.0".to_owned(),
            id,
            source: self.source.clone(),
            event_type,
            subject,
            time,
            datacontenttype: "application/json".to_owned(),
            traceparent: self.traceparent.clone(),
            data,
        }
    }
}

/// `data` as a JSON value.
pub fn to_value<T: Serialize>(data: &T) -> Value {
    serde_json::to_value(data).expect("event data has string keys and finite numbers, so it is always JSON")
}
