//! The real worker process is killed at every call between taking a job and settling it, and another finishes the job.

use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::json;

use crate::support::binary::PATIENCE;
use crate::support::doomed;
use crate::support::mortal::{Call, Death, Side};
use crate::support::stack::{Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_worker_that_died_right_after_its_claim_is_followed_by_another() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let claim = Call { name: "store.create", occurrence: 1 };
    let mut first = stack.doomed_worker(Death::At(claim, Side::After), &[]);
    stack.put(small_job("claimed", json!({}))).await;
    assert_eq!(first.end(PATIENCE).await.signal(), Some(9), "{}", first.log());
    assert!(doomed::calls(&first.log()).contains(&claim));
    assert!(stack.tasks().await.is_empty(), "it died before it bought anything");
    let second = stack.worker(&[]).await;
    let (evidence, _) = stack.check(vec![second], 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 1);
}
