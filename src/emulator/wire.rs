//! The vendor's items of `data`, and the envelope around them.

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::errors::ApiError;
use super::request::{self, TaskId, VideoRequest};
use super::scenario::values::Envelope;
use super::task::Finished;
use crate::agent::Container;

/// One item of `data`. Only the fields that the vendor sends for its kind are there.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    task_type: &'static str,
    #[serde(rename = "taskUUID", skip_serializing_if = "Option::is_none")]
    task_uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// An object or a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    /// Whole percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<u8>,
    #[serde(rename = "videoUUID", skip_serializing_if = "Option::is_none")]
    video_uuid: Option<Uuid>,
    #[serde(rename = "videoURL", skip_serializing_if = "Option::is_none")]
    video_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(rename = "NSFWContent", skip_serializing_if = "Option::is_none")]
    nsfw_content: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pong: Option<bool>,
    #[serde(rename = "connectionSessionUUID", skip_serializing_if = "Option::is_none")]
    connection_session_uuid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Value>,
    /// What only one utility answers.
    #[serde(flatten)]
    utility: Option<Value>,
}

impl Item {
    /// The answer to a submission that was accepted.
    pub(super) fn acknowledgement(id: &TaskId) -> Self {
        Self { task_type: request::TASK_TYPE, task_uuid: Some(id.text.clone()), ..Self::default() }
    }

    /// A result under way, `share` from 0 to 1.
    pub(super) fn under_way(id: &TaskId, word: &'static str, share: Option<f32>) -> Self {
        Self { status: Some(word), progress: share.map(percent), ..Self::acknowledgement(id) }
    }

    /// A failed task, told in `data`.
    pub(super) fn failed(id: &TaskId, error: Value) -> Self {
        Self { status: Some("error"), error: Some(error), ..Self::acknowledgement(id) }
    }

    /// A result that can be fetched.
    pub(super) fn success(request: &VideoRequest, result: &Finished, cost_usd: Option<f64>) -> Self {
        Self {
            status: Some("success"),
            video_uuid: Some(result.video_uuid),
            video_url: result.video_url.clone(),
            cost: cost_usd,
            seed: Some(result.seed),
            nsfw_content: Some(result.is_nsfw),
            ..Self::acknowledgement(&request.id)
        }
    }

    /// The answer to a ping.
    pub(super) fn pong() -> Self {
        Self { task_type: "ping", pong: Some(true), ..Self::default() }
    }

    /// The answer to an authentication over a WebSocket.
    pub(super) fn authenticated(session: Uuid) -> Self {
        Self { task_type: "authentication", connection_session_uuid: Some(session), ..Self::default() }
    }

    /// The answer of a utility, which has `fields` of its own.
    pub(super) fn of_utility(task_type: &'static str, id: &TaskId, fields: Value) -> Self {
        Self { task_type, task_uuid: Some(id.text.clone()), utility: Some(fields), ..Self::default() }
    }

    /// The archive of a task: the array that was sent and the envelope that answered it.
    pub(super) fn details(id: &TaskId, request: Value, response: Value) -> Self {
        Self {
            task_type: "getTaskDetails",
            task_uuid: Some(id.text.clone()),
            request: Some(request),
            response: Some(response),
            ..Self::default()
        }
    }
}

/// A share from 0 to 1 in whole percent.
pub(super) fn percent(share: f32) -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to 0 to 100 first; NaN becomes 0")]
    let percent = (share.clamp(0.0, 1.0) * 100.0) as u8;
    percent
}

/// The vendor's word for a file format, as in `outputFormat`.
pub(super) fn format_name(container: Container) -> &'static str {
    match container {
        Container::Mp4 => "MP4",
        Container::Webm => "WEBM",
        Container::Mov => "MOV",
    }
}

/// The envelope of a task that only has errors.
pub(super) fn error_envelope(errors: &[ApiError]) -> Value {
    json!({ "errors": errors })
}

/// The answer to one POST while it is put together.
#[derive(Debug, Default)]
pub(super) struct Reply {
    data: Vec<Item>,
    errors: Vec<ApiError>,
    answered: bool,
    /// The status of a partial success, when it is another than 200.
    partial: Option<StatusCode>,
    envelope: Envelope,
}

impl Reply {
    /// A reply that is one error.
    pub(super) fn of_error(error: ApiError) -> Self {
        Self { errors: vec![error], ..Self::default() }
    }

    /// An empty reply with the lists that `envelope` has.
    pub(super) fn within(envelope: Envelope) -> Self {
        Self { envelope, ..Self::default() }
    }

    /// Adds the answer to a call that was understood, which may be no item at all.
    pub(super) fn answer(&mut self, items: impl IntoIterator<Item = Item>) {
        self.answered = true;
        self.data.extend(items);
    }

    /// Adds errors.
    pub(super) fn refuse(&mut self, errors: impl IntoIterator<Item = ApiError>) {
        self.errors.extend(errors);
    }

    /// Some of what was asked for is done and some refused.
    pub(super) fn is_partial(&mut self, status: StatusCode) {
        self.partial = Some(status);
    }

    /// Drops all items.
    pub(super) fn emptied(self) -> Self {
        Self { data: Vec::new(), errors: Vec::new(), answered: true, ..self }
    }

    /// Drops every second item, beginning with the first.
    pub(super) fn halved(self) -> Self {
        let data = self.data.into_iter().skip(1).step_by(2).collect();
        Self { data, answered: true, ..self }
    }

    /// 200 unless there is nothing but errors, for a mixed batch is a partial success; else the errors' own status, and
    /// 400 where they differ.
    pub(super) fn status(&self) -> StatusCode {
        let mut statuses = self.errors.iter().map(ApiError::http_status);
        match statuses.next() {
            Some(first) if !self.answered => {
                if statuses.all(|status| status == first) {
                    first
                } else {
                    StatusCode::BAD_REQUEST
                }
            }
            _ => self.partial.unwrap_or(StatusCode::OK),
        }
    }

    /// In a lean envelope `data` is left out when there is nothing but errors, `errors` when there are none: clients must
    /// do with either.
    pub(super) fn body(&self) -> Value {
        match (self.envelope, self.answered, self.errors.is_empty()) {
            (Envelope::Lean, _, true) => json!({ "data": self.data }),
            (Envelope::Lean, false, false) => error_envelope(&self.errors),
            (Envelope::Lean, true, false) | (Envelope::Full, _, _) => {
                json!({ "data": self.data, "errors": self.errors })
            }
        }
    }
}
