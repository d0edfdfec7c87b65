//! Webhooks over real sockets.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post as on_post;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::support::{LOOPBACK, emulator, ended, poll, post, task, until};
use crate::emulator::{EmulatorOptions, TaskReport, TaskState};

/// What a script says instead of a status to let a call wait for ever.
const HANG: u16 = 0;

/// A receiver that answers calls as scripted (200 when the script is over) and keeps them.
#[derive(Default)]
struct Receiver {
    script: Mutex<VecDeque<u16>>,
    calls: Mutex<Vec<(Instant, HeaderMap, Value)>>,
}

impl Receiver {
    async fn start(script: &[u16]) -> (Arc<Self>, String) {
        let receiver = Arc::new(Self { script: Mutex::new(script.iter().copied().collect()), calls: Mutex::default() });
        let listener = tokio::net::TcpListener::bind(LOOPBACK).await.expect("a free port");
        let url = format!("http://{}/hook?token=secret", listener.local_addr().expect("bound"));
        let router = Router::new().route("/hook", on_post(Self::take)).with_state(Arc::clone(&receiver));
        tokio::spawn(axum::serve(listener, router).into_future());
        (receiver, url)
    }

    async fn take(State(receiver): State<Arc<Self>>, headers: HeaderMap, body: String) -> Response {
        let body = serde_json::from_str(&body).expect("JSON");
        receiver.calls.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), headers, body));
        let status = receiver.script.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or(200);
        if status == HANG {
            std::future::pending::<()>().await;
        }
        let status = StatusCode::from_u16(status).expect("a status");
        (status, [(header::LOCATION, "/hook")]).into_response()
    }

    fn calls(&self) -> Vec<(Instant, HeaderMap, Value)> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn bodies(&self) -> Vec<Value> {
        self.calls().into_iter().map(|(_, _, body)| body).collect()
    }

    /// Which results were told, in the order of the calls.
    fn told(&self) -> Vec<String> {
        self.bodies().iter().filter_map(|body| Some(body["videoUUID"].as_str()?.to_owned())).collect()
    }
}

fn hooked(webhook: &str, switches: &str) -> Value {
    json!({"webhookURL": webhook, "positivePrompt": format!("A lighthouse [[emulator: {switches}]]")})
}

fn taken(number: usize) -> impl Fn(&TaskReport) -> bool {
    move |report| report.webhooks.iter().filter(|call| call.status == Some(200)).count() >= number
}

#[tokio::test]
async fn each_result_is_told_to_the_webhook_as_polls_tell_it() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (receiver, webhook) = Receiver::start(&[]).await;
    let (uuid, task) = task(&json!({"webhookURL": webhook, "numberResults": 2, "includeCost": true}));
    post(&emulator, &json!([task])).await;
    let report = until(&emulator, &uuid, taken(2)).await;
    assert_eq!(json!(receiver.bodies()), poll(&emulator, &uuid).await["data"]);
    assert!(receiver.calls().iter().all(|(_, headers, _)| headers["content-type"] == "application/json"));
    let told: Vec<_> = report.webhooks.iter().filter_map(|call| call.video_uuid.clone()).collect();
    assert_eq!(told, report.video_uuids);
    assert!(report.webhooks.iter().all(|call| call.target.ends_with("/hook")), "{report:?}");
    emulator.stop().await;
}

#[tokio::test]
async fn the_failure_of_a_task_is_told_to_its_webhook() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (receiver, webhook) = Receiver::start(&[]).await;
    let image = format!("http://{}/nothing.png", emulator.addr());
    let (uuid, task) = task(&json!({"webhookURL": webhook, "inputs": {"image": image}}));
    post(&emulator, &json!([task])).await;
    let report = until(&emulator, &uuid, taken(1)).await;
    assert_eq!((report.state, &report.webhooks[0].video_uuid), (TaskState::Error, &None));
    assert_eq!(receiver.bodies()[0]["errors"], poll(&emulator, &uuid).await["errors"]);
    emulator.stop().await;
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_is_called_again_after_growing_pauses() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (receiver, webhook) = Receiver::start(&[500, 307, 404, 204]).await;
    let (uuid, task) = task(&json!({"webhookURL": webhook}));
    post(&emulator, &json!([task])).await;
    let report = until(&emulator, &uuid, |report| report.webhooks.len() >= 4).await;
    let statuses: Vec<_> = report.webhooks.iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(500), Some(307), Some(404), Some(204)]);
    let calls = receiver.calls();
    assert_eq!(calls.len(), 4, "no redirect is followed");
    for (pair, least_ms) in calls.windows(2).zip([125, 250, 500]) {
        let pause = pair[1].0 - pair[0].0;
        assert!(pause >= Duration::from_millis(least_ms), "{pause:?} instead of {least_ms} ms");
    }
    emulator.stop().await;
}

#[tokio::test]
async fn a_webhook_that_does_not_answer_in_five_seconds_is_called_again_and_no_task_waits_for_it() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (receiver, webhook) = Receiver::start(&[HANG]).await;
    let (uuid, task) = task(&json!({"webhookURL": webhook}));
    post(&emulator, &json!([task])).await;
    assert_eq!(ended(&emulator, &uuid).await.webhooks, []);
    let report = until(&emulator, &uuid, taken(1)).await;
    assert_eq!(report.webhooks.len(), 2);
    assert!(report.webhooks[0].failure.as_deref().is_some_and(|cause| cause.contains("timed out")), "{report:?}");
    let calls = receiver.calls();
    assert!(calls[1].0 - calls[0].0 >= Duration::from_secs(5));
    assert!(!format!("{report:?}").contains("secret"));
    emulator.stop().await;
}

#[tokio::test]
async fn a_webhook_can_be_wrapped_and_late() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (receiver, webhook) = Receiver::start(&[]).await;
    let (uuid, task) = task(&hooked(&webhook, "webhook-body=wrapped webhook-delay=600"));
    let posted_at = Instant::now();
    post(&emulator, &json!([task])).await;
    until(&emulator, &uuid, taken(1)).await;
    assert_eq!(receiver.bodies()[0], poll(&emulator, &uuid).await);
    let late = receiver.calls()[0].0 - posted_at;
    assert!(late >= Duration::from_millis(600), "{late:?}");
    emulator.stop().await;
}

#[tokio::test]
async fn a_webhook_can_come_twice() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (receiver, webhook) = Receiver::start(&[]).await;
    let (uuid, task) = task(&hooked(&webhook, "webhook=twice"));
    post(&emulator, &json!([task])).await;
    until(&emulator, &uuid, taken(2)).await;
    let bodies = receiver.bodies();
    assert_eq!(bodies[0], bodies[1]);
    emulator.stop().await;
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_can_be_left_at_that() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (receiver, webhook) = Receiver::start(&[500]).await;
    let (uuid, mut task) = task(&hooked(&webhook, "webhook-retries=none webhook=out-of-order"));
    task["numberResults"] = 2.into();
    post(&emulator, &json!([task])).await;
    // One after the other: a second try for the last result would come before the first result.
    let report = until(&emulator, &uuid, |report| report.webhooks.len() >= 2).await;
    let statuses: Vec<Option<u16>> = report.webhooks.iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(500), Some(200)]);
    let told: Vec<String> = report.video_uuids.iter().rev().cloned().collect();
    assert_eq!(receiver.told(), told);
    emulator.stop().await;
}

#[tokio::test]
async fn webhooks_can_come_out_of_order() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (receiver, webhook) = Receiver::start(&[]).await;
    let (uuid, mut task) = task(&hooked(&webhook, "webhook=out-of-order"));
    task["numberResults"] = json!(3);
    post(&emulator, &json!([task])).await;
    let report = until(&emulator, &uuid, taken(3)).await;
    assert_eq!(receiver.told(), report.video_uuids.into_iter().rev().collect::<Vec<_>>());
    emulator.stop().await;
}

#[tokio::test]
async fn webhooks_can_stay_away() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (receiver, webhook) = Receiver::start(&[]).await;
    let (silent, never) = task(&hooked(&webhook, "webhook=never"));
    post(&emulator, &json!([never])).await;
    ended(&emulator, &silent).await;
    let (heard, once) = task(&hooked(&webhook, "webhook=once"));
    post(&emulator, &json!([once])).await;
    until(&emulator, &heard, taken(1)).await;
    assert_eq!(receiver.bodies().len(), 1);
    assert_eq!(receiver.bodies()[0]["taskUUID"], heard);
    assert_eq!(ended(&emulator, &silent).await.webhooks, []);
    emulator.stop().await;
}
