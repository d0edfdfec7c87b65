//! What is known of one UUID.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::emulator::errors::ApiError;
use crate::emulator::report::{PROMPT_CHARS, TaskReport, TaskState};
use crate::emulator::request::{Input, SafetyMode, TaskId};
use crate::emulator::shelf;
use crate::emulator::task::{Finished, Task};
use crate::emulator::wire;

/// Acceptances of one UUID: past them it is not forgotten any more.
const MAX_RUNS: usize = 100;

/// One UUID.
pub(super) struct Entry {
    pub(super) id: TaskId,
    /// Order of first appearance.
    pub(super) sequence: u64,
    /// Of the latest submission.
    pub(super) submitted_at: Timestamp,
    pub(super) submitted: u32,
    pub(super) conflicts: u32,
    pub(super) rejected: u32,
    /// The latest submission as it was sent, in an array: a refused replay hides the render from `getTaskDetails`.
    pub(super) sent: Arc<Value>,
    pub(super) refusal: Option<Vec<ApiError>>,
    /// The code with which a submission was turned away at the door. The archive knows nothing of it.
    pub(super) turned_away: Option<String>,
    /// Every acceptance, the latest last.
    pub(super) runs: Vec<Task>,
}

impl Entry {
    /// That of the accepted task, else the latest that was refused; nothing if that was no text, or too much to keep.
    pub(super) fn prompt(&self) -> Option<&str> {
        match self.task() {
            Some(task) => Some(&task.request.prompt),
            None => self.sent.get(0)?.get("positivePrompt")?.as_str(),
        }
    }

    /// The latest run.
    pub(super) fn task(&self) -> Option<&Task> {
        self.runs.last()
    }

    /// Those of all runs.
    pub(super) fn results(&self) -> impl Iterator<Item = &Finished> {
        self.runs.iter().flat_map(|task| &task.results)
    }

    /// Of all runs. Not their sum: that of none is -0.
    pub(super) fn billed_usd(&self) -> f64 {
        self.runs.iter().fold(0.0, |sum, task| sum + task.billed_usd())
    }

    pub(super) fn is_taken(&self, now: Timestamp) -> bool {
        self.task().is_some_and(|task| !task.is_forgotten(now) || self.runs.len() >= MAX_RUNS)
    }

    pub(super) fn report(&self) -> TaskReport {
        let task = self.task();
        let request = task.map(|task| &task.request);
        let error = match task {
            Some(task) => task.failure.as_ref(),
            None => self.refusal.iter().flatten().next(),
        };
        TaskReport {
            task_uuid: self.id.text.clone(),
            submitted: self.submitted,
            accepted: u32::try_from(self.runs.len()).unwrap_or(u32::MAX),
            conflicts: self.conflicts,
            rejected: self.rejected,
            billed_usd: self.billed_usd(),
            state: task.map_or(TaskState::Rejected, Task::state),
            accepted_at: task.map(|task| task.accepted_at.to_string()),
            prompt: self.prompt().map(|prompt| prompt.chars().take(PROMPT_CHARS).collect()),
            error_code: match (error, task) {
                (Some(error), _) => Some(error.code().to_owned()),
                (None, None) => self.turned_away.clone(),
                (None, Some(_)) => None,
            },
            error_message: error.map(|error| error.message().to_owned()),
            width: request.map(|request| request.width_px),
            height: request.map(|request| request.height_px),
            duration_s: request.map(|request| request.duration_s),
            output_format: request.map(|request| wire::format_name(request.container).to_owned()),
            number_results: request.map(|request| request.number_results),
            input: request.map(|request| match &request.input {
                Input::Chosen => "chosen".to_owned(),
                Input::Avatar(_) => "avatar".to_owned(),
                Input::Image(_) => "image".to_owned(),
            }),
            safety_checked: request.is_some_and(|request| request.safety != SafetyMode::None),
            webhook: request.is_some_and(|request| request.webhook.is_some()),
            video_uuids: self.results().map(|result| result.video_uuid.to_string()).collect(),
            video_paths: self
                .results()
                .map(|result| shelf::path_of(result.video_url.as_deref()?).map(str::to_owned))
                .collect(),
            uploads: self.runs.iter().flat_map(|task| task.uploads.clone()).collect(),
            webhooks: self.runs.iter().flat_map(|task| task.webhooks.clone()).collect(),
        }
    }
}
