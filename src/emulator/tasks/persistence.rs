//! The table, written down and read back.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::{Entry, TaskTable};
use crate::emulator::record::{Change, RunRecord, Saved, TaskRecord, written};
use crate::emulator::request;
use crate::emulator::task::{Run, Task};

impl TaskTable {
    /// From now on every change is noted, for [`TaskTable::take_changes`].
    pub(in crate::emulator) fn note_changes(&mut self) {
        self.changed.get_or_insert_default();
    }

    /// Something about `uuid` has changed that a restart must not forget.
    pub(super) fn touch(&mut self, uuid: Uuid) {
        if let Some(changed) = &mut self.changed {
            changed.insert(uuid);
        }
    }

    /// What changed since the last time.
    pub(in crate::emulator) fn take_changes(&mut self) -> Vec<Change> {
        let changed: BTreeSet<Uuid> = self.changed.as_mut().map(std::mem::take).unwrap_or_default();
        changed
            .into_iter()
            .map(|uuid| match self.entries.get(&uuid) {
                Some(entry) => Change::Task(uuid, written(&entry.record())),
                None if self.spent.contains(&uuid) => Change::Spent(uuid),
                None => Change::Removed(uuid),
            })
            .collect()
    }

    /// Takes up what was written down. The error is for people.
    pub(in crate::emulator) fn restore(&mut self, saved: &mut Saved) -> Result<(), String> {
        self.spent = std::mem::take(&mut saved.spent);
        for record in std::mem::take(&mut saved.tasks) {
            let name = record.task_uuid.clone();
            let entry = Entry::of_record(record).map_err(|error| format!("the record of {name}: {error}"))?;
            self.next_sequence = self.next_sequence.max(entry.sequence + 1);
            self.in_line += entry.runs.iter().filter(|task| task.is_in_line).count();
            self.entries.insert(entry.id.uuid, entry);
        }
        Ok(())
    }

    /// The tasks that somebody still has to work on, in the order in which they came.
    pub(in crate::emulator) fn under_way(&self) -> Vec<(Run, &Task)> {
        let mut tasks: Vec<(Run, &Task)> = self.runs().filter(|(_, task)| task.ended_at.is_none()).collect();
        tasks.sort_by_key(|(_, task)| task.accepted_at);
        tasks
    }

    /// Every acceptance.
    pub(in crate::emulator) fn runs(&self) -> impl Iterator<Item = (Run, &Task)> {
        self.entries.iter().flat_map(|(uuid, entry)| {
            entry.runs.iter().enumerate().map(|(number, task)| (Run { uuid: *uuid, number }, task))
        })
    }
}

impl Entry {
    fn record(&self) -> TaskRecord {
        TaskRecord {
            task_uuid: self.id.text.clone(),
            sequence: self.sequence,
            submitted_at: self.submitted_at,
            submitted: self.submitted,
            conflicts: self.conflicts,
            rejected: self.rejected,
            sent: Value::clone(&self.sent),
            refusal: self.refusal.clone(),
            turned_away: self.turned_away.clone(),
            runs: self.runs.iter().map(record_of_run).collect(),
        }
    }

    fn of_record(record: TaskRecord) -> Result<Self, String> {
        let sent = Arc::new(record.sent);
        let runs: Result<Vec<Task>, String> = record.runs.into_iter().map(|run| task_of_record(run, &sent)).collect();
        Ok(Self {
            id: request::parse_task_id(&record.task_uuid).ok_or("its taskUUID is none")?,
            sequence: record.sequence,
            submitted_at: record.submitted_at,
            submitted: record.submitted,
            conflicts: record.conflicts,
            rejected: record.rejected,
            refusal: record.refusal,
            turned_away: record.turned_away,
            runs: runs?,
            sent,
        })
    }
}

fn record_of_run(task: &Task) -> RunRecord {
    RunRecord {
        sent: Value::clone(&task.sent),
        switches: task.behaviour.unusual().into_iter().map(|(switch, value)| (switch.name.to_owned(), value)).collect(),
        accepted_at: task.accepted_at,
        ended_at: task.ended_at,
        results: task.results.clone(),
        failure: task.failure.clone(),
        uploads: task.uploads.clone(),
        webhooks: task.webhooks.clone(),
    }
}

/// `latest` is what its UUID was last sent with, mostly the same task.
fn task_of_record(record: RunRecord, latest: &Arc<Value>) -> Result<Task, String> {
    let behaviour = record.behaviour()?;
    let checked = record.sent.get(0).and_then(Value::as_object).map(request::check);
    let request = match checked {
        Some(Ok(request)) => request,
        Some(Err(errors)) => {
            return Err(format!("its request is refused by now: {:?}", errors.first().map(|e| e.code())));
        }
        None => return Err("it has no request".to_owned()),
    };
    let sent = if **latest == record.sent { Arc::clone(latest) } else { Arc::new(record.sent) };
    let mut task = Task::accepted(request, sent, behaviour, record.accepted_at);
    task.results = record.results;
    task.failure = record.failure;
    task.uploads = record.uploads;
    task.webhooks = record.webhooks;
    task.ended_at = record.ended_at;
    task.is_in_line = task.ended_at.is_none() && task.results.is_empty();
    Ok(task)
}
