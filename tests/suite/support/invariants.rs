//! The promise, as one function: what must hold after any history of any number of workers.
//!
//! Written once, and asserted by simulations, histories and the tests with real processes alike: [`Evidence`] is what can be
//! seen from outside, [`Evidence::check`] is the promise.

use std::collections::{BTreeMap, BTreeSet};

use landfall::job::event::{CompletedData, Event, EventType, FailedData, RejectedData, to_value};
use landfall::job::ids::{JobId, hex};
use landfall::job::ledger::{LedgerRecord, LedgerStatus, LedgerTask};
use landfall::job::reason::Reason;
use sha2::{Digest as _, Sha256};

/// What can be seen from outside once everything has come to rest.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// How many different jobs and different invalid messages were put on the queue.
    pub(crate) messages: usize,
    /// Every event published, repeats included.
    pub(crate) events: Vec<Event>,
    /// How often each task UUID was accepted and billed.
    pub(crate) purchases: BTreeMap<String, u32>,
    /// Every record in the ledger.
    pub(crate) ledger: Vec<LedgerRecord>,
    /// Size and ETag of every object, by `bucket/key`.
    pub(crate) objects: BTreeMap<String, (u64, String)>,
    /// What staging keys start with, `bucket/prefix/`.
    pub(crate) staging: String,
    /// Whether finished jobs may leave something in staging: what arrived too late, or lost the worker that would have
    /// removed it. A lifecycle rule takes it.
    pub(crate) strays: bool,
    /// Messages that wait or are in somebody's hands.
    pub(crate) queued: usize,
    /// Bodies and reasons in the dead-letter queue.
    pub(crate) dead_letters: Vec<(Vec<u8>, String)>,
    /// The reasons for which each task was made to fail, where the history says so. No other task may fail.
    pub(crate) made_to_fail: Option<BTreeMap<String, Vec<Reason>>>,
    /// Messages seen to be acknowledged before the event that ends their job, where that can be seen.
    pub(crate) acknowledged_early: Vec<String>,
    /// Deliveries that one worker held at once, at most, and how many it may hold, where that can be seen.
    pub(crate) in_hand: Option<(usize, usize)>,
}

/// Whether there is a job's record at this key. What counts strikes stands beside them, and what a worker tried the store
/// with that was killed meanwhile; no job's id starts with a dot.
pub(crate) fn is_record(key: &str) -> bool {
    let name = key.strip_prefix("landfall/ledger/");
    name.is_some_and(|name| !name.starts_with("strikes/") && !name.starts_with('.'))
}

impl Evidence {
    /// Terminal events without repeats, by id.
    pub(crate) fn terminal(&self) -> BTreeMap<&str, &Event> {
        let terminal = self.events.iter().filter(|event| event.event_type.is_terminal());
        terminal.map(|event| (event.id.as_str(), event)).collect()
    }

    /// How many different events of a type there are.
    pub(crate) fn count(&self, event_type: EventType) -> usize {
        let ids = self.events.iter().filter(|event| event.event_type == event_type).map(|event| &event.id);
        ids.collect::<BTreeSet<_>>().len()
    }

    /// Asserts all invariants.
    pub(crate) fn check(&self) {
        self.nothing_is_lost();
        self.nothing_is_bought_twice();
        self.completed_means_verified();
        self.nothing_fails_without_a_reason();
        self.the_ledger_says_what_was_announced();
        self.repeats_say_the_same();
        self.what_is_rejected_is_kept();
        self.staging_is_left_tidy();
        self.no_secret_is_told();
        self.everything_is_bounded();
        assert_eq!(self.acknowledged_early, [""; 0], "acknowledged before the end was told");
    }

    /// Every message ends in exactly one terminal event, and none waits.
    fn nothing_is_lost(&self) {
        let terminal = self.terminal();
        assert_eq!(terminal.len(), self.messages, "terminal events: {:?}", terminal.keys());
        assert_eq!(self.queued, 0, "messages are left on the queues");
    }

    /// At most one purchase per job, result and generation. A task is accepted once under its UUID, so a second purchase
    /// would go under another one: each must be in a record, and no record may name two for one result of one generation.
    fn nothing_is_bought_twice(&self) {
        for (task, purchases) in &self.purchases {
            assert!(*purchases <= 1, "task {task} was bought {purchases} times");
        }
        let mut results = BTreeSet::new();
        let mut tasks = BTreeSet::new();
        for (job, generation, task) in self.tasks() {
            let index = task.index;
            assert!(results.insert((job, generation, index)), "result {index} of {job} has two tasks");
            assert!(tasks.insert(task.task_uuid.to_string()), "task {} is in two records", task.task_uuid);
        }
        for (task, _) in self.purchases.iter().filter(|(_, purchases)| **purchases > 0) {
            assert!(tasks.contains(task), "task {task} was bought and is in no record");
        }
    }

    /// The objects of a completed job stand at their final keys, as the event says.
    fn completed_means_verified(&self) {
        for data in self.completed() {
            let job = &data.job.job_id;
            assert!(!data.results.is_empty(), "{job} completed without results");
            for result in data.results {
                let name = format!("{}/{}", result.bucket, result.key);
                let Some((size, etag)) = self.objects.get(&name) else { panic!("{name} of {job} is not there") };
                assert_eq!((result.size, &result.etag), (*size, etag), "{name}");
            }
        }
    }

    /// Trouble that is not the job's fails no job: a deadline only when it passed, another reason only where the
    /// history made that very task fail.
    fn nothing_fails_without_a_reason(&self) {
        for (event, data) in self.failed() {
            let (job, message) = (&data.job.job_id, &data.message);
            for failure in &data.failures {
                let task = failure.task_uuid.to_string();
                if failure.reason == Reason::DeadlineExceeded {
                    let record = self.record_of(job.as_str());
                    // Of earlier generations no deadline is kept.
                    let deadline = record.filter(|record| record.generation == data.job.generation);
                    let deadline = deadline.map(|record| record.deadline);
                    assert!(deadline <= Some(event.time), "{job} failed before its deadline {deadline:?}");
                } else if let Some(made) = &self.made_to_fail {
                    let allowed = made.get(&task).is_some_and(|reasons| reasons.contains(&failure.reason));
                    assert!(
                        allowed,
                        "task {task} of {job} failed for no reason: {}: {}",
                        data.reason.code(),
                        failure.message
                    );
                }
            }
            let before_any_result = data.failures.is_empty() && self.made_to_fail.is_some();
            assert!(!before_any_result || data.reason == Reason::BudgetExceeded, "{job} failed: {message}");
        }
    }

    /// What stands in the ledger is what was announced, word for word. Only a job that began has a record.
    fn the_ledger_says_what_was_announced(&self) {
        let terminal = self.terminal();
        let mut unfinished = Vec::new();
        for record in &self.ledger {
            let job = &record.job_id;
            for earlier in &record.earlier {
                let word = if earlier.status == LedgerStatus::Completed { "completed" } else { "failed" };
                let id = format!("{job}.{}.{word}", earlier.generation);
                let told = terminal.get(id.as_str()).map(|event| event.time);
                assert_eq!(told, Some(earlier.ended_at), "{id} and what its record remembers of it differ");
            }
            let Some(outcome) = &record.outcome else {
                unfinished.push(job.as_str());
                continue;
            };
            let word = if outcome.event_type == EventType::Completed { "completed" } else { "failed" };
            let id = format!("{job}.{}.{word}", record.generation);
            let Some(event) = terminal.get(id.as_str()) else {
                panic!("{id} stands in the ledger and was not announced")
            };
            assert_eq!(
                (event.time, &event.data),
                (outcome.time, &to_value(&outcome.data)),
                "{id} and its record differ"
            );
        }
        // A job whose message was dead-lettered as poison is resumed by whoever sends it again, if anybody does.
        let is_poison = |event: &&&Event| {
            event.event_type == EventType::Rejected && event.data["reason"] == Reason::Internal.code()
        };
        let poison = terminal.values().filter(is_poison).count();
        assert!(unfinished.len() <= poison, "records know no end: {unfinished:?}");
        for job in self.completed().into_iter().map(|data| data.job.job_id) {
            assert!(self.record_of(job.as_str()).is_some(), "{job} completed and has no record");
        }
    }

    fn repeats_say_the_same(&self) {
        let terminal = self.terminal();
        for event in self.events.iter().filter(|event| event.event_type.is_terminal()) {
            assert_eq!(event.data, terminal[event.id.as_str()].data, "{} says different things", event.id);
        }
    }

    /// What was rejected is in the dead-letter queue, unchanged, with the reason its event tells, and nothing else is.
    fn what_is_rejected_is_kept(&self) {
        let rejected = self.terminal().into_values().filter(|event| event.event_type == EventType::Rejected);
        let told = rejected.map(|event| {
            let data: RejectedData = serde_json::from_value(event.data.clone()).expect("rejected data");
            (data.message_sha256, data.reason.code().to_owned())
        });
        let kept = self.dead_letters.iter().map(|(body, reason)| (hex(&Sha256::digest(body)), reason.clone()));
        assert_eq!(kept.collect::<BTreeSet<_>>(), told.collect(), "dead letters and rejected events differ");
    }

    /// What is left in staging is in a record, and it is a paid video that did not land.
    fn staging_is_left_tidy(&self) {
        let of_failed = self.failed().into_iter().flat_map(|(_, data)| data.results);
        let landed = self.completed().into_iter().flat_map(|data| data.results).chain(of_failed);
        let landed: BTreeSet<_> = landed.map(|result| result.task_uuid).collect();
        let slots: BTreeMap<_, _> =
            self.tasks().map(|(_, _, task)| (task.staging().to_string(), task.task_uuid)).collect();
        for left in self.objects.keys().filter(|name| name.starts_with(&self.staging)) {
            let Some(task) = slots.get(left) else { panic!("{left} is in staging and in no record") };
            assert!(self.strays || !landed.contains(task), "{left} is left in staging, and its result has landed");
        }
    }

    fn no_secret_is_told(&self) {
        for event in &self.events {
            let text = serde_json::to_string(event).expect("JSON");
            for secret in ["X-Amz-", "memory://", "signature="] {
                assert!(!text.contains(secret), "{} holds {secret}", event.id);
            }
        }
    }

    fn everything_is_bounded(&self) {
        if let Some((most, bound)) = self.in_hand {
            assert!(most <= bound, "a worker held {most} jobs and may hold {bound}");
        }
    }

    fn completed(&self) -> Vec<CompletedData> {
        let completed = self.terminal().into_values().filter(|event| event.event_type == EventType::Completed);
        completed.map(|event| serde_json::from_value(event.data.clone()).expect("completed data")).collect()
    }

    fn failed(&self) -> Vec<(&Event, FailedData)> {
        let failed = self.terminal().into_values().filter(|event| event.event_type == EventType::Failed);
        failed.map(|event| (event, serde_json::from_value(event.data.clone()).expect("failed data"))).collect()
    }

    /// Every task of every generation, with its job and generation.
    fn tasks(&self) -> impl Iterator<Item = (&JobId, u32, &LedgerTask)> {
        self.ledger.iter().flat_map(|record| {
            let earlier = record.earlier.iter().map(|earlier| (earlier.generation, &earlier.tasks));
            let all = earlier.chain([(record.generation, &record.tasks)]);
            all.flat_map(move |(generation, tasks)| tasks.iter().map(move |task| (&record.job_id, generation, task)))
        })
    }

    fn record_of(&self, job_id: &str) -> Option<&LedgerRecord> {
        self.ledger.iter().find(|record| record.job_id.as_str() == job_id)
    }
}
