//! Every stack's logs, events and dead letters are searched for secrets; here things go wrong in ways that like to tell
//! them.

use std::ffi::OsStr;
use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::json;

use crate::support::binary::{assert_exit, landfall};
use crate::support::collector::Collector;
use crate::support::stack::{Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

const WRONG_KEY: &str = "wrong-provider-key-0123456789-0123456789";
const WRONG_SECRET: &str = "wrong-secret-key-0123456789";
const WRONG_TOKEN: &str = "wrong-session-token-0123456789";
const WRONG_PASSWORD: &str = "wrong-password-0123456789";

/// What a signed URL of a producer holds, in jobs that are refused or fail.
const PRODUCERS_SIGNATURE: &str = "5ec5e75ec5e75ec5e75ec5e7";

#[tokio::test]
async fn no_trouble_with_provider_store_or_jobs_tells_a_secret() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let collector = Collector::start().await;
    let collector_url = collector.url();
    let traced = ("LANDFALL_TRACES__OTLP_ENDPOINT", collector_url.as_str());
    stack.secrets.add(WRONG_KEY);
    let signed = format!("http://127.0.0.1:1/a.png?X-Amz-Signature={PRODUCERS_SIGNATURE}");
    let jobs = [
        small_job("good", json!({})),
        small_job("without-picture", json!({ "inputs": { "image": signed } })),
        small_job("own-upload", json!({ "uploadEndpoint": signed })),
        small_job("odd-picture", json!({ "inputs": { "image": 7, "picture": signed } })),
        format!("garbage {signed}"),
    ];
    let at_once = ("LANDFALL_WORKER__DRAIN_S", "0");

    stack.put(&jobs[0]).await;
    let mut unreached =
        stack.start_worker(&[("LANDFALL_PROVIDER__URL", "http://127.0.0.1:1/v1"), at_once, traced]).await;
    // Told at `debug`, so this also proves that the filter is heeded.
    unreached.role.told("fault").await;
    assert!(unreached.stop(WITHIN).await.success());

    let mut locked_out = stack.start_worker(&[("LANDFALL_PROVIDER__API_KEY", WRONG_KEY), at_once, traced]).await;
    let cause = locked_out.ready_with(503).await;
    stack.secrets.assert_untold("/readyz", &cause);
    assert!(locked_out.stop(WITHIN).await.success());

    let nobody = ("LANDFALL_S3__PUBLIC_ENDPOINT", "http://127.0.0.1:1");
    let worker = stack.worker(&[nobody, ("LANDFALL_LANDING__LOOKUP_WINDOW_S", "1"), traced]).await;
    for job in &jobs[1..] {
        stack.put(job).await;
    }
    // Signed by the producer; neither its refusal nor its failure may pass it on. Dead letters keep their bodies.
    let (evidence, _) = stack.check(vec![worker], jobs.len(), WITHIN).await;
    let count = |event_type| evidence.count(event_type);
    assert_eq!((count(EventType::Completed), count(EventType::Failed), count(EventType::Rejected)), (1, 1, 3));
    let told = stack.seen.iter().any(|seen| String::from_utf8_lossy(&seen.body).contains(PRODUCERS_SIGNATURE));
    assert!(!told, "an event tells what the producer signed");
    let spans = collector.all_text();
    for told in ["error.type", "GET result", "S3.PutObject", "invalid_job"] {
        assert!(spans.contains(told), "{told} is in no span");
    }
    assert!(!spans.contains(PRODUCERS_SIGNATURE), "a span tells what the producer signed");
    stack.secrets.assert_untold("the collector", &spans);
}

#[tokio::test]
async fn a_worker_that_is_refused_at_its_start_says_by_whom_and_tells_no_secret() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let password = url::Url::parse(&stack.amqp_url).expect("a URL").password().unwrap_or_default().to_owned();
    let wrong_url = stack.amqp_url.replacen(&format!(":{password}@"), &format!(":{WRONG_PASSWORD}@"), 1);
    for (setting, value, secret, told) in [
        ("AWS_SECRET_ACCESS_KEY", WRONG_SECRET, WRONG_SECRET, stack.bucket.clone()),
        ("AWS_SESSION_TOKEN", WRONG_TOKEN, WRONG_TOKEN, stack.bucket.clone()),
        ("LANDFALL_AMQP__URL", wrong_url.as_str(), WRONG_PASSWORD, "127.0.0.1".to_owned()),
    ] {
        stack.secrets.add(secret);
        let output = landfall(&[OsStr::new("worker")], &stack.settings(&[(setting, value)])).await;
        assert_exit(&output, 78);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(&told), "{told} is not in {error}");
        stack.secrets.assert_untold(setting, &error);
    }
}
