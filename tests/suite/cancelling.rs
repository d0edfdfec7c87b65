//! Jobs that are cancelled: whole workers on in-memory ports, under paused time.

use std::time::Duration;

use landfall::job::control::ControlMessage;
use landfall::job::event::{EventType, FailedData};
use landfall::job::ids::{JobId, ObjectRef};
use landfall::job::ledger::record_key;
use landfall::job::reason::Reason;
use landfall::local::LocalControl;
use landfall::ports::{Clock as _, Control};
use landfall::worker::{CancelFound, request_cancel};
use tokio::time::{Instant, timeout};

use crate::support::memory_provider::{Call, MemoryOptions, TaskScript};
use crate::support::mortal::Death;
use crate::support::world::{World, job};

/// Renders for almost an hour: nothing ends by itself while a test cancels it.
const LONG_S: u32 = 300;

fn job_id(text: &str) -> JobId {
    JobId::parse(text).expect("an id")
}

fn cancel(world: &World, id: &str) {
    world.broker.put(ControlMessage::CancelJob { job_id: job_id(id) }.to_json(), None);
}

fn purchases(world: &World) -> u32 {
    world.provider.all_counts().values().map(|counts| counts.purchases).sum()
}

/// The only job ended as cancelled, whatever else happened; its event.
fn cancelled(world: &World) -> FailedData {
    let evidence = world.evidence(1);
    evidence.check();
    assert_eq!(evidence.count(EventType::Failed), 1);
    let data = world.failed().remove(0);
    assert_eq!(data.reason, Reason::Cancelled, "{data:?}");
    data
}

async fn request(world: &World, id: &str) -> CancelFound {
    let ledger = ("own", "landfall/ledger");
    request_cancel(&*world.store, ledger, &job_id(id), world.clock.now()).await.expect("the store is there")
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_cancelled_before_it_comes_ends_when_it_comes_and_buys_nothing() {
    let world = World::new();
    cancel(&world, "early");
    world.see_through().await;
    assert_eq!(world.broker.published().len(), 0, "there is no job yet to say anything about");
    for _ in 0..3 {
        world.broker.put(job("early", 2, 10), None);
        world.see_through().await;
    }
    let data = cancelled(&world);
    assert_eq!((data.results.len(), data.failures.len(), data.cost_usd), (0, 0, None));
    assert_eq!((world.provider.calls(Call::Submit), world.failed().len()), (0, 3));
    // From then on the id is that job's.
    world.broker.put(job("early", 1, 20), None);
    world.see_through().await;
    assert_eq!(world.broker.dead_letters()[0].rejection.reason, Reason::JobIdReused);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_waits_in_line_to_be_bought_is_not_bought() {
    let world = World::with(MemoryOptions::default(), &["worker.submit_gather_ms=10000"]);
    world.broker.put(job("waiting", 3, 10), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(5)).await;
    cancel(&world, "waiting");
    world.rest().await;
    worker.terminate().await;
    let data = cancelled(&world);
    assert_eq!((purchases(&world), data.failures.len(), data.cost_usd), (0, 3, None));
    for failure in data.failures {
        assert_eq!(failure.reason, Reason::Cancelled);
        assert!(failure.message.contains("it was not bought"), "{}", failure.message);
    }
}

#[tokio::test(start_paused = true)]
async fn what_runs_at_the_provider_is_detached_and_the_event_says_what_it_costs() {
    let world = World::new();
    world.broker.put(job("running", 2, LONG_S), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let asked = Instant::now();
    cancel(&world, "running");
    world.rest().await;
    assert!(asked.elapsed() < Duration::from_secs(60), "nobody waits for the provider");
    worker.terminate().await;
    let data = cancelled(&world);
    assert_eq!((purchases(&world), data.failures.len(), data.cost_usd), (2, 2, None));
    for failure in data.failures {
        let said = failure.message;
        assert!(said.contains("so it was bought, for about 12.00 USD by estimate"), "{said}");
    }
    assert!(data.message.contains("0 of 2 results landed"), "{}", data.message);
}

#[tokio::test(start_paused = true)]
async fn what_landed_before_is_listed_and_what_is_finished_at_the_provider_is_landed() {
    let world = World::new();
    world.provider.script_next(TaskScript::Lose);
    world.broker.put(job("half", 3, 10), None);
    let worker = world.worker();
    // Two of three land after two minutes; the third is never heard of again.
    tokio::time::sleep(Duration::from_secs(600)).await;
    cancel(&world, "half");
    world.rest().await;
    worker.terminate().await;
    let data = cancelled(&world);
    assert_eq!((data.results.len(), data.failures.len()), (2, 1));
    assert_eq!(data.cost_usd, Some(0.6), "what is known of the cost");
    // Cancelled while nobody worked on it: the next worker finds the mark, and the videos.
    let world = World::with(MemoryOptions::default(), &["poll.first_delay_ms=100000000", "worker.drain_s=0"]);
    world.broker.put(job("finished", 2, 10), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(600)).await;
    worker.terminate().await;
    assert_eq!(request(&world, "finished").await, CancelFound::UnderWay);
    world.see_through().await;
    let evidence = world.evidence(1);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 1, "it was all paid for, and all there");
}

#[tokio::test(start_paused = true)]
async fn cancelling_twice_or_too_late_changes_nothing() {
    let world = World::new();
    world.broker.put(job("done", 1, 5), None);
    world.see_through().await;
    cancel(&world, "done");
    world.broker.put(job("done", 1, 5), None);
    world.see_through().await;
    let evidence = world.evidence(1);
    evidence.check();
    assert_eq!((evidence.count(EventType::Completed), evidence.count(EventType::Failed)), (1, 0));

    let world = World::new();
    world.broker.put(job("twice", 1, LONG_S), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(60)).await;
    for _ in 0..2 {
        cancel(&world, "twice");
    }
    world.rest().await;
    cancel(&world, "twice");
    world.broker.put(job("twice", 1, LONG_S), None);
    world.rest().await;
    worker.terminate().await;
    cancelled(&world);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_stopped_by_whichever_worker_takes_the_word() {
    let world = World::with(MemoryOptions::default(), &["worker.max_in_flight=1"]);
    world.broker.put(job("held", 1, LONG_S), None);
    let holder = world.worker();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let other = world.worker();
    let asked = Instant::now();
    cancel(&world, "held");
    world.rest().await;
    assert!(asked.elapsed() < Duration::from_secs(60));
    for worker in [holder, other] {
        worker.terminate().await;
    }
    cancelled(&world);
    assert_eq!(purchases(&world), 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_was_not_told_finds_out_when_it_takes_the_job_up_again() {
    let mut world = World::with(MemoryOptions::default(), &["worker.lease_s=300"]);
    world.broker.put(job("deaf", 1, LONG_S), None);
    let deaf = world.worker();
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.control = LocalControl::new();
    assert_eq!(request(&world, "deaf").await, CancelFound::UnderWay);
    world.rest().await;
    deaf.terminate().await;
    cancelled(&world);
    // It completed before it was taken up again: then it is complete, and the wish is on record.
    let world = World::new();
    world.broker.put(job("quick", 1, 5), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(request(&world, "quick").await, CancelFound::UnderWay);
    world.rest().await;
    worker.terminate().await;
    let evidence = world.evidence(1);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 1);
    assert!(matches!(request(&world, "quick").await, CancelFound::Ended(_)));
    let key = record_key("landfall/ledger", &job_id("quick")).expect("a key");
    let record = world.store.stored(&ObjectRef { bucket: "own".to_owned(), key }).expect("a record");
    assert!(String::from_utf8_lossy(&record.bytes).contains("cancelRequestedAt"));
}

#[tokio::test(start_paused = true)]
async fn what_an_operator_asks_for_is_found_by_the_next_worker() {
    let world = World::new();
    assert_eq!(request(&world, "asked").await, CancelFound::NotBegun);
    assert_eq!(request(&world, "asked").await, CancelFound::NotBegun);
    world.broker.put(job("asked", 1, 5), None);
    world.see_through().await;
    cancelled(&world);
    assert!(matches!(request(&world, "asked").await, CancelFound::Ended(_)));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_control_message_is_dead_lettered_with_all_that_is_wrong() {
    let world = World::new();
    world.broker.put(r#"{"control": "job.pause", "jobId": "a/b", "when": "now"}"#, None);
    world.see_through().await;
    world.evidence(1).check();
    let letters = world.broker.dead_letters();
    let fields: Vec<&str> = letters[0].rejection.problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!((letters[0].rejection.reason, fields), (Reason::InvalidJob, vec!["control", "jobId", "when"]));
}

/// A job of two long results, one of which was lost, and the word to cancel it a little later.
async fn cancelled_under(world: &World, death: Death) -> u32 {
    world.broker.put(job("mortal", 2, LONG_S), None);
    let worker = world.mortal_worker(death);
    tokio::time::sleep(Duration::from_secs(60)).await;
    cancel(world, "mortal");
    tokio::select! {
        () = worker.fate.death() => {}
        () = world.rest() => {}
    }
    let calls = worker.fate.calls();
    worker.bury();
    world.see_through().await;
    calls
}

#[tokio::test(start_paused = true)]
async fn a_worker_may_die_at_any_call_of_a_cancelled_job() {
    let calls = cancelled_under(&World::new(), Death::Never).await;
    assert!(calls > 12, "{calls} calls");
    for death in (0..calls).flat_map(|call| [Death::Before(call), Death::After(call)]) {
        let world = World::new();
        cancelled_under(&world, death).await;
        cancelled(&world);
        assert!(purchases(&world) <= 2, "{death:?}");
    }
}

/// What holds for every [`Control`]: each of three hears what each of them says. `what` tells this round from others.
pub(crate) async fn control_conforms(three: [&dyn Control; 3], what: &str) {
    let say = |number: u32| ControlMessage::CancelJob { job_id: job_id(&format!("{what}-{number}")) };
    let hears = async |hearer: &dyn Control, number: u32, within: Duration| {
        let heard = async { while hearer.next().await != say(number) {} };
        timeout(within, heard).await.is_ok()
    };
    // Listening begins with the first call, and nobody can see from outside when it has begun.
    let until = std::time::Instant::now() + Duration::from_secs(60);
    for number in 0.. {
        three[0].broadcast(&say(number)).await.expect("told");
        let mut all_hear = true;
        for hearer in three {
            all_hear &= hears(hearer, number, Duration::from_millis(300)).await;
        }
        if all_hear {
            break;
        }
        assert!(std::time::Instant::now() < until, "one of them hears nothing");
    }
    for (number, speaker) in (1000..).zip(three) {
        speaker.broadcast(&say(number)).await.expect("told");
        for hearer in three {
            assert!(hears(hearer, number, Duration::from_secs(60)).await, "{number} is not heard");
        }
    }
}
