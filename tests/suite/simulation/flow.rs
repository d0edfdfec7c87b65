//! Jobs that nothing disturbs, and what they cost in calls.

use std::time::Duration;

use landfall::job::event::{EventType, Provenance};
use serde_json::json;

use crate::support::memory_provider::{Call, MemoryOptions};
use crate::support::memory_store::Operation;
use crate::support::world::{World, job, with};

#[tokio::test(start_paused = true)]
async fn a_job_ends_in_a_verified_video_and_one_event() {
    let world = World::new();
    world
        .broker
        .put(with("one", 1, 30, &[("context", json!({ "order": 7 })), ("tenant", json!("acme"))]), Some("00-t-s-01"));
    world.see_through().await;
    let evidence = world.evidence(1);
    evidence.check();
    assert_eq!((evidence.count(EventType::Submitted), evidence.count(EventType::Completed)), (1, 1));
    let event = evidence.events.iter().find(|event| event.event_type == EventType::Completed).expect("completed");
    assert_eq!((event.id.as_str(), event.traceparent.as_deref()), ("one.0.completed", Some("00-t-s-01")));
    let data = &world.completed()[0];
    assert_eq!((data.job.context.clone(), data.job.tenant.as_deref()), (Some(json!({ "order": 7 })), Some("acme")));
    let result = &data.results[0];
    assert_eq!((result.key.as_str(), result.content_type.as_str()), ("one/0.mp4", "video/mp4"));
    assert_eq!((result.provenance, data.cost_usd), (Provenance::Uploaded, Some(0.9)));
    // The golden video is not of the asked length, and the event says so.
    assert!(result.deviations.iter().any(|deviation| deviation.property == "durationSeconds"));
    assert!(data.timings.generating_ms >= 320_000, "{:?}", data.timings);
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_in_steps_where_it_is_wanted() {
    for (setting, least) in [("events.progress=true", 5), ("events.progress=false", 0)] {
        let world = World::with(MemoryOptions::default(), &[setting]);
        world.broker.put(job("watched", 1, 60), None);
        world.see_through().await;
        let evidence = world.evidence(1);
        evidence.check();
        let told = evidence.count(EventType::Progress);
        assert!((least..=2 * least).contains(&told), "{told} progress events with {setting}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_result_costs_at_most_six_requests_to_the_store() {
    let world = World::new();
    world.broker.put(job("thrifty", 1, 30), None);
    world.see_through().await;
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
    world.see_through().await;
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
