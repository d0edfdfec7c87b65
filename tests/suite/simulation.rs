//! Whole workers on in-memory ports, under paused time.

use std::time::Duration;

use bytes::Bytes;
use landfall::job::event::{CompletedData, EventType, FailedData, Provenance};
use landfall::job::fault::FaultKind;
use landfall::job::ids::{ObjectKey, ObjectRef, TaskUuid};
use landfall::job::reason::Reason;
use landfall::ports::{ErrorFamily, ObjectStore as _, Unchanged};
use serde_json::json;

use crate::support::memory_provider::{Call, MemoryOptions, TaskScript, refusal};
use crate::support::memory_store::Operation;
use crate::support::mortal::Death;
use crate::support::world::{World, job, with};

async fn see_through(world: &World) {
    let worker = world.worker();
    world.rest().await;
    worker.terminate().await;
}

fn failed(world: &World) -> Vec<FailedData> {
    let failed = world.broker.published().into_iter().filter(|event| event.event_type == EventType::Failed);
    failed.map(|event| serde_json::from_value(event.data).expect("failed data")).collect()
}

fn completed(world: &World) -> Vec<CompletedData> {
    let completed = world.broker.published().into_iter().filter(|event| event.event_type == EventType::Completed);
    completed.map(|event| serde_json::from_value(event.data).expect("completed data")).collect()
}

fn ledger_objects(world: &World) -> Vec<ObjectRef> {
    let keys = world.store.keys("own").into_iter().filter(|key| key.starts_with("landfall/ledger/"));
    keys.map(|key| ObjectRef { bucket: "own".to_owned(), key: ObjectKey::parse(&key).expect("a key") }).collect()
}

fn ledger(world: &World) -> Vec<serde_json::Value> {
    let stored = ledger_objects(world).into_iter().map(|object| world.store.stored(&object).expect("listed"));
    stored.map(|record| serde_json::from_slice(&record.bytes).expect("JSON")).collect()
}

/// Changes every record behind the workers' backs.
async fn damage_ledger(world: &World, change: impl Fn(&str) -> Vec<u8>) {
    for object in ledger_objects(world) {
        let stored = world.store.stored(&object).expect("listed");
        let changed = change(std::str::from_utf8(&stored.bytes).expect("text"));
        let replaced = world.store.replace(&object, &stored.etag, "application/json", changed.into()).await;
        assert!(matches!(replaced, Ok(Unchanged::Yes(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_ends_in_a_verified_video_and_one_event() {
    let world = World::new();
    world
        .broker
        .put(with("one", 1, 30, &[("context", json!({ "order": 7 })), ("tenant", json!("acme"))]), Some("00-t-s-01"));
    see_through(&world).await;
    let evidence = world.evidence(1);
    evidence.check();
    assert_eq!((evidence.count(EventType::Submitted), evidence.count(EventType::Completed)), (1, 1));
    let event = evidence.events.iter().find(|event| event.event_type == EventType::Completed).expect("completed");
    assert_eq!((event.id.as_str(), event.traceparent.as_deref()), ("one.0.completed", Some("00-t-s-01")));
    let data = &completed(&world)[0];
    assert_eq!((data.job.context.clone(), data.job.tenant.as_deref()), (Some(json!({ "order": 7 })), Some("acme")));
    let result = &data.results[0];
    assert_eq!((result.key.as_str(), result.content_type.as_str()), ("one/0.mp4", "video/mp4"));
    assert_eq!((result.provenance, data.cost_usd), (Provenance::Uploaded, Some(0.9)));
    // The golden video is not of the asked length, and the event says so.
    assert!(result.deviations.iter().any(|deviation| deviation.property == "durationSeconds"));
    assert!(data.timings.generating_ms >= 320_000, "{:?}", data.timings);
}

#[tokio::test(start_paused = true)]
async fn one_result_costs_at_most_six_requests_to_the_store() {
    let world = World::new();
    world.broker.put(job("thrifty", 1, 30), None);
    see_through(&world).await;
    let requests = world.store.requests_in_all();
    assert!(requests <= 6, "{requests} requests");
    assert_eq!(world.store.requests(Operation::Open), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_five_minute_tasks_cost_at_most_one_and_a_half_provider_calls_each() {
    let five_minutes = MemoryOptions {
        render_base: Duration::from_secs(300),
        render_per_second: Duration::ZERO,
        ..MemoryOptions::default()
    };
    let world = World::with(five_minutes, &["worker.max_in_flight=1000"]);
    for number in 0..1000 {
        world.broker.put(job(&format!("job-{number}"), 1, 30), None);
    }
    see_through(&world).await;
    world.evidence(1000).check();
    let calls = [Call::Submit, Call::Observe, Call::Recall].map(|call| world.provider.calls(call));
    assert!(calls.iter().sum::<u32>() <= 1500, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn two_workers_share_five_hundred_jobs() {
    let world = World::with(MemoryOptions::default(), &["worker.max_in_flight=60"]);
    for number in 0..500 {
        world.broker.put(job(&format!("job-{number}"), 1 + number % 3, 5 + number % 60), None);
    }
    let workers = [world.worker(), world.worker()];
    world.rest().await;
    for worker in workers {
        worker.terminate().await;
    }
    let evidence = world.evidence(500);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 500);
}

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
        see_through(&world).await;
        let evidence = world.evidence(1);
        evidence.check();
        assert_eq!(evidence.count(EventType::Completed), 1, "{death:?}");
    }
    // Waiting for a delivery that never comes is a call, too, and kills nobody.
    assert!(deaths > calls, "{deaths} deaths at {calls} calls");
}

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
                see_through(&world).await;
                let evidence = world.evidence(1);
                evidence.check();
                assert_eq!(evidence.count(EventType::Completed), 1, "{kind:?} {took_effect} {faults}");
            }
        }
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
        see_through(&world).await;
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
    assert_eq!(completed(&world).len(), 1);
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
    see_through(&world).await;
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
    see_through(&world).await;
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

#[tokio::test(start_paused = true)]
async fn a_video_that_does_not_arrive_is_rescued() {
    for script in [TaskScript::SkipUpload, TaskScript::UploadNothing] {
        let world = World::new();
        world.provider.script_next(script);
        world.broker.put(job("rescued", 1, 10), None);
        see_through(&world).await;
        world.evidence(1).check();
        let result = &completed(&world)[0].results[0];
        assert_eq!(result.provenance, Provenance::Rescued);
        assert_eq!(result.sha256.as_ref().map(String::len), Some(64));
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_upload_is_waited_for() {
    let world = World::new();
    world.provider.script_next(TaskScript::UploadLate(Duration::from_secs(20)));
    world.broker.put(job("late", 1, 10), None);
    see_through(&world).await;
    world.evidence(1).check();
    assert_eq!(completed(&world)[0].results[0].provenance, Provenance::Uploaded);
}

#[tokio::test(start_paused = true)]
async fn a_video_that_is_nowhere_fails_with_its_reason_and_cost() {
    for (script, reason) in
        [(TaskScript::SkipUpload, Reason::ObjectMissing), (TaskScript::UploadNothing, Reason::ObjectInvalid)]
    {
        let mut world = World::new();
        world.results.0 = Bytes::new();
        world.provider.script_next(script);
        world.broker.put(job("lost", 1, 10), None);
        see_through(&world).await;
        world.evidence(1).check();
        let data = &failed(&world)[0];
        assert_eq!((data.reason, data.cost_usd), (reason, Some(0.3)));
        assert!(data.message.contains("could not be fetched"), "{}", data.message);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_says_no_to_fails_with_the_right_reason() {
    let cases = [
        (TaskScript::Refuse(refusal(ErrorFamily::Validation, "invalidDuration")), Reason::ProviderRejected),
        (TaskScript::Refuse(refusal(ErrorFamily::Safety, "contentPolicyViolation")), Reason::ContentRefused),
        (TaskScript::Fail(refusal(ErrorFamily::Safety, "nsfwContentDetected")), Reason::ContentRefused),
        (TaskScript::Fail(refusal(ErrorFamily::Provider, "providerError")), Reason::ProviderFailed),
        (TaskScript::Fail(refusal(ErrorFamily::Timeout, "timeoutProvider")), Reason::ProviderFailed),
    ];
    for (script, reason) in cases {
        let world = World::new();
        world.provider.script_next(script);
        world.broker.put(job("refused", 2, 10), None);
        see_through(&world).await;
        world.evidence(1).check();
        let data = &failed(&world)[0];
        assert_eq!(data.reason, reason);
        assert_eq!((data.results.len(), data.failures.len()), (1, 1), "the other result landed all the same");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeat_of_a_finished_job_is_announced_again_and_buys_nothing() {
    let world = World::new();
    world.broker.put(job("again", 1, 10), None);
    see_through(&world).await;
    let calls = world.provider.calls(Call::Submit);
    world.broker.put(job("again", 1, 10), None);
    see_through(&world).await;
    world.evidence(1).check();
    assert_eq!(world.provider.calls(Call::Submit), calls);
    assert_eq!(completed(&world).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_record_of_a_job_with_a_deep_context_can_be_read_again() {
    let world = World::new();
    let deep = (0..100).fold(json!([1].repeat(1900)), |inner, _| json!([inner]));
    for _ in 0..2 {
        world.broker.put(with("deep", 1, 10, &[("context", deep.clone())]), None);
        see_through(&world).await;
    }
    world.evidence(1).check();
    assert_eq!(completed(&world).len(), 2);
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
    assert!(completed(&world).len() >= 8);
}

#[tokio::test(start_paused = true)]
async fn an_id_with_other_content_is_refused_and_harms_neither_job() {
    let world = World::new();
    world.broker.put(job("mine", 1, 10), None);
    world.broker.put(job("mine", 1, 20), None);
    see_through(&world).await;
    let evidence = world.evidence(2);
    evidence.check();
    assert_eq!((evidence.count(EventType::Completed), evidence.count(EventType::Rejected)), (1, 1));
    assert_eq!(world.broker.dead_letters()[0].rejection.reason, Reason::JobIdReused);
}

#[tokio::test(start_paused = true)]
async fn garbage_is_dead_lettered_and_holds_nothing_up() {
    let world = World::new();
    world.broker.put("not json", None);
    world.broker.put(with("odd", 1, 10, &[("fps", json!(24))]), None);
    world.broker.put(vec![b' '; 300_000], None);
    world.broker.put(job("good", 1, 10), None);
    see_through(&world).await;
    let evidence = world.evidence(4);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 1);
    let letters = world.broker.dead_letters();
    assert!(letters.iter().any(|letter| letter.rejection.problems.iter().any(|problem| problem.field == "fps")));
}

#[tokio::test(start_paused = true)]
async fn a_job_past_its_deadline_fails_as_such() {
    let world = World::new();
    world.provider.script_next(TaskScript::Lose);
    world.broker.put(with("slow", 1, 10, &[("deadline", json!("PT10M"))]), None);
    world.broker.put(with("expired", 1, 10, &[("deadline", json!("2030-12-31T00:00:00Z"))]), None);
    see_through(&world).await;
    world.evidence(2).check();
    assert!(failed(&world).iter().all(|data| data.reason == Reason::DeadlineExceeded));
    let bought: u32 = world.provider.all_counts().values().map(|counts| counts.purchases).sum();
    assert_eq!(bought, 1, "a job that is late before it begins buys nothing");
}

#[tokio::test(start_paused = true)]
async fn no_deadline_is_later_than_an_upload_url_can_live() {
    let world = World::new();
    for (name, deadline) in [("long", "P300D"), ("longest", "PT2000000000H"), ("never", "9999-01-01T00:00:00Z")] {
        world.broker.put(with(name, 1, 10, &[("deadline", json!(deadline))]), None);
    }
    see_through(&world).await;
    world.evidence(3).check();
    for record in ledger(&world) {
        let deadline = record["deadline"].as_str().expect("an instant");
        assert!(deadline < "2031-01-08T00:00:00Z", "{deadline}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_record_is_damaged_ends_and_buys_nothing() {
    let world = World::new();
    world.broker.put(job("damaged", 1, 10), None);
    see_through(&world).await;
    let calls = world.provider.calls(Call::Submit);
    damage_ledger(&world, |_| b"{ \"schema\": \"dev.landfall.led".to_vec()).await;
    world.broker.put(job("damaged", 1, 10), None);
    see_through(&world).await;
    assert_eq!(failed(&world)[0].reason, Reason::Internal);
    assert!(failed(&world)[0].message.contains("ledger record"), "{}", failed(&world)[0].message);
    assert_eq!(world.provider.calls(Call::Submit), calls);
}

#[tokio::test(start_paused = true)]
async fn a_record_of_another_release_waits_for_a_worker_that_can_read_it() {
    let world = World::new();
    world.broker.put(job("newer", 1, 10), None);
    see_through(&world).await;
    damage_ledger(&world, |text| text.replace("ledger.v1", "ledger.v2").into_bytes()).await;
    world.broker.put(job("newer", 1, 10), None);
    let worker = world.worker();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!((world.broker.depth(), failed(&world).len()), ((0, 1), 0));
    damage_ledger(&world, |text| text.replace("ledger.v2", "ledger.v1").into_bytes()).await;
    world.rest().await;
    worker.terminate().await;
    world.evidence(1).check();
}

#[tokio::test(start_paused = true)]
async fn only_a_few_videos_are_rescued_at_once() {
    let world = World::new();
    for number in 0..50 {
        world.provider.script_next(TaskScript::SkipUpload);
        world.broker.put(job(&format!("job-{number}"), 1, 5), None);
    }
    see_through(&world).await;
    world.evidence(50).check();
    let most = world.store.most_streams();
    assert!((1..=8).contains(&most), "{most} streams at once");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_may_cost_too_much_buys_nothing_and_may_come_again_with_more() {
    let world = World::new();
    world.broker.put(with("dear", 4, 100, &[("maxCostUsd", json!(1.0))]), None);
    see_through(&world).await;
    assert_eq!(failed(&world)[0].reason, Reason::BudgetExceeded);
    assert!(world.provider.all_counts().is_empty());
    world.broker.put(with("dear", 4, 100, &[("maxCostUsd", json!(20.0))]), None);
    see_through(&world).await;
    assert_eq!(completed(&world).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_runs_out_parks_the_job_and_it_goes_on() {
    let hour = MemoryOptions { render_base: Duration::from_secs(3600), ..MemoryOptions::default() };
    let world = World::with(hour, &["worker.lease_s=300", "worker.job_deadline_s=36000"]);
    world.broker.put(job("long", 1, 10), None);
    see_through(&world).await;
    world.evidence(1).check();
    assert_eq!(completed(&world).len(), 1);
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
    assert_eq!(completed(&world).len(), 1);
    see_through(&world).await;
    world.evidence(2).check();
    assert_eq!(completed(&world).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_object_at_the_final_key_is_never_replaced_unasked() {
    let world = World::new();
    let shared_key = json!({ "key": "films/the-one.mp4" });
    world.broker.put(with("first", 1, 10, &[("destination", shared_key.clone())]), None);
    see_through(&world).await;
    world.broker.put(with("second", 1, 10, &[("destination", shared_key)]), None);
    see_through(&world).await;
    world.evidence(2).check();
    let data = &failed(&world)[0];
    assert_eq!(data.reason, Reason::DestinationOccupied);
    let uuid: TaskUuid = data.failures[0].task_uuid;
    assert_eq!(world.provider.counts(uuid).purchases, 1);
    assert!(data.message.contains("landfall/staging/second/"), "it says where the paid video is: {}", data.message);
}
