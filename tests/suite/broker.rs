//! What every [`Intake`] and [`EventSink`] must do, over any broker that can be put to the test.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use landfall::job::event::{Event, EventType, JobData, RejectedData, Speaker, to_value};
use landfall::job::fault::FaultKind;
use landfall::job::fields::Problem;
use landfall::job::ids::JobId;
use landfall::job::reason::Reason;
use landfall::ports::{Delivery, EventSink, Intake};
use tokio::time::timeout;

/// Longest wait for something that must happen.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// How long nothing must happen before it is believed not to.
pub(crate) const QUIET: Duration = Duration::from_millis(400);

/// W3C's own example.
pub(crate) const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A broker under test: the producer's and the operator's side of it.
#[async_trait]
pub(crate) trait Bench: Send + Sync {
    /// Queues a job as a producer would.
    async fn submit(&self, body: &[u8], traceparent: Option<&str>);

    /// A worker's own connection.
    async fn intake(&self) -> Arc<dyn Intake>;

    /// Cuts the connection of that worker and lets it be restored.
    async fn disconnect(&self, intake: &Arc<dyn Intake>);

    /// Takes all dead letters there are: body and reason.
    async fn dead_letters(&self) -> Vec<(Vec<u8>, String)>;
}

/// Deliveries come, go back, go on and end as the port says.
pub(crate) async fn intake_conforms(bench: &dyn Bench) {
    a_job_comes_once_with_its_trace_context(bench).await;
    a_job_handed_back_comes_again(bench).await;
    a_job_parked_comes_again(bench).await;
    a_rejected_message_is_dead_lettered_with_its_reason(bench).await;
    a_message_is_any_bytes(bench).await;
    what_was_in_hand_when_the_connection_was_lost_comes_again(bench).await;
    an_intake_at_rest_takes_nothing_and_goes_on_afterwards(bench).await;
    a_stopped_intake_gives_back_what_it_took_ahead(bench).await;
}

async fn an_intake_at_rest_takes_nothing_and_goes_on_afterwards(bench: &dyn Bench) {
    let (resting, other) = (bench.intake().await, bench.intake().await);
    // It asks, nobody answers, and it asks no more: what comes then is for others.
    nothing_more(&*resting).await;
    resting.rest(true).await;
    for body in [b"first", b"other"] {
        bench.submit(body, None).await;
    }
    for _ in 0..2 {
        next(&*other).await.complete().await.expect("completed");
    }
    nothing_more(&*other).await;
    other.rest(true).await;
    bench.submit(b"later", None).await;
    resting.rest(false).await;
    let delivery = next(&*resting).await;
    assert_eq!(delivery.body(), b"later");
    // What is in hand at rest stays there.
    resting.rest(true).await;
    delivery.complete().await.expect("completed");
    for intake in [resting, other] {
        intake.stop().await;
    }
}

async fn a_job_comes_once_with_its_trace_context(bench: &dyn Bench) {
    let intake = bench.intake().await;
    bench.submit(b"traced", Some(TRACE)).await;
    let delivery = next(&*intake).await;
    assert_eq!(delivery.body(), b"traced");
    assert_eq!(delivery.envelope().traceparent.as_deref(), Some(TRACE));
    assert!(!delivery.envelope().redelivered);
    delivery.complete().await.expect("completed");
    nothing_more(&*intake).await;
    intake.stop().await;
}

async fn a_job_handed_back_comes_again(bench: &dyn Bench) {
    let intake = bench.intake().await;
    bench.submit(b"handed back", Some(TRACE)).await;
    next(&*intake).await.hand_back().await.expect("handed back");
    let again = next(&*intake).await;
    assert_eq!(again.body(), b"handed back");
    assert_eq!(again.envelope().traceparent.as_deref(), Some(TRACE));
    assert!(again.envelope().redelivered);
    again.complete().await.expect("completed");
    nothing_more(&*intake).await;
    intake.stop().await;
}

async fn a_job_parked_comes_again(bench: &dyn Bench) {
    let intake = bench.intake().await;
    bench.submit(b"parked", Some(TRACE)).await;
    for _ in 0..3 {
        let delivery = next(&*intake).await;
        assert_eq!(delivery.body(), b"parked");
        assert_eq!(delivery.envelope().traceparent.as_deref(), Some(TRACE));
        delivery.park().await.expect("parked");
    }
    next(&*intake).await.complete().await.expect("completed");
    nothing_more(&*intake).await;
    intake.stop().await;
}

async fn a_rejected_message_is_dead_lettered_with_its_reason(bench: &dyn Bench) {
    let intake = bench.intake().await;
    bench.submit(b"{\"width\":1}", None).await;
    bench.submit(b"behind it", None).await;
    let delivery = next(&*intake).await;
    delivery.reject(&rejection(b"{\"width\":1}")).await.expect("rejected");
    let behind = next(&*intake).await;
    assert_eq!(behind.body(), b"behind it");
    behind.complete().await.expect("completed");
    assert_eq!(bench.dead_letters().await, [(b"{\"width\":1}".to_vec(), "invalid_job".to_owned())]);
    nothing_more(&*intake).await;
    intake.stop().await;
}

async fn a_message_is_any_bytes(bench: &dyn Bench) {
    let intake = bench.intake().await;
    let large = vec![0xff; 10 * 1024 * 1024];
    for body in [Vec::new(), vec![0, 255, 10], large] {
        bench.submit(&body, None).await;
        let delivery = next(&*intake).await;
        assert!(delivery.body() == body, "{} bytes came instead of {}", delivery.body().len(), body.len());
        delivery.reject(&rejection(&body)).await.expect("rejected");
        assert!(bench.dead_letters().await == [(body, "invalid_job".to_owned())]);
    }
    intake.stop().await;
}

async fn what_was_in_hand_when_the_connection_was_lost_comes_again(bench: &dyn Bench) {
    let intake = bench.intake().await;
    bench.submit(b"lost", None).await;
    let lost = next(&*intake).await;
    bench.disconnect(&intake).await;
    let again = next(&*intake).await;
    assert_eq!(again.body(), b"lost");
    assert!(again.envelope().redelivered);
    let fault = lost.complete().await.expect_err("a delivery of a lost connection cannot be settled");
    assert_eq!(fault.kind, FaultKind::Ambiguous, "{}", fault.chain());
    again.complete().await.expect("completed");
    nothing_more(&*intake).await;
    intake.stop().await;
}

async fn a_stopped_intake_gives_back_what_it_took_ahead(bench: &dyn Bench) {
    let first = bench.intake().await;
    for body in ["a", "b", "c", "d"] {
        bench.submit(body.as_bytes(), None).await;
    }
    let in_hand = next(&*first).await;
    timeout(SOON, first.stop()).await.expect("stopping is bounded");
    assert!(timeout(SOON, first.next()).await.expect("a stopped intake answers").is_none());
    let second = bench.intake().await;
    let mut bodies = Vec::new();
    for _ in 0..3 {
        let delivery = next(&*second).await;
        bodies.push(delivery.body().to_vec());
        delivery.complete().await.expect("completed");
    }
    bodies.sort();
    assert_eq!(bodies, [b"b", b"c", b"d"]);
    assert_eq!(in_hand.body(), b"a");
    in_hand.complete().await.expect("what is in hand can be completed after the stop");
    nothing_more(&*second).await;
    second.stop().await;
}

/// Events arrive as they were published, repeats under the same id. `arrived` takes what has come since it was called last.
pub(crate) async fn event_sink_conforms(sink: &dyn EventSink, mut arrived: impl AsyncFnMut(usize) -> Vec<Event>) {
    let events: Vec<Event> = EventType::ALL.iter().map(|event_type| event(*event_type, "job-1")).collect();
    for event in &events {
        sink.publish(event).await.expect("published");
    }
    assert_eq!(arrived(events.len()).await, events);
    sink.publish(&events[3]).await.expect("published again");
    assert_eq!(arrived(1).await, [events[3].clone()]);
}

/// With no queue bound: a terminal event is refused as our own fault, any other is not missed.
pub(crate) async fn unbound_event_sink_conforms(sink: &dyn EventSink) {
    for event_type in EventType::ALL {
        let published = sink.publish(&event(event_type, "job-1")).await;
        match published {
            Ok(()) => assert!(!event_type.is_terminal(), "{event_type:?} was lost silently"),
            Err(fault) => {
                assert!(event_type.is_terminal(), "{}", fault.chain());
                assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
            }
        }
    }
}

/// The next delivery, which must come.
pub(crate) async fn next(intake: &dyn Intake) -> Box<dyn Delivery> {
    timeout(SOON, intake.next()).await.expect("a delivery comes").expect("the intake goes on")
}

/// Nothing more comes for a while.
pub(crate) async fn nothing_more(intake: &dyn Intake) {
    if let Ok(Some(delivery)) = timeout(QUIET, intake.next()).await {
        panic!("unexpected delivery: {:?}", String::from_utf8_lossy(delivery.body()));
    }
}

/// An event of a job.
pub(crate) fn event(event_type: EventType, job_id: &str) -> Event {
    let job_id = JobId::parse(job_id).expect("a job id");
    let job = JobData { job_id, tenant: Some("t".to_owned()), generation: 0, context: None };
    let speaker = Speaker { source: "/pool/test".to_owned(), traceparent: Some(TRACE.to_owned()) };
    let time = "2026-11-23T10:00:00.123Z".parse::<Timestamp>().expect("an instant");
    speaker.of_job(event_type, &job, "", time, to_value(&job))
}

/// Why a message is no job.
pub(crate) fn rejection(body: &[u8]) -> RejectedData {
    let speaker = Speaker { source: "/pool/test".to_owned(), traceparent: None };
    let problem = Problem { field: "width".to_owned(), problem: "comes with height".to_owned() };
    speaker.of_rejected(body, None, Reason::InvalidJob, vec![problem], Timestamp::UNIX_EPOCH).1
}

/// The bench of a broker in memory.
pub(crate) mod memory {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use super::{Arc, Bench, Intake, async_trait, event_sink_conforms, intake_conforms, unbound_event_sink_conforms};
    use crate::support::memory_broker::{MemoryBroker, MemoryIntake};

    #[derive(Default)]
    struct MemoryBench {
        broker: MemoryBroker,
        intakes: Mutex<HashMap<usize, Arc<MemoryIntake>>>,
        told: Mutex<usize>,
    }

    fn address(intake: &Arc<dyn Intake>) -> usize {
        Arc::as_ptr(intake).cast::<()>().addr()
    }

    #[async_trait]
    impl Bench for MemoryBench {
        async fn submit(&self, body: &[u8], traceparent: Option<&str>) {
            self.broker.put(body, traceparent);
        }

        async fn intake(&self) -> Arc<dyn Intake> {
            let intake = Arc::new(self.broker.intake());
            let port: Arc<dyn Intake> = intake.clone();
            self.intakes.lock().expect("not poisoned").insert(address(&port), intake);
            port
        }

        async fn disconnect(&self, intake: &Arc<dyn Intake>) {
            self.intakes.lock().expect("not poisoned")[&address(intake)].disconnect();
        }

        async fn dead_letters(&self) -> Vec<(Vec<u8>, String)> {
            let mut told = self.told.lock().expect("not poisoned");
            let fresh = self.broker.dead_letters().split_off(*told);
            *told += fresh.len();
            fresh.into_iter().map(|letter| (letter.body, letter.rejection.reason.code().to_owned())).collect()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_broker_is_an_intake_like_any_other() {
        let bench = MemoryBench::default();
        intake_conforms(&bench).await;
        assert_eq!(bench.broker.depth(), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_broker_is_an_event_sink_like_any_other() {
        let broker = MemoryBroker::default();
        let mut told = 0;
        event_sink_conforms(&broker.events(), async |count| {
            let fresh = broker.published().split_off(told);
            assert_eq!(fresh.len(), count);
            told += count;
            fresh
        })
        .await;
        broker.bind_events(false);
        unbound_event_sink_conforms(&broker.events()).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_delivery_dropped_unsettled_goes_back() {
        let broker = MemoryBroker::default();
        let intake = broker.intake();
        broker.put("job", None);
        drop(super::next(&intake).await);
        assert_eq!(broker.depth(), (1, 0));
        assert!(super::next(&intake).await.envelope().redelivered);
    }
}
