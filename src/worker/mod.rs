//! The worker: one plain path per job over the ports.
//!
//! [`Worker::run`] takes deliveries while there is room, gives each its own task, and drains when told to stop. What a job
//! does is in `job`; submissions and polls of all jobs are gathered by `submitter` and `poller`; `landing` proves and
//! promotes videos; `claim` keeps the ledger. A redelivered job runs the same path as a new one: every step first
//! observes, then acts.

mod announce;
mod cancel;
mod claim;
mod controls;
mod deadline;
mod deviations;
mod enter;
mod gate;
mod in_hand;
mod job;
mod landing;
mod last_look;
mod look;
mod notice;
mod persist;
mod poller;
mod records;
mod rescue;
mod results;
mod spans;
mod stages;
mod strikes;
mod submit;
mod submitter;
mod suspension;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tracing::{Instrument, info, warn};

use crate::job::order::OrderRules;
use crate::job::pacing::PollSettings;
use crate::job::plan::PlanScope;
use crate::ports::{Clock, Control, EventSink, Intake, ObjectStore, Propagation, ResultFetch, TaskApi};

pub use cancel::{CancelFound, request_cancel};
pub use claim::read_record;
pub use controls::{Cancelled, WorkerControls};
pub use notice::{NoObserver, Notice, Observer, Prevented, RescueState, Settled};
pub use records::{RECORDS_MAX, RecordText, Records, browse, read_text};
pub use suspension::{Cause, Side, Suspension, Trouble};

use cancel::Cancellations;
use controls::Pause;
use poller::Poller;
use strikes::Quarantine;
use submitter::Submitter;

/// While suspended, one job at a time is let in as a scout, after this wait: if nothing is in flight, nothing else would
/// notice that the cause is gone. More than one would only spend their deadlines on waiting.
const SUSPENDED_INTAKE_EVERY: Duration = Duration::from_secs(10);

/// Videos fetched from the provider at once: each holds a part or two of its upload (16 MiB) in memory, and when uploads
/// cannot arrive, every job in flight is to be rescued.
const RESCUES_AT_ONCE: usize = 8;

/// How long jobs may take to hand their deliveries back once the drain is over.
const HAND_BACK_WITHIN: Duration = Duration::from_secs(10);

/// The world as the worker sees it.
#[derive(Clone)]
pub struct Ports {
    /// Where jobs come from.
    pub intake: Arc<dyn Intake>,
    /// Where events go.
    pub events: Arc<dyn EventSink>,
    /// What workers tell one another.
    pub control: Arc<dyn Control>,
    /// The bucket.
    pub store: Arc<dyn ObjectStore>,
    /// The provider.
    pub tasks: Arc<dyn TaskApi>,
    /// Where results can be fetched when no upload arrives.
    pub results: Arc<dyn ResultFetch>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
    /// How our spans join those of others.
    pub propagation: Propagation,
}

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// What orders may hold.
    pub rules: OrderRules,
    /// Where plans put things.
    pub scope: PlanScope,
    /// The bucket of the ledger.
    pub ledger_bucket: String,
    /// What ledger keys start with, without a trailing slash.
    pub ledger_prefix: String,
    /// The worker pool's name: the `source` of its events.
    pub pool: String,
    /// Most jobs held at once.
    pub max_in_flight: usize,
    /// Deadline of jobs that name none.
    pub job_deadline: Duration,
    /// How long to go on after being told to stop.
    pub drain: Duration,
    /// How long a delivery is held before it is parked.
    pub lease: Duration,
    /// How long a submission waits for others to share its call.
    pub submit_gather: Duration,
    /// When to ask how tasks stand.
    pub poll: PollSettings,
    /// What counts as landed.
    pub landing: LandingSettings,
    /// US dollars per second of video, for the check against `maxCostUsd`.
    pub usd_per_second: f64,
    /// Whether to announce accepted submissions.
    pub announce_submitted: bool,
    /// Whether to announce each landed result.
    pub announce_landed: bool,
    /// Whether to announce progress as the provider tells it.
    pub announce_progress: bool,
}

/// What counts as landed.
#[derive(Debug, Clone, PartialEq)]
pub struct LandingSettings {
    /// How long to look for an upload after the provider reports success.
    pub lookup_window: Duration,
    /// Which differences from what was asked for fail a result.
    pub strict: Strictness,
    /// Differences in length up to this are none, in seconds.
    pub duration_tolerance_s: f64,
    /// Differences in an edge up to this are none, in pixels.
    pub size_tolerance_px: u32,
    /// Whether to fetch a video from the provider when no good one arrives.
    pub rescue: bool,
    /// Largest video that is fetched, in bytes.
    pub rescue_max_bytes: u64,
}

/// Which differences from what was asked for fail a result. They are stated in the event in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// None.
    Off,
    /// Another container.
    Container,
    /// Another container, size or length.
    All,
}

/// Takes jobs and sees them through.
pub struct Worker {
    shared: Arc<Shared>,
}

/// What all jobs of a worker use together.
struct Shared {
    ports: Ports,
    settings: WorkerSettings,
    submitter: Submitter,
    poller: Poller,
    suspension: Suspension,
    pause: Pause,
    quarantine: Quarantine,
    cancellations: Cancellations,
    in_flight: AtomicUsize,
    rescues: Semaphore,
    /// Fires when the drain is over: what is not done by then is handed back.
    give_up: CancellationToken,
}

/// A cheap view on a running worker, for health checks and pages.
#[derive(Clone)]
pub struct WorkerStatus {
    shared: Arc<Shared>,
}

impl WorkerStatus {
    /// How many jobs are held.
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight.load(Ordering::Relaxed)
    }

    /// Most jobs held at once.
    pub fn max_in_flight(&self) -> usize {
        self.shared.settings.max_in_flight
    }

    /// For how long the worker was suspended in all.
    pub fn suspended_in_all(&self) -> Duration {
        self.shared.suspension.suspended_in_all()
    }

    /// Why the worker is suspended; empty when it is not.
    pub fn suspended(&self) -> Vec<Cause> {
        self.shared.suspension.causes()
    }

    /// Whether an operator paused the worker.
    pub fn is_paused(&self) -> bool {
        self.shared.pause.is_in_force()
    }
}

impl Worker {
    /// Binds a worker to the world. Must be called inside a tokio runtime; starts nothing but the gatherers.
    pub fn new(ports: Ports, settings: WorkerSettings) -> Worker {
        let suspension = Suspension::watched_by(ports.observer.clone());
        let ports = gate::gated(ports, &settings, &suspension);
        let submitter = Submitter::start(ports.tasks.clone(), settings.submit_gather, suspension.clone());
        let poller = Poller::start(ports.tasks.clone(), settings.poll, suspension.clone(), ports.observer.clone());
        let give_up = CancellationToken::new();
        let in_flight = AtomicUsize::new(0);
        let rescues = Semaphore::new(RESCUES_AT_ONCE);
        let quarantine = Quarantine::new();
        Worker {
            shared: Arc::new(Shared {
                ports,
                settings,
                submitter,
                poller,
                suspension,
                pause: Pause::default(),
                quarantine,
                cancellations: Cancellations::default(),
                in_flight,
                rescues,
                give_up,
            }),
        }
    }

    /// A view on this worker that outlives [`run`](Worker::run).
    pub fn status(&self) -> WorkerStatus {
        WorkerStatus { shared: self.shared.clone() }
    }

    /// A handle on this worker for operators. `stop` is what [`run`](Worker::run) is given.
    pub fn controls(&self, stop: CancellationToken) -> WorkerControls {
        WorkerControls { shared: self.shared.clone(), stop }
    }

    /// Works until the intake ends or `stop` fires; then finishes what ends within the drain and hands back the rest.
    pub async fn run(self, stop: CancellationToken) {
        let jobs = TaskTracker::new();
        let _listening = AbortOnDropHandle::new(tokio::spawn(cancel::listen(self.shared.clone())));
        let room = Arc::new(Semaphore::new(self.shared.settings.max_in_flight));
        let scouts = Arc::new(Semaphore::new(1));
        while let Some(Held { delivery, permits }) = self.next(&room, &scouts, &stop).await {
            let in_flight = InFlight::begin(self.shared.clone());
            let ports = &self.shared.ports;
            let life = spans::life(&*delivery, &*ports.clock, &ports.propagation);
            let job = async move {
                job::see_through(&in_flight.0, delivery).await;
                drop((in_flight, permits));
            };
            jobs.spawn(job.instrument(life));
        }
        jobs.close();
        self.drain(&jobs, &stop).await;
    }

    /// Waits until no operator pauses the worker, and takes a delivery, unless a pause begins before one comes.
    async fn next(&self, room: &Arc<Semaphore>, scouts: &Arc<Semaphore>, stop: &CancellationToken) -> Option<Held> {
        let (pause, intake) = (&self.shared.pause, &self.shared.ports.intake);
        let taken = async {
            loop {
                if pause.is_in_force() {
                    intake.rest(true).await;
                    pause.lifted().await;
                    intake.rest(false).await;
                }
                tokio::select! {
                    biased;
                    () = pause.begun() => {}
                    held = self.take(room, scouts) => return held,
                }
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => None,
            held = taken => held,
        }
    }

    /// Waits for room, for the end of a suspension, and for a delivery.
    async fn take(&self, room: &Arc<Semaphore>, scouts: &Arc<Semaphore>) -> Option<Held> {
        let room = room.clone().acquire_owned().await.ok()?;
        let scout = async {
            tokio::time::sleep(SUSPENDED_INTAKE_EVERY).await;
            scouts.clone().acquire_owned().await.ok()
        };
        let scout = tokio::select! {
            biased;
            () = self.shared.suspension.lifted() => None,
            scout = scout => scout,
        };
        let delivery = self.shared.ports.intake.next().await?;
        Some(Held { delivery, permits: (room, scout) })
    }

    async fn drain(&self, jobs: &TaskTracker, stop: &CancellationToken) {
        let drain = async {
            stop.cancelled().await;
            self.shared.ports.intake.stop().await;
            info!(
                in_flight = jobs.len(),
                drain_s = self.shared.settings.drain.as_secs(),
                "stopping: no more jobs are taken"
            );
            tokio::time::sleep(self.shared.settings.drain).await;
        };
        tokio::select! {
            biased;
            () = jobs.wait() => {}
            () = drain => {
                info!(in_flight = jobs.len(), "the drain is over: handing back what is not done");
                self.shared.give_up.cancel();
                if tokio::time::timeout(HAND_BACK_WITHIN, jobs.wait()).await.is_err() {
                    warn!(in_flight = jobs.len(), "some jobs could not be handed back; the broker will redeliver them");
                }
            }
        }
        self.shared.ports.intake.stop().await;
    }
}

/// A delivery and its place among the jobs in flight.
struct Held {
    delivery: Box<dyn crate::ports::Delivery>,
    permits: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
}

/// Counts a job as in flight for as long as it lives, however it ends.
struct InFlight(Arc<Shared>);

impl InFlight {
    fn begin(shared: Arc<Shared>) -> InFlight {
        shared.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(shared)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
