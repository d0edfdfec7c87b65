//! Our fault is never the job's: suspensions, deadlines that stand still, the breaker, throttling. Simulated.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use landfall::job::event::{EventType, TerminalData};
use landfall::job::fault::{FaultKind, Outcome};
use landfall::job::ids::{ObjectKey, ObjectRef, ResultUrl};
use landfall::job::reason::Reason;
use landfall::job::verdict::Stage;
use landfall::ports::{ByteStream, Clock as _, ResultFetch};
use landfall::worker::{Notice, Observer, Ports};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::memory_provider::{Call, MemoryOptions, TaskScript};
use crate::support::memory_store::Operation;
use crate::support::mortal::Death;
use crate::support::world::{Hand, VIDEO, World, job, with};

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

// --- deadlines that stand still ---

#[tokio::test(start_paused = true)]
async fn a_deadline_stands_still_while_we_are_suspended() {
    for lease in ["worker.lease_s=300", "worker.lease_s=1200"] {
        let world = World::with(MemoryOptions::default(), &[lease]);
        world.provider.fail(&[Call::Submit], &FaultKind::Denied);
        world.broker.put(with("patient", 1, 10, &[("deadline", json!("PT10M"))]), None);
        let worker = world.worker();
        tokio::time::sleep(HOUR * 5).await;
        assert!(causes(&worker)[0].contains("refuses us"), "{:?}", causes(&worker));
        assert_eq!(world.failed(), []);
        world.provider.mend();
        finish(&world, worker).await;
        world.evidence(1).check();
        assert_eq!(world.completed().len(), 1, "{lease}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_stands_still_while_the_store_is_away_and_nothing_can_be_written_down() {
    let world = World::with(MemoryOptions::default(), &["worker.lease_s=600"]);
    for number in 0..5 {
        world.broker.put(with(&format!("job-{number}"), 1, 10, &[("deadline", json!("PT15M"))]), None);
    }
    let workers = [world.worker(), world.worker()];
    tokio::time::sleep(MINUTE).await;
    world.store.fail(&STORE, &FaultKind::Unavailable);
    tokio::time::sleep(HOUR * 3).await;
    world.store.mend();
    world.rest().await;
    for worker in workers {
        worker.terminate().await;
    }
    world.evidence(5).check();
    assert_eq!(world.completed().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_job_handed_back_during_a_suspension_has_its_time_left_when_another_worker_takes_it() {
    let world = World::new();
    world.provider.fail(&[Call::Submit], &FaultKind::Denied);
    world.broker.put(with("patient", 1, 10, &[("deadline", json!("PT10M"))]), None);
    let worker = world.worker();
    tokio::time::sleep(MINUTE * 4).await;
    worker.terminate().await;
    assert_eq!(record(&world)["setAside"]["suspended"], json!(true));
    tokio::time::sleep(HOUR * 2).await;
    world.provider.mend();
    let began = Instant::now();
    let worker = world.worker();
    finish(&world, worker).await;
    world.evidence(1).check();
    assert_eq!(world.completed().len(), 1);
    assert!(began.elapsed() < MINUTE * 10);
}

#[tokio::test(start_paused = true)]
async fn a_job_goes_on_through_ten_leases_with_its_deadline_unchanged() {
    for (script, deadline, parks) in [(None, "PT60M", 10), (Some(TaskScript::Lose), "PT52M", 10)] {
        let slow = MemoryOptions { render_base: Duration::from_secs(3000), ..MemoryOptions::default() };
        let world = World::with(slow, &["worker.lease_s=300"]);
        if let Some(script) = script.clone() {
            world.provider.script_next(script);
        }
        world.broker.put(with("long", 1, 10, &[("deadline", json!(deadline))]), None);
        let workers = [world.worker(), world.worker()];
        let began = Instant::now();
        world.rest().await;
        for worker in workers {
            worker.terminate().await;
        }
        world.evidence(1).check();
        assert_eq!(world.broker.parks(), parks);
        let record = record(&world);
        assert_eq!(record["setAside"], Value::Null, "an ordinary lease writes nothing");
        if script.is_some() {
            assert_eq!(world.failed()[0].reason, Reason::DeadlineExceeded);
            assert_eq!(record["deadline"], json!("2031-01-01T00:52:00Z"));
            assert!((MINUTE * 52..MINUTE * 53).contains(&began.elapsed()), "{:?}", began.elapsed());
        } else {
            assert_eq!(world.completed().len(), 1);
        }
        assert_eq!(bought(&world), 1);
    }
}

// --- the last look ---

#[tokio::test(start_paused = true)]
async fn wherever_its_worker_died_a_job_past_its_deadline_completes_if_its_video_was_bought_and_is_there() {
    let world = World::new();
    world.broker.put(with("late", 1, 10, &[("deadline", json!("PT10M"))]), None);
    let undisturbed = world.worker();
    world.rest().await;
    let calls = undisturbed.fate.calls();
    undisturbed.terminate().await;
    let (mut completions, mut failures) = (0, 0);
    for death in (0..calls).flat_map(|call| [Death::Before(call), Death::After(call)]) {
        let world = World::new();
        world.broker.put(with("late", 1, 10, &[("deadline", json!("PT10M"))]), None);
        let first = world.mortal_worker(death);
        tokio::select! {
            () = first.fate.death() => {}
            () = world.rest() => {}
        }
        let claimed = world.store.keys("own").iter().any(|key| key.starts_with("landfall/ledger/"));
        first.bury();
        tokio::time::sleep(HOUR).await;
        let bought_before = bought(&world);
        let worker = world.worker();
        finish(&world, worker).await;
        world.evidence(1).check();
        if !claimed || bought_before > 0 {
            completions += 1;
            assert_eq!(world.completed().len().min(1), 1, "{death:?}: paid for, and there");
        } else {
            failures += 1;
            assert_eq!(world.failed()[0].reason, Reason::DeadlineExceeded, "{death:?}");
            assert_eq!(bought(&world), 0, "{death:?}: nothing is bought past the deadline");
        }
    }
    assert!(completions > 10 && failures > 1, "{completions} and {failures}");
}

#[tokio::test(start_paused = true)]
async fn a_video_that_comes_after_the_last_look_fails_its_job_with_what_it_cost() {
    let mut world = World::new();
    world.provider.script_next(TaskScript::UploadLate(HOUR));
    world.results.0 = bytes::Bytes::new();
    world.broker.put(with("late", 1, 10, &[("deadline", json!("PT2M30S"))]), None);
    let began = Instant::now();
    let worker = world.worker();
    finish(&world, worker).await;
    world.evidence(1).check();
    let data = &world.failed()[0];
    assert_eq!((data.reason, data.cost_usd), (Reason::DeadlineExceeded, Some(0.3)));
    assert!(data.message.contains("the provider had finished it, and no object landed"), "{}", data.message);
    assert!(began.elapsed() < MINUTE * 4, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_lost_fails_its_job_soon_after_the_deadline() {
    let world = World::new();
    world.provider.script_next(TaskScript::Lose);
    world.broker.put(with("late", 1, 10, &[("deadline", json!("PT10M"))]), None);
    let began = Instant::now();
    let worker = world.worker();
    finish(&world, worker).await;
    world.evidence(1).check();
    let message = &world.failed()[0].message;
    assert!(message.contains("the provider said nothing of it, and no object landed"), "{message}");
    assert!((MINUTE * 10..MINUTE * 11).contains(&began.elapsed()), "{:?}", began.elapsed());
}

// --- the breaker ---

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_away_stops_the_intake_and_is_probed_by_one_call_at_a_time() {
    for kind in [FaultKind::NotSent, FaultKind::Unavailable, FaultKind::Ambiguous] {
        let world = World::new();
        for number in 0..10 {
            world.broker.put(job(&format!("running-{number}"), 1, 60), None);
        }
        let worker = world.worker();
        tokio::time::sleep(MINUTE).await;
        world.provider.fail(&PROVIDER, &kind);
        for number in 0..50 {
            world.broker.put(with(&format!("new-{number}"), 1, 10, &[("deadline", json!("PT20M"))]), None);
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        assert!(causes(&worker).iter().any(|cause| cause.contains("is away")), "{kind:?}: {:?}", causes(&worker));
        let before: u32 = PROVIDER.iter().map(|call| world.provider.calls(*call)).sum();
        tokio::time::sleep(HOUR).await;
        let calls = PROVIDER.iter().map(|call| world.provider.calls(*call)).sum::<u32>() - before;
        assert!(calls <= 2 * 360 + 10, "{kind:?}: {calls} calls in an hour");
        let (waiting, in_hand) = world.broker.depth();
        assert!(in_hand < 30, "{kind:?}: {waiting} wait, {in_hand} are in hand");
        world.provider.mend();
        finish(&world, worker).await;
        let evidence = world.evidence(60);
        evidence.check();
        assert_eq!(evidence.count(EventType::Completed), 60, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_probed_by_one_call_at_a_time_and_makes_us_unready() {
    let world = World::new();
    for number in 0..40 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let worker = world.worker();
    tokio::time::sleep(MINUTE).await;
    world.store.fail(&STORE, &FaultKind::NotSent);
    tokio::time::sleep(MINUTE * 4).await;
    assert!(causes(&worker).iter().any(|cause| cause.contains("(videos) is away")), "{:?}", causes(&worker));
    let before = world.store.requests_in_all();
    tokio::time::sleep(HOUR).await;
    let requests = world.store.requests_in_all() - before;
    assert!(requests <= 2 * 360 + 10, "{requests} requests in an hour");
    world.store.mend();
    let mended = Instant::now();
    finish(&world, worker).await;
    assert!(mended.elapsed() < MINUTE * 2, "{:?}", mended.elapsed());
    let evidence = world.evidence(40);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 40);
}

/// Notes how long the streams that it gives lie unread.
#[derive(Clone, Default)]
struct Impatient(Arc<Mutex<Duration>>);

#[async_trait]
impl ResultFetch for Impatient {
    async fn fetch(&self, _url: &ResultUrl) -> Outcome<ByteStream> {
        let (longest, opened) = (self.0.clone(), Instant::now());
        let read = move || {
            let mut longest = longest.lock().expect("no holder panics");
            *longest = longest.max(opened.elapsed());
            Ok(Bytes::from_static(VIDEO))
        };
        Ok(futures_util::stream::once(async move { read() }).boxed())
    }
}

#[tokio::test(start_paused = true)]
async fn no_video_is_fetched_before_the_store_that_it_goes_to_is_back() {
    let world = World::new();
    for number in 0..20 {
        world.provider.script_next(TaskScript::SkipUpload);
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let impatient = Impatient::default();
    let results = Arc::new(impatient.clone());
    let worker = world.worker_over(Death::Never, |ports| Ports { results, ..ports });
    world.store.fail(&[Operation::WriteStream], &FaultKind::Unavailable);
    tokio::time::sleep(MINUTE * 15).await;
    assert!(causes(&worker).iter().any(|cause| cause.contains("(videos) is away")), "{:?}", causes(&worker));
    world.store.mend();
    finish(&world, worker).await;
    world.evidence(20).check();
    assert_eq!(world.completed().len(), 20);
    let unread = *impatient.0.lock().expect("no holder panics");
    assert!(unread < Duration::from_secs(5), "a stream lay unread for {unread:?}");
}

#[tokio::test(start_paused = true)]
async fn a_blip_suspends_nothing() {
    let world = World::new();
    for call in PROVIDER {
        world.provider.fail_next(call, FaultKind::Unavailable, false);
    }
    for number in 0..40 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let worker = world.worker();
    for _ in 0..300 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if world.clock.now().as_second() % 60 == 0 {
            world.store.fail(&STORE, &FaultKind::Unavailable);
            tokio::time::sleep(Duration::from_secs(1)).await;
            world.store.mend();
        }
        assert_eq!(causes(&worker), Vec::<String>::new());
    }
    finish(&world, worker).await;
    world.evidence(40).check();
}

#[tokio::test(start_paused = true)]
async fn a_refused_side_is_asked_by_one_call_at_a_time() {
    let world = World::new();
    for number in 0..40 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let worker = world.worker();
    tokio::time::sleep(MINUTE).await;
    world.provider.fail(&PROVIDER, &FaultKind::Denied);
    tokio::time::sleep(MINUTE).await;
    let before: u32 = PROVIDER.iter().map(|call| world.provider.calls(*call)).sum();
    tokio::time::sleep(HOUR).await;
    let calls = PROVIDER.iter().map(|call| world.provider.calls(*call)).sum::<u32>() - before;
    assert!(calls <= 2 * 360 + 10, "{calls} calls in an hour");
    world.provider.mend();
    finish(&world, worker).await;
    world.evidence(40).check();
    assert_eq!(world.completed().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_submission_that_is_found_accepted_ends_the_suspension_of_submissions() {
    let world = World::new();
    world.provider.fail(&[Call::Submit], &FaultKind::Denied);
    world.broker.put(job("patient", 1, 10), None);
    let worker = world.worker();
    tokio::time::sleep(MINUTE).await;
    assert_eq!(causes(&worker).len(), 1);
    world.provider.mend();
    world.provider.fail_next(Call::Submit, FaultKind::Ambiguous, true);
    world.rest().await;
    assert_eq!(causes(&worker), Vec::<String>::new());
    finish(&world, worker).await;
    world.evidence(1).check();
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
