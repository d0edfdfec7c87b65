//! The provider's client against the emulator, in one process: what one says, the other understands.
//!
//! They share no type. Both are held against the golden documents; this is the proof that the documents left no gap.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use landfall::emulator::{Emulator, EmulatorOptions};
use landfall::job::fault::FaultKind;
use landfall::job::ids::TaskUuid;
use landfall::ports::{ErrorFamily, Observed, Recalled, Submission, Submitted, TaskApi};
use landfall::provider::{ApiKey, ProviderOptions, RunwareApi};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::task_api;

const KEY: &str = "a-key-as-long-as-the-vendors-0123456789";

/// Longer than a task of five seconds at the smallest size takes to render on a busy machine.
const WITHIN: Duration = Duration::from_secs(60);

/// Nobody listens here, so the emulator's uploads fail at once and its tasks succeed all the same.
const NOWHERE: &str = "http://127.0.0.1:1/bucket/key?X-Amz-Signature=0123";

async fn provider(render_time: Option<Duration>) -> (Emulator, RunwareApi) {
    let options =
        EmulatorOptions { api_key: Some(KEY.to_owned()), render_time, frame_rate: 2, ..EmulatorOptions::default() };
    let emulator = Emulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), options).await.expect("it listens");
    let client = client(&emulator, KEY);
    (emulator, client)
}

fn client(emulator: &Emulator, key: &str) -> RunwareApi {
    let url = emulator.url().parse().expect("a URL");
    RunwareApi::new(ProviderOptions::new(url, ApiKey::parse(key).expect("a key"))).expect("a client")
}

fn submission(changes: Value) -> Submission {
    task_api::submission(NOWHERE, changes)
}

/// Polls until the task has ended.
async fn end_of(api: &RunwareApi, task: TaskUuid) -> Observed {
    let deadline = Instant::now() + WITHIN;
    loop {
        let mut answers = api.observe(&[task]).await.expect("an answer");
        match answers.remove(&task) {
            Some(ended @ (Observed::Succeeded(_) | Observed::Failed(_))) => return ended,
            Some(Observed::Running { .. }) => {}
            Some(Observed::Unseen) | None => panic!("an accepted task is seen at once"),
        }
        assert!(Instant::now() < deadline, "the task does not end");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_batch_is_accepted_task_by_task_and_a_bad_one_is_refused_alone() {
    let (emulator, api) = provider(None).await;
    let (good, other, bad) = (submission(json!({})), submission(json!({})), submission(json!({ "duration": 4 })));
    let answers = api.submit(&[good.clone(), bad.clone(), other.clone()]).await.expect("an answer");
    assert_eq!(answers[&good.task_uuid], Submitted::Accepted);
    assert_eq!(answers[&other.task_uuid], Submitted::Accepted);
    let Submitted::Refused(refusal) = &answers[&bad.task_uuid] else { panic!("{answers:?}") };
    assert_eq!(
        (refusal.family, refusal.parameters.as_slice()),
        (ErrorFamily::Validation, &["duration".to_owned()][..])
    );
    let accepted: Vec<u32> = emulator.tasks().iter().map(|task| task.accepted).collect();
    assert_eq!(accepted, [1, 0, 1]);
    emulator.stop().await;
}

#[tokio::test]
async fn a_repeat_is_a_conflict_and_no_second_purchase() {
    let (emulator, api) = provider(None).await;
    let task = submission(json!({}));
    for expected in [Submitted::Accepted, Submitted::Conflict, Submitted::Conflict] {
        let answers = api.submit(std::slice::from_ref(&task)).await.expect("an answer");
        assert_eq!(answers[&task.task_uuid], expected);
    }
    let report = &emulator.tasks()[0];
    assert_eq!((report.submitted, report.accepted, report.conflicts), (3, 1, 2));
    emulator.stop().await;
}

#[tokio::test]
async fn a_task_is_seen_running_and_then_succeeded_with_its_cost_and_a_video_to_fetch() {
    let (emulator, api) = provider(Some(Duration::from_secs(1))).await;
    let task = submission(json!({}));
    let unknown = submission(json!({})).task_uuid;
    api.submit(std::slice::from_ref(&task)).await.expect("an answer");
    let answers = api.observe(&[unknown, task.task_uuid]).await.expect("an answer");
    assert!(matches!(answers[&task.task_uuid], Observed::Running { .. }), "{answers:?}");
    assert!(matches!(answers.get(&unknown), None | Some(Observed::Unseen)), "{answers:?}");

    let Observed::Succeeded(success) = end_of(&api, task.task_uuid).await else { panic!("it does not fail") };
    let report = &emulator.tasks()[0];
    assert_eq!(success.video_uuid.as_ref(), report.video_uuids.first());
    assert_eq!(success.cost_usd, Some(report.billed_usd));
    let url = success.video_url.expect("a URL");
    let video = reqwest::get(url.expose().clone()).await.expect("an answer").bytes().await.expect("bytes");
    assert_eq!(&video[4..8], b"ftyp", "an MP4");
    emulator.stop().await;
}

#[tokio::test]
async fn a_task_that_fails_is_seen_failed_with_what_was_wrong() {
    let (emulator, api) = provider(None).await;
    let task = submission(json!({ "inputs": { "image": "http://127.0.0.1:1/portrait.png" } }));
    let answers = api.submit(std::slice::from_ref(&task)).await.expect("an answer");
    assert_eq!(answers[&task.task_uuid], Submitted::Accepted);
    let Observed::Failed(refusal) = end_of(&api, task.task_uuid).await else { panic!("it does not succeed") };
    assert_eq!(refusal.code, emulator.tasks()[0].error_code.clone().expect("a code"));
    assert_eq!(refusal.parameters, ["inputs.image"]);
    emulator.stop().await;
}

#[tokio::test]
async fn a_wrong_key_is_our_fault_on_every_call_and_is_not_repeated_in_it() {
    let (emulator, _) = provider(None).await;
    let wrong = "another-key-as-long-as-the-vendors-0123";
    let api = client(&emulator, wrong);
    let task = submission(json!({}));
    let faults = [
        api.submit(std::slice::from_ref(&task)).await.expect_err("refused"),
        api.submit(&[task.clone(), submission(json!({}))]).await.expect_err("refused"),
        api.observe(&[task.task_uuid]).await.expect_err("refused"),
        api.recall(task.task_uuid).await.expect_err("refused"),
    ];
    for fault in faults {
        assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
        assert!(fault.chain().contains("provider.api_key") && !fault.chain().contains(wrong), "{}", fault.chain());
    }
    assert!(emulator.tasks().is_empty(), "nothing is bought");
    emulator.stop().await;
}

#[tokio::test]
async fn the_archive_recalls_what_was_accepted_and_nothing_else() {
    let (emulator, api) = provider(None).await;
    let task = submission(json!({}));
    assert_eq!(api.recall(task.task_uuid).await.expect("an answer"), Recalled::Nothing);
    api.submit(std::slice::from_ref(&task)).await.expect("an answer");
    assert_eq!(api.recall(task.task_uuid).await.expect("an answer"), Recalled::Known);
    emulator.stop().await;
}
