//! Trouble at the ports that is not the job's: nothing fails for it, and nothing is bought twice.

use std::time::Duration;

use landfall::job::event::EventType;
use landfall::job::fault::FaultKind;

use crate::support::memory_provider::{Call, MemoryOptions, TaskScript};
use crate::support::memory_store::Operation;
use crate::support::world::{World, job};

#[tokio::test(start_paused = true)]
async fn a_submission_with_an_unknown_outcome_is_settled_without_a_second_purchase() {
    for kind in [FaultKind::Ambiguous, FaultKind::Malformed] {
        for took_effect in [true, false] {
            for faults in 1..4 {
                let options = MemoryOptions { visible_after: Duration::from_secs(3), ..MemoryOptions::default() };
                let world = World::with(options, &[]);
                for _ in 0..faults {
                    world.provider.fail_next(Call::Submit, kind.clone(), took_effect);
                }
                world.broker.put(job("unclear", 2, 10), None);
                world.see_through().await;
                let evidence = world.evidence(1);
                evidence.check();
                assert_eq!(evidence.count(EventType::Completed), 1, "{kind:?} {took_effect} {faults}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_bought_is_asked_for_before_it_is_sent_again() {
    for kind in [FaultKind::Ambiguous, FaultKind::Malformed] {
        let world = World::new();
        world.provider.fail_next(Call::Submit, kind, false);
        world.broker.put(job("unclear", 1, 10), None);
        let worker = world.worker();
        tokio::time::timeout(Duration::from_secs(30), async {
            while world.provider.calls(Call::Submit) < 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await
        .expect("it is sent again");
        assert_eq!((world.provider.calls(Call::Observe), world.provider.calls(Call::Recall)), (1, 1));
        world.rest().await;
        worker.terminate().await;
        world.evidence(1).check();
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_that_is_not_the_jobs_fails_no_job() {
    let kinds = [
        FaultKind::NotSent,
        FaultKind::Unavailable,
        FaultKind::Denied,
        FaultKind::Throttled { after: Some(Duration::from_secs(7)) },
        FaultKind::Malformed,
        FaultKind::Ambiguous,
    ];
    for kind in kinds {
        let world = World::new();
        for call in [Call::Submit, Call::Observe] {
            for _ in 0..5 {
                world.provider.fail_next(call, kind.clone(), false);
            }
        }
        world.broker.put(job("patient", 1, 10), None);
        world.see_through().await;
        let evidence = world.evidence(1);
        evidence.check();
        assert_eq!(evidence.count(EventType::Completed), 1, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_while_videos_land_fails_no_job() {
    const LANDING: [Operation; 4] = [Operation::Open, Operation::ReadRange, Operation::Promote, Operation::WriteStream];
    for (failing, kind) in [
        (&LANDING[..], FaultKind::Unavailable),
        (&LANDING[2..], FaultKind::Unavailable),
        (&LANDING[2..], FaultKind::Denied),
    ] {
        let world = World::new();
        world.provider.script_next(TaskScript::SkipUpload);
        world.broker.put(job("patient", 2, 10), None);
        let worker = world.worker();
        tokio::time::sleep(Duration::from_secs(60)).await;
        world.store.fail(failing, &kind);
        tokio::time::sleep(Duration::from_secs(900)).await;
        world.store.mend();
        world.rest().await;
        worker.terminate().await;
        let evidence = world.evidence(1);
        evidence.check();
        assert_eq!(evidence.count(EventType::Completed), 1, "{kind:?} on {failing:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_may_be_written_and_not_read_is_our_fault_and_not_the_jobs() {
    let world = World::new();
    world.broker.put(job("unreadable", 1, 10), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.store.fail(&[Operation::Open], &FaultKind::Denied);
    tokio::time::sleep(Duration::from_secs(900)).await;
    world.store.mend();
    world.rest().await;
    worker.terminate().await;
    world.evidence(1).check();
    assert_eq!(world.completed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_jobs_are_taken_for_lack_of_credit_although_running_tasks_answer() {
    let world = World::new();
    world.broker.put(job("running", 1, 300), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(60)).await;
    for _ in 0..1000 {
        world.provider.fail_next(Call::Submit, FaultKind::Denied, false);
    }
    world.broker.put(job("probe", 1, 10), None);
    tokio::time::sleep(Duration::from_secs(60)).await;
    for number in 0..30 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    tokio::time::sleep(Duration::from_secs(300)).await;
    let (waiting, in_hand) = world.broker.depth();
    // The two, one that was let in before credit ran out, and one scout.
    assert!(waiting >= 28 && in_hand <= 4, "{waiting} wait, {in_hand} are in hand");
    worker.terminate().await;
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_asks_to_slow_down_is_not_called_once_for_every_task() {
    let world = World::new();
    for _ in 0..3 {
        world.provider.fail_next(Call::Submit, FaultKind::Throttled { after: None }, false);
    }
    for number in 0..40 {
        world.broker.put(job(&format!("job-{number}"), 1, 5), None);
    }
    world.see_through().await;
    world.evidence(40).check();
    let calls = world.provider.calls(Call::Submit);
    assert!(calls <= 6, "{calls} calls");
}

#[tokio::test(start_paused = true)]
async fn a_task_for_which_a_whole_call_is_refused_does_not_take_the_others_with_it() {
    let world = World::new();
    world.provider.fail_next(Call::Submit, FaultKind::Rejected { code: "http_413".to_owned() }, false);
    for number in 0..5 {
        world.broker.put(job(&format!("job-{number}"), 1, 5), None);
    }
    world.see_through().await;
    let evidence = world.evidence(5);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 5);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_reaches_no_queue_suspends_intake_and_is_announced_once_someone_is_bound() {
    let world = World::new();
    world.broker.bind_events(false);
    world.broker.put(job("unheard", 1, 5), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(world.broker.depth(), (0, 1), "the job is held");
    world.broker.bind_events(true);
    world.rest().await;
    worker.terminate().await;
    world.evidence(1).check();
}
