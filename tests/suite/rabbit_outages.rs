//! RabbitMQ going away: cut, stalled, blocked and restarted. Each check takes a broker's URL and a prefix for names of its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use landfall::job::event::EventType;
use landfall::job::fault::{FaultKind, Outcome};
use landfall::ports::{Delivery, EventSink, Intake};
use landfall::rabbit::{Link, Rabbit, RabbitEvents};
use lapin::BasicProperties;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use crate::broker::{Bench, SOON, event, next, nothing_more};
use crate::rabbit_bench::{RabbitBench, Wire, until};

/// Between cuts; by chance of the moment this hits a connection that is up, or one that is being made.
const CUT_PAUSE: Duration = Duration::from_millis(200);

/// Jobs and events keep flowing while the wire is cut every fraction of a second: each job's event arrives, and only then
/// is the job gone.
pub(crate) async fn loses_nothing_while_the_wire_is_cut_again_and_again(url: &str, prefix: &str) {
    const CUTS: usize = 20;
    const JOBS: usize = CUTS * 20;
    let bench = RabbitBench::new(url, prefix).await;
    let wire = Wire::to(url).await;
    let rabbit = bench.worker_over(&wire).await;
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

/// A connection that is open and dead is noticed by its heartbeat and replaced.
pub(crate) async fn notices_a_connection_that_is_open_and_dead(url: &str, prefix: &str) {
    let bench = RabbitBench::new(url, prefix).await;
    let tap_wire = Wire::to(&format!("{url}?heartbeat=1&connection_timeout=1000")).await;
    let rabbit = bench.worker_over(&tap_wire).await;
    let tap = bench.tap(&["#"]).await;
    tap_wire.stall(true);
    let completed = event(EventType::Completed, "job-1");
    let sink = rabbit.events();
    let publishing = tokio::spawn(async move { sink.publish(&completed).await });
    until("the loss is noticed", || !rabbit.is_connected()).await;
    tap_wire.stall(false);
    tap_wire.cut();
    timeout(SOON, publishing).await.expect("in time").expect("no panic").expect("published after all");
    assert!(!bench.events(&tap, 1).await.is_empty());
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
