//! The emulator's state file, and a process that is killed at any moment.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use landfall::emulator::{TaskReport, TaskState};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::support::binary::{LOOK, PATIENCE, Role};
use crate::support::servers::Pen;

/// Lives of the emulator that are cut short.
const LIVES: u64 = 4;

/// Clients that submit one task after the other.
const CLIENTS: usize = 4;

fn start(pen: &Pen, number: u64) -> Role {
    let file = pen.path().join("state");
    let file = file.to_str().expect("UTF-8");
    let arguments = ["emulator", "--listen", "127.0.0.1:0", "--frame-rate", "1", "--state", file];
    let settings = [("LANDFALL_LOG__FORMAT", "json"), ("LANDFALL_LOG__FILTER", "info")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Role::start(pen, &format!("emulator-{number}"), &arguments, &settings)
}

fn task(uuid: &str) -> Value {
    json!([{
        "taskType": "videoInference", "taskUUID": uuid, "model": "heygen:video-agent@0",
        "positivePrompt": "A short tour of a lighthouse", "width": 64, "height": 64, "duration": 5,
    }])
}

/// Submits tasks until nobody answers any more, and notes those that were acknowledged.
async fn submit_on(url: String, acknowledged: Arc<Mutex<BTreeSet<String>>>) {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
    loop {
        let uuid = Uuid::new_v4().to_string();
        let Ok(answer) = client.post(&url).bearer_auth("any key").json(&task(&uuid)).send().await else { return };
        let Ok(answer) = answer.json::<Value>().await else { return };
        assert_eq!(answer["data"][0]["taskUUID"], uuid.as_str(), "{answer}");
        acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(uuid);
    }
}

async fn reports(url: &str) -> Vec<TaskReport> {
    let url = url.replace("/v1", "/_emulator/tasks");
    let mut all: Value = reqwest::get(url).await.expect("an answer").json().await.expect("JSON");
    serde_json::from_value(all["tasks"].take()).expect("reports")
}

#[tokio::test]
async fn a_task_that_was_acknowledged_survives_a_kill_at_any_moment() {
    let pen = Pen::new("state").expect("a directory");
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    for number in 0..LIVES {
        let mut role = start(&pen, number);
        let url = role.told("url").await;
        let known: BTreeSet<String> = reports(&url).await.into_iter().map(|task| task.task_uuid).collect();
        let lost: Vec<String> =
            acknowledged.lock().unwrap_or_else(PoisonError::into_inner).difference(&known).cloned().collect();
        assert!(lost.is_empty(), "life {number} does not know {lost:?}");
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| tokio::spawn(submit_on(url.clone(), Arc::clone(&acknowledged)))).collect();
        // Not long, and never the same: whatever is going on is cut.
        sleep(Duration::from_millis(150 + number * 67)).await;
        role.kill();
        for client in clients {
            client.await.expect("no panic");
        }
    }
    let mut role = start(&pen, LIVES);
    let url = role.told("url").await;
    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap_or_else(PoisonError::into_inner));
    assert!(!acknowledged.is_empty(), "nothing was ever acknowledged");
    let deadline = Instant::now() + PATIENCE * 2;
    let all = loop {
        let all = reports(&url).await;
        if all.iter().all(|task| task.state != TaskState::Processing) {
            break all;
        }
        assert!(Instant::now() < deadline, "some are never finished");
        sleep(LOOK).await;
    };
    for uuid in &acknowledged {
        let task = all.iter().find(|task| task.task_uuid == *uuid).expect("known");
        assert_eq!((task.state, task.accepted), (TaskState::Success, 1), "{task:?}");
    }
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let one = acknowledged.first().expect("one");
    let again = client.post(&url).bearer_auth("any key").json(&task(one)).send().await.expect("an answer");
    assert_eq!(again.json::<Value>().await.expect("JSON")["errors"][0]["code"], "conflictTaskUUID");
    role.terminate();
    assert!(role.end(PATIENCE).await.success());
    println!("{} tasks were acknowledged in {LIVES} lives", acknowledged.len());
}
