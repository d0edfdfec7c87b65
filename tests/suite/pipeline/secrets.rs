//! What must never be told: keys, passwords, and URLs that whoever has them may use.

use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::json;

use crate::support::stack::{PROVIDER_KEY, Settings, Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

/// The key of a worker that the provider locks out: a bad key is one as well.
const WRONG_KEY: &str = "wrong-key-of-the-tests-0123456789012";

/// What a signed URL of a producer holds, in a job that is refused or fails.
const PRODUCERS_SIGNATURE: &str = "5ec5e75ec5e75ec5e75ec5e7";

const TRACE: (&str, &str) = ("LANDFALL_LOG__FILTER", "trace");

#[tokio::test]
async fn logs_at_trace_events_and_dead_letters_hold_no_secret() {
    let Some(mut stack) = Stack::start(&[], &[TRACE]).await else { return };
    let producers_url = format!("http://127.0.0.1:1/a.png?X-Amz-Signature={PRODUCERS_SIGNATURE}");
    let jobs = [
        small_job("good", json!({})),
        small_job("three", json!({ "numberResults": 3, "outputFormat": "WEBM" })),
        small_job("without-picture", json!({ "inputs": { "image": producers_url } })),
        small_job("own-upload", json!({ "uploadEndpoint": producers_url })),
        small_job("odd-picture", json!({ "inputs": { "image": 7, "picture": producers_url } })),
        format!("garbage {producers_url}"),
    ];
    let mut logs = Vec::new();

    // Locked out; then with uploads that reach nobody, so that every job is rescued; then all is well. In either format.
    let locked_out = [TRACE, ("LANDFALL_PROVIDER__API_KEY", WRONG_KEY), ("LANDFALL_WORKER__DRAIN_S", "0")];
    let mut first = stack.worker(&locked_out).await;
    stack.put(&jobs[0]).await;
    logs.push(first.ready_with(503).await);
    assert!(first.stop(WITHIN).await.success());
    logs.push(first.role.log());
    let unreached: Settings<'_> =
        &[TRACE, ("LANDFALL_S3__PUBLIC_ENDPOINT", "http://127.0.0.1:1"), ("LANDFALL_LANDING__LOOKUP_WINDOW_S", "1")];
    let mut second = stack.worker(unreached).await;
    stack.until_ended(1, WITHIN).await;
    assert!(second.stop(WITHIN).await.success());
    logs.push(second.role.log());
    let mut third = stack.worker(&[TRACE]).await;
    for job in &jobs[1..] {
        stack.put(job).await;
    }
    stack.until_ended(jobs.len(), WITHIN).await;
    assert!(third.stop(WITHIN).await.success());
    logs.push(third.role.log());

    let (evidence, _) = stack.check(Vec::new(), jobs.len(), WITHIN).await;
    assert_eq!((evidence.count(EventType::Completed), evidence.count(EventType::Failed)), (2, 1));
    logs.push(stack.emulator.log());
    assert!(logs[1..].iter().all(|log| log.contains("\"TRACE\"") || log.contains("\"DEBUG\"")), "the filter is heeded");
    let ours = ours(&stack);
    for log in &logs {
        assert_holds_none(log, &ours);
        assert_holds_none(log, SIGNED);
    }
    for seen in &stack.seen {
        let told = format!("{:?} {}", seen.properties, String::from_utf8_lossy(&seen.body));
        assert_holds_none(&told, &ours);
        assert_holds_none(&told, SIGNED);
    }
    for letter in &stack.dead_letters {
        // The body is the producer's own, kept as it was.
        assert_holds_none(&String::from_utf8_lossy(&letter.body), &ours);
        assert_holds_none(&format!("{:?}", letter.properties), &ours);
        assert_holds_none(&format!("{:?}", letter.properties), SIGNED);
    }
}

/// What makes a URL a presigned one, whoever signed it.
const SIGNED: &[&str] = &["x-amz-signature", "x-amz-credential", "x-amz-security-token", PRODUCERS_SIGNATURE];

fn ours(stack: &Stack) -> Vec<&str> {
    let mut secrets = vec![PROVIDER_KEY, WRONG_KEY, stack.store.secret_key()];
    let password = stack.amqp_url.rsplit_once('@').and_then(|(user, _)| user.rsplit_once(':')).map(|(_, word)| word);
    // The default one of every RabbitMQ is a word that logs may hold.
    secrets.extend(password.filter(|password| *password != "guest"));
    secrets
}

fn assert_holds_none(text: &str, secrets: &[&str]) {
    for line in text.lines() {
        let lower = line.to_lowercase();
        for secret in secrets {
            assert!(!lower.contains(&secret.to_lowercase()), "{secret:?} is told: {line}");
        }
    }
}
