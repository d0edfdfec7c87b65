//! What the emulator's tests over real sockets have in common.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::put;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use crate::emulator::{Emulator, EmulatorOptions, TaskReport, TaskState};

/// A render of five seconds takes far less; only a broken machine takes longer.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

pub(super) async fn emulator(options: EmulatorOptions) -> Emulator {
    Emulator::start(LOOPBACK, EmulatorOptions { frame_rate: 2, ..options }).await.expect("a free port")
}

pub(super) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client")
}

pub(super) async fn post(emulator: &Emulator, body: &Value) -> (u16, Value) {
    let request = client().post(emulator.url()).bearer_auth("any key").json(body);
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

pub(super) fn task(extra: &Value) -> (String, Value) {
    let uuid = Uuid::new_v4().to_string();
    let mut task = json!({
        "taskType": "videoInference", "taskUUID": uuid, "model": "heygen:video-agent@0",
        "positivePrompt": "A short tour of a lighthouse", "width": 64, "height": 64, "duration": 5,
    });
    for (name, value) in extra.as_object().expect("an object") {
        task[name.as_str()] = value.clone();
    }
    (uuid, task)
}

pub(super) async fn poll(emulator: &Emulator, uuid: &str) -> Value {
    let (status, reply) = post(emulator, &json!([{"taskType": "getResponse", "taskUUID": uuid}])).await;
    assert_eq!(status, 200, "{reply}");
    reply
}

pub(super) async fn ended(emulator: &Emulator, uuid: &str) -> TaskReport {
    until(emulator, uuid, |report| !matches!(report.state, TaskState::Processing)).await
}

/// Waits until the report of a task is as wanted.
pub(super) async fn until(emulator: &Emulator, uuid: &str, is_so: impl Fn(&TaskReport) -> bool) -> TaskReport {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let report = emulator.tasks().into_iter().find(|task| task.task_uuid == uuid).expect("a known task");
        if is_so(&report) {
            return report;
        }
        assert!(Instant::now() < deadline, "still not so: {report:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A store that takes PUTs, answers them as scripted (200 when the script is over) and keeps them.
#[derive(Default)]
pub(super) struct Store {
    script: Mutex<VecDeque<u16>>,
    puts: Mutex<Vec<(HeaderMap, Bytes)>>,
}

impl Store {
    pub(super) async fn start(script: &[u16]) -> (Arc<Self>, String) {
        let store = Arc::new(Self { script: Mutex::new(script.iter().copied().collect()), puts: Mutex::default() });
        let listener = tokio::net::TcpListener::bind(LOOPBACK).await.expect("a free port");
        let url = format!("http://{}/staging/key?X-Amz-Signature=secret", listener.local_addr().expect("bound"));
        let router = Router::new()
            .route("/staging/key", put(Self::take))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&store));
        tokio::spawn(axum::serve(listener, router).into_future());
        (store, url)
    }

    async fn take(State(store): State<Arc<Self>>, headers: HeaderMap, body: Bytes) -> StatusCode {
        store.puts.lock().unwrap_or_else(PoisonError::into_inner).push((headers, body));
        let status = store.script.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or(200);
        StatusCode::from_u16(status).expect("a status")
    }

    pub(super) fn puts(&self) -> Vec<(HeaderMap, Bytes)> {
        self.puts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
