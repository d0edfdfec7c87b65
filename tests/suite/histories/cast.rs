//! The world of a history, and how it is played.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landfall::job::fault::{Fault, FaultKind, Outcome};
use landfall::job::ids::{ResultUrl, TaskUuid};
use landfall::ports::{ByteStream, ResultFetch};
use landfall::worker::Ports;
use tokio::time::{Instant, sleep, sleep_until};

use super::script::{Act, Plot, Script, plot};
use crate::support::faulty::faulty;
use crate::support::memory_provider::MemoryOptions;
use crate::support::mortal::Death;
use crate::support::trouble::Trouble;
use crate::support::world::{Hand, World};

/// Who plays in a history.
pub(super) struct Cast {
    pub(super) trouble: Arc<Trouble>,
    world: World,
}

impl Cast {
    pub(super) fn of(script: &Script) -> Cast {
        let seed = script.seed;
        let options = MemoryOptions {
            batch_max: script.batch_max,
            visible_after: script.visible_after,
            script: Arc::new(move |task| plot(seed, task).script),
            ..MemoryOptions::default()
        };
        let settings: Vec<&str> = script.settings.iter().map(String::as_str).collect();
        let trouble = Trouble::new(seed, script.calm, script.percent, script.outages.clone());
        Cast { trouble: Arc::new(trouble), world: World::with(options, &settings) }
    }

    /// Plays the script to its end, waits for rest, and checks the promise.
    pub(super) async fn play(&self, script: &Script) {
        let begin = Instant::now();
        let mut hands: Vec<Hand> = Vec::new();
        let mut started = 0;
        for (at, act) in &script.acts {
            sleep_until(begin + *at).await;
            self.trouble.note(&format!("{act:?}"), None);
            match act {
                Act::Put(body) => self.world.broker.put(body.clone(), None),
                Act::Start(death) => {
                    started += 1;
                    hands.push(self.start(*death, started));
                }
                Act::Kill(number) => take(&mut hands, *number, Hand::bury),
                Act::Stop(number) => take(&mut hands, *number, |hand| {
                    tokio::spawn(hand.terminate());
                }),
                Act::Cut(number) => {
                    if let Some(hand) = hands.get(*number) {
                        hand.cut();
                    }
                }
                Act::Bind(bound) => self.world.broker.bind_events(*bound),
            }
        }
        sleep_until(begin + script.calm).await;
        self.world.broker.bind_events(true);
        for hand in hands {
            hand.terminate().await;
        }
        let last = self.start(Death::Never, started + 1);
        self.world.rest().await;
        last.terminate().await;
        // Late uploads and calls of the dead.
        sleep(Duration::from_secs(300)).await;
        self.check(script);
    }

    fn start(&self, death: Death, number: u32) -> Hand {
        let results = Arc::new(Shelf { results: Arc::new(self.world.results.clone()), seed: self.trouble.seed() });
        let who = format!("worker {number}");
        self.world
            .worker_over(death, |ports| faulty(Ports { results, ..ports }, &who, &self.trouble, &self.world.broker))
    }

    fn check(&self, script: &Script) {
        let mut evidence = self.world.evidence(script.messages);
        let tasks = evidence.ledger.iter().flat_map(|record| &record.tasks);
        let reasons = tasks.map(|task| (task.task_uuid.to_string(), plot(script.seed, task.task_uuid).reasons));
        evidence.made_to_fail = Some(reasons.collect());
        evidence.strays = true;
        evidence.check();
    }
}

/// The numberth of the living leaves, if there is one; the dead leave with it.
fn take(hands: &mut Vec<Hand>, number: usize, leave: impl FnOnce(Hand)) {
    for dead in hands.extract_if(.., |hand| hand.fate.is_dead()) {
        dead.bury();
    }
    if number < hands.len() {
        leave(hands.remove(number));
    }
}

/// The provider's storage, where some videos are missing.
struct Shelf {
    results: Arc<dyn ResultFetch>,
    seed: u64,
}

#[async_trait]
impl ResultFetch for Shelf {
    async fn fetch(&self, url: &ResultUrl) -> Outcome<ByteStream> {
        let name = url.expose().path().trim_start_matches("/video/").trim_end_matches(".mp4");
        let task = TaskUuid::parse(name).expect("the memory provider names videos by task");
        let Plot { fetchable, .. } = plot(self.seed, task);
        if fetchable {
            return self.results.fetch(url).await;
        }
        Err(Fault::new(FaultKind::Denied, "fetching a result that is gone"))
    }
}
