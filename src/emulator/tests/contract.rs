//! Holds the emulator against the golden documents written from the vendor's documentation.
//!
//! All but messages, progress, seeds, and the names of results and sessions must be equal.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::emulator::account::Account;
use crate::emulator::answer::{Answer, answer};
use crate::emulator::errors::ApiError;
use crate::emulator::scenario::Scenario;
use crate::emulator::scenario::values::WebhookBody;
use crate::emulator::state::State;
use crate::emulator::task::{Finished, Run};
use crate::emulator::webhook::Notice;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const TASK: Uuid = Uuid::from_u128(0x4e9d_2f60_8b1c_4f3a_9c57_2d0a_6b7e_1f11);

/// Fields whose value is an example; their JSON type is the contract.
const EXAMPLES: [&str; 14] = [
    "message",
    "progress",
    "seed",
    "videoUUID",
    "videoURL",
    "organizationUUID",
    "organizationName",
    "AIRSource",
    "name",
    "email",
    "apiKey",
    "description",
    "lastUsedAt",
    "connectionSessionUUID",
];

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/provider")
}

/// A document by its name.
pub(super) fn golden(name: &str) -> Value {
    let text = fs::read_to_string(directory().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn golden_status(name: &str) -> u16 {
    let index = golden("index.json");
    let documents = index["documents"].as_array().expect("a list");
    let entry = documents.iter().find(|entry| entry["file"] == name).expect("listed");
    entry["httpStatus"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status")
}

/// A document with every example value replaced by the name of its type.
pub(super) fn contract(document: &Value) -> Value {
    match document {
        Value::Array(items) => items.iter().map(contract).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let value = if EXAMPLES.contains(&name.as_str()) { json!(type_of(value)) } else { contract(value) };
                (name.clone(), value)
            })
            .collect(),
        other => other.clone(),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn emulator() -> State {
    State::new(Duration::ZERO, Scenario::default())
}

fn post(state: &mut State, request: &Value) -> Answer {
    answer(state, request.to_string().as_bytes(), Some(KEY), Some(KEY), Timestamp::UNIX_EPOCH)
}

fn assert_golden(answer: &Answer, name: &str) {
    assert_eq!(contract(&answer.reply.body()), contract(&golden(name)), "{name}");
    assert_eq!(answer.reply.status().as_u16(), golden_status(name), "{name}");
}

fn finish(state: &mut State, task: Uuid) {
    let video_uuid = Uuid::new_v4();
    let video_url = Some(format!("http://host/{video_uuid}.mp4"));
    state.tasks.finish(
        Run::first(task),
        Finished { video_uuid, video_url, seed: 7, is_nsfw: false, at: Timestamp::UNIX_EPOCH },
    );
}

#[test]
fn every_golden_document_is_listed_and_every_listed_one_is_there() {
    let files: BTreeSet<String> = fs::read_dir(directory())
        .expect("the directory")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| name != "index.json")
        .collect();
    let index = golden("index.json");
    let listed: BTreeSet<String> = index["documents"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| entry["file"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(files, listed);
}

#[test]
fn requests_on_their_own_are_answered_as_documented() {
    for name in
        ["submit-single", "submit-batch", "submit-mixed", "invalid-value", "invalid-choice", "invalid-pair", "ping"]
            .into_iter()
            .chain(["unknown-parameter"])
    {
        let answer = post(&mut emulator(), &golden(&format!("{name}.request.json")));
        assert_golden(&answer, &format!("{name}.reply.json"));
    }
}

#[test]
fn the_key_may_come_as_the_first_element() {
    let request = golden("submit-authenticated.request.json");
    let answer = answer(&mut emulator(), request.to_string().as_bytes(), None, Some(KEY), Timestamp::UNIX_EPOCH);
    assert_golden(&answer, "submit-single.reply.json");
    assert_eq!(answer.accepted.len(), 1);
}

#[test]
fn a_bad_key_stops_everything() {
    let request = golden("submit-single.request.json").to_string();
    let mut state = emulator();
    let answer = answer(&mut state, request.as_bytes(), Some("other"), Some(KEY), Timestamp::UNIX_EPOCH);
    assert_golden(&answer, "bad-key.reply.json");
    assert!(answer.accepted.is_empty() && state.tasks.report().is_empty());
}

#[test]
fn a_used_uuid_is_a_conflict_and_no_second_render() {
    let mut state = emulator();
    let request = golden("submit-single.request.json");
    assert_eq!(post(&mut state, &request).accepted.len(), 1);
    let replay = post(&mut state, &request);
    assert_golden(&replay, "conflict.reply.json");
    assert!(replay.accepted.is_empty());
    assert_golden(&post(&mut state, &golden("details.request.json")), "details-refused-replay.reply.json");
}

#[test]
fn polls_tell_what_is_known() {
    let mut state = emulator();
    let poll = golden("poll-single.request.json");
    assert_golden(&post(&mut state, &poll), "poll-unknown.reply.json");
    post(&mut state, &golden("submit-single.request.json"));
    assert_golden(&post(&mut state, &poll), "poll-processing.reply.json");
    finish(&mut state, TASK);
    assert_golden(&post(&mut state, &poll), "poll-success.reply.json");
    assert_golden(&post(&mut state, &golden("details.request.json")), "details-success.reply.json");
}

#[test]
fn the_cost_is_told_when_asked_for() {
    let mut state = emulator();
    let mut request = golden("submit-single.request.json");
    request[0]["includeCost"] = json!(true);
    post(&mut state, &request);
    finish(&mut state, TASK);
    assert_golden(&post(&mut state, &golden("poll-single.request.json")), "poll-success-cost.reply.json");
}

#[test]
fn every_poll_returns_all_results_so_far() {
    let mut state = emulator();
    let mut request = golden("submit-single.request.json");
    request[0]["numberResults"] = json!(3);
    post(&mut state, &request);
    finish(&mut state, TASK);
    finish(&mut state, TASK);
    assert_golden(&post(&mut state, &golden("poll-single.request.json")), "poll-several-results.reply.json");
}

#[test]
fn a_failed_task_is_an_error_with_a_status() {
    let mut state = emulator();
    post(&mut state, &golden("submit-single.request.json"));
    let error = ApiError::failed_task("invalidValueUploadFailed", "").about("inputs.image").expecting("string");
    state.fail(Timestamp::UNIX_EPOCH, Run::first(TASK), error);
    assert_golden(&post(&mut state, &golden("poll-single.request.json")), "poll-error.reply.json");
}

#[test]
fn details_of_an_unknown_task_are_not_found() {
    assert_golden(&post(&mut emulator(), &golden("details.request.json")), "details-not-found.reply.json");
}

#[test]
fn a_webhook_is_told_what_polls_tell_flat_or_wrapped() {
    let mut state = emulator();
    let mut request = golden("submit-single.request.json");
    request[0]["includeCost"] = json!(true);
    post(&mut state, &request);
    let video_uuid = Uuid::new_v4();
    let finished = Finished {
        video_uuid,
        video_url: Some("http://host/video.mp4".to_owned()),
        seed: 7,
        is_nsfw: false,
        at: Timestamp::UNIX_EPOCH,
    };
    let item = state.tasks.finish(Run::first(TASK), finished).expect("a known task");
    for (form, name) in [(WebhookBody::Flat, "webhook-flat.json"), (WebhookBody::Wrapped, "webhook-wrapped.json")] {
        let notice = Notice::of_result(video_uuid, &item, form);
        assert_eq!(contract(notice.body()), contract(&golden(name)), "{name}");
    }
}

#[test]
fn a_webhook_is_told_of_a_failure_in_an_envelope() {
    let mut state = emulator();
    post(&mut state, &golden("submit-single.request.json"));
    let error = ApiError::failed_task("providerTimeout", "");
    let error = state.fail(Timestamp::UNIX_EPOCH, Run::first(TASK), error).expect("a known task");
    assert_eq!(contract(Notice::of_failure(&error).body()), contract(&golden("webhook-errors.json")));
}

#[test]
fn a_task_that_the_account_does_not_cover_is_refused_and_its_uuid_stays_free() {
    let mut state = emulator();
    state.account = Account::holding(329_999);
    let request = golden("submit-single.request.json");
    let refused = post(&mut state, &request);
    assert_golden(&refused, "no-credit.reply.json");
    assert!(refused.accepted.is_empty());
    state.account = Account::holding(330_000);
    assert_golden(&post(&mut state, &request), "submit-single.reply.json");
}

#[test]
fn a_used_uuid_is_a_conflict_also_when_no_credit_is_left() {
    let mut state = emulator();
    state.account = Account::holding(330_000);
    let request = golden("submit-single.request.json");
    assert_eq!(post(&mut state, &request).accepted.len(), 1);
    assert_golden(&post(&mut state, &request), "conflict.reply.json");
}

#[test]
fn the_account_tells_what_is_left_and_what_was_used() {
    let mut state = emulator();
    state.account = Account::holding(10_000_000);
    post(&mut state, &golden("submit-single.request.json"));
    let account = post(&mut state, &golden("account.request.json"));
    assert_golden(&account, "account.reply.json");
    assert!(!account.reply.body().to_string().contains(KEY), "the key is nobody's business");
}

#[test]
fn the_catalogue_has_the_one_model_that_can_be_used() {
    let mut state = emulator();
    assert_golden(&post(&mut state, &golden("model-search.request.json")), "model-search.reply.json");
}

#[test]
fn media_that_is_not_stored_cannot_be_deleted() {
    let answer = post(&mut emulator(), &golden("media-delete.request.json"));
    assert_golden(&answer, "media-not-found.reply.json");
}

#[test]
fn any_preset_is_taken_unless_the_list_is_to_be_kept_to() {
    let mut state = emulator();
    let mut request = golden("submit-single.request.json");
    request[0]["inputs"]["avatar"] = json!("Nobody_WeKnow_public");
    state.strict_avatars = true;
    let body = post(&mut state, &request).reply.body();
    let error = &body["errors"][0];
    assert_eq!((&error["code"], &error["parameter"]), (&json!("invalidInputsAvatar"), &json!("inputs.avatar")));
    assert!(error["allowedValues"].as_array().is_some_and(|names| names.len() == 12), "{error}");
    state.strict_avatars = false;
    assert_eq!(post(&mut state, &request).accepted.len(), 1);
}

#[test]
fn a_task_that_fails_gives_its_money_back() {
    let mut state = emulator();
    state.account = Account::holding(330_000);
    post(&mut state, &golden("submit-single.request.json"));
    let balance =
        |state: &mut State| post(state, &golden("account.request.json")).reply.body()["data"][0]["balance"].take();
    assert_eq!(balance(&mut state), 0.0);
    state.fail(Timestamp::UNIX_EPOCH, Run::first(TASK), ApiError::failed_task("processingFailed", ""));
    assert_eq!(balance(&mut state), 0.33);
}

#[test]
fn other_operations_of_the_account_are_refused_by_name() {
    let mut request = golden("account.request.json");
    request[0]["operation"] = json!("getUsageActivity");
    let body = post(&mut emulator(), &request).reply.body();
    assert_eq!(body["errors"][0]["code"], "invalidOperation");
    assert_eq!(body["errors"][0]["allowedValues"], json!(["getDetails"]));
    let page = "https://runware.ai/docs/platform/account-management#request-operation";
    assert_eq!(body["errors"][0]["documentation"], page);
    assert_eq!(body["errors"][0]["taskUUID"], request[0]["taskUUID"]);
}
