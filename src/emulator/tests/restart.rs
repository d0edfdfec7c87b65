//! The state file: what a second life of the emulator knows of the first one.

use std::path::Path;
use std::time::Duration;

use redb::{Database, TableDefinition};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::support::{self, LOOPBACK, PATIENCE, client, task};
use crate::emulator::{Emulator, EmulatorOptions, StateError, TaskReport, TaskState};

fn options(state_file: &Path) -> EmulatorOptions {
    EmulatorOptions { frame_rate: 2, state_file: Some(state_file.to_owned()), ..EmulatorOptions::default() }
}

async fn life(options: EmulatorOptions) -> Emulator {
    Emulator::start(LOOPBACK, options).await.expect("it starts")
}

async fn post(emulator: &Emulator, body: &Value) -> Value {
    support::post(emulator, body).await.1
}

async fn all_ended(emulator: &Emulator) -> Vec<TaskReport> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let reports = emulator.tasks();
        if reports.iter().all(|task| task.state != TaskState::Processing) {
            return reports;
        }
        assert!(Instant::now() < deadline, "still running: {reports:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn refusal(path: &Path) -> StateError {
    let error = Emulator::start(LOOPBACK, options(path)).await.err().expect("refused");
    *error.into_inner().expect("a reason").downcast().expect("of the state file")
}

#[tokio::test]
async fn a_second_life_knows_everything_that_the_first_one_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state");
    let emulator = life(options(&file)).await;
    let (good, several) = task(&json!({"numberResults": 2, "includeCost": true}));
    let (bad, failing) = task(&json!({"inputs": {"image": format!("http://{}/no.png", emulator.addr())}}));
    let (_, wrong) = task(&json!({"duration": 1}));
    post(&emulator, &json!([several, failing, wrong])).await;
    post(&emulator, &json!([several])).await;
    let before = all_ended(&emulator).await;
    let questions = json!([
        {"taskType": "getResponse", "taskUUID": good}, {"taskType": "getResponse", "taskUUID": bad},
        {"taskType": "getTaskDetails", "taskUUID": good}, {"taskType": "getTaskDetails", "taskUUID": bad},
    ]);
    let told = post(&emulator, &questions).await;
    emulator.stop().await;

    let emulator = life(options(&file)).await;
    assert_eq!(emulator.tasks(), before);
    assert_eq!(post(&emulator, &questions).await, told);
    let url = told["data"][0]["videoURL"].as_str().expect("a URL");
    let path = url::Url::parse(url).expect("a URL").path().to_owned();
    let video = client().get(format!("http://{}{path}", emulator.addr())).send().await.expect("an answer");
    assert_eq!(video.status(), 200);
    assert!(video.bytes().await.expect("a video").len() > 100);
    let again = post(&emulator, &json!([several])).await;
    assert_eq!(again["errors"][0]["code"], "conflictTaskUUID");
    emulator.stop().await;
}

#[tokio::test]
async fn the_account_goes_on_with_what_was_left() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state");
    let poor = || EmulatorOptions { balance_micro_usd: 200_000, ..options(&file) };
    let emulator = life(poor()).await;
    post(&emulator, &json!([task(&json!({})).1])).await;
    all_ended(&emulator).await;
    emulator.stop().await;
    let emulator = life(poor()).await;
    let refused = post(&emulator, &json!([task(&json!({})).1])).await;
    assert_eq!(refused["errors"][0]["code"], "insufficientCredits", "{refused}");
    emulator.stop().await;
}

#[tokio::test]
async fn what_was_under_way_is_finished_by_the_second_life() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state");
    let patient = EmulatorOptions { render_time: Some(Duration::from_secs(3600)), ..options(&file) };
    let emulator = life(patient).await;
    let (uuid, task) = task(&json!({"numberResults": 2}));
    post(&emulator, &json!([task])).await;
    emulator.stop().await;

    let emulator = life(options(&file)).await;
    let reports = all_ended(&emulator).await;
    assert_eq!((reports[0].task_uuid.as_str(), reports[0].state, reports[0].accepted), (&*uuid, TaskState::Success, 1));
    assert_eq!(reports[0].video_uuids.len(), 2);
    emulator.stop().await;
}

#[tokio::test]
async fn a_stored_picture_outlives_a_restart_with_the_task_that_shows_it_and_a_deleted_one_does_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state");
    let patient = EmulatorOptions { render_time: Some(Duration::from_secs(3600)), ..options(&file) };
    let emulator = life(patient).await;
    let order = |operation: &str, media: &Value| {
        let uuid = Uuid::new_v4();
        json!([{"taskType": "mediaStorage", "taskUUID": uuid, "operation": operation, "media": media}])
    };
    let portrait = json!(format!("http://{}/_emulator/assets/portrait.png", emulator.addr()));
    let kept = post(&emulator, &order("upload", &portrait)).await["data"][0].take();
    let deleted = post(&emulator, &order("upload", &portrait)).await["data"][0].take();
    post(&emulator, &order("delete", &deleted["mediaUUID"])).await;
    let (uuid, shown) = task(&json!({"inputs": {"image": kept["mediaUUID"]}}));
    post(&emulator, &json!([shown])).await;
    emulator.stop().await;

    let emulator = life(options(&file)).await;
    let reports = all_ended(&emulator).await;
    assert_eq!((reports[0].task_uuid.as_str(), reports[0].state), (&*uuid, TaskState::Success), "{reports:?}");
    let mut statuses = Vec::new();
    for media in [&kept, &deleted] {
        let url = url::Url::parse(media["mediaURL"].as_str().expect("a URL")).expect("a URL");
        let there = format!("http://{}{}", emulator.addr(), url.path());
        statuses.push(client().get(there).send().await.expect("an answer").status().as_u16());
    }
    assert_eq!(statuses, [200, 404]);
    emulator.stop().await;
}

#[tokio::test]
async fn a_file_from_before_pictures_were_kept_is_taken_up() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state");
    let emulator = life(options(&file)).await;
    let (uuid, task) = task(&json!({}));
    post(&emulator, &json!([task])).await;
    all_ended(&emulator).await;
    emulator.stop().await;
    let database = Database::open(&file).expect("a store");
    let writing = database.begin_write().expect("begun");
    assert!(writing.delete_table(TableDefinition::<u128, &[u8]>::new("pictures")).expect("a table"));
    writing.commit().expect("committed");
    drop(database);
    let emulator = life(options(&file)).await;
    assert_eq!(emulator.tasks()[0].task_uuid, uuid);
    emulator.stop().await;
}

#[tokio::test]
async fn a_uuid_whose_task_is_gone_stays_used_in_the_second_life() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state");
    let forgetful = || EmulatorOptions { retention: Duration::from_millis(1), ..options(&file) };
    let emulator = life(forgetful()).await;
    let (_, task) = task(&json!({}));
    post(&emulator, &json!([task])).await;
    let deadline = Instant::now() + PATIENCE;
    while !emulator.tasks().is_empty() {
        assert!(Instant::now() < deadline, "nobody sweeps");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    emulator.stop().await;
    let emulator = life(forgetful()).await;
    let again = post(&emulator, &json!([task])).await;
    assert_eq!(again["errors"][0]["code"], "conflictTaskUUID", "{again}");
    emulator.stop().await;
}

#[tokio::test]
async fn videos_that_no_task_knows_are_removed_and_foreign_files_are_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state");
    let videos = directory.path().join("state.videos");
    std::fs::create_dir(&videos).expect("a directory");
    let orphan = videos.join(format!("{}.mp4", Uuid::new_v4()));
    let foreign = videos.join("notes.txt");
    std::fs::write(&orphan, b"half a video").expect("written");
    std::fs::write(&foreign, b"mine").expect("written");
    let emulator = life(options(&file)).await;
    assert!(!orphan.exists() && foreign.exists());
    emulator.stop().await;
}

#[tokio::test]
async fn a_file_that_is_in_use_foreign_newer_or_damaged_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state");
    let emulator = life(options(&file)).await;
    assert!(matches!(refusal(&file).await, StateError::InUse(_)));
    post(&emulator, &json!([task(&json!({})).1])).await;
    all_ended(&emulator).await;
    emulator.stop().await;

    let text = directory.path().join("text");
    std::fs::write(&text, "a shopping list ".repeat(1000)).expect("written");
    assert!(matches!(refusal(&text).await, StateError::Foreign(_)), "{:?}", refusal(&text).await);
    assert_eq!(std::fs::read_to_string(&text).expect("still there").len(), 16_000);

    let other = directory.path().join("other");
    let database = Database::create(&other).expect("a store");
    let writing = database.begin_write().expect("begun");
    writing.open_table(TableDefinition::<u64, u64>::new("recipes")).expect("a table").insert(1, 1).expect("written");
    writing.commit().expect("committed");
    drop(database);
    assert!(matches!(refusal(&other).await, StateError::Foreign(_)));

    let cut = directory.path().join("cut");
    let whole = std::fs::read(&file).expect("a file");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("written");
    assert!(matches!(refusal(&cut).await, StateError::Damaged { .. }), "{:?}", refusal(&cut).await);

    let database = Database::open(&file).expect("a store");
    let writing = database.begin_write().expect("begun");
    let about = TableDefinition::<&str, u64>::new("landfall-emulator");
    writing.open_table(about).expect("a table").insert("version", 2).expect("written");
    writing.commit().expect("committed");
    drop(database);
    assert!(matches!(refusal(&file).await, StateError::Newer { found: 2, .. }));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let (file, made_before) = (directory.path().join("state"), directory.path().join("empty"));
    std::fs::write(&made_before, "").expect("written");
    std::fs::set_permissions(&made_before, std::fs::Permissions::from_mode(0o644)).expect("allowed");
    for file in [file, made_before] {
        let emulator = life(options(&file)).await;
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        emulator.stop().await;
    }
}
