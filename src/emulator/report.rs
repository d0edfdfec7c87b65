//! What the emulator tells about itself: for tests that count money, for the demo, and for people.
//!
//! This is the emulator's own contract and none of the vendor's. No URL is in it beyond host and path.

use serde::{Deserialize, Serialize};

/// How much of a prompt is told, in characters: enough to recognise it, little enough for thousands of tasks.
pub(super) const PROMPT_CHARS: usize = 200;

/// One task UUID, as told by `GET /_emulator/tasks` and [`Emulator::tasks`](super::Emulator::tasks).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskReport {
    /// As the client first wrote it.
    #[serde(rename = "taskUUID")]
    pub task_uuid: String,
    /// Submissions that named this UUID, whatever became of them.
    pub submitted: u32,
    /// Submissions that were accepted: 1, or 0 while all were refused. More only when a scenario forgets acceptances.
    pub accepted: u32,
    /// Submissions refused because the UUID was taken (`conflictTaskUUID`).
    pub conflicts: u32,
    /// Submissions refused by the checks.
    pub rejected: u32,
    /// Committed money in USD: every result from the moment of acceptance, less those a failure took away.
    #[serde(rename = "billedUSD")]
    pub billed_usd: f64,
    /// Where the task stands; the latest run of several, as in all that follows but results and uploads.
    pub state: TaskState,
    /// When it was accepted, RFC 3339.
    #[serde(default)]
    pub accepted_at: Option<String>,
    /// The beginning of its prompt.
    #[serde(default)]
    pub prompt: Option<String>,
    /// Code of the failure or refusal, if there was one.
    pub error_code: Option<String>,
    /// What the code means.
    #[serde(default)]
    pub error_message: Option<String>,
    /// Width asked for, made even, in pixels.
    pub width: Option<u32>,
    /// Height asked for, made even, in pixels.
    pub height: Option<u32>,
    /// Length asked for, in seconds.
    #[serde(rename = "duration")]
    pub duration_s: Option<u32>,
    /// `MP4`, `WEBM` or `MOV`.
    pub output_format: Option<String>,
    /// Results asked for.
    pub number_results: Option<u32>,
    /// Who presents: `avatar`, `image` or `chosen`.
    pub input: Option<String>,
    /// Whether content checking was asked for.
    pub safety_checked: bool,
    /// Whether a webhook was asked for.
    pub webhook: bool,
    /// Finished results, in order.
    #[serde(rename = "videoUUIDs")]
    pub video_uuids: Vec<String>,
    /// The path of each one's `videoURL`, where it has one.
    #[serde(default)]
    pub video_paths: Vec<Option<String>>,
    /// Every PUT that was tried, in order.
    pub uploads: Vec<UploadReport>,
    /// Every call of the webhook that was tried, in order.
    #[serde(default)]
    pub webhooks: Vec<WebhookReport>,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TaskState {
    /// Never accepted.
    Rejected,
    /// Queued or rendering or uploading.
    Processing,
    /// Every result can be fetched.
    Success,
    /// Accepted, then failed.
    Error,
}

/// One try of one PUT to `uploadEndpoint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadReport {
    /// When it ended, RFC 3339.
    pub at: String,
    /// Which result it carried.
    #[serde(rename = "videoUUID")]
    pub video_uuid: String,
    /// Host and path it went to, never the query.
    pub target: String,
    /// Bytes of its body that were sent.
    pub bytes: u64,
    /// The answer's status, or nothing when none came.
    pub status: Option<u16>,
    /// Why none came.
    pub failure: Option<String>,
}

/// One try of one call of `webhookURL`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookReport {
    /// When it ended, RFC 3339.
    pub at: String,
    /// Which result it told of, or nothing when it told that the task failed.
    #[serde(rename = "videoUUID")]
    pub video_uuid: Option<String>,
    /// Host and path it went to, never the query.
    pub target: String,
    /// The answer's status, or nothing when none came.
    pub status: Option<u16>,
    /// Why none came.
    pub failure: Option<String>,
}
