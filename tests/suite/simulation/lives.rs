//! The lives of workers: deaths at any call, leases that run out, orders to stop.

use std::time::Duration;

use landfall::job::event::EventType;

use crate::support::memory_provider::{MemoryOptions, TaskScript};
use crate::support::mortal::Death;
use crate::support::world::{World, job};

/// A job that uses every step: several results, one of them to be rescued, and events on the way.
fn eventful_world() -> World {
    let world = World::with(MemoryOptions::default(), &["events.landed=true"]);
    world.provider.script_next(TaskScript::SkipUpload);
    world.broker.put(job("mortal", 2, 10), None);
    world
}

#[tokio::test(start_paused = true)]
async fn a_worker_may_die_at_any_call_and_the_next_one_finishes_its_job() {
    let world = eventful_world();
    let undisturbed = world.worker();
    world.rest().await;
    let calls = undisturbed.fate.calls();
    undisturbed.terminate().await;
    assert!(calls > 20, "{calls} calls");

    let mut deaths = 0;
    for death in (0..calls).flat_map(|call| [Death::Before(call), Death::After(call)]) {
        let world = eventful_world();
        let first = world.mortal_worker(death);
        tokio::select! {
            () = first.fate.death() => {}
            () = world.rest() => {}
        }
        deaths += u32::from(first.fate.is_dead());
        first.bury();
        world.see_through().await;
        let evidence = world.evidence(1);
        evidence.check();
        assert_eq!(evidence.count(EventType::Completed), 1, "{death:?}");
    }
    // Waiting for a delivery that never comes is a call, too, and kills nobody.
    assert!(deaths > calls, "{deaths} deaths at {calls} calls");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_runs_out_parks_the_job_and_it_goes_on() {
    let hour = MemoryOptions { render_base: Duration::from_secs(3600), ..MemoryOptions::default() };
    let world = World::with(hour, &["worker.lease_s=300", "worker.job_deadline_s=36000"]);
    world.broker.put(job("long", 1, 10), None);
    world.see_through().await;
    world.evidence(1).check();
    assert_eq!(world.completed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_told_to_stop_hands_back_what_it_cannot_finish() {
    let world = World::new();
    world.broker.put(job("short", 1, 5), None);
    world.broker.put(job("long", 1, 300), None);
    let worker = world.worker();
    // The short one ends after 70 s, 20 s into the drain of 30 s; the long one takes almost an hour.
    tokio::time::sleep(Duration::from_secs(50)).await;
    worker.terminate().await;
    assert_eq!(world.broker.depth(), (1, 0));
    assert_eq!(world.completed().len(), 1);
    world.see_through().await;
    world.evidence(2).check();
    assert_eq!(world.completed().len(), 2);
}
