//! Workers that an operator pauses, resumes, and tells to stop.

use std::time::Duration;

use landfall::job::event::EventType;
use landfall::job::fault::FaultKind;
use landfall::job::ids::JobId;
use landfall::worker::CancelFound;

use crate::support::memory_provider::{Call, MemoryOptions};
use crate::support::world::{World, job};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_paused_worker_takes_nothing_and_finishes_what_it_has() {
    let world = World::new();
    world.broker.put(job("begun", 1, 10), None);
    let worker = world.worker();
    tokio::time::sleep(MINUTE / 2).await;
    worker.controls.pause();
    assert!(worker.status.is_paused());
    for number in 0..5 {
        world.broker.put(job(&format!("later-{number}"), 1, 10), None);
    }
    tokio::time::sleep(60 * MINUTE).await;
    assert_eq!((world.broker.depth(), world.completed().len()), ((5, 0), 1));
    worker.controls.resume();
    world.rest().await;
    worker.terminate().await;
    let evidence = world.evidence(6);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 6);
}

#[tokio::test(start_paused = true)]
async fn what_a_paused_worker_does_not_take_another_one_does() {
    let world = World::new();
    let (paused, other) = (world.worker(), world.worker());
    paused.controls.pause();
    tokio::time::sleep(MINUTE).await;
    for number in 0..20 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((paused.status.in_flight(), other.status.in_flight()), (0, 20));
    world.rest().await;
    for worker in [paused, other] {
        worker.terminate().await;
    }
    world.evidence(20).check();
}

#[tokio::test(start_paused = true)]
async fn a_pause_keeps_scouts_back_and_a_suspension_outlives_a_pause() {
    let world = World::new();
    world.broker.put(job("refused", 1, 10), None);
    world.provider.fail(&[Call::Submit], &FaultKind::Denied);
    let worker = world.worker();
    tokio::time::sleep(MINUTE).await;
    assert_eq!(worker.status.suspended().len(), 1);
    worker.controls.pause();
    for number in 0..5 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(world.broker.depth(), (5, 1), "no scout is let in");
    worker.controls.resume();
    assert_eq!((worker.status.is_paused(), worker.status.suspended().len()), (false, 1));
    tokio::time::sleep(5 * MINUTE).await;
    let (waiting, in_hand) = world.broker.depth();
    assert!(waiting >= 4 && in_hand <= 2, "{waiting} wait, {in_hand} are in hand: one scout at most");
    worker.controls.pause();
    world.provider.mend();
    tokio::time::sleep(30 * MINUTE).await;
    assert_eq!(worker.status.suspended(), []);
    assert_eq!(world.broker.depth(), (waiting, 0), "the suspension is over, and the pause is not");
    worker.controls.resume();
    world.rest().await;
    worker.terminate().await;
    let evidence = world.evidence(6);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 6);
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_the_worker_also_while_it_is_paused() {
    for is_paused in [false, true] {
        let world = World::new();
        world.broker.put(job("short", 1, 5), None);
        let worker = world.worker();
        tokio::time::sleep(Duration::from_secs(50)).await;
        if is_paused {
            worker.controls.pause();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        world.broker.put(job("later", 1, 5), None);
        if !is_paused {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        worker.controls.drain();
        assert!(worker.controls.is_stopping());
        worker.ended().await;
        assert_eq!(world.completed().len(), 1);
        assert_eq!(world.broker.depth(), (1, 0));
        world.see_through().await;
        world.evidence(2).check();
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_an_operator_cancels_stops_and_the_others_go_on() {
    let world = World::new();
    for name in ["wanted", "unwanted"] {
        world.broker.put(job(name, 1, 60), None);
    }
    let worker = world.worker();
    tokio::time::sleep(MINUTE / 2).await;
    let id = |name: &str| JobId::parse(name).expect("an id");
    let cancelled = worker.controls.cancel(&*world.store, &id("unwanted")).await.expect("the store answers");
    assert_eq!((cancelled.found, cancelled.untold), (CancelFound::UnderWay, None));
    let unknown = worker.controls.cancel(&*world.store, &id("unknown")).await.expect("the store answers");
    assert_eq!(unknown.found, CancelFound::NotBegun);
    world.broker.put(job("unknown", 1, 60), None);
    world.rest().await;
    let ended = worker.controls.cancel(&*world.store, &id("wanted")).await.expect("the store answers");
    assert!(matches!(ended.found, CancelFound::Ended(_)), "{ended:?}");
    worker.terminate().await;
    world.evidence(3).check();
    assert_eq!((world.completed().len(), world.failed().len()), (1, 2));
    assert!(world.failed().iter().all(|failed| failed.reason.code() == "cancelled"));
}

#[tokio::test(start_paused = true)]
async fn a_worker_may_be_paused_at_any_moment_and_nothing_is_lost() {
    for moment in 0..40 {
        let world = World::with(MemoryOptions::default(), &["worker.max_in_flight=3"]);
        for number in 0..6 {
            world.broker.put(job(&format!("job-{number}"), 1, 5), None);
        }
        let worker = world.worker();
        tokio::time::sleep(Duration::from_secs(7 * moment)).await;
        worker.controls.pause();
        tokio::time::sleep(30 * MINUTE).await;
        assert_eq!(worker.status.in_flight(), 0);
        worker.controls.resume();
        worker.controls.pause();
        worker.controls.resume();
        world.rest().await;
        worker.terminate().await;
        let evidence = world.evidence(6);
        evidence.check();
        assert_eq!(evidence.count(EventType::Completed), 6, "paused after {} s", 7 * moment);
    }
}
