//! Jobs that end otherwise than completed, and why.

use std::sync::Arc;
use std::time::Duration;

use landfall::job::event::EventType;
use landfall::job::reason::Reason;
use landfall::job::verdict::Stage;
use landfall::ports::ErrorFamily;
use landfall::worker::{Notice, Observer};
use serde_json::json;

use super::ledger;
use crate::support::faulty::faulty;
use crate::support::memory_provider::{TaskScript, refusal};
use crate::support::mortal::Death;
use crate::support::trouble::Trouble;
use crate::support::world::{World, job, with};

#[tokio::test(start_paused = true)]
async fn what_the_provider_says_no_to_fails_with_the_right_reason() {
    let cases = [
        (TaskScript::Refuse(refusal(ErrorFamily::Validation, "invalidDuration")), Reason::ProviderRejected),
        (TaskScript::Refuse(refusal(ErrorFamily::Safety, "contentPolicyViolation")), Reason::ContentRefused),
        (TaskScript::Fail(refusal(ErrorFamily::Safety, "nsfwContentDetected")), Reason::ContentRefused),
        (TaskScript::Fail(refusal(ErrorFamily::Provider, "providerError")), Reason::ProviderFailed),
        (TaskScript::Fail(refusal(ErrorFamily::Timeout, "timeoutProvider")), Reason::ProviderFailed),
    ];
    for (script, reason) in cases {
        let world = World::new();
        world.provider.script_next(script);
        world.broker.put(job("refused", 2, 10), None);
        world.see_through().await;
        world.evidence(1).check();
        let data = &world.failed()[0];
        assert_eq!(data.reason, reason);
        assert_eq!((data.results.len(), data.failures.len()), (1, 1), "the other result landed all the same");
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_is_dead_lettered_and_holds_nothing_up() {
    let world = World::new();
    world.broker.put("not json", None);
    world.broker.put(with("odd", 1, 10, &[("fps", json!(24))]), None);
    world.broker.put(vec![b' '; 300_000], None);
    world.broker.put(job("good", 1, 10), None);
    world.see_through().await;
    let evidence = world.evidence(4);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 1);
    let letters = world.broker.dead_letters();
    assert!(letters.iter().any(|letter| letter.rejection.problems.iter().any(|problem| problem.field == "fps")));
}

#[tokio::test(start_paused = true)]
async fn a_job_past_its_deadline_fails_as_such() {
    let world = World::new();
    world.provider.script_next(TaskScript::Lose);
    world.broker.put(with("slow", 1, 10, &[("deadline", json!("PT10M"))]), None);
    world.broker.put(with("expired", 1, 10, &[("deadline", json!("2030-12-31T00:00:00Z"))]), None);
    world.see_through().await;
    world.evidence(2).check();
    assert!(world.failed().iter().all(|data| data.reason == Reason::DeadlineExceeded));
    let bought: u32 = world.provider.all_counts().values().map(|counts| counts.purchases).sum();
    assert_eq!(bought, 1, "a job that is late before it begins buys nothing");
}

#[tokio::test(start_paused = true)]
async fn no_deadline_is_later_than_an_upload_url_can_live() {
    let world = World::new();
    for (name, deadline) in [("long", "P300D"), ("longest", "PT2000000000H"), ("never", "9999-01-01T00:00:00Z")] {
        world.broker.put(with(name, 1, 10, &[("deadline", json!(deadline))]), None);
    }
    world.see_through().await;
    world.evidence(3).check();
    for record in ledger(&world) {
        let deadline = record["deadline"].as_str().expect("an instant");
        assert!(deadline < "2031-01-08T00:00:00Z", "{deadline}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_may_cost_too_much_buys_nothing_and_may_come_again_with_more() {
    let world = World::new();
    world.broker.put(with("dear", 4, 100, &[("maxCostUsd", json!(1.0))]), None);
    world.see_through().await;
    assert_eq!(world.failed()[0].reason, Reason::BudgetExceeded);
    assert!(world.provider.all_counts().is_empty());
    world.broker.put(with("dear", 4, 100, &[("maxCostUsd", json!(20.0))]), None);
    world.see_through().await;
    assert_eq!(world.completed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_refused_for_its_price_twice_is_told_in_the_same_words() {
    let world = World::new();
    let slow = Arc::new(Trouble::new(1, Duration::ZERO, 0, Vec::new()));
    for _ in 0..2 {
        world.broker.put(with("dear", 4, 100, &[("maxCostUsd", json!(1.0))]), None);
        let worker = world.worker_over(Death::Never, |ports| faulty(ports, "w", &slow, &world.broker));
        world.rest().await;
        worker.terminate().await;
    }
    let told = world.failed();
    assert_eq!((told.len(), &told[0]), (2, &told[1]));
}

/// Breaks the job `unlucky` when its video lands.
struct Bug;

impl Observer for Bug {
    fn notice(&self, notice: &Notice<'_>) {
        if let Notice::Stage { job_id, stage: Stage::Landing, .. } = notice {
            assert_ne!(job_id.as_str(), "unlucky", "a bug on purpose");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_bug_in_one_job_fails_that_job_and_no_other() {
    let mut world = World::new();
    world.observer = Arc::new(Bug);
    for name in ["unlucky", "lucky", "luckier"] {
        world.broker.put(job(name, 1, 10), None);
    }
    world.see_through().await;
    let evidence = world.evidence(3);
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 2);
    assert_eq!(world.failed()[0].reason, Reason::Internal);
}
