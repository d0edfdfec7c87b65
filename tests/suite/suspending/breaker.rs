//! A side that is away or refuses us: intake stops, one call at a time probes it, and a blip does nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use landfall::job::event::EventType;
use landfall::job::fault::{FaultKind, Outcome};
use landfall::job::ids::ResultUrl;
use landfall::ports::{ByteStream, Clock as _, ResultFetch};
use landfall::worker::Ports;
use serde_json::json;
use tokio::time::Instant;

use super::{HOUR, MINUTE, PROVIDER, STORE, causes, finish};
use crate::support::memory_provider::{Call, TaskScript};
use crate::support::memory_store::Operation;
use crate::support::mortal::Death;
use crate::support::world::{VIDEO, World, job, with};

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_away_stops_the_intake_and_is_probed_by_one_call_at_a_time() {
    for kind in [FaultKind::NotSent, FaultKind::Unavailable, FaultKind::Ambiguous] {
        let world = World::new();
        for number in 0..10 {
            world.broker.put(job(&format!("running-{number}"), 1, 60), None);
        }
        let worker = world.worker();
        tokio::time::sleep(MINUTE).await;
        world.provider.fail(&PROVIDER, &kind);
        for number in 0..50 {
            world.broker.put(with(&format!("new-{number}"), 1, 10, &[("deadline", json!("PT20M"))]), None);
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        assert!(causes(&worker).iter().any(|cause| cause.contains("is away")), "{kind:?}: {:?}", causes(&worker));
        let before: u32 = PROVIDER.iter().map(|call| world.provider.calls(*call)).sum();
        tokio::time::sleep(HOUR).await;
        let calls = PROVIDER.iter().map(|call| world.provider.calls(*call)).sum::<u32>() - before;
        assert!(calls <= 2 * 360 + 10, "{kind:?}: {calls} calls in an hour");
        let (waiting, in_hand) = world.broker.depth();
        assert!(in_hand < 30, "{kind:?}: {waiting} wait, {in_hand} are in hand");
        world.provider.mend();
        finish(&world, worker).await;
        let evidence = world.evidence(60);
        evidence.check();
        assert_eq!(evidence.count(EventType::Completed), 60, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_probed_by_one_call_at_a_time_and_makes_us_unready() {
    let world = World::new();
    for number in 0..40 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let worker = world.worker();
    tokio::time::sleep(MINUTE).await;
    world.store.fail(&STORE, &FaultKind::NotSent);
    tokio::time::sleep(MINUTE * 4).await;
    assert!(causes(&worker).iter().any(|cause| cause.contains("(videos) is away")), "{:?}", causes(&worker));
    let before = world.store.requests_in_all();
    tokio::time::sleep(HOUR).await;
    let requests = world.store.requests_in_all() - before;
    assert!(requests <= 2 * 360 + 10, "{requests} requests in an hour");
    world.store.mend();
    let mended = Instant::now();
    finish(&world, worker).await;
    assert!(mended.elapsed() < MINUTE * 2, "{:?}", mended.elapsed());
    let evidence = world.evidence(40);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 40);
}

/// Notes how long the streams that it gives lie unread.
#[derive(Clone, Default)]
struct Impatient(Arc<Mutex<Duration>>);

#[async_trait]
impl ResultFetch for Impatient {
    async fn fetch(&self, _url: &ResultUrl) -> Outcome<ByteStream> {
        let (longest, opened) = (self.0.clone(), Instant::now());
        let read = move || {
            let mut longest = longest.lock().expect("no holder panics");
            *longest = longest.max(opened.elapsed());
            Ok(Bytes::from_static(VIDEO))
        };
        Ok(futures_util::stream::once(async move { read() }).boxed())
    }
}

#[tokio::test(start_paused = true)]
async fn no_video_is_fetched_before_the_store_that_it_goes_to_is_back() {
    let world = World::new();
    for number in 0..20 {
        world.provider.script_next(TaskScript::SkipUpload);
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let impatient = Impatient::default();
    let results = Arc::new(impatient.clone());
    let worker = world.worker_over(Death::Never, |ports| Ports { results, ..ports });
    world.store.fail(&[Operation::WriteStream], &FaultKind::Unavailable);
    tokio::time::sleep(MINUTE * 15).await;
    assert!(causes(&worker).iter().any(|cause| cause.contains("(videos) is away")), "{:?}", causes(&worker));
    world.store.mend();
    finish(&world, worker).await;
    world.evidence(20).check();
    assert_eq!(world.completed().len(), 20);
    let unread = *impatient.0.lock().expect("no holder panics");
    assert!(unread < Duration::from_secs(5), "a stream lay unread for {unread:?}");
}

#[tokio::test(start_paused = true)]
async fn a_blip_suspends_nothing() {
    let world = World::new();
    for call in PROVIDER {
        world.provider.fail_next(call, FaultKind::Unavailable, false);
    }
    for number in 0..40 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let worker = world.worker();
    for _ in 0..300 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if world.clock.now().as_second() % 60 == 0 {
            world.store.fail(&STORE, &FaultKind::Unavailable);
            tokio::time::sleep(Duration::from_secs(1)).await;
            world.store.mend();
        }
        assert_eq!(causes(&worker), Vec::<String>::new());
    }
    finish(&world, worker).await;
    world.evidence(40).check();
}

#[tokio::test(start_paused = true)]
async fn a_refused_side_is_asked_by_one_call_at_a_time() {
    let world = World::new();
    for number in 0..40 {
        world.broker.put(job(&format!("job-{number}"), 1, 10), None);
    }
    let worker = world.worker();
    tokio::time::sleep(MINUTE).await;
    world.provider.fail(&PROVIDER, &FaultKind::Denied);
    tokio::time::sleep(MINUTE).await;
    let before: u32 = PROVIDER.iter().map(|call| world.provider.calls(*call)).sum();
    tokio::time::sleep(HOUR).await;
    let calls = PROVIDER.iter().map(|call| world.provider.calls(*call)).sum::<u32>() - before;
    assert!(calls <= 2 * 360 + 10, "{calls} calls in an hour");
    world.provider.mend();
    finish(&world, worker).await;
    world.evidence(40).check();
    assert_eq!(world.completed().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_submission_that_is_found_accepted_ends_the_suspension_of_submissions() {
    let world = World::new();
    world.provider.fail(&[Call::Submit], &FaultKind::Denied);
    world.broker.put(job("patient", 1, 10), None);
    let worker = world.worker();
    tokio::time::sleep(MINUTE).await;
    assert_eq!(causes(&worker).len(), 1);
    world.provider.mend();
    world.provider.fail_next(Call::Submit, FaultKind::Ambiguous, true);
    world.rest().await;
    assert_eq!(causes(&worker), Vec::<String>::new());
    finish(&world, worker).await;
    world.evidence(1).check();
}
