//! The control routes, and tasks that are moved by hand.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support;
use crate::emulator::scenario::switches::CATALOGUE;
use crate::emulator::{Emulator, EmulatorOptions, Scenario, Step, StepReport};

struct World {
    emulator: Emulator,
    client: reqwest::Client,
}

impl World {
    async fn new() -> Self {
        Self { emulator: support::emulator(EmulatorOptions::default()).await, client: support::client() }
    }

    async fn control(&self, method: Method, path: &str, body: &str) -> (u16, Value) {
        let url = format!("http://{}/_emulator/{path}", self.emulator.addr());
        let response = self.client.request(method, url).body(body.to_owned()).send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    async fn post(&self, body: Value) -> Value {
        support::post(&self.emulator, &body).await.1
    }

    async fn submit(&self, extra: &Value) -> Uuid {
        let (uuid, task) = support::task(extra);
        let reply = self.post(json!([task])).await;
        assert_eq!(reply["data"][0]["taskUUID"], json!(uuid), "{reply}");
        uuid.parse().expect("a UUID")
    }

    async fn status(&self, uuid: Uuid) -> Vec<String> {
        let reply = self.post(json!([{"taskType": "getResponse", "taskUUID": uuid}])).await;
        let items = reply["data"].as_array().into_iter().chain(reply["errors"].as_array()).flatten();
        items.map(|item| item["status"].as_str().unwrap_or("none").to_owned()).collect()
    }

    /// One step of the only task there is.
    async fn step(&self) -> StepReport {
        let mut reports = self.emulator.step(None).await;
        assert_eq!(reports.len(), 1, "{reports:?}");
        reports.remove(0)
    }
}

fn messages(body: &Value) -> Vec<&str> {
    body["errors"].as_array().expect("errors").iter().filter_map(|error| error["message"].as_str()).collect()
}

#[tokio::test]
async fn every_switch_is_listed_with_its_place_meaning_and_values() {
    let world = World::new().await;
    let (status, body) = world.control(Method::GET, "switches", "").await;
    assert_eq!(status, 200);
    let listed = body["switches"].as_array().expect("switches");
    assert_eq!(listed.len(), CATALOGUE.len());
    for (listed, switch) in listed.iter().zip(CATALOGUE) {
        assert_eq!((&listed["name"], &listed["meaning"]), (&json!(switch.name), &json!(switch.meaning)));
        assert!(listed["place"].is_string());
        assert_eq!(listed["values"][0]["value"], switch.forms[0].0, "the default is the first");
    }
}

#[tokio::test]
async fn a_scenario_is_put_in_force_and_told() {
    let world = World::new().await;
    assert_eq!(world.control(Method::GET, "scenario", "").await, (200, json!({"seed": 0, "rules": []})));
    let scenario = json!({"seed": 7, "rules": [{"set": {"unknown-task": "not-found"}}]});
    let (status, in_force) = world.control(Method::PUT, "scenario", &scenario.to_string()).await;
    assert_eq!((status, &in_force["seed"], &in_force["rules"][0]["met"]), (200, &json!(7), &json!(0)));
    let reply = world.post(json!([{"taskType": "getResponse", "taskUUID": Uuid::new_v4()}])).await;
    assert_eq!(reply["errors"][0]["code"], "taskNotFound");
    assert_eq!(world.control(Method::GET, "scenario", "").await.1, in_force);
    let (status, _) = world.control(Method::PUT, "scenario", "seed = 8\n[[rules]]\nset = { poll = \"empty\" }\n").await;
    assert_eq!(status, 200, "TOML is taken, too");
    world.emulator.set_scenario(Scenario::default());
    assert_eq!(world.control(Method::GET, "scenario", "").await.1["rules"], json!([]));
}

#[tokio::test]
async fn everything_wrong_with_a_scenario_is_told_and_nothing_changes() {
    let world = World::new().await;
    let wrong =
        json!({"rules": [{"set": {"put": "later", "putt": 1}}, {"set": {"unknown-task": "empty"}, "times": 1}]});
    let (status, body) = world.control(Method::PUT, "scenario", &wrong.to_string()).await;
    assert_eq!((status, messages(&body).len()), (400, 3), "{body}");
    for body in ["", "{", "seed = ", "{\"rule\": []}"] {
        let (status, _) = world.control(Method::PUT, "scenario", body).await;
        assert_eq!(status, if body.is_empty() { 200 } else { 400 }, "{body}");
    }
    let (status, _) = world.control(Method::PUT, "scenario", &" ".repeat(2 << 20)).await;
    assert_eq!(status, 400);
    assert_eq!(world.control(Method::GET, "scenario", "").await.1["rules"], json!([]));
}

#[tokio::test]
async fn rules_are_added_and_dropped_one_by_one() {
    let world = World::new().await;
    for fault in ["empty", "malformed", "status:500"] {
        let rule = json!({"set": {"poll": fault}, "times": 1});
        let (status, body) = world.control(Method::POST, "rules", &rule.to_string()).await;
        assert_eq!((status, &body["rules"][0]["set"]["poll"]), (200, &json!("empty")));
    }
    let (status, body) = world.control(Method::DELETE, "rules/1", "").await;
    assert_eq!((status, &body["rules"][1]["set"]["poll"]), (200, &json!("status:500")));
    for nothing in ["rules/2", "rules/first", "rules/-1"] {
        assert_eq!(world.control(Method::DELETE, nothing, "").await.0, 404, "{nothing}");
    }
    let (status, body) = world.control(Method::POST, "rules", r#"{"set": {}}"#).await;
    assert_eq!((status, messages(&body)), (400, vec!["set: a rule sets at least one switch"]));
    assert_eq!(world.control(Method::DELETE, "rules", "").await, (200, json!({"seed": 0, "rules": []})));
}

#[tokio::test]
async fn a_stepped_task_waits_before_everything_that_could_be_noticed() {
    let world = World::new().await;
    world.control(Method::POST, "rules", r#"{"set": {"pace": "stepped"}}"#).await;
    // Nobody listens there: that the upload was tried is enough.
    let nowhere = "http://127.0.0.1:1/nowhere";
    let ordered = json!({"uploadEndpoint": nowhere, "webhookURL": nowhere});
    world.control(Method::POST, "rules", r#"{"set": {"put-retries": "none"}}"#).await;
    let uuid = world.submit(&ordered).await;
    assert_eq!(world.status(uuid).await, ["processing"]);
    for (did, next) in [
        (Step::Render, Some(Step::Upload)),
        (Step::Upload, Some(Step::Finish)),
        (Step::Finish, Some(Step::Webhook)),
        (Step::Webhook, None),
    ] {
        assert_eq!(world.emulator.tasks()[0].uploads.len(), usize::from(did > Step::Upload), "before {did:?}");
        let expected = if did > Step::Finish { "success" } else { "processing" };
        assert_eq!(world.status(uuid).await, [expected], "before {did:?}");
        let report = world.step().await;
        assert_eq!((report.task_uuid.as_str(), report.did, report.next), (&*uuid.to_string(), Some(did), next));
        assert_eq!(report.is_done, next.is_none());
    }
    assert_eq!(world.emulator.step(None).await, [], "it is at its end");
}

#[tokio::test]
async fn one_task_is_stepped_by_its_uuid_and_the_others_stand() {
    let world = World::new().await;
    world.control(Method::POST, "rules", r#"{"set": {"pace": "stepped"}, "times": 2}"#).await;
    let (one, other) = (world.submit(&json!({})).await, world.submit(&json!({})).await);
    let automatic = world.submit(&json!({})).await;
    let (status, body) = world.control(Method::POST, "step", &json!({ "taskUUID": one }).to_string()).await;
    let told = json!({"taskUUID": one, "did": "render", "next": "finish", "isDone": false});
    assert_eq!((status, body), (200, json!({ "tasks": [told] })));
    let (_, standing) = world.control(Method::GET, "step", "").await;
    assert_eq!(standing["tasks"][0]["next"], "finish");
    assert_eq!((&standing["tasks"][1]["taskUUID"], &standing["tasks"][1]["next"]), (&json!(other), &json!("render")));
    let (status, body) = world.control(Method::POST, "step", "").await;
    assert_eq!((status, body["tasks"].as_array().map(Vec::len)), (200, Some(2)));
    assert_eq!(body["tasks"][0]["isDone"], true);
    assert_eq!(world.status(one).await, ["success"]);
    for (wrong, status) in [(json!({ "taskUUID": automatic }), 404), (json!({"task": one}), 400), (json!([1]), 400)] {
        assert_eq!(world.control(Method::POST, "step", &wrong.to_string()).await.0, status, "{wrong}");
    }
}

#[tokio::test]
async fn a_stepped_failure_comes_when_it_is_told_to() {
    let world = World::new().await;
    let rule = json!({"set": {"pace": "stepped", "failure": "inferenceError", "render-time": 3_600_000}});
    world.control(Method::POST, "rules", &rule.to_string()).await;
    let uuid = world.submit(&json!({"numberResults": 2})).await;
    for (did, next, statuses) in [
        (Step::Render, Some(Step::Finish), vec!["processing", "processing"]),
        (Step::Finish, Some(Step::Fail), vec!["success", "processing"]),
        (Step::Fail, None, vec!["success", "error"]),
    ] {
        let report = world.step().await;
        assert_eq!((report.did, report.next), (Some(did), next), "an hour is nothing to a stepped task");
        assert_eq!(world.status(uuid).await, statuses, "after {did:?}");
    }
}

#[tokio::test]
async fn closing_does_not_wait_for_steps() {
    let world = World::new().await;
    world.control(Method::POST, "rules", r#"{"set": {"pace": "stepped"}}"#).await;
    world.submit(&json!({})).await;
    let start = std::time::Instant::now();
    world.emulator.stop().await;
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}
