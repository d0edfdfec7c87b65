//! Workers that end in the middle of their work, politely or not.

use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::json;

use crate::support::binary::WorkerProcess;
use crate::support::stack::{END_WITHIN, Stack, ended, small_job};

const JOBS: usize = 12;
const WITHIN: Duration = Duration::from_secs(120);

/// Longer than a worker needs to drain for a second and to hand back.
const RENDER_TIME: &str = "8s";

/// A worker that holds jobs whose tasks are all bought and none of them done.
async fn busy(drain_s: &str) -> Option<(Stack, WorkerProcess)> {
    let mut stack = Stack::start(&["--render-time", RENDER_TIME]).await?;
    let worker = stack.worker(&[("LANDFALL_WORKER__DRAIN_S", drain_s)]).await;
    for number in 0..JOBS {
        stack.put(small_job(&format!("held-{number}"), json!({}))).await;
    }
    stack.until_accepted(JOBS).await;
    Some((stack, worker))
}

/// Another worker finds every job waiting, finishes all of them, and buys nothing.
async fn another_finishes(mut stack: Stack) {
    stack.until_waiting(JOBS).await;
    let second = stack.worker(&[]).await;
    let (evidence, tasks) = stack.check(vec![second], JOBS, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), JOBS);
    assert_eq!(tasks.len(), JOBS);
    assert!(tasks.iter().all(|task| task.billed_usd > 0.0));
}

#[tokio::test]
async fn a_worker_told_to_stop_hands_its_jobs_to_another_and_nothing_is_bought_twice() {
    let Some((stack, mut first)) = busy("1").await else { return };
    let status = first.stop(Duration::from_secs(1) + END_WITHIN).await;
    assert_eq!(status.code(), Some(0), "{}", first.role.log());
    another_finishes(stack).await;
}

#[tokio::test]
async fn a_worker_told_to_stop_takes_nothing_more_and_finishes_what_ends_within_its_drain() {
    let Some((mut stack, mut first)) = busy("60").await else { return };
    first.role.terminate();
    let cause = first.ready_with(503).await;
    assert!(cause.contains(&format!("stopping, {JOBS} jobs in flight")), "{cause}");
    stack.put(small_job("too-late", json!({}))).await;
    assert_eq!(first.role.end(WITHIN).await.code(), Some(0), "{}", first.role.log());
    stack.until_ended(JOBS, WITHIN).await;
    assert_eq!(stack.jobs_waiting().await, 1);
    let second = stack.worker(&[]).await;
    let (evidence, _) = stack.check(vec![second], JOBS + 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), JOBS + 1);
}

#[tokio::test]
async fn what_a_killed_worker_held_is_finished_by_another_and_nothing_is_bought_twice() {
    let Some((stack, mut first)) = busy("1").await else { return };
    first.role.kill();
    another_finishes(stack).await;
}

#[tokio::test]
async fn workers_killed_again_and_again_while_jobs_flow_lose_and_repeat_nothing() {
    const FLOW: usize = 60;
    let Some(mut stack) = Stack::start(&[]).await else { return };
    // Few at a time, so that there are always some under way and some to come.
    let few = ("LANDFALL_WORKER__MAX_IN_FLIGHT", "8");
    let mut workers = vec![stack.worker(&[few]).await];
    for number in 0..FLOW {
        stack.put(small_job(&format!("flowing-{number}"), json!({}))).await;
    }
    for done in [1, 15, 30] {
        stack.until_ended(done, WITHIN).await;
        assert!(ended(&stack.seen) < FLOW, "the rest is somewhere between the queue and its acknowledgement");
        if let Some(mut victim) = workers.pop() {
            victim.role.kill();
        }
        workers.push(stack.worker(&[few]).await);
    }
    let (evidence, tasks) = stack.check(workers, FLOW, WITHIN).await;
    assert_eq!((evidence.count(EventType::Completed), tasks.len()), (FLOW, FLOW));
}
