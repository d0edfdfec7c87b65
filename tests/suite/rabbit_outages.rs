//! RabbitMQ going away: cut, stalled, blocked and restarted. Each check takes a broker's URL and a prefix for names of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use landfall::job::event::{Event, EventType};
use landfall::job::fault::{FaultKind, Outcome};
use landfall::ports::{Delivery, EventSink, Intake};
use landfall::rabbit::{Link, Rabbit, RabbitEvents};
use lapin::BasicProperties;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use crate::broker::{Bench, SOON, event, next, nothing_more, rejection};
use crate::rabbit_bench::{RabbitBench, until};
use crate::support::proxy::Mode;

/// Between cuts; by chance of the moment this hits a connection that is up, or one that is being made.
const CUT_PAUSE: Duration = Duration::from_millis(200);

/// Jobs and events keep flowing while the wire is cut every fraction of a second: each job's event arrives, and only then
/// is the job gone.
pub(crate) async fn loses_nothing_while_the_wire_is_cut_again_and_again(url: &str, prefix: &str) {
    const CUTS: usize = 20;
    const JOBS: usize = CUTS * 20;
    let bench = RabbitBench::new(url, prefix).await;
    let wire = bench.proxy().await;
    let rabbit = bench.worker_over(&wire, "").await;
    let tap = bench.tap(&["#"]).await;
    let (intake, sink) = (rabbit.intake(), rabbit.events());
    let worker = tokio::spawn(async move {
        let mut jobs = JoinSet::new();
        while let Some(delivery) = intake.next().await {
            jobs.spawn(announce(delivery, Arc::clone(&sink)));
        }
        jobs.join_all().await
    });
    for number in 0..JOBS {
        bench.submit(format!("job-{number}").as_bytes(), None).await;
        if number % (JOBS / CUTS) == JOBS / CUTS / 2 {
            wire.cut();
            sleep(CUT_PAUSE).await;
        }
    }
    let mut announced = BTreeSet::new();
    let all = async {
        while announced.len() < JOBS {
            announced.extend(bench.events(&tap, 1).await.into_iter().map(|event| event.id));
        }
    };
    timeout(SOON, all).await.expect("every job is announced");
    rabbit.intake().stop().await;
    timeout(SOON, worker).await.expect("in time").expect("no panic");
    rabbit.close().await;
    // What was announced and could not be acknowledged comes again; nothing else does.
    let rabbit = bench.worker().await;
    let (intake, sink) = (rabbit.intake(), rabbit.events());
    while let Ok(Some(delivery)) = timeout(Duration::from_secs(2), intake.next()).await {
        assert!(delivery.envelope().redelivered);
        announce(delivery, Arc::clone(&sink)).await;
    }
    announced.extend(bench.events(&tap, 0).await.into_iter().map(|event| event.id));
    assert_eq!(announced.len(), JOBS);
    assert_eq!(bench.dead_letters_now().await, 0);
    rabbit.close().await;
    bench.clear().await;
}

/// What a worker does at the end of a job. A failed acknowledgement is no trouble: the job comes again.
async fn announce(delivery: Box<dyn Delivery>, sink: Arc<RabbitEvents>) {
    let job_id = String::from_utf8_lossy(delivery.body()).into_owned();
    sink.publish(&event(EventType::Completed, &job_id)).await.expect("published");
    let _ = delivery.complete().await;
}

/// A connection whose packets vanish is noticed by its heartbeats, in a time that they bound, and replaced.
pub(crate) async fn notices_a_connection_that_is_open_and_dead(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let wire = bench.proxy().await;
    let rabbit = bench.worker_over(&wire, "?heartbeat=1&connection_timeout=1000").await;
    let tap = bench.tap(&["#"]).await;
    let intake = rabbit.intake();
    bench.put(&bench.names.jobs, b"job", BasicProperties::default()).await;
    let in_hand = next(&*intake).await;
    wire.set(Mode::Stall);
    let stalled = Instant::now();
    let completed = event(EventType::Completed, "job-1");
    let sink = rabbit.events();
    let publishing = tokio::spawn(async move { sink.publish(&completed).await });
    until("the loss is noticed", || !rabbit.is_connected()).await;
    // Two seconds by the book, and what a busy machine adds to that.
    assert!(stalled.elapsed() < Duration::from_secs(12), "{:?}", stalled.elapsed());
    // Attempts that stall are given up, and others follow.
    let opened = wire.opened();
    until("it tries again and again", || wire.opened() >= opened + 2).await;
    wire.set(Mode::Pass);
    wire.cut();
    timeout(SOON, publishing).await.expect("in time").expect("no panic").expect("published after all");
    assert!(!bench.events(&tap, 1).await.is_empty());
    assert_eq!(in_hand.complete().await.expect_err("its connection is lost").kind, FaultKind::Ambiguous);
    next(&*intake).await.complete().await.expect("completed");
    rabbit.close().await;
    bench.clear().await;
}

/// Events that reached the broker, and whose confirms were lost with the connection, are published again under the same
/// ids; their callers hear of it once.
pub(crate) async fn publishes_again_what_was_not_confirmed(url: &str, prefix: &str) {
    const EVENTS: u32 = 20;
    let bench = RabbitBench::new(url, prefix).await;
    let wire = bench.proxy().await;
    let rabbit = bench.worker_over(&wire, "").await;
    let tap = bench.tap(&["#"]).await;
    wire.set(Mode::HoldAnswers);
    let publishing = tokio::spawn(publish_many(&rabbit, EVENTS));
    let mut arrived = BTreeMap::new();
    let mut count =
        async |events: Vec<Event>| events.into_iter().for_each(|event| *arrived.entry(event.id).or_insert(0) += 1);
    // All that were sent before the first answer is due.
    count(bench.events(&tap, 1).await).await;
    assert!(!publishing.is_finished(), "nothing is confirmed yet");
    wire.cut();
    wire.set(Mode::Pass);
    for published in timeout(SOON, publishing).await.expect("in time").expect("no panic") {
        published.expect("no panic").expect("published in the end");
    }
    count(bench.events(&tap, 1).await).await;
    let ids: BTreeSet<String> = (0..EVENTS).map(|number| format!("job-{number}.0.completed")).collect();
    assert_eq!(arrived.keys().cloned().collect::<BTreeSet<_>>(), ids);
    assert!(arrived.values().any(|times| *times > 1), "none was on the way when the wire was cut: {arrived:?}");
    rabbit.close().await;
    bench.clear().await;
}

/// A tag of a lost channel settles nothing of the next one, though the next one gives out the same tags.
pub(crate) async fn settles_nothing_by_the_tags_of_a_lost_channel(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let wire = bench.proxy().await;
    let rabbit = bench.worker_over(&wire, "").await;
    let intake = rabbit.intake();
    for body in ["a", "b", "c"] {
        bench.submit(body.as_bytes(), None).await;
    }
    let mut old = Vec::new();
    for _ in 0..3 {
        old.push(next(&*intake).await);
    }
    wire.cut();
    let mut new = Vec::new();
    for _ in 0..3 {
        new.push(next(&*intake).await);
    }
    for (number, delivery) in old.into_iter().enumerate() {
        let settled = match number {
            0 => delivery.complete().await,
            1 => delivery.hand_back().await,
            _ => delivery.reject(&rejection(b"c")).await,
        };
        assert_eq!(settled.expect_err("its channel is lost").kind, FaultKind::Ambiguous);
    }
    nothing_more(&*intake).await;
    drop(new);
    rabbit.close().await;
    // Each is still there: an old tag would have settled a new delivery.
    let after = bench.worker().await;
    let mut bodies = BTreeSet::new();
    for _ in 0..3 {
        let delivery = next(&*after.intake()).await;
        bodies.insert(delivery.body().to_vec());
        delivery.complete().await.expect("completed");
    }
    assert_eq!(bodies, BTreeSet::from([b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]));
    nothing_more(&*after.intake()).await;
    after.close().await;
    bench.clear().await;
}

/// A delivery that is held beyond the broker's patience: until RabbitMQ 4.2 the broker closes its channel, and all is
/// taken up on another one; since 4.3 the subscription has said how long it takes, and the delivery stays ours.
///
/// The broker's own patience is a second, and it looks at it every second.
pub(crate) async fn outlives_the_brokers_patience(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let intake = rabbit.intake();
    let version = rabbit.broker().expect("connected").version;
    bench.put(&bench.names.jobs, b"job", BasicProperties::default()).await;
    let held = next(&*intake).await;
    if version.starts_with("3.") || ["4.0.", "4.1.", "4.2."].iter().any(|line| version.starts_with(line)) {
        let again = next(&*intake).await;
        assert_eq!(again.body(), b"job");
        assert!(again.envelope().redelivered);
        let fault = held.complete().await.expect_err("its channel is closed");
        assert_eq!(fault.kind, FaultKind::Ambiguous, "{}", fault.chain());
        assert!(rabbit.is_connected(), "the connection has its other channels");
        again.complete().await.expect("completed");
    } else {
        // Time that passes is what is tested here; its queues look every five seconds.
        sleep(Duration::from_secs(12)).await;
        held.complete().await.expect("still ours");
    }
    nothing_more(&*intake).await;
    rabbit.events().publish(&event(EventType::Submitted, "job-1")).await.expect("published");
    rabbit.close().await;
    bench.clear().await;
}

/// The broker goes down hard with jobs in hand and events in flight, and comes back: everything goes on by itself.
///
/// `stop` ends the broker and waits until it is gone, `start` brings the same node back and waits until it answers.
pub(crate) async fn survives_a_restart_of_the_broker(
    url: &str,
    prefix: &str,
    stop: impl AsyncFn(),
    start: impl AsyncFn(),
) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let tap = bench.tap(&["#"]).await;
    bench.put(&bench.names.jobs, b"job", BasicProperties::default().with_delivery_mode(2)).await;
    let intake = rabbit.intake();
    let in_hand = next(&*intake).await;
    stop().await;
    until("the loss is noticed", || !rabbit.is_connected()).await;
    let publishing = publish_many(&rabbit, 100);
    start().await;
    for published in timeout(SOON * 2, publishing).await.expect("in time") {
        published.expect("no panic").expect("published after the restart");
    }
    let fault = in_hand.complete().await.expect_err("its connection is lost");
    assert_eq!(fault.kind, FaultKind::Ambiguous, "{}", fault.chain());
    let again = next(&*intake).await;
    assert_eq!(again.body(), b"job");
    assert!(again.envelope().redelivered);
    again.complete().await.expect("completed");
    nothing_more(&*intake).await;
    rabbit.close().await;
    // The bench's own connection went down with the broker; another sees what is left.
    let after = RabbitBench::connected(url, prefix).await;
    let mut arrived: Vec<String> = after.events(&tap, 100).await.into_iter().map(|event| event.id).collect();
    arrived.sort_unstable();
    arrived.dedup();
    assert_eq!(arrived.len(), 100);
    after.clear().await;
}

/// A broker that raises an alarm accepts no publishes: they wait, readiness says why, and all is well when it ends.
///
/// `alarm` raises or ends a memory or disk alarm.
pub(crate) async fn waits_while_the_broker_blocks(url: &str, prefix: &str, alarm: impl AsyncFn(bool)) {
    let bench = RabbitBench::new(url, prefix).await;
    let rabbit = bench.worker().await;
    let tap = bench.tap(&["#"]).await;
    alarm(true).await;
    let publishing = publish_many(&rabbit, 3);
    until("the alarm is told", || matches!(rabbit.link(), Link::Blocked(_))).await;
    assert!(!rabbit.is_connected());
    alarm(false).await;
    for published in timeout(SOON, publishing).await.expect("in time") {
        published.expect("no panic").expect("published after the alarm");
    }
    assert!(rabbit.is_connected());
    assert!(bench.events(&tap, 3).await.len() >= 3);
    rabbit.close().await;
    bench.clear().await;
}

fn publish_many(rabbit: &Rabbit, count: u32) -> impl Future<Output = Vec<Result<Outcome<()>, JoinError>>> + use<> {
    let sink = rabbit.events();
    join_all((0..count).map(|number| {
        let sink = Arc::clone(&sink);
        tokio::spawn(async move { sink.publish(&event(EventType::Completed, &format!("job-{number}"))).await })
    }))
}
