//! The promise, as one function: what must hold after any history of any number of workers.

use std::collections::{BTreeMap, BTreeSet};

use landfall::job::event::{CompletedData, Event, EventType};
use landfall::job::reason::Reason;

/// What can be seen from outside once everything has come to rest.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// How many different jobs and different invalid messages were put on the queue.
    pub(crate) messages: usize,
    /// Every event published, repeats included.
    pub(crate) events: Vec<Event>,
    /// How often each task UUID was accepted and billed.
    pub(crate) purchases: BTreeMap<String, u32>,
    /// Size and ETag of every object, by `bucket/key`.
    pub(crate) objects: BTreeMap<String, (u64, String)>,
    /// What staging keys start with, `bucket/prefix/`.
    pub(crate) staging: String,
    /// Whether finished jobs may leave something in staging: what arrived too late, or lost the worker that would have
    /// removed it. A lifecycle rule takes it.
    pub(crate) strays: bool,
    /// Messages that wait or are in somebody's hands.
    pub(crate) queued: usize,
    /// Messages in the dead-letter queue.
    pub(crate) dead_letters: usize,
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
        self.repeats_say_the_same();
        self.no_secret_is_told();
        assert_eq!(self.queued, 0, "messages are left on the queues");
    }

    fn nothing_is_lost(&self) {
        let terminal = self.terminal();
        assert_eq!(terminal.len(), self.messages, "terminal events: {:?}", terminal.keys());
        assert_eq!(self.dead_letters, self.count(EventType::Rejected), "dead letters and rejected events differ");
    }

    fn nothing_is_bought_twice(&self) {
        for (task, purchases) in &self.purchases {
            assert!(*purchases <= 1, "task {task} was bought {purchases} times");
        }
    }

    fn completed_means_verified(&self) {
        let terminal = self.terminal();
        for event in terminal.values().filter(|event| event.event_type == EventType::Completed) {
            let data: CompletedData = serde_json::from_value(event.data.clone()).expect("completed data");
            assert!(!data.results.is_empty(), "{} completed without results", event.id);
            for result in data.results {
                let name = format!("{}/{}", result.bucket, result.key);
                let Some((size, etag)) = self.objects.get(&name) else { panic!("{name} of {} is not there", event.id) };
                assert_eq!((result.size, &result.etag), (*size, etag), "{name}");
            }
        }
        let left: Vec<&String> = self.objects.keys().filter(|name| name.starts_with(&self.staging)).collect();
        // A job whose message was dead-lettered as poison is resumed by whoever sends it again, if anybody does.
        let is_poison = |event: &&&Event| {
            event.event_type == EventType::Rejected && event.data["reason"] == Reason::Internal.code()
        };
        let poison = terminal.values().filter(is_poison).count();
        let failed = self.count(EventType::Failed);
        assert!(self.strays || left.len() <= failed + poison, "objects are left in staging: {left:?}");
    }

    fn repeats_say_the_same(&self) {
        let terminal = self.terminal();
        for event in self.events.iter().filter(|event| event.event_type.is_terminal()) {
            assert_eq!(event.data, terminal[event.id.as_str()].data, "{} says different things", event.id);
        }
    }

    fn no_secret_is_told(&self) {
        for event in &self.events {
            let text = serde_json::to_string(event).expect("JSON");
            for secret in ["X-Amz-Signature", "memory://"] {
                assert!(!text.contains(secret), "{} holds {secret}", event.id);
            }
        }
    }
}
