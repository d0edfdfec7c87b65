//! Faults on the wire, read by a client that knows nothing of HTTP, and what only a studio can do.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use uuid::Uuid;

use super::support::{self, PATIENCE, ended, task};
use crate::emulator::{Emulator, EmulatorOptions, Scenario, TaskState};

async fn emulator(set: Value) -> Emulator {
    let rules = json!({"rules": [{ "set": set }]});
    let scenario = Scenario::from_json(rules.to_string().as_bytes()).expect("a scenario");
    support::emulator(EmulatorOptions { scenario, ..EmulatorOptions::default() }).await
}

async fn send(emulator: &Emulator, body: &Value) -> TcpStream {
    let body = body.to_string();
    let mut socket = TcpStream::connect(emulator.addr()).await.expect("a connection");
    let length = body.len();
    let head = "POST /v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer k";
    let head = format!("{head}\r\nContent-Length: {length}\r\n\r\n");
    socket.write_all(format!("{head}{body}").as_bytes()).await.expect("sent");
    socket
}

/// Everything that arrives until the connection ends, and how it ends.
async fn arrived(mut socket: TcpStream) -> (String, Result<(), io::ErrorKind>) {
    let mut bytes = Vec::new();
    let end = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut bytes)).await.expect("an end");
    (String::from_utf8_lossy(&bytes).into_owned(), end.map(drop).map_err(|error| error.kind()))
}

async fn post(emulator: &Emulator, body: &Value) -> Value {
    support::post(emulator, body).await.1
}

#[tokio::test]
async fn a_reset_leaves_not_a_byte_of_an_answer_and_the_task_accepted() {
    let emulator = emulator(json!({"submit": "reset"})).await;
    let (uuid, task) = task(&json!({}));
    let (bytes, end) = arrived(send(&emulator, &json!([task])).await).await;
    assert_eq!((bytes.as_str(), end), ("", Err(io::ErrorKind::ConnectionReset)));
    assert_eq!(ended(&emulator, &uuid).await.accepted, 1);
    emulator.stop().await;
}

#[tokio::test]
async fn a_cut_answer_is_half_of_what_was_announced_and_then_a_reset() {
    let emulator = emulator(json!({"submit": "cut"})).await;
    let (uuid, task) = task(&json!({}));
    let (bytes, end) = arrived(send(&emulator, &json!([task])).await).await;
    let (head, body) = bytes.split_once("\r\n\r\n").expect("a head");
    let whole = json!({"data": [{"taskType": "videoInference", "taskUUID": uuid}]}).to_string();
    assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
    assert_eq!(body, &whole[..whole.len() / 2]);
    assert_eq!(end, Err(io::ErrorKind::ConnectionReset));
    emulator.stop().await;
}

#[tokio::test]
async fn a_stalled_call_gets_nothing_until_the_client_hangs_up() {
    const LONG_FOR_A_REPLY: Duration = Duration::from_millis(300);
    let emulator = emulator(json!({"submit": "stall"})).await;
    let (uuid, task) = task(&json!({}));
    let mut socket = send(&emulator, &json!([task])).await;
    let silence = tokio::time::timeout(LONG_FOR_A_REPLY, socket.read_u8()).await;
    assert!(silence.is_err(), "{silence:?}");
    assert_eq!(ended(&emulator, &uuid).await.state, TaskState::Success);
    let start = Instant::now();
    emulator.stop().await;
    assert!(start.elapsed() < Duration::from_secs(4), "a stalled client keeps nobody from closing");
    assert_eq!(arrived(socket).await.0, "");
}

#[tokio::test]
async fn a_slow_answer_comes_whole_and_late() {
    let emulator = emulator(json!({"poll": "slow:400"})).await;
    let start = Instant::now();
    let poll = json!([{"taskType": "getResponse", "taskUUID": Uuid::new_v4()}]);
    assert_eq!(post(&emulator, &poll).await, json!({"data": []}));
    assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
    emulator.stop().await;
}

#[tokio::test]
async fn a_page_and_a_time_to_wait_arrive_with_their_headers() {
    for (fault, expected) in [
        ("html:503", ["HTTP/1.1 503 ", "content-type: text/html; charset=utf-8\r\n", "<html>"]),
        ("throttled:7", ["HTTP/1.1 429 ", "retry-after: 7\r\n", "rateLimitExceeded"]),
        ("malformed", ["HTTP/1.1 200 ", "content-type: application/json\r\n", "\r\n\r\n{\"errors\":["]),
    ] {
        let emulator = emulator(json!({ "details": fault })).await;
        let details = json!([{"taskType": "getTaskDetails", "taskUUID": Uuid::new_v4()}]);
        let (bytes, _) = arrived(send(&emulator, &details).await).await;
        for part in expected {
            assert!(bytes.contains(part), "{fault}: {bytes}");
        }
        emulator.stop().await;
    }
}

#[tokio::test]
async fn a_task_that_fails_half_way_delivers_the_half_before() {
    let emulator = emulator(json!({"failure": "providerTimeout", "render-time": 400})).await;
    let (one, task_of_one) = task(&json!({}));
    let (four, task_of_four) = task(&json!({"numberResults": 4}));
    let start = Instant::now();
    post(&emulator, &json!([task_of_one, task_of_four])).await;
    let report = ended(&emulator, &one).await;
    assert!(start.elapsed() >= Duration::from_millis(200), "{:?}", start.elapsed());
    assert_eq!((report.state, report.error_code.as_deref()), (TaskState::Error, Some("providerTimeout")));
    assert!(report.billed_usd.abs() < 1e-9);
    let report = ended(&emulator, &four).await;
    assert_eq!((report.state, report.video_uuids.len()), (TaskState::Error, 2));
    assert!((report.billed_usd - 0.33).abs() < 1e-9, "two of four are paid for");
    let reply = post(&emulator, &json!([{"taskType": "getResponse", "taskUUID": four}])).await;
    assert_eq!(reply["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(reply["errors"][0]["code"], "providerTimeout");
    assert_eq!(reply["errors"][0]["status"], "error");
    emulator.stop().await;
}

#[tokio::test]
async fn a_task_without_a_failure_to_come_is_finished() {
    let emulator = emulator(json!({"failure": "none", "render-time": 300})).await;
    let (uuid, task) = task(&json!({}));
    let start = Instant::now();
    post(&emulator, &json!([task])).await;
    assert_eq!(ended(&emulator, &uuid).await.state, TaskState::Success);
    assert!(start.elapsed() >= Duration::from_millis(300), "the scenario's render time holds");
    emulator.stop().await;
}

#[tokio::test]
async fn a_task_can_fail_with_every_family_of_errors() {
    const CODES: [&str; 11] = [
        "invalidApiKey",
        "accountSuspended",
        "insufficientCredits",
        "rateLimitExceeded",
        "contentPolicyViolation",
        "providerTimeout",
        "noAvailableServer",
        "inferenceError",
        "internalServerError",
        "taskExpired",
        "invalidInputsImage",
    ];
    let emulator = emulator(json!({"progress": "untold"})).await;
    for code in CODES {
        let (uuid, task) = task(&json!({"positivePrompt": format!("A lighthouse [[emulator: failure={code}]]")}));
        post(&emulator, &json!([task])).await;
        assert_eq!(ended(&emulator, &uuid).await.error_code.as_deref(), Some(code));
        let reply = post(&emulator, &json!([{"taskType": "getResponse", "taskUUID": uuid}])).await;
        let error = &reply["errors"][0];
        assert_eq!((&error["code"], &error["status"]), (&json!(code), &json!("error")), "{reply}");
        assert_eq!((&error["taskUUID"], &error["taskType"]), (&json!(uuid), &json!("videoInference")), "{reply}");
    }
    emulator.stop().await;
}

#[tokio::test]
async fn two_runs_of_one_uuid_finish_side_by_side() {
    let emulator = emulator(json!({"forget": 0})).await;
    let (uuid, task) = task(&json!({}));
    post(&emulator, &json!([task, task])).await;
    let deadline = Instant::now() + PATIENCE;
    let report = loop {
        let report = ended(&emulator, &uuid).await;
        if report.video_uuids.len() == 2 {
            break report;
        }
        assert!(Instant::now() < deadline, "{report:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!((report.submitted, report.accepted, report.conflicts), (2, 2, 0));
    emulator.stop().await;
}
