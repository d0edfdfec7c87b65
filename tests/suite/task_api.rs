//! What every [`TaskApi`] must do: the fake that simulations trust, and the client with the emulator behind it.

use std::collections::HashMap;
use std::time::Duration;

use landfall::job::ids::{PresignedUrl, TaskUuid};
use landfall::ports::{Observed, Recalled, Submission, Submitted, TaskApi};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Longest wait until a task ends.
const WITHIN: Duration = Duration::from_secs(600);

/// Runs every case. Nobody needs to listen at `upload`: what becomes of uploads is not this port's.
pub(crate) async fn conforms(api: &dyn TaskApi, upload: &str) {
    a_task_is_accepted_once_and_any_repeat_is_a_conflict(api, upload).await;
    a_batch_is_answered_task_by_task(api, upload).await;
    a_task_ends_and_goes_on_saying_so(api, upload).await;
    what_was_never_submitted_is_unseen_and_in_no_archive(api).await;
}

/// A task under a new UUID, with `changes` over the cheapest request.
pub(crate) fn submission(upload: &str, changes: Value) -> Submission {
    let mut fields = json!({
        "taskType": "videoInference",
        "model": "heygen:video-agent@0",
        "positivePrompt": "A beekeeper opens a hive.",
        "width": 64,
        "height": 64,
        "duration": 5,
    });
    for (name, value) in changes.as_object().expect("an object") {
        fields[name] = value.clone();
    }
    Submission {
        task_uuid: TaskUuid::parse(&Uuid::new_v4().to_string()).expect("a UUID"),
        fields: fields.as_object().expect("an object").clone(),
        upload: PresignedUrl::new(upload.to_owned()),
    }
}

async fn submit(api: &dyn TaskApi, tasks: &[Submission]) -> HashMap<TaskUuid, Submitted> {
    api.submit(tasks).await.expect("an answer")
}

async fn a_task_is_accepted_once_and_any_repeat_is_a_conflict(api: &dyn TaskApi, upload: &str) {
    let task = submission(upload, json!({}));
    for expected in [Submitted::Accepted, Submitted::Conflict, Submitted::Conflict] {
        assert_eq!(submit(api, std::slice::from_ref(&task)).await[&task.task_uuid], expected);
    }
}

async fn a_batch_is_answered_task_by_task(api: &dyn TaskApi, upload: &str) {
    let tasks: Vec<Submission> = (0..api.batch_max().min(5)).map(|_| submission(upload, json!({}))).collect();
    let first = &tasks[0];
    submit(api, std::slice::from_ref(first)).await;
    let answers = submit(api, &tasks).await;
    assert_eq!(answers.len(), tasks.len());
    for task in &tasks {
        let expected = if task.task_uuid == first.task_uuid { Submitted::Conflict } else { Submitted::Accepted };
        assert_eq!(answers[&task.task_uuid], expected);
    }
}

async fn a_task_ends_and_goes_on_saying_so(api: &dyn TaskApi, upload: &str) {
    let task = submission(upload, json!({}));
    submit(api, std::slice::from_ref(&task)).await;
    let deadline = Instant::now() + WITHIN;
    let success = loop {
        match api.observe(&[task.task_uuid]).await.expect("an answer").remove(&task.task_uuid) {
            Some(Observed::Succeeded(success)) => break success,
            Some(Observed::Failed(refusal)) => panic!("{refusal:?}"),
            Some(Observed::Running { .. } | Observed::Unseen) | None => {}
        }
        assert!(Instant::now() < deadline, "the task does not end");
        sleep(Duration::from_millis(100)).await;
    };
    assert!(success.video_url.is_some() && success.cost_usd.is_some_and(|usd| usd > 0.0), "{success:?}");
    let again = api.observe(&[task.task_uuid]).await.expect("an answer").remove(&task.task_uuid);
    assert_eq!(again, Some(Observed::Succeeded(success)));
    assert_eq!(submit(api, std::slice::from_ref(&task)).await[&task.task_uuid], Submitted::Conflict);
    assert_eq!(api.recall(task.task_uuid).await.expect("an answer"), Recalled::Known);
}

async fn what_was_never_submitted_is_unseen_and_in_no_archive(api: &dyn TaskApi) {
    let unknown = submission("http://127.0.0.1:1/", json!({})).task_uuid;
    let seen = api.observe(&[unknown]).await.expect("an answer").remove(&unknown);
    assert!(matches!(seen, None | Some(Observed::Unseen)), "{seen:?}");
    assert_eq!(api.recall(unknown).await.expect("an answer"), Recalled::Nothing);
}
