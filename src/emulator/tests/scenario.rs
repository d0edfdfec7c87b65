//! Every switch of the whole API, of calls and of tasks, by what a client is answered.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::emulator::answer::{Answer, answer};
use crate::emulator::errors::ApiError;
use crate::emulator::faults::{Message, Outcome};
use crate::emulator::scenario::Scenario;
use crate::emulator::state::State;
use crate::emulator::task::{Finished, Run};

const UUID: Uuid = Uuid::from_u128(0x4e9d_2f60_8b1c_4f3a_9c57_2d0a_6b7e_1f11);
const OTHER: Uuid = Uuid::from_u128(0x4e9d_2f60_8b1c_4f3a_9c57_2d0a_6b7e_1f22);

/// An emulator under a scenario of one rule, without sockets.
struct World {
    state: State,
    now: Timestamp,
}

impl World {
    fn with(set: Value) -> Self {
        Self::under(json!([{ "set": set }]))
    }

    fn under(rules: Value) -> Self {
        let scenario = Scenario::from_json(json!({ "rules": rules }).to_string().as_bytes()).expect("a scenario");
        Self { state: State::new(Duration::ZERO, scenario), now: Timestamp::UNIX_EPOCH }
    }

    fn wait_ms(&mut self, ms: i64) {
        self.now += SignedDuration::from_millis(ms);
    }

    fn post(&mut self, body: &Value) -> Answer {
        answer(&mut self.state, body.to_string().as_bytes(), Some("key"), None, self.now)
    }

    /// Status and body of an answer that is told.
    fn told(&mut self, body: &Value) -> (u16, Value) {
        let message = message(self.post(body));
        (message.status.as_u16(), serde_json::from_str(&message.body).expect("JSON"))
    }

    fn submit(&mut self) -> (u16, Value) {
        self.told(&json!([task(UUID)]))
    }

    fn poll(&mut self) -> Value {
        self.told(&json!([poll(UUID)])).1
    }

    fn finish(&mut self) {
        let result = Finished {
            video_uuid: Uuid::nil(),
            video_url: Some("http://host/x".to_owned()),
            seed: 1,
            is_nsfw: false,
            at: Timestamp::UNIX_EPOCH,
        };
        self.state.tasks.finish(Run::first(UUID), result);
    }

    fn fail(&mut self, uuid: Uuid, error: ApiError) {
        self.state.fail(self.now, Run::first(uuid), error);
    }

    fn counts(&self) -> (u32, u32, u32, u32) {
        let reports = self.state.tasks.report();
        let report = reports.iter().find(|report| report.task_uuid == UUID.to_string()).expect("submitted");
        (report.submitted, report.accepted, report.conflicts, report.rejected)
    }
}

fn message(answer: Answer) -> Message {
    match answer.outcome() {
        Outcome::Told(message, delay) if delay.is_zero() => message,
        other => panic!("{other:?}"),
    }
}

fn task(uuid: Uuid) -> Value {
    json!({
        "taskType": "videoInference", "taskUUID": uuid, "model": "heygen:video-agent@0",
        "positivePrompt": "A lighthouse", "duration": 10, "includeCost": true,
    })
}

fn poll(uuid: Uuid) -> Value {
    json!({"taskType": "getResponse", "taskUUID": uuid})
}

fn details(uuid: Uuid) -> Value {
    json!({"taskType": "getTaskDetails", "taskUUID": uuid})
}

fn codes(body: &Value) -> Vec<&str> {
    body["errors"].as_array().into_iter().flatten().filter_map(|error| error["code"].as_str()).collect()
}

#[test]
fn a_call_that_meets_a_fault_is_answered_as_the_fault_says() {
    let kinds: [(&str, Value); 3] =
        [("submit", json!([task(UUID)])), ("poll", json!([poll(UUID)])), ("details", json!([details(UUID)]))];
    for (kind, body) in kinds {
        let outcome = |fault: &str| {
            let mut world = World::under(json!([{"set": {kind: fault}, "match": {"taskUUID": UUID}}]));
            if kind != "submit" {
                world.submit();
            }
            world.post(&body).outcome()
        };
        let told = |fault: &str| match outcome(fault) {
            Outcome::Told(message, delay) => (message, delay),
            other => panic!("{kind}={fault}: {other:?}"),
        };
        let (plain, delay) = told("none");
        assert_eq!((plain.status.as_u16(), delay), (200, Duration::ZERO), "{kind}");
        assert_eq!(told("slow:1500"), (Message { ..message_of(&plain) }, Duration::from_millis(1500)));
        assert_eq!(outcome("stall"), Outcome::Stalled);
        assert_eq!(outcome("reset"), Outcome::Reset);
        assert_eq!(outcome("cut"), Outcome::Cut(message_of(&plain)));
        let malformed = told("malformed").0;
        assert_eq!(malformed.status, 200);
        assert!(serde_json::from_str::<Value>(&malformed.body).is_err(), "{}", malformed.body);
        let html = told("html:502").0;
        assert_eq!((html.status.as_u16(), html.content_type), (502, "text/html; charset=utf-8"));
        assert!(html.body.starts_with("<html>"));
        assert_eq!(told("empty").0.body, r#"{"data":[]}"#);
        assert_eq!(told("part").0.body, r#"{"data":[]}"#, "of one item the first is the only one");
        let relabelled = told("status:500").0;
        assert_eq!((relabelled.status.as_u16(), &relabelled.body), (500, &plain.body));
        let refused = told("error:serviceUnavailable").0;
        assert_eq!(refused.status, 503);
        let body: Value = serde_json::from_str(&refused.body).expect("JSON");
        assert_eq!((codes(&body), &body["errors"][0]["taskUUID"]), (vec!["serviceUnavailable"], &json!(UUID)));
        let throttled = told("throttled:3").0;
        assert_eq!((throttled.status.as_u16(), throttled.retry_after), (429, Some(Duration::from_secs(3))));
        assert!(throttled.body.contains("rateLimitExceeded"));
        assert_eq!(told("throttled:0").0.retry_after, None);
    }
}

fn message_of(message: &Message) -> Message {
    Message { body: message.body.clone(), ..*message }
}

#[test]
fn an_answer_in_part_keeps_every_second_item() {
    let mut world = World::with(json!({"submit": "part"}));
    let (_, body) = world.told(&json!([task(UUID), task(OTHER)]));
    assert_eq!(body["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["data"][0]["taskUUID"], json!(OTHER));
}

#[test]
fn whether_a_faulty_submission_takes_effect_is_up_to_acceptance() {
    // Submission's fault, acceptance, and what is counted: submitted, accepted, conflicts, rejected.
    let cases = [
        ("none", "as-answered", (1, 1, 0, 0)),
        ("html:502", "as-answered", (1, 1, 0, 0)),
        ("reset", "as-answered", (1, 1, 0, 0)),
        ("status:500", "as-answered", (1, 1, 0, 0)),
        ("error:internalServerError", "as-answered", (1, 0, 0, 1)),
        ("throttled:1", "as-answered", (1, 0, 0, 1)),
        ("none", "never", (1, 0, 0, 0)),
        ("html:502", "never", (1, 0, 0, 0)),
        ("error:internalServerError", "never", (1, 0, 0, 1)),
        ("error:internalServerError", "always", (1, 1, 0, 0)),
        ("throttled:1", "always", (1, 1, 0, 0)),
        ("none", "twice", (2, 1, 1, 0)),
        ("error:internalServerError", "twice", (2, 1, 1, 0)),
    ];
    for (fault, acceptance, counts) in cases {
        let mut world = World::with(json!({"submit": fault, "acceptance": acceptance}));
        let answer = world.post(&json!([task(UUID)]));
        assert_eq!(answer.accepted.len(), usize::try_from(counts.1).expect("few"), "{fault} {acceptance}");
        assert_eq!(world.counts(), counts, "{fault} {acceptance}");
        let is_known = !world.poll()["data"].as_array().expect("data").is_empty();
        assert_eq!(is_known, counts.1 == 1, "{fault} {acceptance}");
    }
    let mut twice = World::with(json!({"acceptance": "twice"}));
    assert_eq!(codes(&twice.submit().1), ["conflictTaskUUID"], "the second answer is the one that comes back");
    let mut never = World::under(json!([{"set": {"acceptance": "never"}, "times": 1}]));
    assert_eq!(never.submit().1["data"][0]["taskUUID"], json!(UUID), "it is acknowledged all the same");
    assert_eq!(codes(&never.told(&json!([details(UUID)])).1), ["taskNotFound"]);
    assert_eq!(never.submit().0, 200, "and its UUID is free");
    assert_eq!(never.counts(), (2, 1, 0, 0));
}

#[test]
fn an_error_about_the_key_names_no_task_and_comes_once() {
    let mut world = World::with(json!({"poll": "error:invalidApiKey"}));
    let (status, body) = world.told(&json!([poll(UUID), poll(OTHER)]));
    assert_eq!(status, 401);
    assert_eq!(body["errors"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["errors"][0]["taskType"], "authentication");
    assert_eq!(body["errors"][0]["taskUUID"], Value::Null);
}

#[test]
fn every_error_family_can_be_ordered_at_submission() {
    for (code, status) in [
        ("invalidApiKey", 401),
        ("accountSuspended", 403),
        ("insufficientCredits", 402),
        ("rateLimitExceeded", 429),
        ("contentPolicyViolation", 400),
        ("providerTimeout", 504),
        ("noAvailableServer", 503),
        ("inferenceError", 500),
        ("internalServerError", 500),
        ("taskNotFound", 404),
        ("invalidDuration", 400),
    ] {
        let mut world = World::with(json!({"submit": format!("error:{code}")}));
        let (answered, body) = world.submit();
        assert_eq!((answered, codes(&body)), (status, vec![code]));
        assert_eq!(world.counts(), (1, 0, 0, 1), "{code}");
    }
}

#[test]
fn a_post_that_mixes_kinds_meets_one_fault_that_of_its_submissions_first() {
    let mut world = World::with(json!({"submit": "reset", "poll": "stall", "details": "cut"}));
    let mixed = json!([details(UUID), poll(UUID), task(UUID)]);
    assert_eq!(world.post(&mixed).outcome(), Outcome::Reset);
    assert_eq!(world.post(&json!([details(UUID), poll(UUID)])).outcome(), Outcome::Stalled);
    let mut world = World::with(json!({"poll": "error:rateLimitExceeded"}));
    let (status, body) = world.told(&json!([poll(UUID), task(OTHER)]));
    assert_eq!((status, codes(&body).len()), (429, 2), "an error is about every task of the POST");
    assert!(world.poll_of(OTHER).is_empty(), "and what is answered with an error was not accepted");
}

impl World {
    fn poll_of(&mut self, uuid: Uuid) -> Vec<Value> {
        self.state.scenario = Scenario::default();
        self.told(&json!([poll(uuid)])).1["data"].as_array().cloned().unwrap_or_default()
    }
}

#[test]
fn a_rule_for_tasks_counts_those_that_were_accepted() {
    let mut world = World::under(json!([{"set": {"running-status": "queued"}, "times": 2}]));
    world.submit();
    assert_eq!(codes(&world.submit().1), ["conflictTaskUUID"]);
    world.told(&json!([task(OTHER)]));
    for uuid in [UUID, OTHER] {
        assert_eq!(world.told(&json!([poll(uuid)])).1["data"][0]["status"], "queued");
    }
    assert_eq!(world.state.scenario.written()["rules"][0]["met"], 2);
}

#[test]
fn a_marker_in_the_prompt_orders_faults_of_its_own_task() {
    let mut world = World::under(json!([]));
    let mut marked = task(UUID);
    marked["positivePrompt"] = json!("A lighthouse [[emulator: poll=empty*2, running-status=waiting]]");
    world.told(&json!([marked, task(OTHER)]));
    let statuses: Vec<Value> = (0..3).map(|_| world.poll()["data"][0]["status"].clone()).collect();
    assert_eq!(statuses, [Value::Null, Value::Null, json!("waiting")]);
    assert_eq!(world.told(&json!([poll(OTHER)])).1["data"][0]["status"], "processing");
}

#[test]
fn an_unknown_task_is_an_empty_answer_or_not_found() {
    let mut world = World::with(json!({"unknown-task": "empty"}));
    assert_eq!(world.told(&json!([poll(UUID)])), (200, json!({"data": []})));
    let mut world = World::with(json!({"unknown-task": "not-found"}));
    let (status, body) = world.told(&json!([poll(UUID)]));
    assert_eq!((status, codes(&body)), (404, vec!["taskNotFound"]));
    world.told(&json!([task(OTHER)]));
    let (status, body) = world.told(&json!([poll(UUID), poll(OTHER)]));
    assert_eq!((status, codes(&body)), (200, vec!["taskNotFound"]), "among others it spoils nothing");
    assert_eq!(body["data"][0]["taskUUID"], json!(OTHER));
}

#[test]
fn a_mixed_batch_comes_under_the_status_that_is_set() {
    for (set, status) in [("200", 200), ("207", 207), ("400", 400)] {
        let mut world = World::with(json!({"mixed-status": set}));
        let wrong = json!({"taskType": "videoInference", "taskUUID": OTHER});
        assert_eq!(world.told(&json!([task(UUID), wrong])).0, status);
        assert_eq!(world.told(&json!([task(OTHER)])).0, 200, "what is not mixed is not concerned");
        world.fail(OTHER, ApiError::failed_with("inferenceError"));
        assert_eq!(world.told(&json!([poll(UUID), poll(OTHER)])).0, 200);
    }
}

#[test]
fn an_envelope_has_both_lists_or_only_those_with_something_in_them() {
    for (set, acknowledged, refused) in [("lean", (true, false), (false, true)), ("full", (true, true), (true, true))] {
        let mut world = World::with(json!({"envelope": set}));
        let lists = |body: &Value| (body.get("data").is_some(), body.get("errors").is_some());
        assert_eq!(lists(&world.submit().1), acknowledged, "{set}");
        let conflict = world.submit().1;
        assert_eq!((lists(&conflict), codes(&conflict)), (refused, vec!["conflictTaskUUID"]), "{set}");
    }
}

#[test]
fn a_post_of_more_tasks_than_the_limit_is_refused_whole() {
    let mut world = World::with(json!({"max-tasks": 1}));
    let (status, body) = world.told(&json!([task(UUID), task(OTHER)]));
    assert_eq!((status, codes(&body)), (400, vec!["arrayTooLarge"]));
    assert!(world.state.tasks.report().is_empty());
    assert_eq!(world.submit().0, 200);
    assert_eq!(World::with(json!({"max-tasks": "none"})).told(&json!([task(UUID), task(OTHER)])).0, 200);
}

#[test]
fn a_post_of_more_bytes_than_the_limit_is_refused_whole() {
    let length = json!([task(UUID)]).to_string().len();
    for (limit, status) in [(json!(length), 200), (json!(length - 1), 413), (json!("none"), 200)] {
        let mut world = World::with(json!({ "max-body": limit }));
        assert_eq!(world.submit().0, status);
    }
}

#[test]
fn sizes_can_be_those_of_the_family_only() {
    let mut world = World::with(json!({"sizes": "family"}));
    let mut sized = |width: u32, height: u32| {
        let mut task = task(Uuid::new_v4());
        (task["width"], task["height"]) = (width.into(), height.into());
        world.told(&json!([task]))
    };
    assert_eq!(sized(1080, 1920).0, 200);
    for (width, height) in [(64, 64), (1281, 720), (720, 720)] {
        let (status, reply) = sized(width, height);
        let error = &reply["errors"][0];
        assert_eq!((status, &error["code"]), (400, &json!("unsupportedDimensions")), "{reply}");
        assert_eq!((&error["parameter"], &error["type"]), (&json!(["width", "height"]), &json!("integer")));
        assert_eq!(error["allowedValues"][1], "720x1280");
        assert!(error["taskUUID"].is_string() && error["documentation"].is_string(), "{error}");
    }
    let mut task = task(Uuid::new_v4());
    task.as_object_mut().expect("an object").retain(|name, _| name != "width" && name != "height");
    assert_eq!(world.told(&json!([task])).0, 200, "the default is one of them");
}

#[test]
fn a_new_task_is_unknown_until_it_is_visible() {
    for (set, ms) in [("0", 0), ("500", 500)] {
        let mut world = World::with(json!({"visible-after": set}));
        world.submit();
        if ms > 0 {
            world.wait_ms(ms - 1);
            assert_eq!(world.poll(), json!({"data": []}));
            assert_eq!(codes(&world.told(&json!([details(UUID)])).1), ["taskNotFound"]);
            world.wait_ms(1);
        }
        assert_eq!(world.poll()["data"][0]["status"], "processing");
        assert_eq!(world.told(&json!([details(UUID)])).0, 200);
        assert_eq!(codes(&world.submit().1), ["conflictTaskUUID"], "seen or not, its UUID is taken");
    }
}

#[test]
fn a_task_is_unknown_again_after_its_time() {
    let mut world = World::with(json!({"unknown-after": 500}));
    world.submit();
    world.finish();
    world.wait_ms(499);
    assert_eq!(world.poll()["data"][0]["status"], "success");
    world.wait_ms(1);
    assert_eq!(world.poll(), json!({"data": []}));
    assert_eq!(codes(&world.told(&json!([details(UUID)])).1), ["taskNotFound"]);
    assert_eq!(codes(&world.submit().1), ["conflictTaskUUID"]);
    let mut world = World::with(json!({"unknown-after": "never"}));
    world.submit();
    world.wait_ms(1 << 40);
    assert_eq!(world.poll()["data"][0]["status"], "processing");
}

#[test]
fn a_lost_task_is_acknowledged_and_never_heard_of_again() {
    let mut world = World::with(json!({"fate": "lost"}));
    let answer = world.post(&json!([task(UUID)]));
    assert!(answer.accepted.is_empty(), "nobody works on it");
    assert_eq!(message(answer).body, json!({"data": [{"taskType": "videoInference", "taskUUID": UUID}]}).to_string());
    world.wait_ms(1 << 30);
    assert_eq!(world.poll(), json!({"data": []}));
    assert!(world.state.tasks.report()[0].billed_usd.abs() < 1e-9);
    assert_eq!(codes(&world.submit().1), ["conflictTaskUUID"]);
    let mut world = World::with(json!({"fate": "kept"}));
    assert_eq!(world.post(&json!([task(UUID)])).accepted.len(), 1);
}

#[test]
fn a_forgotten_acceptance_runs_and_bills_anew() {
    let mut world = World::with(json!({"forget": 1000}));
    world.submit();
    world.wait_ms(999);
    assert_eq!(codes(&world.submit().1), ["conflictTaskUUID"]);
    world.wait_ms(1);
    world.finish();
    assert_eq!(world.poll()["data"][0]["status"], "success", "only the acceptance is forgotten, not the result");
    let again = world.post(&json!([task(UUID)]));
    assert_eq!(again.accepted.first().map(|accepted| accepted.run), Some(Run { uuid: UUID, number: 1 }));
    assert_eq!(world.counts(), (3, 2, 1, 0));
    assert!((world.state.tasks.report()[0].billed_usd - 0.66).abs() < 1e-9);
    assert_eq!(world.poll()["data"][0]["status"], "processing", "what is told is the latest run");
    world.finish();
    assert_eq!(world.poll()["data"][0]["status"], "processing", "a result of the first run is none of the second");
    let mut world = World::with(json!({"forget": "never"}));
    world.submit();
    world.wait_ms(1 << 40);
    assert_eq!(codes(&world.submit().1), ["conflictTaskUUID"]);
}

#[test]
fn a_task_under_way_has_the_word_that_is_set() {
    for word in ["processing", "pending", "queued", "waiting", "scheduled"] {
        let mut world = World::with(json!({"running-status": word}));
        world.submit();
        assert_eq!(world.poll()["data"][0]["status"], word);
    }
}

#[test]
fn progress_is_told_or_not() {
    for (set, told) in [("told", json!(0)), ("untold", Value::Null)] {
        let mut world = World::with(json!({"progress": set}));
        world.submit();
        assert_eq!(world.poll()["data"][0]["progress"], told, "{set}");
    }
}

#[test]
fn a_failed_task_stands_where_it_is_told_to() {
    let failed = |place: &str| {
        let mut world = World::with(json!({"error-place": place}));
        world.submit();
        world.fail(UUID, ApiError::failed_with("providerTimeout"));
        world.told(&json!([poll(UUID)]))
    };
    let (status, body) = failed("errors");
    assert_eq!((status, &body["data"]), (200, &json!([])));
    assert_eq!((codes(&body), &body["errors"][0]["status"]), (vec!["providerTimeout"], &json!("error")));
    let (status, body) = failed("data");
    assert_eq!((status, body.get("errors"), &body["data"][0]["status"]), (200, None, &json!("error")));
    assert_eq!(body["data"][0]["error"]["code"], "providerTimeout");
    let (status, body) = failed("data-text");
    assert_eq!((status, body.get("errors"), &body["data"][0]["status"]), (200, None, &json!("error")));
    assert_eq!(body["data"][0]["error"], "providerTimeout");
}

#[test]
fn the_cost_is_told_as_set_and_billed_all_the_same() {
    for (set, told) in [("exact", json!(0.33)), ("zero", json!(0.0)), ("absent", Value::Null)] {
        let mut world = World::with(json!({"cost": set}));
        world.submit();
        world.finish();
        assert_eq!(world.poll()["data"][0]["cost"], told, "{set}");
        assert!((world.state.tasks.report()[0].billed_usd - 0.33).abs() < 1e-9);
    }
}

#[test]
fn progress_follows_the_render_time_of_the_scenario() {
    for (set, share) in [("own", 50), ("10000", 25)] {
        let mut world = World::with(json!({"render-time": set}));
        world.submit();
        world.state.tasks.progress(Run::first(UUID), 0.5);
        world.wait_ms(2500);
        assert_eq!(world.poll()["data"][0]["progress"], share, "{set}");
    }
}
