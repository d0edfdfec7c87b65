//! Uploads, `videoURL` and what is rendered, as a scenario has them, over real sockets.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::put;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::support::{LOOPBACK, PATIENCE, Store, client, emulator, ended, poll, post, task, until};
use crate::emulator::faults::PAGE;
use crate::emulator::{Emulator, EmulatorOptions, TaskReport, TaskState};

/// The first bytes of every WebM file.
const EBML: &[u8] = &[0x1a, 0x45, 0xdf, 0xa3];

fn sent_to(endpoint: &str, switches: &str) -> Value {
    json!({"uploadEndpoint": endpoint, "positivePrompt": format!("A lighthouse [[emulator: {switches}]]")})
}

/// Lets a task with these switches run to its end, with `puts` PUTs tried, against a store that answers by `script`.
async fn run(switches: &str, script: &[u16], puts: usize, extra: Value) -> (Emulator, Arc<Store>, TaskReport) {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (store, endpoint) = Store::start(script).await;
    let (uuid, mut task) = task(&sent_to(&endpoint, switches));
    for (name, value) in extra.as_object().expect("an object") {
        task[name.as_str()] = value.clone();
    }
    post(&emulator, &json!([task])).await;
    let is_through = |report: &TaskReport| report.state != TaskState::Processing && report.uploads.len() >= puts;
    let report = until(&emulator, &uuid, is_through).await;
    (emulator, store, report)
}

/// The one body that was put.
async fn body_of(switches: &str) -> (axum::http::HeaderMap, Bytes) {
    let (emulator, store, report) = run(switches, &[], 1, json!({})).await;
    assert_eq!(report.uploads[0].status, Some(200));
    emulator.stop().await;
    store.puts().remove(0)
}

/// What `videoURL` of the first result answers.
async fn fetch(emulator: &Emulator, report: &TaskReport) -> (u16, Bytes) {
    let item = poll(emulator, &report.task_uuid).await["data"][0].take();
    let url = item["videoURL"].as_str().expect("a URL");
    let response = client().get(url).send().await.expect("an answer");
    (response.status().as_u16(), response.bytes().await.expect("a body"))
}

/// Width, height and milliseconds of an MP4 file.
fn shape(file: &[u8]) -> (u32, u32, u32) {
    let number = |name: &[u8], at: usize| {
        let content = file.windows(4).position(|window| window == name).expect("the box is there") + 4;
        u32::from_be_bytes(file[content + at..content + at + 4].try_into().expect("four bytes"))
    };
    assert_eq!(&file[4..8], b"ftyp");
    assert_eq!(number(b"mvhd", 12), 1000, "units of a second");
    (number(b"tkhd", 76) >> 16, number(b"tkhd", 80) >> 16, number(b"mvhd", 16))
}

/// A store that says when a PUT is there and answers it only when it is let go.
struct Gate {
    arrived: Semaphore,
    open: Semaphore,
}

impl Gate {
    async fn start() -> (Arc<Self>, String) {
        let gate = Arc::new(Self { arrived: Semaphore::new(0), open: Semaphore::new(0) });
        let listener = tokio::net::TcpListener::bind(LOOPBACK).await.expect("a free port");
        let url = format!("http://{}/key", listener.local_addr().expect("bound"));
        let router = Router::new().route("/key", put(Self::take)).with_state(Arc::clone(&gate));
        tokio::spawn(axum::serve(listener, router).into_future());
        (gate, url)
    }

    async fn take(State(gate): State<Arc<Self>>, _body: Bytes) -> StatusCode {
        gate.arrived.add_permits(1);
        gate.open.acquire().await.expect("never closed").forget();
        StatusCode::OK
    }

    async fn arrival(&self) {
        let arrival = tokio::time::timeout(PATIENCE, self.arrived.acquire()).await;
        arrival.expect("the PUT never came").expect("never closed").forget();
    }
}

#[tokio::test]
async fn success_is_told_only_when_the_upload_is_through() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (gate, endpoint) = Gate::start().await;
    let (uuid, task) = task(&sent_to(&endpoint, "put=before-success"));
    post(&emulator, &json!([task])).await;
    gate.arrival().await;
    assert_eq!(poll(&emulator, &uuid).await["data"][0]["status"], "processing");
    gate.open.add_permits(1);
    assert_eq!(ended(&emulator, &uuid).await.uploads.len(), 1);
    emulator.stop().await;
}

#[tokio::test]
async fn success_can_be_told_before_the_upload() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (gate, endpoint) = Gate::start().await;
    let (uuid, task) = task(&sent_to(&endpoint, "put=after-success"));
    post(&emulator, &json!([task])).await;
    gate.arrival().await;
    let report = ended(&emulator, &uuid).await;
    assert_eq!((report.state, report.uploads.len()), (TaskState::Success, 0));
    assert_eq!(fetch(&emulator, &report).await.0, 200);
    gate.open.add_permits(1);
    until(&emulator, &uuid, |report| report.uploads.len() == 1).await;
    emulator.stop().await;
}

#[tokio::test]
async fn uploads_can_stay_away() {
    let (emulator, store, report) = run("put=never", &[], 0, json!({})).await;
    assert_eq!((report.state, report.uploads.len(), store.puts().len()), (TaskState::Success, 0, 0));
    assert_eq!(fetch(&emulator, &report).await.0, 200);
    emulator.stop().await;
}

#[tokio::test]
async fn an_upload_can_wait_for_its_turn() {
    let start = Instant::now();
    let (emulator, _store, _report) = run("put-delay=900", &[], 1, json!({})).await;
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
    emulator.stop().await;
}

#[tokio::test]
async fn a_body_can_come_in_chunks_without_a_length() {
    let (headers, body) = body_of("put-framing=chunked").await;
    assert_eq!(headers["transfer-encoding"], "chunked");
    assert!(!headers.contains_key("content-length"));
    assert_eq!(shape(&body), (64, 64, 5000));
}

#[tokio::test]
async fn headers_can_be_missing_wrong_or_too_many() {
    let (none, _) = body_of("put-headers=none").await;
    assert!(!none.contains_key("content-type"), "{none:?}");
    let (wrong, _) = body_of("put-headers=wrong").await;
    assert_eq!(wrong["content-type"], "text/plain");
    let (extra, _) = body_of("put-headers=extra").await;
    assert_eq!(extra["content-type"], "video/mp4");
    assert!(extra.contains_key("x-amz-meta-source") && extra.contains_key("cache-control"), "{extra:?}");
}

#[tokio::test]
async fn a_body_can_be_empty() {
    let (headers, body) = body_of("put-body=empty").await;
    assert_eq!((&headers["content-length"], body.len()), (&"0".parse().expect("a value"), 0));
    let (headers, body) = body_of("put-body=empty put-framing=chunked").await;
    assert_eq!((&headers["transfer-encoding"], body.len()), (&"chunked".parse().expect("a value"), 0));
}

#[tokio::test]
async fn a_body_can_be_half_of_the_file_as_if_it_were_all() {
    let (emulator, store, report) = run("put-body=truncated", &[], 1, json!({})).await;
    let (_, whole) = fetch(&emulator, &report).await;
    let (headers, body) = store.puts().remove(0);
    assert_eq!(body, whole.slice(..whole.len() / 2));
    assert_eq!(headers["content-length"], body.len().to_string());
    emulator.stop().await;
}

#[tokio::test]
async fn a_body_can_be_garbage_of_the_right_length() {
    let (emulator, store, report) = run("put-body=garbage", &[], 1, json!({})).await;
    let (_, whole) = fetch(&emulator, &report).await;
    let (_, body) = store.puts().remove(0);
    assert_eq!(body.len(), whole.len());
    assert!(!body.windows(4).any(|window| window == b"ftyp"));
    emulator.stop().await;
}

#[tokio::test]
async fn a_body_can_be_a_video_in_another_container() {
    let (emulator, store, report) = run("put-body=other-container", &[], 1, json!({})).await;
    let (headers, body) = store.puts().remove(0);
    assert_eq!((&body[..4], &headers["content-type"]), (EBML, &"video/mp4".parse().expect("a value")));
    assert_eq!(shape(&fetch(&emulator, &report).await.1), (64, 64, 5000), "videoURL has what was asked for");
    emulator.stop().await;
}

#[tokio::test]
async fn a_body_can_be_a_shorter_video() {
    let (_, body) = body_of("put-body=shorter").await;
    assert_eq!(shape(&body), (64, 64, 2000));
}

#[tokio::test]
async fn a_connection_can_end_in_the_middle_of_a_body() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let listener = tokio::net::TcpListener::bind(LOOPBACK).await.expect("a free port");
    let endpoint = format!("http://{}/key", listener.local_addr().expect("bound"));
    let (uuid, task) = task(&sent_to(&endpoint, "put-body=cut put-retries=none"));
    post(&emulator, &json!([task])).await;
    let accepted = tokio::time::timeout(PATIENCE, listener.accept()).await.expect("a PUT in time");
    let (mut socket, _) = accepted.expect("a connection");
    let mut received = Vec::new();
    // A reset at the end is as good as a close: what matters is what came before.
    let _ = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut received)).await.expect("an end");
    let head_length = received.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    let head = String::from_utf8_lossy(&received[..head_length]).to_lowercase();
    let announced = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let report = until(&emulator, &uuid, |report| report.uploads.len() == 1).await;
    let whole = fetch(&emulator, &report).await.1.len();
    assert_eq!((announced, received.len() - head_length), (whole.to_string().as_str(), whole / 2));
    assert_eq!(report.uploads[0].status, None);
    assert_eq!(ended(&emulator, &uuid).await.state, TaskState::Success);
    emulator.stop().await;
}

#[tokio::test]
async fn a_result_can_be_uploaded_twice() {
    let (emulator, store, report) = run("put-times=twice", &[], 2, json!({})).await;
    let puts = store.puts();
    assert_eq!((report.uploads.len(), &puts[0].1), (2, &puts[1].1));
    emulator.stop().await;
}

#[tokio::test]
async fn an_upload_that_was_not_taken_can_be_left_at_that() {
    let (emulator, store, report) = run("put-retries=none", &[503], 1, json!({})).await;
    assert_eq!((report.state, report.uploads.len(), store.puts().len()), (TaskState::Success, 1, 1));
    emulator.stop().await;
}

#[tokio::test]
async fn a_refused_upload_can_fail_its_task() {
    let (emulator, _store, report) = run("put-refused=fails-task", &[403], 1, json!({})).await;
    assert_eq!((report.state, report.error_code.as_deref()), (TaskState::Error, Some("uploadFailed")));
    assert!(report.billed_usd.abs() < 1e-9, "what was never delivered costs nothing");
    let error = poll(&emulator, &report.task_uuid).await["errors"][0].take();
    assert_eq!(error["status"], "error");
    assert_eq!(error["parameter"], "uploadEndpoint");
    assert_eq!(error["taskUUID"], report.task_uuid);
    assert!(error["message"].as_str().is_some_and(|message| message.contains("403")), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    emulator.stop().await;
}

#[tokio::test]
async fn an_upload_refused_after_success_can_fail_the_task_that_had_succeeded() {
    let switches = "put=after-success put-refused=fails-task";
    let (emulator, _store, report) = run(switches, &[403], 1, json!({})).await;
    let report = until(&emulator, &report.task_uuid, |report| report.state == TaskState::Error).await;
    assert_eq!(report.error_code.as_deref(), Some("uploadFailed"));
    assert!((report.billed_usd - 0.165).abs() < 1e-9, "what was delivered is paid for");
    let reply = poll(&emulator, &report.task_uuid).await;
    assert_eq!((&reply["data"][0]["status"], &reply["errors"][0]["status"]), (&json!("success"), &json!("error")));
    emulator.stop().await;
}

#[tokio::test]
async fn of_several_results_only_the_first_or_the_last_can_be_uploaded() {
    for (which, index) in [("first", 0), ("last", 1)] {
        let (emulator, _store, report) =
            run(&format!("put-results={which}"), &[], 1, json!({"numberResults": 2})).await;
        let put: Vec<&String> = report.uploads.iter().map(|upload| &upload.video_uuid).collect();
        assert_eq!((report.state, put), (TaskState::Success, vec![&report.video_uuids[index]]), "{which}");
        emulator.stop().await;
    }
}

#[tokio::test]
async fn success_can_come_without_a_video_url() {
    let (emulator, store, report) = run("video-url=absent", &[], 1, json!({})).await;
    let item = poll(&emulator, &report.task_uuid).await["data"][0].take();
    assert_eq!((&item["status"], item.get("videoURL")), (&json!("success"), None));
    assert_eq!(store.puts().len(), 1);
    emulator.stop().await;
}

#[tokio::test]
async fn a_video_url_can_answer_with_nothing_or_not_be_found() {
    for (which, answer) in
        [("given", (200, true)), ("empty", (200, false)), ("gone", (404, false)), ("busy", (503, false))]
    {
        let (emulator, store, report) = run(&format!("video-url={which}"), &[], 1, json!({})).await;
        let (status, body) = fetch(&emulator, &report).await;
        assert_eq!((status, !body.is_empty()), answer, "{which}");
        assert_eq!(shape(&store.puts()[0].1), (64, 64, 5000), "the upload is whole");
        emulator.stop().await;
    }
}

#[tokio::test]
async fn a_video_url_can_answer_with_half_of_the_video_or_with_a_page() {
    for which in ["truncated", "page"] {
        let (emulator, store, report) = run(&format!("video-url={which}"), &[], 1, json!({})).await;
        let (_, whole) = store.puts().remove(0);
        let (status, body) = fetch(&emulator, &report).await;
        let expected = if which == "page" { PAGE.into() } else { whole.slice(..whole.len() / 2) };
        assert_eq!((status, body), (200, expected), "{which}");
        emulator.stop().await;
    }
}

#[tokio::test]
async fn the_answer_of_a_video_url_can_break_off_or_stand_still_in_the_middle() {
    for which in ["cut", "stalled"] {
        let (emulator, store, report) = run(&format!("video-url={which}"), &[], 1, json!({})).await;
        let item = poll(&emulator, &report.task_uuid).await["data"][0].take();
        let mut response = client().get(item["videoURL"].as_str().expect("a URL")).send().await.expect("an answer");
        let whole = store.puts()[0].1.len();
        assert_eq!((response.status().as_u16(), response.content_length()), (200, u64::try_from(whole).ok()));
        let mut received = 0;
        let mut more = response.chunk().await;
        while let Ok(Some(chunk)) = &more {
            received += chunk.len();
            if received >= whole / 2 {
                break;
            }
            more = response.chunk().await;
        }
        assert_eq!(received, whole / 2, "{which}");
        let next = tokio::time::timeout(Duration::from_millis(500), response.chunk()).await;
        match which {
            "cut" => assert!(next.expect("no silence").is_err()),
            _ => assert!(next.is_err(), "silence"),
        }
        // It does not wait for who is kept waiting.
        emulator.stop().await;
    }
}

#[tokio::test]
async fn what_is_rendered_can_differ_from_what_was_asked() {
    for (media, expected) in [
        ("as-asked", (64, 64, 5000)),
        ("pixels-off", (68, 68, 5000)),
        ("other-size", (32, 32, 5000)),
        ("shorter", (64, 64, 2000)),
    ] {
        let (emulator, store, report) = run(&format!("media={media}"), &[], 1, json!({})).await;
        let (_, served) = fetch(&emulator, &report).await;
        assert_eq!(shape(&served), expected, "{media}");
        assert_eq!(store.puts()[0].1, served, "{media}");
        emulator.stop().await;
    }
}

#[tokio::test]
async fn what_is_rendered_can_be_in_another_container_under_the_name_that_was_asked_for() {
    let (emulator, store, report) = run("media=other-container", &[], 1, json!({})).await;
    let (_, served) = fetch(&emulator, &report).await;
    assert_eq!((&served[..4], &store.puts()[0].1), (EBML, &served));
    let item = poll(&emulator, &report.task_uuid).await["data"][0].take();
    assert!(item["videoURL"].as_str().is_some_and(|url| url.ends_with(".mp4")), "{item}");
    emulator.stop().await;
}
