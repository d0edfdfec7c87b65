#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::job::ids::JobId;

const TASK: &str = "72910185-3387-4d6e-9be6-5a20ab2f6e06";

/// A record of one task.
fn record(status: &str, more: &Value) -> LedgerRecord {
    let mut record = json!({
        "schema": "dev.landfall.ledger.v1",
        "jobId": "lesson",
        "generation": 0,
        "fingerprint": "ab".repeat(32),
        "status": status,
        "claimedAt": "2031-01-01T00:00:00Z",
        "deadline": "2031-01-01T01:00:00Z",
        "tasks": [{
            "index": 0,
            "taskUUID": TASK,
            "stagingBucket": "own",
            "stagingKey": "staging/lesson/0",
            "bucket": "media",
            "key": "lesson/0.mp4",
            "uploadExpiresAt": "2031-01-01T01:10:00Z",
        }],
    });
    for (name, value) in more.as_object().unwrap() {
        record[name] = value.clone();
    }
    LedgerRecord::decode(record.to_string().as_bytes()).unwrap()
}

fn outcome(kind: &str, data: &Value) -> Value {
    let mut whole = json!({
        "jobId": "lesson",
        "tenant": "harbour",
        "generation": 0,
        "costUsd": 0.33,
        "timings": { "claimingMs": 5, "submittingMs": 70, "generatingMs": 61_000, "landingMs": 20, "totalMs": 61_100 },
    });
    for (name, value) in data.as_object().unwrap() {
        whole[name] = value.clone();
    }
    json!({ "outcome": { "type": format!("dev.landfall.job.{kind}.v1"), "time": "2031-01-01T00:01:02Z", "data": whole } })
}

fn told(record: &LedgerRecord) -> String {
    in_words(record, Paint::of_stdout()).join("\n")
}

#[test]
fn a_completed_job_tells_where_its_videos_are_and_what_they_cost() {
    let result = json!({
        "index": 0, "taskUUID": TASK, "bucket": "media", "key": "lesson/0.mp4", "etag": "e", "size": 1_500_000,
        "contentType": "video/mp4", "provenance": "rescued", "costUsd": 0.33, "versionId": "v1",
        "media": { "container": "mp4", "videoCodec": "h264", "width": 640, "height": 360, "durationSeconds": 6.0 },
        "deviations": [{ "property": "width", "asked": 1280, "found": 640 }],
    });
    let told = told(&record("completed", &outcome("completed", &json!({ "results": [result] }))));
    for part in [
        "completed at 2031-01-01 00:01:02 UTC",
        "harbour",
        "1 min 1 s in all",
        "$0.330",
        "media/lesson/0.mp4",
        "640×360",
        "1.5 MB",
        "fetched from the provider",
        "version v1",
        "differs in width: asked 1280, found 640",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(!told.contains("staging"), "what landed is not in its slot any more");
}

#[test]
fn a_failed_job_tells_what_its_reason_means_and_what_to_do() {
    let failure =
        json!({ "index": 0, "taskUUID": TASK, "reason": "object_missing", "message": "no object\u{1b}[2J landed" });
    let data = json!({ "reason": "object_missing", "message": "0 of 1", "results": [], "failures": [failure] });
    let told = told(&record("failed", &outcome("failed", &data)));
    for part in ["failed at", "as object_missing", "own/staging/lesson/0", "What was bought", "What to do", TASK] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn a_job_that_has_not_ended_tells_how_it_stands() {
    let claimed = told(&record("claimed", &json!({})));
    assert!(
        claimed.contains("claimed: a worker is at work on it") && claimed.contains("to media/lesson/0.mp4"),
        "{claimed}"
    );
    let set_aside = json!({ "setAside": { "at": "2031-01-01T00:30:00Z", "suspended": true } });
    assert!(told(&record("claimed", &set_aside)).contains("stands still"));
    let cancelled = json!({ "cancelRequestedAt": "2031-01-01T00:30:00Z" });
    assert!(told(&record("claimed", &cancelled)).contains("cancelled, and not ended yet"));
    let early = LedgerRecord::tombstone(JobId::parse("early").unwrap(), "2031-01-01T00:00:00Z".parse().unwrap());
    assert!(told(&early).contains("buys nothing"));
}
