//! The table of tasks: what was submitted, what became of it, what it cost.
//!
//! Pure: time comes in as a parameter, nothing here renders, sends or sleeps. The studio reports progress and results
//! into it, the task API reads answers out of it, and the report for people and tests is a view of it.
//!
//! A UUID is in the table from its first submission, refused or not; it is taken only once a submission was accepted.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::errors::ApiError;
use super::limits::Limits;
use super::report::{TaskReport, UploadReport, WebhookReport};
use super::request::{self, TaskId, VideoRequest};
use super::scenario::Subject;
use super::scenario::switches::Behaviour;
use super::scenario::values::Media;
use super::task::{Finished, Run, Task};
use super::wire::{Item, error_envelope};
use entry::Entry;

mod entry;
pub(super) mod listing;
mod persistence;
mod retention;
#[cfg(test)]
mod tests;

/// Tasks the table holds. Past it submissions are refused like a full queue at the vendor's; with [`MAX_ARCHIVED_BYTES`]
/// this bounds its memory. Only retention makes room: a table that dropped tasks because others came would hide from a
/// test what was bought.
const MAX_TASKS: usize = 20_000;

/// Largest request kept for `getTaskDetails`, in bytes of JSON. Honest ones stay below it (the prompt is at most 10,000
/// characters); without it one object of the size of a whole body could be parked under each UUID.
const MAX_ARCHIVED_BYTES: usize = 64 * 1024;

/// All tasks of one emulator.
pub(super) struct TaskTable {
    entries: HashMap<Uuid, Entry>,
    /// UUIDs that were accepted and whose tasks are removed: they stay used.
    spent: HashSet<Uuid>,
    next_sequence: u64,
    /// Accepted tasks of which nothing is rendered yet.
    in_line: usize,
    /// UUIDs of which something has to be written down, when anything has to be.
    changed: Option<BTreeSet<Uuid>>,
    render_time: Duration,
    /// What is held at most, and for how long.
    pub(super) limits: Limits,
}

/// A finished result, and what it was made from.
pub(super) struct Told {
    pub(super) run: Run,
    pub(super) request: VideoRequest,
    pub(super) media: Media,
    pub(super) finished: Finished,
    /// Which of the task's results it is.
    pub(super) index: u32,
}

impl TaskTable {
    /// An empty table. No task looks further along than `render_time` allows.
    pub(super) fn new(render_time: Duration) -> Self {
        Self {
            entries: HashMap::new(),
            spent: HashSet::new(),
            next_sequence: 0,
            in_line: 0,
            changed: None,
            render_time,
            limits: Limits::default(),
        }
    }

    /// Accepts a checked task, or says that its UUID is used, too many wait before it, or the table is full. Only of an
    /// accepted one it is asked how it is to `behave`.
    pub(super) fn submit(
        &mut self,
        now: Timestamp,
        request: &VideoRequest,
        sent: Value,
        behave: impl FnOnce() -> Behaviour,
    ) -> Result<(Run, Item), ApiError> {
        let slim = (!is_archived(&sent)).then(|| without_routing(&sent));
        let is_line_full = self.in_line >= self.limits.in_line;
        let entry = self.admit(now, &request.id, sent)?;
        if is_line_full {
            let error = line_full(&request.id);
            entry.rejected += 1;
            entry.turned_away = Some(error.code().to_owned());
            return Err(error);
        }
        let run = Run { uuid: request.id.uuid, number: entry.runs.len() };
        let sent = slim.map_or_else(|| Arc::clone(&entry.sent), |slim| Arc::new(json!([slim])));
        let task = Task::accepted(request.clone(), sent, behave(), now);
        let is_in_line = task.is_in_line;
        entry.runs.push(task);
        self.in_line += usize::from(is_in_line);
        Ok((run, Item::acknowledgement(&request.id)))
    }

    /// Answers as if a checked task were accepted, and does nothing else about it.
    pub(super) fn pretend(&mut self, now: Timestamp, id: &TaskId, sent: Value) -> Result<Item, ApiError> {
        self.admit(now, id, sent)?;
        Ok(Item::acknowledgement(id))
    }

    fn admit(&mut self, now: Timestamp, id: &TaskId, sent: Value) -> Result<&mut Entry, ApiError> {
        if self.spent.contains(&id.uuid) {
            return Err(conflict(id));
        }
        if self.is_full_for(id) {
            return Err(table_full(id));
        }
        let entry = self.entry(now, id, sent);
        if entry.is_taken(now) {
            let error = conflict(id);
            entry.conflicts += 1;
            entry.refusal = Some(vec![error.clone()]);
            return Err(error);
        }
        entry.refusal = None;
        Ok(entry)
    }

    /// Counts a submission that was refused by the checks. It costs nothing and its UUID stays free; one that is in
    /// use already is a conflict first of all.
    pub(super) fn refuse(&mut self, now: Timestamp, id: &TaskId, errors: Vec<ApiError>, sent: Value) -> Vec<ApiError> {
        if self.spent.contains(&id.uuid) {
            return vec![conflict(id)];
        }
        if self.is_full_for(id) {
            return errors;
        }
        let entry = self.entry(now, id, sent);
        let errors = if entry.is_taken(now) {
            entry.conflicts += 1;
            vec![conflict(id)]
        } else {
            entry.rejected += 1;
            errors
        };
        entry.refusal = Some(errors.clone());
        errors
    }

    /// Counts a submission that was answered with an error before anybody looked at it.
    pub(super) fn turn_away(&mut self, now: Timestamp, id: &TaskId, code: &str, sent: Value) {
        if !self.is_full_for(id) && !self.spent.contains(&id.uuid) {
            let entry = self.entry(now, id, sent);
            entry.rejected += 1;
            entry.turned_away = Some(code.to_owned());
        }
    }

    fn is_full_for(&self, id: &TaskId) -> bool {
        let is_full = self.entries.len() >= MAX_TASKS || self.entries.len() + self.spent.len() >= retention::MAX_UUIDS;
        is_full && !self.entries.contains_key(&id.uuid)
    }

    fn entry(&mut self, now: Timestamp, id: &TaskId, sent: Value) -> &mut Entry {
        self.touch(id.uuid);
        let entry = self.entries.entry(id.uuid).or_insert_with(|| Entry {
            id: id.clone(),
            sequence: self.next_sequence,
            submitted_at: now,
            submitted: 0,
            conflicts: 0,
            rejected: 0,
            sent: Arc::default(),
            refusal: None,
            turned_away: None,
            runs: Vec::new(),
        });
        self.next_sequence = self.next_sequence.max(entry.sequence + 1);
        entry.submitted_at = now;
        entry.submitted += 1;
        entry.sent = Arc::new(if is_archived(&sent) { json!([sent]) } else { json!([]) });
        entry
    }

    /// The first result of a task is rendered: it leaves the line. Those after it compete for seats, but keep nobody out.
    pub(super) fn rendered(&mut self, run: Run) {
        if let Some(task) = self.task_mut(run)
            && std::mem::take(&mut task.is_in_line)
        {
            self.in_line = self.in_line.saturating_sub(1);
        }
    }

    /// The studio is so far, 0 to 1, with the result under way.
    pub(super) fn progress(&mut self, run: Run, share: f32) {
        if let Some(task) = self.task_mut(run) {
            task.progress = share.clamp(0.0, 1.0);
        }
    }

    /// One PUT was tried.
    pub(super) fn uploaded(&mut self, run: Run, upload: UploadReport) {
        if let Some(task) = self.task_mut(run) {
            task.uploads.push(upload);
            self.touch(run.uuid);
        }
    }

    /// One call of the webhook was tried.
    pub(super) fn called(&mut self, run: Run, call: WebhookReport) {
        if let Some(task) = self.task_mut(run) {
            task.webhooks.push(call);
            self.touch(run.uuid);
        }
    }

    /// One result can be fetched. Returns what polls tell of it from now on.
    pub(super) fn finish(&mut self, run: Run, result: Finished) -> Option<Item> {
        self.rendered(run);
        let task = self.task_mut(run)?;
        let item = task.item(&result);
        task.finish(result);
        self.touch(run.uuid);
        Some(item)
    }

    /// No further result will come. Returns what polls tell of it from now on, and the money, in millionths of a USD,
    /// that is to be credited for what did not come. The first failure stands: an upload that comes later can fail the
    /// task again.
    #[must_use = "the account has to be credited"]
    pub(super) fn fail(&mut self, now: Timestamp, run: Run, error: ApiError) -> Option<(ApiError, u64)> {
        self.rendered(run);
        let task = self.task_mut(run).filter(|task| task.failure.is_none())?;
        let error = error.of_task(Some(request::TASK_TYPE), Some(&task.request.id.text));
        let billed_micro_usd = task.billed_micro_usd();
        task.fail(now, error.clone());
        let credit_micro_usd = billed_micro_usd.saturating_sub(task.billed_micro_usd());
        self.touch(run.uuid);
        Some((error, credit_micro_usd))
    }

    fn task_mut(&mut self, run: Run) -> Option<&mut Task> {
        self.entries.get_mut(&run.uuid)?.runs.get_mut(run.number)
    }

    /// What `getResponse` tells: one item per result, finished or under way, and the failure if there is one. Nothing
    /// for a UUID that is unknown, be it never accepted, not yet visible, lost or gone.
    pub(super) fn poll(&self, uuid: Uuid, now: Timestamp) -> Option<(Vec<Item>, Option<ApiError>)> {
        let task = self.known(uuid, now)?.task().filter(|task| task.is_visible(now))?;
        Some((task.items(now, self.render_time), task.error()))
    }

    /// A finished result of a task's latest run that can still be fetched, and what it was made from.
    pub(super) fn told(&self, uuid: Uuid, index: usize) -> Option<Told> {
        let entry = self.entries.get(&uuid)?;
        let (task, number) = (entry.task()?, entry.runs.len() - 1);
        let finished = task.results.get(index)?.clone();
        Some(Told {
            run: Run { uuid, number },
            request: task.request.clone(),
            media: task.behaviour.media,
            finished,
            index: u32::try_from(index).ok()?,
        })
    }

    /// How often something of a task came to its end by now: each result that can be fetched, and its failure.
    pub(super) fn ends(&self, uuid: Uuid) -> usize {
        let task = self.entries.get(&uuid).and_then(Entry::task);
        task.map_or(0, |task| task.results.len() + usize::from(task.failure.is_some()))
    }

    /// What `getTaskDetails` tells of the latest submission of a UUID: the request and the answer to it.
    pub(super) fn details(&self, id: &TaskId, now: Timestamp) -> Result<Item, ApiError> {
        let Some(entry) = self.known(id.uuid, now) else {
            return Err(not_found(id));
        };
        let response = match (&entry.refusal, entry.task()) {
            (Some(errors), _) => error_envelope(errors),
            (None, Some(task)) if task.is_visible(now) => task.response(&entry.id, now, self.render_time),
            (None, _) => return Err(not_found(id)),
        };
        Ok(Item::details(&entry.id, Value::clone(&entry.sent), response))
    }

    /// What is known of a task, for rules to match.
    pub(super) fn subject(&self, uuid: Uuid) -> Subject<'_> {
        let entry = self.entries.get(&uuid);
        Subject {
            uuid,
            sent: entry.and_then(|entry| entry.sent.get(0)?.as_object()),
            marker: entry.and_then(|entry| Some(&entry.task()?.request.marker)),
        }
    }

    /// All that is remembered, in order of appearance.
    pub(super) fn report(&self) -> Vec<TaskReport> {
        self.report_of(&self.in_order())
    }

    /// Every UUID that is remembered, in order of appearance.
    pub(super) fn in_order(&self) -> Vec<Uuid> {
        let mut uuids: Vec<(u64, Uuid)> = self.entries.iter().map(|(uuid, entry)| (entry.sequence, *uuid)).collect();
        uuids.sort_unstable();
        uuids.into_iter().map(|(_, uuid)| uuid).collect()
    }

    /// What is told of some UUIDs; nothing of those that are gone.
    pub(super) fn report_of(&self, uuids: &[Uuid]) -> Vec<TaskReport> {
        uuids.iter().filter_map(|uuid| self.entries.get(uuid)).map(Entry::report).collect()
    }
}

fn is_archived(sent: &Value) -> bool {
    sent.to_string().len() <= MAX_ARCHIVED_BYTES
}

/// A task without the one field that has no bound and no effect.
fn without_routing(sent: &Value) -> Value {
    let mut slim = sent.clone();
    if let Some(fields) = slim.as_object_mut() {
        fields.remove("routing");
    }
    slim
}

fn conflict(id: &TaskId) -> ApiError {
    ApiError::refused(
        "conflictTaskUUID",
        "A task with this taskUUID already exists. Every task needs a UUID of its own.",
    )
    .about("taskUUID")
    .of_task(Some(request::TASK_TYPE), Some(&id.text))
}

fn line_full(id: &TaskId) -> ApiError {
    ApiError::new(
        axum::http::StatusCode::TOO_MANY_REQUESTS,
        "rateLimitExceeded",
        "Too many tasks are waiting to be rendered. Try again later.",
    )
    .of_task(Some(request::TASK_TYPE), Some(&id.text))
}

fn table_full(id: &TaskId) -> ApiError {
    ApiError::new(
        axum::http::StatusCode::TOO_MANY_REQUESTS,
        "rateLimitExceeded",
        format!("This emulator holds {MAX_TASKS} tasks and takes no more until some are past their retention."),
    )
    .of_task(Some(request::TASK_TYPE), Some(&id.text))
}

fn not_found(id: &TaskId) -> ApiError {
    ApiError::new(axum::http::StatusCode::NOT_FOUND, "taskNotFound", "No task with this taskUUID is known.")
        .about("taskUUID")
        .of_task(Some("getTaskDetails"), Some(&id.text))
}
