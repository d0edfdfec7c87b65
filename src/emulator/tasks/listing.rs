//! The table as people look through it: a page of tasks, newest first, and all of one.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::{Entry, TaskTable};
use crate::emulator::report::{PROMPT_CHARS, TaskReport, TaskState};
use crate::emulator::scenario::switches::Switch;
use crate::emulator::task::Task;

/// Which tasks are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::emulator) struct Query {
    /// Only those that stand so.
    pub(in crate::emulator) state: Option<TaskState>,
    /// Only those whose UUID or the beginning of whose prompt has this text, whatever its case. Empty fits all.
    pub(in crate::emulator) text: String,
    /// So many of the newest are left out.
    pub(in crate::emulator) skip: usize,
    /// At most so many.
    pub(in crate::emulator) take: usize,
}

/// What was found.
#[derive(Debug)]
pub(in crate::emulator) struct Listing {
    /// Of all tasks, whatever was asked for.
    pub(in crate::emulator) totals: Totals,
    /// How many there are of those that were asked for.
    pub(in crate::emulator) found: usize,
    pub(in crate::emulator) rows: Vec<Row>,
}

/// How many tasks there are of each state, and what they cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::emulator) struct Totals {
    pub(in crate::emulator) rejected: usize,
    pub(in crate::emulator) processing: usize,
    pub(in crate::emulator) success: usize,
    pub(in crate::emulator) error: usize,
    pub(in crate::emulator) billed_usd: f64,
}

/// One task.
#[derive(Debug)]
pub(in crate::emulator) struct Row {
    pub(in crate::emulator) report: TaskReport,
    /// How far all of its results are.
    pub(in crate::emulator) percent: u8,
}

/// What a row leaves out.
#[derive(Debug)]
pub(in crate::emulator) struct Detail {
    /// All of its prompt.
    pub(in crate::emulator) prompt: String,
    /// The latest submission as it was sent, with its secrets.
    pub(in crate::emulator) sent: Value,
    /// The switches that are set for it.
    pub(in crate::emulator) faults: Vec<(&'static Switch, String)>,
}

impl Totals {
    /// All tasks.
    pub(in crate::emulator) fn all(&self) -> usize {
        self.rejected + self.processing + self.success + self.error
    }

    /// Those that stand so.
    pub(in crate::emulator) fn of(&self, state: TaskState) -> usize {
        match state {
            TaskState::Rejected => self.rejected,
            TaskState::Processing => self.processing,
            TaskState::Success => self.success,
            TaskState::Error => self.error,
        }
    }

    fn count(&mut self, entry: &Entry) {
        *match entry.state() {
            TaskState::Rejected => &mut self.rejected,
            TaskState::Processing => &mut self.processing,
            TaskState::Success => &mut self.success,
            TaskState::Error => &mut self.error,
        } += 1;
        self.billed_usd += entry.billed_usd();
    }
}

impl TaskTable {
    /// One page. It takes one pass over the table and copies no more than the page.
    pub(in crate::emulator) fn list(&self, query: &Query, now: Timestamp) -> Listing {
        let text = query.text.to_lowercase();
        let mut totals = Totals::default();
        let mut found: Vec<&Entry> = Vec::new();
        for entry in self.entries.values() {
            totals.count(entry);
            if query.state.is_none_or(|state| state == entry.state()) && entry.has(&text) {
                found.push(entry);
            }
        }
        // The newest that are needed come to the front; only they are sorted.
        let end = query.skip.saturating_add(query.take).min(found.len());
        if end < found.len() {
            found.select_nth_unstable_by_key(end, |entry| Reverse(entry.sequence));
        }
        let newest = &mut found[..end];
        newest.sort_unstable_by_key(|entry| Reverse(entry.sequence));
        let rows = newest.iter().skip(query.skip).map(|entry| self.row(entry, now)).collect();
        Listing { totals, found: found.len(), rows }
    }

    /// All of one task.
    pub(in crate::emulator) fn show(&self, uuid: Uuid, now: Timestamp) -> Option<(Row, Detail)> {
        let entry = self.entries.get(&uuid)?;
        let detail = Detail {
            prompt: entry.prompt().unwrap_or_default().to_owned(),
            sent: entry.sent.get(0).cloned().unwrap_or_default(),
            faults: entry.task().map(|task| task.behaviour.unusual()).unwrap_or_default(),
        };
        Some((self.row(entry, now), detail))
    }

    fn row(&self, entry: &Entry, now: Timestamp) -> Row {
        let percent = entry.task().map_or(0, |task| task.percent(now, self.render_time));
        Row { report: entry.report(), percent }
    }
}

impl Entry {
    fn state(&self) -> TaskState {
        self.task().map_or(TaskState::Rejected, Task::state)
    }

    /// Whether the UUID or the beginning of the prompt has `text`, which is in lower case.
    fn has(&self, text: &str) -> bool {
        if text.is_empty() || self.id.text.to_lowercase().contains(text) {
            return true;
        }
        let prompt = self.prompt().unwrap_or_default();
        prompt.chars().take(PROMPT_CHARS).collect::<String>().to_lowercase().contains(text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use serde_json::json;
    use uuid::Uuid;

    use super::{Query, TaskState, TaskTable};
    use crate::emulator::errors::ApiError;
    use crate::emulator::request;
    use crate::emulator::scenario::switches::Behaviour;
    use crate::emulator::task::Run;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn uuid(number: u128) -> Uuid {
        Uuid::from_u128(0x4000_8000_0000_0000_0000 | number)
    }

    /// Ten tasks; those with an even number fail.
    fn table() -> TaskTable {
        let mut table = TaskTable::new(Duration::ZERO);
        for number in 0..10 {
            let sent = json!({
                "taskType": "videoInference", "taskUUID": uuid(number), "model": "heygen:video-agent@0",
                "positivePrompt": format!("Tour number {number} of a Lighthouse"), "duration": 10,
            });
            let request = request::check(sent.as_object().expect("an object")).expect("a valid task");
            table.submit(NOW, &request, sent, Behaviour::default).expect("accepted");
            if number % 2 == 0 {
                table
                    .fail(
                        Timestamp::UNIX_EPOCH,
                        Run::first(uuid(number)),
                        ApiError::failed_task("providerTimeout", "Too late."),
                    )
                    .expect("it was accepted");
            }
        }
        table
    }

    fn numbers(table: &TaskTable, query: &Query) -> (usize, Vec<u128>) {
        let listing = table.list(query, NOW);
        let uuids = listing.rows.iter().map(|row| row.report.task_uuid.parse::<Uuid>().expect("a UUID"));
        (listing.found, uuids.map(|uuid| uuid.as_u128() & 0xffff).collect())
    }

    #[test]
    fn pages_go_from_the_newest_to_the_oldest_and_leave_nothing_out() {
        let table = table();
        let page = |skip| numbers(&table, &Query { skip, take: 4, ..Query::default() });
        assert_eq!(page(0), (10, vec![9, 8, 7, 6]));
        assert_eq!(page(4), (10, vec![5, 4, 3, 2]));
        assert_eq!(page(8), (10, vec![1, 0]));
        assert_eq!(page(usize::MAX), (10, vec![]));
    }

    #[test]
    fn tasks_are_found_by_state_and_by_text() {
        let table = table();
        let failed = Query { state: Some(TaskState::Error), take: 2, ..Query::default() };
        assert_eq!(numbers(&table, &failed), (5, vec![8, 6]));
        let text = |text: &str| numbers(&table, &Query { text: text.to_owned(), take: 2, ..Query::default() });
        assert_eq!(text("LIGHT"), (10, vec![9, 8]));
        assert_eq!(text("number 3"), (1, vec![3]));
        assert_eq!(text(&uuid(4).to_string().to_uppercase()), (1, vec![4]));
        assert_eq!(text("harbour"), (0, vec![]));
    }

    #[test]
    fn totals_are_of_all_tasks_whatever_is_asked_for() {
        let mut table = table();
        let refused = request::parse_task_id(&uuid(99).to_string()).expect("a UUID");
        table.refuse(NOW, &refused, vec![ApiError::refused("invalidDuration", "")], json!({}));
        let totals = table.list(&Query { text: "nothing".to_owned(), ..Query::default() }, NOW).totals;
        assert_eq!((totals.rejected, totals.processing, totals.success, totals.error), (1, 5, 0, 5));
        assert_eq!(totals.all(), 11);
        let row = table.list(&Query { take: 1, ..Query::default() }, NOW).rows.remove(0);
        assert_eq!(row.report.billed_usd.to_string(), "0", "and not -0");
        assert!((totals.billed_usd - 5.0 * 0.33).abs() < 1e-9, "{}", totals.billed_usd);
    }

    #[test]
    fn one_task_is_shown_with_what_was_sent() {
        let table = table();
        let (row, detail) = table.show(uuid(4), NOW).expect("known");
        assert_eq!(detail.prompt, "Tour number 4 of a Lighthouse");
        assert_eq!(detail.sent["duration"], 10);
        assert_eq!(row.report.error_message.as_deref(), Some("Too late."));
        assert!(table.show(uuid(11), NOW).is_none());
    }
}
