//! What becomes of submissions in the table.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{ApiError, Finished, MAX_TASKS, Run, TaskId, TaskTable, Uuid, VideoRequest};
use crate::emulator::report::TaskState;
use crate::emulator::request;
use crate::emulator::scenario::switches::Behaviour;
use crate::emulator::scenario::values::Fate;

const TEXT: &str = "0B8A2F4C-6A33-4D0E-9A51-3F6F1C7F9B21";
const START: Timestamp = Timestamp::UNIX_EPOCH;

fn sent(number_results: u32) -> Value {
    json!({
        "taskType": "videoInference", "taskUUID": TEXT, "model": "heygen:video-agent@0",
        "positivePrompt": "x", "duration": 10, "numberResults": number_results,
    })
}

fn request(number_results: u32) -> VideoRequest {
    request::check(sent(number_results).as_object().expect("an object")).expect("a valid task")
}

fn id() -> TaskId {
    request::parse_task_id(TEXT).expect("a UUID")
}

fn finished() -> Finished {
    Finished { video_uuid: Uuid::new_v4(), video_url: None, seed: 1, is_nsfw: false, at: START }
}

fn progress(table: &TaskTable, after_ms: i64) -> Value {
    let now = START + SignedDuration::from_millis(after_ms);
    serde_json::to_value(table.poll(id().uuid, now).expect("known").0).expect("plain data")[0]["progress"].take()
}

#[test]
fn a_refused_uuid_stays_free_and_costs_nothing() {
    let mut table = TaskTable::new(Duration::ZERO);
    table.refuse(START, &id(), vec![ApiError::refused("invalidDuration", "")], json!({}));
    let report = table.report().remove(0);
    assert_eq!((report.state, report.accepted, report.rejected), (TaskState::Rejected, 0, 1));
    assert_eq!(report.error_code.as_deref(), Some("invalidDuration"));
    assert!(report.billed_usd.abs() < 1e-9);
    table.submit(START, &request(1), sent(1), Behaviour::default).expect("the UUID is free");
}

#[test]
fn a_wrong_replay_of_a_used_uuid_is_a_conflict_first() {
    let mut table = TaskTable::new(Duration::ZERO);
    table.submit(START, &request(1), sent(1), Behaviour::default).expect("accepted");
    let errors = table.refuse(START, &id(), vec![ApiError::refused("invalidDuration", "")], json!({}));
    assert_eq!(errors.iter().map(ApiError::code).collect::<Vec<_>>(), ["conflictTaskUUID"]);
    assert_eq!(table.report()[0].conflicts, 1);
}

#[test]
fn a_uuid_is_found_in_any_spelling_and_echoed_as_it_came() {
    let mut table = TaskTable::new(Duration::ZERO);
    table.submit(START, &request(1), sent(1), Behaviour::default).expect("accepted");
    let lower = request::parse_task_id(&TEXT.to_lowercase()).expect("a UUID");
    let (items, _) = table.poll(lower.uuid, START).expect("known");
    assert_eq!(serde_json::to_value(items).expect("plain data")[0]["taskUUID"], TEXT);
}

#[test]
fn money_is_committed_at_acceptance_and_credited_for_what_never_came() {
    let mut table = TaskTable::new(Duration::ZERO);
    table.submit(START, &request(3), sent(3), Behaviour::default).expect("accepted");
    assert!((table.report()[0].billed_usd - 0.99).abs() < 1e-9);
    table.finish(Run::first(id().uuid), finished());
    let failed = table.fail(START, Run::first(id().uuid), ApiError::failed_task("processingFailed", ""));
    assert_eq!(failed.map(|(_, credit_micro_usd)| credit_micro_usd), Some(660_000));
    assert!((table.report()[0].billed_usd - 0.33).abs() < 1e-9);
    let (items, failure) = table.poll(id().uuid, START).expect("known");
    assert_eq!((items.len(), failure.is_some()), (1, true));
}

#[test]
fn the_first_failure_of_a_task_stands() {
    let mut table = TaskTable::new(Duration::ZERO);
    table.submit(START, &request(3), sent(3), Behaviour::default).expect("accepted");
    let mut fail = |code| table.fail(START, Run::first(id().uuid), ApiError::failed_task(code, "")).is_some();
    assert_eq!((fail("processingFailed"), fail("uploadFailed")), (true, false));
    assert_eq!(table.report()[0].error_code.as_deref(), Some("processingFailed"));
}

#[test]
fn progress_is_never_ahead_of_the_render_time() {
    let mut table = TaskTable::new(Duration::from_secs(10));
    table.submit(START, &request(1), sent(1), Behaviour::default).expect("accepted");
    table.progress(Run::first(id().uuid), 0.5);
    assert_eq!(progress(&table, 0), 0);
    assert_eq!(progress(&table, 2500), 25);
    assert_eq!(progress(&table, 9000), 50);
}

#[test]
fn a_full_table_refuses_new_tasks_and_still_knows_the_old_ones() {
    let mut table = TaskTable::new(Duration::ZERO);
    table.submit(START, &request(1), sent(1), Behaviour::default).expect("accepted");
    for number in 1..MAX_TASKS {
        let number = u128::try_from(number).expect("a small number");
        let uuid = Uuid::from_u128(0x4000_8000_0000_0000_0000 | number);
        table.refuse(START, &TaskId { uuid, text: String::new() }, Vec::new(), Value::Null);
    }
    let new = request::parse_task_id("c1a7e0d4-52f8-4b69-8e3d-7f90b4c2a622").expect("a UUID");
    let error =
        table.submit(START, &VideoRequest { id: new, ..request(1) }, sent(1), Behaviour::default).expect_err("full");
    assert_eq!((error.code(), error.http_status().as_u16()), ("rateLimitExceeded", 429));
    let error = table.submit(START, &request(1), sent(1), Behaviour::default).expect_err("used");
    assert_eq!(error.code(), "conflictTaskUUID");
}

#[test]
fn a_full_line_refuses_for_now_and_leaves_the_uuid_free() {
    let mut table = TaskTable::new(Duration::ZERO);
    table.limits.in_line = 1;
    table.submit(START, &request(1), sent(1), Behaviour::default).expect("accepted");
    let new = request::parse_task_id("c1a7e0d4-52f8-4b69-8e3d-7f90b4c2a622").expect("a UUID");
    let later = VideoRequest { id: new.clone(), ..request(1) };
    let error = table.submit(START, &later, sent(1), Behaviour::default).expect_err("one waits");
    assert_eq!((error.code(), error.http_status().as_u16()), ("rateLimitExceeded", 429));
    let report = &table.report()[1];
    assert_eq!((report.state, report.accepted, report.rejected), (TaskState::Rejected, 0, 1));
    assert_eq!(report.error_code.as_deref(), Some("rateLimitExceeded"));
    assert!(report.billed_usd.abs() < 1e-9);
    let error = table.submit(START, &request(1), sent(1), Behaviour::default).expect_err("used");
    assert_eq!(error.code(), "conflictTaskUUID", "what was bought is told however many wait");
    table.rendered(Run::first(id().uuid));
    table.submit(START, &later, sent(1), Behaviour::default).expect("there is room again");
    let _ = table.fail(START, Run::first(new.uuid), ApiError::failed_task("processingFailed", ""));
    assert_eq!(table.in_line, 0, "however a task leaves the line, it leaves once");
}

#[test]
fn a_task_that_is_lost_keeps_nobody_out() {
    let mut table = TaskTable::new(Duration::ZERO);
    let lost = || Behaviour { fate: Fate::Lost, ..Behaviour::default() };
    table.submit(START, &request(1), sent(1), lost).expect("accepted");
    assert_eq!(table.in_line, 0);
}

#[test]
fn an_oversized_request_is_not_archived() {
    let mut table = TaskTable::new(Duration::ZERO);
    let routing = json!({ "note": "x".repeat(100_000) });
    table.submit(START, &request(1), json!({ "routing": routing }), Behaviour::default).expect("accepted");
    let details = serde_json::to_value(table.details(&id(), START).expect("known")).expect("plain data");
    assert_eq!(details["request"], json!([]));
}
