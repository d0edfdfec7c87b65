//! A world in memory, under paused time: broker, store and provider for any number of workers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::FutureExt;
use jiff::Timestamp;
use landfall::config::{Sources, load};
use landfall::job::event::{CompletedData, EventType, FailedData};
use landfall::job::fault::{Fault, FaultKind, Outcome};
use landfall::job::ids::{ObjectKey, ObjectRef, ResultUrl};
use landfall::local::LocalControl;
use landfall::ports::{ByteStream, Clock, Propagation, ResultFetch};
use landfall::worker::{NoObserver, Observer, Ports, Worker, WorkerControls, WorkerSettings, WorkerStatus};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::invariants::{Evidence, is_record};
use super::memory_broker::{MemoryBroker, MemoryIntake};
use super::memory_provider::{MemoryOptions, MemoryProvider};
use super::memory_store::MemoryStore;
use super::mortal::{Death, Fate, mortal};

/// A real video of a few kilobytes: what every task of the memory provider makes.
pub(crate) const VIDEO: &[u8] = include_bytes!("../../golden/media/h264-aac-faststart.mp4");

/// Longest time, by the world's clock, until everything comes to rest.
const REST_WITHIN: Duration = Duration::from_secs(48 * 3600);

/// The time of a simulation: starts at a fixed instant and follows tokio's.
pub(crate) struct SimulatedClock(Instant);

impl SimulatedClock {
    pub(crate) fn start() -> SimulatedClock {
        SimulatedClock(Instant::now())
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let origin: Timestamp = "2031-01-01T00:00:00Z".parse().expect("an instant");
        origin + self.0.elapsed()
    }
}

/// The provider's own storage: every result can be fetched, until it is taken away.
#[derive(Clone)]
pub(crate) struct MemoryResults(pub(crate) Bytes);

#[async_trait]
impl ResultFetch for MemoryResults {
    async fn fetch(&self, _url: &ResultUrl) -> Outcome<ByteStream> {
        if self.0.is_empty() {
            return Err(Fault::new(FaultKind::Unavailable, "fetching a result"));
        }
        let chunks: Vec<Outcome<Bytes>> = self.0.chunks(1000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        Ok(futures_util::stream::iter(chunks).boxed())
    }
}

/// Everything outside of the workers.
pub(crate) struct World {
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) broker: MemoryBroker,
    /// What the workers tell one another.
    pub(crate) control: LocalControl,
    pub(crate) provider: MemoryProvider,
    pub(crate) results: MemoryResults,
    pub(crate) settings: WorkerSettings,
    pub(crate) observer: Arc<dyn Observer>,
}

/// A worker in the world.
pub(crate) struct Hand {
    pub(crate) fate: Arc<Fate>,
    pub(crate) stop: CancellationToken,
    pub(crate) status: WorkerStatus,
    pub(crate) controls: WorkerControls,
    intake: Arc<MemoryIntake>,
    run: JoinHandle<()>,
}

impl Hand {
    /// The machine goes away: its calls never return, and the broker notices.
    pub(crate) fn bury(self) {
        self.fate.kill();
        self.run.abort();
        self.intake.disconnect();
    }

    /// Its connection to the broker is cut, and it goes on with what it had in hand.
    pub(crate) fn cut(&self) {
        self.intake.disconnect();
    }

    /// SIGTERM, and the wait for the end.
    pub(crate) async fn terminate(self) {
        self.stop.cancel();
        self.ended().await;
    }

    /// Waits for the end of a worker that was told to stop.
    pub(crate) async fn ended(mut self) {
        tokio::select! {
            biased;
            ended = &mut self.run => ended.expect("the worker does not panic"),
            // It may be its fate to die at its last calls.
            () = self.fate.death() => self.bury(),
        }
    }
}

impl World {
    pub(crate) fn new() -> World {
        World::with(MemoryOptions::default(), &[])
    }

    /// A world whose provider and settings differ from the defaults.
    pub(crate) fn with(options: MemoryOptions, settings: &[&str]) -> World {
        let clock = Arc::new(SimulatedClock::start());
        let store = Arc::new(MemoryStore::new(clock.clone(), &["media", "own"]));
        let bucket = store.clone();
        let options = MemoryOptions { video: Arc::new(|_| Bytes::from_static(VIDEO)), ..options };
        let provider = MemoryProvider::new(
            options,
            Arc::new(move |url, bytes| {
                // A refused upload is the worker's to find out.
                let _ = bucket.upload(url.expose(), Some("application/x-whatever"), bytes);
                async {}.boxed()
            }),
        );
        let mut set = vec!["s3.ledger_bucket=own".to_owned(), "s3.staging_bucket=own".to_owned()];
        set.extend(settings.iter().map(|setting| (*setting).to_owned()));
        let config = load(&Sources { set, ..Sources::default() }).expect("valid settings").config;
        let settings = config.worker_settings("media").expect("valid settings");
        let (broker, results) = (MemoryBroker::default(), MemoryResults(Bytes::from_static(VIDEO)));
        let control = LocalControl::new();
        World { clock, store, broker, control, provider, results, settings, observer: Arc::new(NoObserver) }
    }

    /// Starts a worker that lives until it is told otherwise.
    pub(crate) fn worker(&self) -> Hand {
        self.mortal_worker(Death::Never)
    }

    /// Starts a worker with a fate.
    pub(crate) fn mortal_worker(&self, death: Death) -> Hand {
        self.worker_with(Fate::new(death))
    }

    /// Starts a worker with this very fate.
    pub(crate) fn worker_with(&self, fate: Arc<Fate>) -> Hand {
        self.start(fate, |ports| ports)
    }

    /// Starts a worker over ports that somebody else has had a hand in.
    pub(crate) fn worker_over(&self, death: Death, change: impl FnOnce(Ports) -> Ports) -> Hand {
        self.start(Fate::new(death), change)
    }

    fn start(&self, fate: Arc<Fate>, change: impl FnOnce(Ports) -> Ports) -> Hand {
        let intake = Arc::new(self.broker.intake());
        let ports = Ports {
            intake: intake.clone(),
            events: Arc::new(self.broker.events()),
            control: Arc::new(self.control.another()),
            store: self.store.clone(),
            tasks: Arc::new(self.provider.clone()),
            results: Arc::new(self.results.clone()),
            clock: self.clock.clone(),
            observer: self.observer.clone(),
            propagation: Propagation::default(),
        };
        let stop = CancellationToken::new();
        let worker = Worker::new(mortal(change(ports), &fate), self.settings.clone());
        let (status, controls) = (worker.status(), worker.controls(stop.clone()));
        let run = tokio::spawn(worker.run(stop.clone()));
        Hand { fate, stop, status, controls, intake, run }
    }

    /// Waits until no message waits or is in anybody's hands.
    pub(crate) async fn rest(&self) {
        let until = Instant::now() + REST_WITHIN;
        while self.broker.depth() != (0, 0) {
            assert!(Instant::now() < until, "no rest: {:?}", self.broker.depth());
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// One worker, until everything has come to rest.
    pub(crate) async fn see_through(&self) {
        let worker = self.worker();
        self.rest().await;
        worker.terminate().await;
    }

    /// What every event of a failed job says, repeats included.
    pub(crate) fn failed(&self) -> Vec<FailedData> {
        self.told(EventType::Failed)
    }

    /// What every event of a completed job says, repeats included.
    pub(crate) fn completed(&self) -> Vec<CompletedData> {
        self.told(EventType::Completed)
    }

    fn told<T: DeserializeOwned>(&self, event_type: EventType) -> Vec<T> {
        let told = self.broker.published().into_iter().filter(|event| event.event_type == event_type);
        told.map(|event| serde_json::from_value(event.data).expect("its data")).collect()
    }

    /// What can be seen from outside, for a history of so many different messages.
    pub(crate) fn evidence(&self, messages: usize) -> Evidence {
        let purchases = self.provider.all_counts().into_iter();
        let (waiting, in_hand) = self.broker.depth();
        let letters = self.broker.dead_letters().into_iter();
        let mut evidence = Evidence {
            messages,
            events: self.broker.published(),
            purchases: purchases.map(|(task, counts)| (task.to_string(), counts.purchases)).collect(),
            staging: "own/landfall/staging/".to_owned(),
            queued: waiting + in_hand,
            dead_letters: letters.map(|letter| (letter.body, letter.rejection.reason.code().to_owned())).collect(),
            acknowledged_early: self.broker.acknowledged_early(),
            in_hand: Some((self.broker.most_in_hand(), self.settings.max_in_flight)),
            ..Evidence::default()
        };
        for bucket in ["media", "own"] {
            for key in self.store.keys(bucket) {
                let object = ObjectRef { bucket: bucket.to_owned(), key: ObjectKey::parse(&key).expect("a key") };
                let stored = self.store.stored(&object).expect("it is listed");
                let size = u64::try_from(stored.bytes.len()).expect("small");
                if is_record(&key) {
                    evidence.ledger.push(serde_json::from_slice(&stored.bytes).expect("a record"));
                }
                evidence.objects.insert(format!("{bucket}/{key}"), (size, stored.etag));
            }
        }
        evidence
    }
}

/// A job in an envelope, of so many results and seconds.
pub(crate) fn job(job_id: &str, results: u32, duration_s: u32) -> String {
    with(job_id, results, duration_s, &[])
}

/// The same with further fields at the top of the envelope.
pub(crate) fn with(job_id: &str, results: u32, duration_s: u32, fields: &[(&str, Value)]) -> String {
    let mut envelope = json!({
        "jobId": job_id,
        "request": {
            "taskType": "videoInference",
            "model": "heygen:video-agent@0",
            "positivePrompt": "A gardener explains how to prune an old apple tree.",
            "numberResults": results,
            "duration": duration_s,
        },
    });
    for (name, value) in fields {
        envelope[*name] = value.clone();
    }
    envelope.to_string()
}
