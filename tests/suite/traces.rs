//! Traces: the real worker over real servers, and a collector that is shown what it sends.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::time::Duration;

use axum::http::StatusCode;
use landfall::job::event::{Event, EventType};
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::rabbit_bench::header;
use crate::support::binary::{LOOK, PATIENCE, WorkerProcess, assert_exit, landfall};
use crate::support::collector::{Collector, Spanned, Trace};
use crate::support::mortal::{Call, Death, Side};
use crate::support::stack::{Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

/// A question far off, so that a job is still generating when its lease ends.
const ASK_LATER: (&str, &str) = ("LANDFALL_POLL__FIRST_DELAY_MS", "60000");

const AWAY: &str = "no spans reach the collector";
const BACK: &str = "spans reach the collector again";
const REFUSED: &str = "the collector refuses spans";

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
    let Some(mut stack) = Stack::start(&["--render-time", "2s"]).await else { return };
    let collector = Collector::start().await;
    let worker = stack.worker(&[("LANDFALL_TRACES__OTLP_ENDPOINT", &collector.url())]).await;
    let producer = collector.produce("order a video").await;
    put_traced(&stack, &small_job("traced", json!({})), &producer.traceparent()).await;
    stack.until_ended(1, WITHIN).await;
    assert_log_lines_name(&worker, &producer);
    let (evidence, tasks) = stack.check(vec![worker], 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 1);

    let trace = collector.trace(&producer.trace);
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
    assert!(generating.events.iter().any(|event| event == "progress"), "{generating:?}");
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
        assert_eq!(header(&seen.properties, "traceparent"), seen.event.traceparent);
    }
    assert_eq!(published.len(), 2, "submitted and completed");
    for span in &trace.0 {
        for (name, value) in &span.attributes {
            let number =
                value.parse::<f64>().is_ok() && !matches!(name.as_str(), "aws.request_id" | "landfall.task.uuids");
            assert_eq!(span.numbers.contains(name), number, "{name}={value} of {}", span.name);
        }
    }
    let roots = collector.spans().into_iter().filter(|span| span.parent.is_empty() && span.trace != producer.trace);
    let roots: Vec<String> = roots.map(|span| span.name).collect();
    assert_eq!(roots, ["checking the store"], "at the start; every other span belongs to the job");
    stack.secrets.assert_untold("the collector", &collector.all_text());
    assert!(!collector.all_text().contains("landfall/staging/"), "keys of staging objects are not told");
}

/// Log lines of a job name its trace and a span, and look otherwise as they do without traces.
fn assert_log_lines_name(worker: &WorkerProcess, producer: &Spanned) {
    let log = worker.role.log();
    let records = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_job: Vec<Value> = records.filter(|record| record["span"]["job_id"] == "traced").collect();
    assert!(of_job.iter().any(|record| record["message"] == "claimed"), "{log}");
    for record in of_job {
        assert_eq!(record["trace_id"], producer.trace.as_str(), "{record}");
        assert_eq!(record["span_id"].as_str().map(str::len), Some(16), "{record}");
        assert_eq!(record["span"], json!({ "name": "job", "job_id": "traced" }), "{record}");
    }
    assert!(!log.contains("otel."), "what is for traces alone is not logged");
}

#[tokio::test]
async fn a_call_for_several_jobs_is_in_the_first_trace_and_linked_with_the_others() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let collector = Collector::start().await;
    let traced = ("LANDFALL_TRACES__OTLP_ENDPOINT", &*collector.url());
    let worker = stack.worker(&[traced, ("LANDFALL_WORKER__SUBMIT_GATHER_MS", "3000")]).await;
    let mut producers = Vec::new();
    for number in 0..3 {
        let producer = collector.produce("order a video").await;
        put_traced(&stack, &small_job(&format!("job-{number}"), json!({})), &producer.traceparent()).await;
        producers.push(producer);
    }
    let (evidence, _) = stack.check(vec![worker], 3, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 3);

    let traces: Vec<Trace> = producers.iter().map(|producer| collector.trace(&producer.trace)).collect();
    let submissions: Vec<Spanned> = collector.spans().into_iter().filter(|span| span.name == "POST submit").collect();
    assert_eq!(submissions.len(), 1, "all three went in one call");
    assert_eq!(submissions[0].attribute("landfall.tasks"), "3");
    let spans = collector.spans();
    let call = spans.iter().find(|span| span.id == submissions[0].parent).expect("the shared call");
    assert_eq!(call.name, "shared call");
    for trace in &traces {
        trace.assert_whole();
        let submitting = trace.one("submitting");
        if submitting.trace == call.trace {
            assert_eq!(call.parent, submitting.id);
        } else {
            let (there, back) =
                ((call.trace.clone(), call.id.clone()), (submitting.trace.clone(), submitting.id.clone()));
            assert!(call.links.contains(&back), "{call:?} leads to {submitting:?}");
            assert!(submitting.links.contains(&there), "{submitting:?} leads to {call:?}");
        }
    }
}

#[tokio::test]
async fn a_job_whose_worker_is_killed_goes_on_in_its_trace() {
    let Some(mut stack) = Stack::start(&["--render-time", "3s"]).await else { return };
    let collector = Collector::start().await;
    let traced = ("LANDFALL_TRACES__OTLP_ENDPOINT", &*collector.url());
    let producer = collector.produce("order a video").await;
    put_traced(&stack, &small_job("orphan", json!({})), &producer.traceparent()).await;
    let death = Death::At(Call { name: "store.promote", occurrence: 1 }, Side::Before);
    let mut doomed = stack.doomed_worker(death, &[traced]);
    doomed.end(PATIENCE).await;
    let heir = stack.worker(&[traced]).await;
    let (evidence, _) = stack.check(vec![heir], 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 1);

    // What was under way when the first one was killed is lost, its `process` too.
    let trace = collector.trace(&producer.trace);
    let process = trace.child(&producer, "process landfall.jobs");
    assert_eq!(
        (process.attribute("landfall.redelivered"), process.attribute("landfall.outcome")),
        ("true", "completed")
    );
    let claims = trace.named("claiming");
    let (first, second): (Vec<&Spanned>, Vec<&Spanned>) =
        claims.iter().partition(|claim| claim.attribute("landfall.adopted") == "false");
    assert_eq!((first.len(), second.len()), (1, 1), "{}", trace.tree());
    assert_ne!(first[0].resource["service.instance.id"], second[0].resource["service.instance.id"]);
    assert_eq!(second[0].parent, process.id);
    assert_eq!(trace.named("POST submit").len(), 1, "bought in the first life: {}", trace.tree());
}

#[tokio::test]
async fn a_parked_job_has_a_span_for_each_life_in_one_trace() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let collector = Collector::start().await;
    let traced = ("LANDFALL_TRACES__OTLP_ENDPOINT", &*collector.url());
    let mut impatient = stack.worker(&[traced, ASK_LATER, ("LANDFALL_WORKER__LEASE_S", "2")]).await;
    let producer = collector.produce("order a video").await;
    put_traced(&stack, &small_job("parked", json!({})), &producer.traceparent()).await;
    collector
        .until("a parked life", |spans| spans.iter().any(|span| span.attribute("landfall.settlement") == "parked"))
        .await;
    assert!(impatient.stop(WITHIN).await.success());
    let patient = stack.worker(&[traced]).await;
    let (evidence, _) = stack.check(vec![patient], 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 1);

    let trace = collector.trace(&producer.trace);
    trace.assert_whole();
    let lives = trace.below(&producer);
    let settled = |how: &str| lives.iter().filter(|life| life.attribute("landfall.settlement") == how).count();
    assert!(settled("parked") >= 1 && settled("completed") == 1, "{}", trace.tree());
    assert!(lives.iter().any(|life| life.name == "process landfall.parked"), "{}", trace.tree());
}

#[tokio::test]
async fn a_collector_that_is_away_holds_no_job_up_and_is_told_once() {
    const JOBS: usize = 20;
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let address: SocketAddr = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("an address")
    };
    let url = format!("http://{address}");
    let mut worker = stack.worker(&[("LANDFALL_TRACES__OTLP_ENDPOINT", &url)]).await;
    for number in 0..JOBS {
        stack.put(small_job(&format!("job-{number}"), json!({}))).await;
    }
    stack.until_ended(JOBS, WITHIN).await;
    until_logged(&worker, AWAY).await;
    let collector = Collector::at(address).await;
    until_logged(&worker, BACK).await;
    collector.until("a span of a job", |spans| spans.iter().any(|span| span.name == "process landfall.jobs")).await;
    collector.refuse_with(Some(StatusCode::UNAUTHORIZED));
    stack.put(small_job("refused", json!({}))).await;
    until_logged(&worker, REFUSED).await;
    let log = worker.role.log();
    let warnings = [AWAY, BACK, REFUSED].map(|message| log.matches(message).count());
    assert_eq!(warnings, [1, 1, 1], "one word for each change:\n{log}");
    assert!(log.contains("traces.otlp_headers"), "a 401 names the setting");

    // At the end, what cannot be sent keeps nobody waiting.
    collector.refuse_with(Some(StatusCode::SERVICE_UNAVAILABLE));
    stack.put(small_job("last", json!({}))).await;
    stack.until_ended(JOBS + 2, WITHIN).await;
    let began = Instant::now();
    assert!(worker.stop(WITHIN).await.success());
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let (evidence, _) = stack.check(Vec::new(), JOBS + 2, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), JOBS + 2);
}

async fn until_logged(worker: &WorkerProcess, message: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !worker.role.log().contains(message) {
        assert!(Instant::now() < deadline, "{message} is not logged:\n{}", worker.role.log());
        sleep(LOOK).await;
    }
}

#[tokio::test]
async fn the_producer_decides_whether_a_trace_is_sent_and_the_ratio_where_there_is_none() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let collector = Collector::start().await;
    let traced = ("LANDFALL_TRACES__OTLP_ENDPOINT", &*collector.url());
    let worker = stack.worker(&[traced, ("LANDFALL_TRACES__SAMPLE_RATIO", "0")]).await;
    let producer = collector.produce("order a video").await;
    let not_sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    put_traced(&stack, &small_job("wanted", json!({})), &producer.traceparent()).await;
    put_traced(&stack, &small_job("unwanted", json!({})), not_sampled).await;
    put_traced(&stack, &small_job("garbled", json!({})), "00-not-a-trace-01").await;
    stack.put(small_job("rootless", json!({}))).await;
    let (evidence, _) = stack.check(vec![worker], 4, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 4);

    collector.trace(&producer.trace).child(&producer, "process landfall.jobs");
    assert!(collector.spans().iter().all(|span| span.trace == producer.trace), "nothing else is sent");
    for seen in &stack.seen {
        let traceparent = seen.event.traceparent.clone().expect("a traceparent");
        let (job, sampled) = (seen.event.subject.as_deref(), traceparent.ends_with("-01"));
        assert_eq!(sampled, job == Some("wanted"), "{traceparent}");
        assert_eq!(traceparent.contains("0af7651916cd43dd8448eb211c80319c"), job == Some("unwanted"), "{traceparent}");
    }
}

#[tokio::test]
async fn a_run_without_a_broker_is_traced_as_the_standard_variables_say() {
    let collector = Collector::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("jobs.jsonl"), small_job("local", json!({})) + "\n").expect("written");
    let (jobs, events, out) = (path("jobs.jsonl"), path("events.jsonl"), path("out"));
    let arguments: [&OsStr; 6] =
        ["run".as_ref(), jobs.as_ref(), "--events".as_ref(), events.as_ref(), "--embedded".as_ref(), out.as_ref()];
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20token-of-the-collector".to_owned()),
        ("OTEL_SERVICE_NAME", "videos".to_owned()),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging,service.name=no".to_owned()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let output = landfall(&arguments, &environment).await;
    assert_exit(&output, 0);

    assert_eq!(collector.last_headers()["authorization"], "Bearer token-of-the-collector");
    assert!(!format!("{output:?}").contains("token-of-the-collector"));
    let spans = collector.spans();
    let process = spans.iter().find(|span| span.name == "process").expect("all was sent before the end");
    assert_eq!((process.parent.as_str(), process.attribute("landfall.job.id")), ("", "local"));
    let resource = |name: &str| process.resource[name].clone();
    assert_eq!(
        (resource("service.name"), resource("deployment.environment.name")),
        ("videos".into(), "staging".into())
    );
    assert_eq!(
        (resource("landfall.pool"), resource("service.version")),
        ("landfall".into(), env!("CARGO_PKG_VERSION").into())
    );
    let text = std::fs::read_to_string(&events).expect("events");
    for line in text.lines() {
        let event: Event = serde_json::from_str(line).expect("an event");
        assert!(event.traceparent.expect("a traceparent").contains(&process.trace));
    }
    assert!(!collector.all_text().to_lowercase().contains("x-amz-"), "no URL of an upload");
}
