//! `landfall jobs cancel` beside a running worker, with all the parts real.

use std::ffi::OsStr;
use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::{Value, json};

use crate::support::binary::{assert_exit, landfall};
use crate::support::stack::{END_WITHIN, Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

/// What `landfall jobs cancel` finds of a job.
async fn cancel(stack: &Stack, job_id: &str) -> Value {
    let arguments = ["jobs", "cancel", job_id, "--json"].map(OsStr::new);
    let output = landfall(&arguments, &stack.settings(&[])).await;
    assert_exit(&output, 0);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test]
async fn a_job_that_is_cancelled_stops_in_the_running_worker_and_its_event_says_what_was_bought() {
    let Some(mut stack) = Stack::start(&["--render-time", "3000s"]).await else { return };
    let mut worker = stack.worker(&[]).await;
    stack.put(small_job("running", json!({}))).await;
    stack.until_accepted(1).await;
    let found = cancel(&stack, "running").await;
    assert_eq!((&found["found"], &found["workersTold"]), (&json!("under_way"), &json!(true)), "{found}");
    stack.until_ended(1, WITHIN).await;
    let found = cancel(&stack, "running").await;
    assert_eq!(found["outcome"]["data"]["reason"], json!("cancelled"), "{found}");
    let told = found["outcome"]["data"]["failures"][0]["message"].as_str().expect("a message");
    assert!(told.contains("so it was bought"), "{told}");

    assert_eq!(cancel(&stack, "to-come").await["found"], json!("not_begun"));
    stack.put(small_job("to-come", json!({}))).await;
    stack.until_ended(2, WITHIN).await;
    assert_eq!(worker.stop(END_WITHIN).await.code(), Some(0), "{}", worker.role.log());
    let (evidence, tasks) = stack.gather(2).await;
    evidence.check();
    assert_eq!((evidence.count(EventType::Failed), tasks.len()), (2, 1));
}
