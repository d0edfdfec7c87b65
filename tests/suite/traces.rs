//! Traces: the real worker over real servers, and a collector that is shown what it sends.

use std::time::Duration;

use landfall::job::event::EventType;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::json;

use crate::support::collector::Collector;
use crate::support::stack::{Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

/// Puts a job on the queue as a producer does that traces.
async fn put_traced(stack: &Stack, job: &str, traceparent: &str) {
    let mut headers = FieldTable::default();
    headers.insert("traceparent".into(), AMQPValue::LongString(traceparent.into()));
    let now = jiff::Timestamp::now().as_second().try_into().expect("after 1970");
    let properties = BasicProperties::default()
        .with_delivery_mode(2)
        .with_message_id("message-7".into())
        .with_timestamp(now)
        .with_headers(headers);
    stack.bench.put(&stack.bench.names.jobs, job.as_bytes(), properties).await;
}

#[tokio::test]
async fn one_trace_spans_producer_queue_worker_provider_store_and_event() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let collector = Collector::start().await;
    let worker = stack.worker(&[("LANDFALL_TRACES__OTLP_ENDPOINT", &collector.url())]).await;
    let producer = collector.produce("order a video").await;
    put_traced(&stack, &small_job("traced", json!({})), &producer.traceparent()).await;
    let (evidence, tasks) = stack.check(vec![worker], 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 1);

    let trace = collector.trace(&producer.trace);
    println!("{}", trace.tree());
    trace.assert_whole();
    let process = trace.child(&producer, &format!("process {}", stack.bench.names.jobs));
    assert_eq!(process.kind, SpanKind::Consumer);
    for (name, value) in [
        ("messaging.system", "rabbitmq"),
        ("messaging.destination.name", stack.bench.names.jobs.as_str()),
        ("messaging.message.id", "message-7"),
        ("landfall.job.id", "traced"),
        ("landfall.outcome", "completed"),
        ("landfall.settlement", "completed"),
        ("landfall.redelivered", "false"),
    ] {
        assert_eq!(process.attribute(name), value, "{name}");
    }
    assert!(process.attributes.contains_key("landfall.message.age_s") && process.error.is_none());
    assert_eq!(process.resource["service.name"], "landfall");
    assert_eq!(process.resource["service.version"], env!("CARGO_PKG_VERSION"));

    let claiming = trace.child(process, "claiming");
    let claim = trace.child(claiming, "S3.PutObject");
    assert_eq!((claim.kind, claim.attribute("aws.s3.bucket")), (SpanKind::Client, stack.bucket.as_str()));
    assert_eq!(claim.attribute("http.response.status_code"), "200");
    let submitting = trace.child(process, "submitting");
    assert_eq!(submitting.attribute("landfall.task.uuid"), tasks[0].task_uuid);
    let submit = trace.child(submitting, "POST submit");
    let address = format!("{}:{}", submit.attribute("server.address"), submit.attribute("server.port"));
    assert_eq!((submit.kind, address.as_str()), (SpanKind::Client, stack.emulator_address()));
    assert_eq!(submit.attribute("http.response.status_code"), "200");
    let generating = trace.child(process, "generating");
    assert!(trace.below(generating).iter().any(|span| span.name == "POST observe"), "{}", trace.tree());
    let landing = trace.child(process, "landing");
    for operation in ["S3.GetObject", "S3.CopyObject", "S3.DeleteObject"] {
        trace.child(landing, operation);
    }
    trace.child(trace.child(process, "announcing"), "S3.PutObject");

    let published: Vec<_> = trace.below(process).into_iter().filter(|span| span.kind == SpanKind::Producer).collect();
    for seen in &stack.seen {
        let span = published.iter().find(|span| span.attribute("messaging.message.id") == seen.event.id);
        let span = span.unwrap_or_else(|| panic!("{} is in no span:\n{}", seen.event.id, trace.tree()));
        assert_eq!(seen.event.traceparent, Some(span.traceparent()), "the event leads to its span");
        let header = crate::rabbit_bench::header(&seen.properties, "traceparent");
        assert_eq!(header, seen.event.traceparent);
    }
    assert_eq!(published.len(), 2, "submitted and completed");
    let roots = collector.spans().into_iter().filter(|span| span.parent.is_empty() && span.trace != producer.trace);
    let roots: Vec<String> = roots.map(|span| span.name).collect();
    assert_eq!(roots, ["checking the store"], "at the start; every other span belongs to the job");
    stack.secrets.assert_untold("the collector", &collector.all_text());
    assert!(!collector.all_text().contains("landfall/staging/"), "keys of staging objects are not told");
}
