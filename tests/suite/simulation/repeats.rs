//! Messages that come again, and the record that makes them harmless.

use std::time::Duration;

use landfall::job::event::EventType;
use landfall::job::order::NESTING_MAX;
use landfall::job::reason::Reason;
use serde_json::json;

use super::damage_ledger;
use crate::support::memory_provider::Call;
use crate::support::world::{World, job, with};

#[tokio::test(start_paused = true)]
async fn a_repeat_of_a_finished_job_is_announced_again_and_buys_nothing() {
    let world = World::new();
    world.broker.put(job("again", 1, 10), None);
    world.see_through().await;
    let calls = world.provider.calls(Call::Submit);
    world.broker.put(job("again", 1, 10), None);
    world.see_through().await;
    world.evidence(1).check();
    assert_eq!(world.provider.calls(Call::Submit), calls);
    assert_eq!(world.completed().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_record_of_a_job_with_a_deep_context_can_be_read_again() {
    let world = World::new();
    // As deep and as long as a context may be, in an envelope that is a level of its own.
    let deep = (0..NESTING_MAX - 2).fold(json!([1].repeat(1900)), |inner, _| json!([inner]));
    for _ in 0..2 {
        world.broker.put(with("deep", 1, 10, &[("context", deep.clone())]), None);
        world.see_through().await;
    }
    world.evidence(1).check();
    assert_eq!(world.completed().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn repeats_of_a_running_job_share_one_purchase() {
    let world = World::new();
    for _ in 0..8 {
        world.broker.put(job("storm", 2, 10), None);
    }
    let workers: Vec<_> = (0..8).map(|_| world.worker()).collect();
    world.rest().await;
    for worker in workers {
        worker.terminate().await;
    }
    world.evidence(1).check();
    assert!(world.completed().len() >= 8);
}

#[tokio::test(start_paused = true)]
async fn an_id_with_other_content_is_refused_and_harms_neither_job() {
    let world = World::new();
    world.broker.put(job("mine", 1, 10), None);
    world.broker.put(job("mine", 1, 20), None);
    world.see_through().await;
    let evidence = world.evidence(2);
    evidence.check();
    assert_eq!((evidence.count(EventType::Completed), evidence.count(EventType::Rejected)), (1, 1));
    assert_eq!(world.broker.dead_letters()[0].rejection.reason, Reason::JobIdReused);
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_record_is_damaged_ends_and_buys_nothing() {
    let world = World::new();
    world.broker.put(job("damaged", 1, 10), None);
    world.see_through().await;
    let calls = world.provider.calls(Call::Submit);
    damage_ledger(&world, |_| b"{ \"schema\": \"dev.landfall.led".to_vec()).await;
    world.broker.put(job("damaged", 1, 10), None);
    world.see_through().await;
    assert_eq!(world.failed()[0].reason, Reason::Internal);
    assert!(world.failed()[0].message.contains("ledger record"), "{}", world.failed()[0].message);
    assert_eq!(world.provider.calls(Call::Submit), calls);
}

#[tokio::test(start_paused = true)]
async fn a_record_of_another_release_waits_for_a_worker_that_can_read_it() {
    let world = World::new();
    world.broker.put(job("newer", 1, 10), None);
    world.see_through().await;
    damage_ledger(&world, |text| text.replace("ledger.v1", "ledger.v2").into_bytes()).await;
    world.broker.put(job("newer", 1, 10), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!((world.broker.depth(), world.failed().len()), ((0, 1), 0));
    damage_ledger(&world, |text| text.replace("ledger.v2", "ledger.v1").into_bytes()).await;
    world.rest().await;
    worker.terminate().await;
    world.evidence(1).check();
}
