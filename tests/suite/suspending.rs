//! Our fault is never the job's: suspensions, deadlines that stand still, the breaker, throttling. Simulated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use landfall::job::event::{EventType, TerminalData};
use landfall::job::fault::FaultKind;
use landfall::job::ids::{ObjectKey, ObjectRef};
use landfall::job::reason::Reason;
use landfall::job::verdict::Stage;
use landfall::ports::Clock as _;
use landfall::worker::{Notice, Observer};
use serde_json::Value;
use tokio::time::Instant;

use crate::support::memory_provider::{Call, MemoryOptions};
use crate::support::memory_store::Operation;
use crate::support::mortal::Death;
use crate::support::world::{Hand, World, job};

mod breaker;
mod deadlines;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Everything that reaches the store.
const STORE: [Operation; 7] = [
    Operation::Open,
    Operation::ReadRange,
    Operation::Create,
    Operation::Replace,
    Operation::Promote,
    Operation::WriteStream,
    Operation::Remove,
];

const PROVIDER: [Call; 3] = [Call::Submit, Call::Observe, Call::Recall];

async fn finish(world: &World, worker: Hand) {
    world.rest().await;
    worker.terminate().await;
}

fn record(world: &World) -> Value {
    let keys = world.store.keys("own");
    let key = keys.iter().find(|key| key.starts_with("landfall/ledger/")).expect("a record");
    let object = ObjectRef { bucket: "own".to_owned(), key: ObjectKey::parse(key).expect("a key") };
    serde_json::from_slice(&world.store.stored(&object).expect("listed").bytes).expect("JSON")
}

fn causes(worker: &Hand) -> Vec<String> {
    worker.status.suspended().into_iter().map(|cause| cause.text).collect()
}

fn bought(world: &World) -> u32 {
    world.provider.all_counts().values().map(|counts| counts.purchases).sum()
}

// --- throttling ---

#[tokio::test(start_paused = true)]
async fn submissions_find_the_pace_that_the_provider_can_bear() {
    let limited = MemoryOptions { tasks_per_minute: Some(30), ..MemoryOptions::default() };
    let world = World::with(limited, &["worker.max_in_flight=300"]);
    for number in 0..300 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let began = Instant::now();
    let worker = world.worker();
    finish(&world, worker).await;
    let evidence = world.evidence(300);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 300);
    let (took, throttled, calls) = (began.elapsed(), world.provider.throttled(), world.provider.calls(Call::Submit));
    // Ten minutes is what the limit allows, and two more for the last video.
    assert!(took < MINUTE * 25, "{took:?}");
    assert!(throttled < 120 && calls < 120, "{throttled} throttled, {calls} taken");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_provider_asks_for_is_waited_out_by_every_submission() {
    let world = World::new();
    world.provider.fail_next(Call::Submit, FaultKind::Throttled { after: Some(MINUTE * 3) }, false);
    let worker = world.worker();
    for number in 0..20 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
        tokio::time::sleep(Duration::from_secs(8)).await;
    }
    assert_eq!(world.provider.calls(Call::Submit), 1, "nobody asks before the time is over");
    tokio::time::sleep(MINUTE).await;
    assert_eq!(bought(&world), 20, "and then all go on");
    finish(&world, worker).await;
    world.evidence(20).check();
}

#[tokio::test(start_paused = true)]
async fn a_store_that_asks_to_slow_down_is_waited_for_and_suspends_nothing() {
    let world = World::new();
    world.broker.put(job("slow", 1, 10), None);
    let worker = world.worker();
    tokio::time::sleep(MINUTE).await;
    world.store.fail(&STORE, &FaultKind::Throttled { after: Some(Duration::from_secs(2)) });
    tokio::time::sleep(MINUTE * 20).await;
    assert_eq!(causes(&worker), Vec::<String>::new());
    world.store.mend();
    let mended = Instant::now();
    finish(&world, worker).await;
    world.evidence(1).check();
    assert!(mended.elapsed() < Duration::from_secs(8), "no wait grew for it: {:?}", mended.elapsed());
}

// --- credentials ---

#[tokio::test(start_paused = true)]
async fn nothing_is_bought_with_credentials_that_end_before_the_deadline() {
    let world = World::new();
    world.store.end_credentials(Some(world.clock.now() + MINUTE * 30));
    world.broker.put(job("hour", 1, 10), None);
    let worker = world.worker();
    tokio::time::sleep(MINUTE * 10).await;
    assert_eq!(bought(&world), 0);
    let cause = causes(&worker).join("");
    assert!(cause.contains("credentials end at") && cause.contains("worker.job_deadline_s"), "{cause}");
    world.store.end_credentials(Some(world.clock.now() + HOUR));
    finish(&world, worker).await;
    world.evidence(1).check();
    assert_eq!(world.completed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_outlive_the_deadline_are_good_enough_without_the_margin() {
    let world = World::new();
    world.store.end_credentials(Some(world.clock.now() + MINUTE * 61));
    world.broker.put(job("hour", 1, 10), None);
    let worker = world.worker();
    finish(&world, worker).await;
    assert_eq!(world.completed().len(), 1);
}

// --- panics ---

/// Panics once at a notice of each kind.
#[derive(Default)]
struct Bugs {
    ended: AtomicBool,
    rejected: AtomicBool,
    claiming: AtomicBool,
}

impl Observer for Bugs {
    fn notice(&self, notice: &Notice<'_>) {
        let first = |seen: &AtomicBool| !seen.swap(true, Ordering::SeqCst);
        let bug = match notice {
            Notice::Ended { data: TerminalData::Completed(_) } => first(&self.ended),
            Notice::Rejected { .. } => first(&self.rejected),
            Notice::Stage { stage: Stage::Claiming, job_id, .. } if job_id.as_str() == "unlucky" => {
                first(&self.claiming)
            }
            _ => false,
        };
        assert!(!bug, "a bug on purpose");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_outside_of_a_jobs_own_path_loses_no_message() {
    let mut world = World::new();
    world.observer = Arc::new(Bugs::default());
    world.broker.put("not json", None);
    for name in ["lucky", "luckier", "unlucky"] {
        world.broker.put(job(name, 1, 10), None);
    }
    let worker = world.worker();
    let status = worker.status.clone();
    finish(&world, worker).await;
    let evidence = world.evidence(4);
    evidence.check();
    assert_eq!((evidence.count(EventType::Completed), evidence.count(EventType::Rejected)), (2, 1));
    assert_eq!(world.failed()[0].reason, Reason::Internal);
    assert_eq!(status.in_flight(), 0);
}

// --- polling ---

#[tokio::test(start_paused = true)]
async fn two_hundred_adopted_jobs_are_asked_for_in_few_calls() {
    let slow = MemoryOptions { render_base: HOUR, ..MemoryOptions::default() };
    let world = World::with(slow, &["worker.max_in_flight=200", "worker.job_deadline_s=36000", "worker.lease_s=1700"]);
    for number in 0..200 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let first = world.mortal_worker(Death::Never);
    tokio::time::sleep(MINUTE).await;
    assert_eq!(bought(&world), 200);
    first.bury();
    let before = world.provider.calls(Call::Observe);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let calls = world.provider.calls(Call::Observe) - before;
    assert!(calls <= 8, "{calls} calls");
    finish(&world, worker).await;
    world.evidence(200).check();
}
