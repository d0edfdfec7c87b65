#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::config::{Sources, load};
use crate::job::event::{JobData, Timings};
use crate::job::ledger::LedgerOutcome;
use crate::job::outcome::refuse;
use crate::job::reason::Reason;

fn settings() -> WorkerSettings {
    load(&Sources::default()).unwrap().config.worker_settings("media").unwrap()
}

fn order(prompt: &str, more: &Value) -> Order {
    let mut job = json!({
        "jobId": "lesson",
        "request": { "taskType": "videoInference", "model": "heygen:video-agent@0", "positivePrompt": prompt, "duration": 10 },
    });
    for (name, value) in more.as_object().unwrap() {
        job[name] = value.clone();
    }
    Order::parse(job.to_string().as_bytes(), &settings().rules).unwrap()
}

fn now() -> Timestamp {
    "2031-01-02T00:00:00Z".parse().unwrap()
}

/// The record of that job, whose first generation failed if it `has_ended`.
fn record(has_ended: bool) -> LedgerRecord {
    let job_id = JobId::parse("lesson").unwrap();
    let record = LedgerRecord::tombstone(job_id.clone(), now());
    let fingerprint = order("A potter throws a bowl.", &json!({})).fingerprint;
    let record = LedgerRecord { fingerprint, cancel_requested_at: None, ..record };
    if !has_ended {
        return record;
    }
    let job = JobData { job_id, tenant: None, generation: 0, context: None };
    let data = refuse(job, Reason::ProviderFailed, "it failed".to_owned(), Timings::default());
    let outcome = LedgerOutcome { event_type: data.event_type(), time: now(), data };
    LedgerRecord { status: outcome.data.status(), outcome: Some(outcome), ..record }
}

fn proposed(record: &LedgerRecord, prompt: &str, more: &Value) -> Result<Proposal, String> {
    propose(record, &order(prompt, more), &settings(), now())
}

const PROMPT: &str = "A potter throws a bowl.";

#[test]
fn a_job_that_has_ended_is_proposed_with_its_price_and_its_places() {
    let more = json!({ "deadline": "2031-01-03T00:00:00Z", "tenant": "other", "maxCostUsd": 100 });
    let proposal = proposed(&record(true), PROMPT, &more).unwrap();
    assert_eq!((proposal.generation, proposal.before.generation), (1, 0));
    assert_eq!(proposal.places, ["media/lesson/0.g1.mp4"]);
    assert!(proposal.estimate_usd > 0.0);
    let told = proposal.in_words().join("\n");
    for part in ["generation 0 failed as provider_failed", "1 result anew", "$0.", "media/lesson/0.g1.mp4"] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    let value = proposal.as_json("wouldSend");
    assert_eq!((&value["generation"], &value["before"]["reason"]), (&json!(1), &json!("provider_failed")));
}

#[test]
fn a_job_that_may_not_be_bought_anew_is_refused_with_the_reason() {
    for (record, prompt, more, why) in [
        (record(false), PROMPT, json!({}), "has not ended"),
        (record(true), "A potter throws a cup.", json!({}), "another request or destination"),
        (record(true), PROMPT, json!({ "deadline": "2031-01-01T00:00:00Z" }), "has passed"),
        (record(true), PROMPT, json!({ "maxCostUsd": 0.01 }), "maxCostUsd is 0.01"),
    ] {
        let refused = proposed(&record, prompt, &more).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
}
