//! When a task is gone.
//!
//! A task that ended is known for the time of retention. After that polls and details know nothing of it, and its entry
//! and its videos are removed. The vendor does not say whether its UUID can be used again. Decided here: it cannot, so
//! that nothing is ever bought twice because somebody was late. Only its 16 bytes are kept for that.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Entry, TaskTable};

/// UUIDs that are remembered, be it only as used: some tens of megabytes. Past it new tasks are refused, because to forget
/// one would be to sell it again.
pub(super) const MAX_UUIDS: usize = 1_000_000;

impl TaskTable {
    /// The entry of a UUID that polls and details know.
    pub(super) fn known(&self, uuid: Uuid, now: Timestamp) -> Option<&Entry> {
        self.entries.get(&uuid).filter(|entry| !self.is_gone(entry, now))
    }

    fn is_gone(&self, entry: &Entry, now: Timestamp) -> bool {
        let ended_at = match entry.task() {
            Some(task) => task.ended_at,
            None => Some(entry.submitted_at),
        };
        let retention = SignedDuration::try_from(self.limits.retention).unwrap_or(SignedDuration::MAX);
        ended_at.is_some_and(|at| now.duration_since(at) >= retention)
    }

    /// Removes the entries that are gone, and returns the videos that go with them.
    pub(in crate::emulator) fn sweep(&mut self, now: Timestamp) -> HashSet<Uuid> {
        let over = |entry: &&Entry| self.is_gone(entry, now) && !entry.is_to_be_forgotten(now);
        let gone: Vec<Uuid> = self.entries.values().filter(over).map(|entry| entry.id.uuid).collect();
        let mut videos = HashSet::new();
        for uuid in gone {
            let Some(entry) = self.entries.remove(&uuid) else { continue };
            self.touch(uuid);
            if entry.is_taken(now) {
                self.spent.insert(uuid);
            }
            videos.extend(entry.runs.iter().flat_map(|task| &task.results).map(|result| result.video_uuid));
        }
        videos
    }

    /// How many tasks were removed because their retention was over.
    pub(in crate::emulator) fn forgotten(&self) -> usize {
        self.spent.len()
    }
}

impl Entry {
    /// Whether the scenario frees its UUID at a time that is still to come: until then it has to be remembered.
    fn is_to_be_forgotten(&self, now: Timestamp) -> bool {
        self.task().is_some_and(|task| task.behaviour.forget.0.is_some() && !task.is_forgotten(now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use crate::emulator::errors::ApiError;
    use crate::emulator::request::{self, VideoRequest};
    use crate::emulator::scenario::switches::Behaviour;
    use crate::emulator::scenario::values::After;
    use crate::emulator::task::{Finished, Run};
    use crate::emulator::tasks::TaskTable;

    const START: Timestamp = Timestamp::UNIX_EPOCH;
    const RETENTION: Duration = Duration::from_secs(100);

    fn task() -> (VideoRequest, Value) {
        let sent = json!({
            "taskType": "videoInference", "taskUUID": "0b8a2f4c-6a33-4d0e-9a51-3f6f1c7f9b21",
            "model": "heygen:video-agent@0", "positivePrompt": "x", "duration": 10,
        });
        (request::check(sent.as_object().expect("an object")).expect("a valid task"), sent)
    }

    fn after(seconds: i64) -> Timestamp {
        START + SignedDuration::from_secs(seconds)
    }

    fn items(table: &TaskTable, seconds: i64) -> usize {
        let (request, _) = task();
        table.poll(request.id.uuid, after(seconds)).map_or(0, |(items, _)| items.len())
    }

    fn finished_at(seconds: i64) -> (TaskTable, Uuid) {
        let mut table = TaskTable::new(Duration::ZERO);
        table.limits.retention = RETENTION;
        let (request, sent) = task();
        table.submit(START, &request, sent, Behaviour::default).expect("accepted");
        let video_uuid = Uuid::new_v4();
        let result = Finished { video_uuid, video_url: None, seed: 1, is_nsfw: false, at: after(seconds) };
        table.finish(Run::first(request.id.uuid), result);
        (table, video_uuid)
    }

    #[test]
    fn an_ended_task_is_unknown_after_its_retention_and_removed_by_the_sweep() {
        let (mut table, video) = finished_at(50);
        let (request, _) = task();
        assert!(table.sweep(after(149)).is_empty());
        assert_eq!(items(&table, 149), 1);
        table.details(&request.id, after(149)).expect("known");
        assert_eq!(items(&table, 150), 0, "also before it is swept");
        assert_eq!(table.details(&request.id, after(150)).expect_err("gone").code(), "taskNotFound");
        assert!(table.sweep(after(150)).contains(&video));
        assert_eq!((table.report().len(), table.forgotten()), (0, 1));
    }

    #[test]
    fn a_used_uuid_stays_used_after_its_task_is_gone() {
        let (mut table, _) = finished_at(0);
        let (request, sent) = task();
        let code = |table: &mut TaskTable| {
            let refused = table.submit(after(100), &request, sent.clone(), Behaviour::default);
            refused.expect_err("used").code().to_owned()
        };
        assert_eq!(code(&mut table), "conflictTaskUUID", "before it is swept");
        table.sweep(after(100));
        assert_eq!(code(&mut table), "conflictTaskUUID");
        let errors =
            table.refuse(after(100), &request.id, vec![ApiError::refused("invalidDuration", "")], sent.clone());
        assert_eq!(errors.iter().map(ApiError::code).collect::<Vec<_>>(), ["conflictTaskUUID"]);
        assert!(table.report().is_empty(), "and is no new entry");
    }

    #[test]
    fn what_runs_is_never_gone_and_a_failure_and_a_refusal_are() {
        let mut table = TaskTable::new(Duration::ZERO);
        table.limits.retention = RETENTION;
        let (request, sent) = task();
        table.refuse(START, &request.id, Vec::new(), sent.clone());
        table.sweep(after(100));
        assert_eq!((table.report().len(), table.forgotten()), (0, 0), "a UUID that was only refused is free");
        table.submit(after(100), &request, sent, Behaviour::default).expect("accepted");
        assert!(table.sweep(after(1_000_000)).is_empty());
        assert_eq!(items(&table, 1_000_000), 1);
        let _ =
            table.fail(after(1_000_000), Run::first(request.id.uuid), ApiError::failed_task("processingFailed", ""));
        table.sweep(after(1_000_100));
        assert_eq!(table.forgotten(), 1);
    }

    #[test]
    fn a_uuid_that_the_scenario_frees_later_is_remembered_until_then() {
        let mut table = TaskTable::new(Duration::ZERO);
        table.limits.retention = RETENTION;
        let (request, sent) = task();
        let forgotten = || Behaviour { forget: After(Some(Duration::from_secs(500))), ..Behaviour::default() };
        table.submit(START, &request, sent.clone(), forgotten).expect("accepted");
        let _ = table.fail(START, Run::first(request.id.uuid), ApiError::failed_task("processingFailed", ""));
        table.sweep(after(499));
        table.submit(after(499), &request, sent.clone(), Behaviour::default).expect_err("used");
        table.sweep(after(500));
        assert_eq!((table.report().len(), table.forgotten()), (0, 0));
        table.submit(after(500), &request, sent, Behaviour::default).expect("free");
    }
}
