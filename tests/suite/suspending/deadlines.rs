//! Deadlines that stand still while we are suspended, and what is saved once one has passed.

use std::time::Duration;

use landfall::job::fault::FaultKind;
use landfall::job::reason::Reason;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{HOUR, MINUTE, STORE, bought, causes, finish, record};
use crate::support::memory_provider::{Call, MemoryOptions, TaskScript};
use crate::support::mortal::Death;
use crate::support::world::{World, with};

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
