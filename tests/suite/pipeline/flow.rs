//! Jobs in, videos and events out.

use std::time::{Duration, Instant};

use landfall::job::event::{CompletedData, EventType, Provenance};
use serde_json::{Value, json};

use crate::support::stack::{Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

#[tokio::test]
async fn five_hundred_jobs_over_two_workers_become_five_hundred_videos() {
    const JOBS: usize = 500;
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let workers = vec![stack.worker(&[]).await, stack.worker(&[]).await];
    let began = Instant::now();
    for number in 0..JOBS {
        stack.put(small_job(&format!("job-{number}"), json!({}))).await;
    }
    stack.until_ended(JOBS, 2 * WITHIN).await;
    let took = began.elapsed();
    for worker in &workers {
        assert!(worker.role.log().contains("\"completed\""), "each worker has its share");
    }
    let (evidence, tasks) = stack.check(workers, JOBS, WITHIN).await;
    println!("{JOBS} jobs over two workers took {:.1} s", took.as_secs_f64());
    assert_eq!(evidence.count(EventType::Completed), JOBS);
    assert_eq!(tasks.iter().filter(|task| task.billed_usd > 0.0).count(), JOBS);
    assert!(!evidence.objects.keys().any(|key| key.starts_with(&evidence.staging)), "nothing is left in staging");
}

#[tokio::test]
async fn a_bare_task_as_the_vendor_documents_it_completes_under_its_own_uuid() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(&[]).await;
    let task = include_str!("../../../deploy/examples/job-bare.json");
    stack.put(task).await;
    let (evidence, tasks) = stack.check(vec![worker], 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 1);
    let uuid = serde_json::from_str::<Value>(task).expect("JSON")["taskUUID"].as_str().expect("a text").to_owned();
    assert_eq!(tasks.iter().map(|task| task.task_uuid.as_str()).collect::<Vec<_>>(), [uuid.as_str()]);
    let data = completed(&stack);
    assert_eq!((data.job.job_id.as_str(), data.results[0].task_uuid.to_string()), (uuid.as_str(), uuid.clone()));
    assert_eq!((data.results[0].media.width, data.results[0].media.height), (1280, 720));
}

#[tokio::test]
async fn an_upload_that_cannot_arrive_is_rescued_and_verified() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let nobody = ("LANDFALL_S3__PUBLIC_ENDPOINT", "http://127.0.0.1:1");
    let worker = stack.worker(&[nobody, ("LANDFALL_LANDING__LOOKUP_WINDOW_S", "1")]).await;
    stack.put(small_job("unreached", json!({}))).await;
    let (evidence, tasks) = stack.check(vec![worker], 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 1);
    assert!(!tasks[0].uploads.is_empty() && tasks[0].uploads.iter().all(|upload| upload.status.is_none()));
    let result = &completed(&stack).results[0];
    assert_eq!(result.provenance, Provenance::Rescued);
    assert_eq!(result.sha256.as_ref().map(String::len), Some(64), "the worker saw every byte");
    assert_eq!((result.media.width, result.media.height), (64, 64));
}

/// What the only completed event says.
fn completed(stack: &Stack) -> CompletedData {
    let completed = stack.seen.iter().find(|seen| seen.event.event_type == EventType::Completed);
    serde_json::from_value(completed.expect("a completed event").event.data.clone()).expect("completed data")
}
