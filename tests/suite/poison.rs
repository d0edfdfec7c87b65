//! Messages whose jobs kill the worker's process, and innocent ones beside them: whole workers on in-memory ports.

use std::time::Duration;

use landfall::job::event::EventType;
use landfall::job::fault::FaultKind;
use landfall::job::reason::Reason;

use crate::support::memory_provider::{Call, MemoryOptions};
use crate::support::mortal::Death;
use crate::support::world::{World, job};

/// Deaths until a message is known to be guilty: the first, which nobody watched, and `STRIKES_MAX`.
const DEATHS: u32 = 6;

/// One worker after the other until everything came to rest; how many of them died.
async fn deaths_until_rest(world: &World, death: Death) -> u32 {
    let mut deaths = 0;
    loop {
        let worker = world.mortal_worker(death);
        tokio::select! {
            () = worker.fate.death() => {
                deaths += 1;
                worker.bury();
                assert!(deaths < 100, "no end of dying");
            }
            () = world.rest() => {
                worker.terminate().await;
                return deaths;
            }
        }
    }
}

fn strikes(world: &World) -> Vec<String> {
    world.store.keys("own").into_iter().filter(|key| key.contains("/strikes/")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_message_that_kills_its_worker_is_dead_lettered_and_no_job_beside_it_is() {
    // Where it kills: when the job is claimed, and when its paid video lands.
    for touching in ["/poison.json", "poison/0.mp4"] {
        let world = World::new();
        for number in 0..30 {
            world.broker.put(job(&format!("job-{number}"), 1 + number % 2, 5), None);
            if number == 10 {
                world.broker.put(job("poison", 1, 5), None);
            }
        }
        let deaths = deaths_until_rest(&world, Death::Touching(touching)).await;
        let evidence = world.evidence(31);
        evidence.check();
        assert_eq!((evidence.count(EventType::Completed), evidence.count(EventType::Rejected)), (30, 1));
        assert!(deaths <= DEATHS, "{deaths} deaths by {touching}");
        let letter = &world.broker.dead_letters()[0].rejection;
        assert_eq!((letter.reason, &letter.job_id), (Reason::Internal, &None));
        assert!(letter.problems[0].problem.contains("died at least 5 times"), "{:?}", letter.problems);
        assert_eq!(strikes(&world), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_guilty_message_that_cannot_be_dead_lettered_is_still_guilty_when_it_comes_back() {
    let world = World::new();
    world.broker.refuse_dead_letters(3);
    world.broker.put(job("poison", 1, 5), None);
    let deaths = deaths_until_rest(&world, Death::Touching("/poison.json")).await;
    assert!(deaths <= DEATHS, "{deaths} deaths");
    world.evidence(1).check();
    assert_eq!((world.broker.dead_letters().len(), strikes(&world)), (1, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn what_was_dead_lettered_as_poison_can_be_sent_again_and_is_not_bought_again() {
    let world = World::new();
    world.broker.put(job("poison", 1, 5), None);
    deaths_until_rest(&world, Death::Touching("poison/0.mp4")).await;
    world.broker.put(job("poison", 1, 5), None);
    assert_eq!(deaths_until_rest(&world, Death::Never).await, 0);
    let evidence = world.evidence(2);
    evidence.check();
    assert_eq!((evidence.count(EventType::Completed), evidence.count(EventType::Rejected)), (1, 1));
    assert_eq!(world.provider.all_counts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_poisoned_messages_do_not_frame_the_innocent() {
    let world = World::new();
    for number in 0..20 {
        world.broker.put(job(&format!("job-{number}"), 1, 5), None);
    }
    for name in ["poison-a", "poison-b", "poison-c"] {
        world.broker.put(job(name, 1, 5), None);
    }
    let deaths = deaths_until_rest(&world, Death::Touching("/poison-")).await;
    let evidence = world.evidence(23);
    evidence.check();
    assert_eq!((evidence.count(EventType::Completed), evidence.count(EventType::Rejected)), (20, 3));
    assert!(deaths <= 3 * DEATHS, "{deaths} deaths");
}

#[tokio::test(start_paused = true)]
async fn machines_that_are_lost_again_and_again_make_no_job_guilty() {
    let world = World::new();
    for number in 0..200 {
        world.broker.put(job(&format!("job-{number}"), 1, 5), None);
    }
    // Short and uneven lives, so that deaths come in every stage.
    for life in 0..40_u64 {
        let workers = [world.worker(), world.worker()];
        tokio::time::sleep(Duration::from_millis(300 + life * 977 % 9000)).await;
        for worker in workers {
            worker.bury();
        }
    }
    assert_eq!(deaths_until_rest(&world, Death::Never).await, 0);
    let evidence = world.evidence(200);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 200);
    assert_eq!(strikes(&world), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn hand_backs_are_no_strikes() {
    let slow = MemoryOptions { render_base: Duration::from_secs(3000), ..MemoryOptions::default() };
    let world = World::with(slow, &["worker.drain_s=0"]);
    world.broker.put(job("tossed", 2, 5), None);
    for _ in 0..20 {
        let worker = world.worker();
        tokio::time::sleep(Duration::from_secs(30)).await;
        worker.terminate().await;
        assert_eq!(strikes(&world), [""; 0]);
    }
    assert_eq!(deaths_until_rest(&world, Death::Never).await, 0);
    let evidence = world.evidence(1);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 1);
}

#[tokio::test(start_paused = true)]
async fn lost_connections_are_no_strikes_even_while_many_workers_are_at_the_same_message() {
    let world = World::new();
    // All of them are at work on the job for as long as it cannot be submitted.
    for _ in 0..2000 {
        world.provider.fail_next(Call::Submit, FaultKind::Unavailable, false);
    }
    world.broker.put(job("tossed", 1, 5), None);
    let workers: Vec<_> = (0..8).map(|_| world.worker()).collect();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(17)).await;
        for worker in &workers {
            worker.cut();
        }
    }
    world.rest().await;
    for worker in workers {
        worker.terminate().await;
    }
    let evidence = world.evidence(1);
    evidence.check();
    assert_eq!((evidence.count(EventType::Rejected), strikes(&world)), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_worker_may_die_at_any_call_of_a_suspects_job() {
    let suspicious = || async {
        let world = World::new();
        world.broker.put(job("mortal", 2, 10), None);
        for _ in 0..3 {
            let worker = world.mortal_worker(Death::Touching("/mortal.json"));
            worker.fate.death().await;
            worker.bury();
        }
        world
    };
    let undisturbed = suspicious().await;
    let worker = undisturbed.worker();
    undisturbed.rest().await;
    let calls = worker.fate.calls();
    worker.terminate().await;
    assert!(calls > 30, "{calls} calls");
    for death in (0..calls).flat_map(|call| [Death::Before(call), Death::After(call)]) {
        let world = suspicious().await;
        let worker = world.mortal_worker(death);
        tokio::select! {
            () = worker.fate.death() => {}
            () = world.rest() => {}
        }
        worker.bury();
        assert_eq!(deaths_until_rest(&world, Death::Never).await, 0);
        let evidence = world.evidence(1);
        evidence.check();
        assert_eq!((evidence.count(EventType::Completed), strikes(&world)), (1, vec![]), "{death:?}");
    }
}
