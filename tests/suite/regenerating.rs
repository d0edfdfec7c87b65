//! Jobs that are bought anew on purpose: whole workers on in-memory ports, under paused time.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use landfall::job::event::{EventType, FailedData};
use landfall::job::ids::{JobId, ObjectKey, ObjectRef};
use landfall::job::ledger::{LedgerRecord, record_key};
use landfall::job::reason::Reason;
use landfall::job::regeneration::Regeneration;
use landfall::local::LocalControl;
use landfall::ports::{Clock as _, Created, ErrorFamily, ObjectListing, ObjectStore, Refusal};
use landfall::worker::{CancelFound, RecordText, browse, read_text, request_cancel};
use serde_json::json;

use crate::support::memory_provider::{Call, MemoryOptions, TaskScript};
use crate::support::mortal::Death;
use crate::support::world::{World, job, with};

/// Renders for almost an hour: nothing ends by itself meanwhile.
const LONG_S: u32 = 300;

const LEDGER: (&str, &str) = ("own", "landfall/ledger");

fn job_id(text: &str) -> JobId {
    JobId::parse(text).expect("an id")
}

/// Puts the wish for a generation of a job on the queue.
fn wish(world: &World, id: &str, generation: u32, message: &str) {
    world.broker.put(Regeneration::message(&job_id(id), generation, message.as_bytes()), None);
}

async fn cancel(world: &World, id: &str) -> CancelFound {
    request_cancel(&*world.store, LEDGER, &job_id(id), world.clock.now()).await.expect("the store is there")
}

fn purchases(world: &World) -> u32 {
    world.provider.all_counts().values().map(|counts| counts.purchases).sum()
}

fn record(world: &World, id: &str) -> LedgerRecord {
    let key = record_key(LEDGER.1, &job_id(id)).expect("a key");
    let stored = world.store.stored(&ObjectRef { bucket: LEDGER.0.to_owned(), key }).expect("a record");
    LedgerRecord::decode(&stored.bytes).expect("it can be read")
}

/// How often each terminal event was published, by id.
fn told(world: &World) -> BTreeMap<String, u32> {
    let mut told = BTreeMap::new();
    for event in world.broker.published().into_iter().filter(|event| event.event_type.is_terminal()) {
        *told.entry(event.id).or_default() += 1;
    }
    told
}

/// Every generation is bought once, and nothing else is.
fn check(world: &World, messages: usize) {
    let mut evidence = world.evidence(messages);
    // A worker that dies may leave what lies in staging to the lifecycle rule.
    evidence.strays = true;
    evidence.check();
}

#[tokio::test(start_paused = true)]
async fn a_job_is_bought_anew_once_however_often_the_wish_comes_and_keeps_what_it_had() {
    let world = World::new();
    let message = job("again", 2, 10);
    world.broker.put(message.clone(), None);
    world.see_through().await;
    for _ in 0..3 {
        wish(&world, "again", 1, &message);
        world.see_through().await;
    }
    // The job's own message, and an old wish, are repeats for ever.
    world.broker.put(message.clone(), None);
    world.see_through().await;
    world.evidence(2).check();
    assert_eq!(purchases(&world), 4);
    // The end of the first generation is told once more before the second begins: who wrote it may have died before.
    assert_eq!(
        told(&world),
        BTreeMap::from([("again.0.completed".to_owned(), 2), ("again.1.completed".to_owned(), 4)])
    );
    let keys = world.store.keys("media");
    assert_eq!(keys, ["again/0.g1.mp4", "again/0.mp4", "again/1.g1.mp4", "again/1.mp4"]);

    wish(&world, "again", 2, &message);
    world.see_through().await;
    wish(&world, "again", 1, &message);
    world.see_through().await;
    world.evidence(3).check();
    assert_eq!((purchases(&world), told(&world)["again.2.completed"]), (6, 2));
    let record = record(&world, "again");
    assert_eq!(record.generation, 2);
    let remembered: Vec<_> =
        record.earlier.iter().map(|earlier| (earlier.generation, earlier.landed.clone())).collect();
    assert_eq!(remembered, [(0, vec![0, 1]), (1, vec![0, 1])]);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_may_replace_its_videos_replaces_them_when_it_is_bought_anew() {
    let world = World::new();
    let message = with("same", 1, 10, &[("destination", json!({ "overwrite": true }))]);
    world.broker.put(message.clone(), None);
    world.see_through().await;
    wish(&world, "same", 1, &message);
    world.see_through().await;
    assert_eq!((purchases(&world), world.store.keys("media")), (2, vec!["same/0.mp4".to_owned()]));
    assert_eq!(world.evidence(2).count(EventType::Completed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_and_a_cancelled_job_can_be_bought_anew() {
    let world = World::new();
    let broke = Refusal {
        family: ErrorFamily::Provider,
        code: "providerError".to_owned(),
        message: "it broke".to_owned(),
        parameters: Vec::new(),
    };
    world.provider.script_next(TaskScript::Fail(broke));
    let message = job("failed", 1, 10);
    world.broker.put(message.clone(), None);
    world.see_through().await;
    assert_eq!(cancel(&world, "early").await, CancelFound::NotBegun);
    let early = job("early", 1, 10);
    world.broker.put(early.clone(), None);
    world.see_through().await;
    wish(&world, "failed", 1, &message);
    wish(&world, "early", 1, &early);
    world.see_through().await;
    world.evidence(4).check();
    let evidence = world.evidence(4);
    assert_eq!((evidence.count(EventType::Failed), evidence.count(EventType::Completed)), (2, 2));
    assert_eq!(record(&world, "failed").earlier[0].reason, Some(Reason::ProviderFailed));
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_cannot_be_is_dead_lettered_with_the_reason_and_buys_nothing() {
    let world = World::new();
    let message = job("ended", 1, 10);
    world.broker.put(message.clone(), None);
    world.see_through().await;
    let long = job("running", 1, LONG_S);
    world.broker.put(long.clone(), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(60)).await;
    wish(&world, "running", 1, &long);
    wish(&world, "unknown", 1, &job("unknown", 1, 10));
    wish(&world, "ended", 2, &message);
    wish(&world, "ended", 1, &job("ended", 2, 10));
    wish(&world, "ended", 1, &long);
    world.rest().await;
    worker.terminate().await;
    world.evidence(7).check();
    assert_eq!(purchases(&world), 2);
    let letters = world.broker.dead_letters();
    let refused = |part: &str| {
        let found = letters
            .iter()
            .find(|letter| letter.rejection.problems.iter().any(|problem| problem.problem.contains(part)));
        found.unwrap_or_else(|| panic!("none is refused because it {part}: {letters:?}")).rejection.reason
    };
    for part in ["generation 0 has not ended", "no record of the job", "must be 1", "and jobId says ended"] {
        assert_eq!(refused(part), Reason::InvalidJob, "{part}");
    }
    assert_eq!(refused("job with other content"), Reason::JobIdReused);
}

#[tokio::test(start_paused = true)]
async fn a_wish_above_its_price_limit_buys_nothing_and_may_come_again() {
    let world = World::new();
    let message = job("dear", 1, 10);
    world.broker.put(message.clone(), None);
    world.see_through().await;
    wish(&world, "dear", 1, &with("dear", 1, 10, &[("maxCostUsd", json!(0.01))]));
    world.see_through().await;
    let failed: Vec<FailedData> = world.failed();
    assert_eq!((failed[0].reason, failed[0].job.generation), (Reason::BudgetExceeded, 1));
    assert_eq!((purchases(&world), record(&world, "dear").generation), (1, 0));
    wish(&world, "dear", 1, &with("dear", 1, 10, &[("maxCostUsd", json!(100))]));
    world.see_through().await;
    world.evidence(3).check();
    assert_eq!(purchases(&world), 2);
}

#[tokio::test(start_paused = true)]
async fn workers_that_have_the_same_wish_at_once_buy_it_once() {
    let world = World::with(MemoryOptions::default(), &["worker.max_in_flight=1"]);
    let message = job("raced", 2, 10);
    world.broker.put(message.clone(), None);
    world.see_through().await;
    for _ in 0..4 {
        wish(&world, "raced", 1, &message);
    }
    let workers: Vec<_> = (0..4).map(|_| world.worker()).collect();
    world.rest().await;
    for worker in workers {
        worker.terminate().await;
    }
    check(&world, 2);
    assert_eq!(purchases(&world), 4);
}

/// A job that ended, and the wish to buy it anew, taken by a worker with this fate and whoever comes after it.
async fn regenerated_under(world: &World, death: Death) -> u32 {
    let message = job("mortal", 2, 10);
    world.broker.put(message.clone(), None);
    world.see_through().await;
    wish(world, "mortal", 1, &message);
    let worker = world.mortal_worker(death);
    tokio::select! {
        () = worker.fate.death() => {}
        () = world.rest() => {}
    }
    let calls = worker.fate.calls();
    worker.bury();
    // An old message of the job beside the wish that comes again.
    world.broker.put(message, None);
    world.see_through().await;
    calls
}

#[tokio::test(start_paused = true)]
async fn a_worker_may_die_at_any_call_of_a_job_that_is_bought_anew() {
    let calls = regenerated_under(&World::new(), Death::Never).await;
    assert!(calls > 15, "{calls} calls");
    for death in (0..calls).flat_map(|call| [Death::Before(call), Death::After(call)]) {
        let world = World::new();
        regenerated_under(&world, death).await;
        check(&world, 2);
        assert_eq!(world.evidence(2).count(EventType::Completed), 2, "{death:?}");
        assert_eq!(purchases(&world), 4, "{death:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_still_at_an_earlier_generation_does_not_end_the_later_one() {
    // One job at a time, or the stale worker takes the message again. Rendered within the lease: it comes to the end of its
    // generation while the later one is under way.
    let mut world = World::with(MemoryOptions::default(), &["worker.max_in_flight=1"]);
    let message = job("stale", 1, 60);
    world.broker.put(message.clone(), None);
    let stale = world.worker();
    tokio::time::sleep(Duration::from_secs(60)).await;
    // It loses the broker, goes on with the job, and does not hear that the job is cancelled.
    stale.cut();
    world.control = LocalControl::new();
    assert_eq!(cancel(&world, "stale").await, CancelFound::UnderWay);
    world.see_through().await;
    assert_eq!(world.evidence(1).count(EventType::Failed), 1);
    wish(&world, "stale", 1, &message);
    let worker = world.worker();
    world.rest().await;
    worker.terminate().await;
    stale.terminate().await;
    check(&world, 2);
    assert_eq!(told(&world).into_keys().collect::<Vec<_>>(), ["stale.0.failed", "stale.1.completed"]);
    assert_eq!((purchases(&world), world.provider.calls(Call::Submit)), (2, 2));
    assert!(world.store.keys("media").contains(&"stale/0.mp4".to_owned()), "it came to its end");
}

#[tokio::test(start_paused = true)]
async fn the_ledger_is_looked_through_page_by_page_and_other_things_in_it_are_left_out() {
    let world = World::new();
    for number in 0..25 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    world.see_through().await;
    let key = ObjectKey::parse("landfall/ledger/strikes/job-1.json").expect("a key");
    let stray = ObjectRef { bucket: LEDGER.0.to_owned(), key };
    let created = world.store.create(&stray, "text/plain", Bytes::from_static(b"x")).await;
    assert!(matches!(created, Ok(Created::Done { .. })), "{created:?}");
    let ports = || (&*world.store as &dyn ObjectListing, &*world.store as &dyn ObjectStore);
    let whole = browse(ports(), LEDGER, "", 1000).await.expect("read");
    assert_eq!((whole.records.len(), &whole.more_after), (25, &None));
    let (mut pages, mut after): (Vec<RecordText>, String) = (Vec::new(), String::new());
    loop {
        let page = browse(ports(), LEDGER, &after, 4).await.expect("read");
        assert!(page.records.len() <= 4);
        pages.extend(page.records);
        match page.more_after {
            Some(key) => after = key,
            None => break,
        }
    }
    assert_eq!(pages, whole.records);
    for RecordText { job_id, text } in pages {
        let record = LedgerRecord::decode(&text).expect("a record");
        assert_eq!(record.job_id, job_id);
        assert_eq!(read_text(ports().1, LEDGER, &job_id).await.expect("read"), Some(text));
    }
}
