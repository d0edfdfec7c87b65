//! The emulator over real sockets: submit, render, upload, poll, fetch.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;
use uuid::Uuid;

use super::support::{LOOPBACK, PATIENCE, Store, client, emulator, ended, poll, post, task};
use crate::emulator::{EmulatorOptions, TaskReport, TaskState};

#[tokio::test]
async fn a_task_is_rendered_uploaded_and_served() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (store, endpoint) = Store::start(&[]).await;
    let (uuid, task) = task(&json!({"uploadEndpoint": endpoint, "includeCost": true}));
    let (status, reply) = post(&emulator, &json!([task])).await;
    assert_eq!((status, &reply), (200, &json!({"data": [{"taskType": "videoInference", "taskUUID": uuid}]})));

    let report = ended(&emulator, &uuid).await;
    assert_eq!((report.state, report.submitted, report.accepted), (TaskState::Success, 1, 1));
    assert!((report.billed_usd - 0.165).abs() < 1e-9, "{}", report.billed_usd);
    let puts = store.puts();
    let [(headers, video)] = puts.as_slice() else { panic!("one PUT, not {}", puts.len()) };
    assert_eq!(headers["content-length"], video.len().to_string());
    assert_eq!(headers["content-type"], "video/mp4");
    assert!(!headers.contains_key("transfer-encoding"));
    assert_eq!(report.uploads.len(), 1);
    assert_eq!(report.uploads[0].status, Some(200));
    assert!(report.uploads[0].target.ends_with("/staging/key"), "{}", report.uploads[0].target);

    let item = poll(&emulator, &uuid).await["data"][0].clone();
    assert_eq!(item["status"], "success");
    assert_eq!(item["cost"], 0.165);
    let url = item["videoURL"].as_str().expect("a URL");
    let whole = client().get(url).send().await.expect("an answer");
    assert_eq!(whole.headers()["content-type"], "video/mp4");
    assert_eq!(whole.headers()["content-length"], video.len().to_string());
    assert_eq!(whole.bytes().await.expect("a body"), video);
    let part = client().get(url).header("range", "bytes=4-7").send().await.expect("an answer");
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 4-7/{}", video.len()));
    assert_eq!(part.bytes().await.expect("a body"), video.slice(4..8));
    let head = client().head(url).send().await.expect("an answer");
    assert_eq!(head.headers()["content-length"], video.len().to_string());
    let missing = client().get(url.replace(".mp4", ".mov")).send().await.expect("an answer");
    assert_eq!(missing.status(), 404);
    emulator.stop().await;
}

#[tokio::test]
async fn several_results_are_put_in_order_and_told_apart() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (store, endpoint) = Store::start(&[]).await;
    let (uuid, task) = task(&json!({"uploadEndpoint": endpoint, "numberResults": 3}));
    let (_, reply) = post(&emulator, &json!([task])).await;
    assert_eq!(reply["data"].as_array().map(Vec::len), Some(1), "one acknowledgement for all results");
    let report = ended(&emulator, &uuid).await;
    assert_eq!(store.puts().len(), 3);
    let put: Vec<&String> = report.uploads.iter().map(|upload| &upload.video_uuid).collect();
    assert_eq!(put, report.video_uuids.iter().collect::<Vec<_>>());
    let items = poll(&emulator, &uuid).await["data"].clone();
    assert_eq!(items.as_array().map(Vec::len), Some(3));
    assert!(items[0]["seed"] != items[1]["seed"] && items[1]["videoUUID"] != items[2]["videoUUID"]);
    emulator.stop().await;
}

#[tokio::test]
async fn a_refused_upload_is_recorded_and_fails_nothing() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (_store, endpoint) = Store::start(&[403]).await;
    let (uuid, task) = task(&json!({"uploadEndpoint": endpoint}));
    post(&emulator, &json!([task])).await;
    let report = ended(&emulator, &uuid).await;
    assert_eq!(report.state, TaskState::Success);
    assert_eq!(report.uploads.iter().map(|upload| upload.status).collect::<Vec<_>>(), [Some(403)]);
    emulator.stop().await;
}

#[tokio::test]
async fn an_upload_that_may_get_over_it_is_tried_again() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (_store, endpoint) = Store::start(&[503, 500]).await;
    let (uuid, task) = task(&json!({"uploadEndpoint": endpoint, "outputFormat": "WEBM"}));
    post(&emulator, &json!([task])).await;
    let report = ended(&emulator, &uuid).await;
    let statuses: Vec<_> = report.uploads.iter().map(|upload| upload.status).collect();
    assert_eq!(statuses, [Some(503), Some(500), Some(200)]);
    emulator.stop().await;
}

#[tokio::test]
async fn an_upload_that_nobody_answers_is_given_up_without_telling_the_url() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let closed = tokio::net::TcpListener::bind(LOOPBACK).await.expect("a free port").local_addr().expect("bound");
    let (uuid, task) = task(&json!({"uploadEndpoint": format!("http://{closed}/key?X-Amz-Signature=secret")}));
    post(&emulator, &json!([task])).await;
    let report = ended(&emulator, &uuid).await;
    assert_eq!(report.state, TaskState::Success);
    assert_eq!(report.uploads.len(), 4);
    assert!(report.uploads.iter().all(|upload| upload.status.is_none() && upload.failure.is_some()));
    assert!(
        report.uploads[0].failure.as_deref().is_some_and(|cause| cause.contains("onnection refused")),
        "{report:?}"
    );
    assert!(!format!("{report:?}").contains("secret"));
    emulator.stop().await;
}

#[tokio::test]
async fn a_picture_is_fetched_and_an_unusable_one_fails_the_task() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let base = format!("http://{}", emulator.addr());
    let (with_portrait, good) = task(&json!({"inputs": {"image": format!("{base}/_emulator/assets/portrait.png")}}));
    let (with_nothing, bad) = task(&json!({"inputs": {"image": format!("{base}/nothing.png?token=secret")}}));
    post(&emulator, &json!([good, bad])).await;
    assert_eq!(ended(&emulator, &with_portrait).await.state, TaskState::Success);
    let report = ended(&emulator, &with_nothing).await;
    assert_eq!((report.state, report.error_code.as_deref()), (TaskState::Error, Some("invalidValueUploadFailed")));
    assert!(report.billed_usd.abs() < 1e-9, "what was never delivered costs nothing");
    let reply = poll(&emulator, &with_nothing).await;
    assert_eq!(reply["errors"][0]["status"], "error");
    assert_eq!(reply["errors"][0]["taskUUID"], with_nothing);
    assert!(!reply.to_string().contains("secret"));
    emulator.stop().await;
}

#[tokio::test]
async fn a_word_between_key_frames_is_flagged_by_full_and_not_by_fast() {
    // With this length the last word of the first one is in a caption between two key frames.
    let (uuid, duration) = ("5d0c1a7e-3b64-4f0a-8c1d-92e6b7a5f001", 16);
    let hidden =
        "A calm tour of a lighthouse. The lamp turns at night. The keeper hangs up a painting. It shows a nude.";
    let shown = "A nude by the window. The lamp turns at night. Here the keeper rests";
    for (prompt, safety, flagged) in [
        (hidden, json!({"checkContent": false}), false),
        (hidden, json!({"checkContent": true}), false),
        (hidden, json!({"mode": "fast"}), false),
        (hidden, json!({"mode": "full"}), true),
        (shown, json!({"mode": "none"}), false),
        (shown, json!({"checkContent": true}), true),
    ] {
        let emulator = emulator(EmulatorOptions::default()).await;
        let asked = json!({"taskUUID": uuid, "positivePrompt": prompt, "duration": duration, "safety": safety});
        let (_, task) = task(&asked);
        post(&emulator, &json!([task])).await;
        assert_eq!(ended(&emulator, uuid).await.state, TaskState::Success);
        assert_eq!(poll(&emulator, uuid).await["data"][0]["NSFWContent"], flagged, "{prompt}, {safety}");
        emulator.stop().await;
    }
}

#[tokio::test]
async fn what_the_policy_forbids_is_refused_at_submission_or_fails_while_running_and_costs_nothing() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let checked = json!({"checkContent": true});
    let (refused, said) = task(&json!({"positivePrompt": "Scenes of torture", "safety": checked}));
    let (failed, seen) = task(&json!({"inputs": {"avatar": "Massacre_Front_public"}, "safety": checked}));
    let (unchecked, also_said) = task(&json!({"positivePrompt": "Scenes of torture"}));
    let (status, reply) = post(&emulator, &json!([said])).await;
    assert_eq!((status, &reply["errors"][0]["code"]), (400, &json!("contentPolicyViolation")));
    assert_eq!(reply["errors"][0]["parameter"], "positivePrompt");
    post(&emulator, &json!([seen, also_said])).await;
    let violation = Some("contentPolicyViolation".to_owned());
    for (uuid, state, code) in [
        (&refused, TaskState::Rejected, violation.clone()),
        (&failed, TaskState::Error, violation),
        (&unchecked, TaskState::Success, None),
    ] {
        let report = ended(&emulator, uuid).await;
        assert_eq!((report.state, report.error_code), (state, code));
        assert!(report.state == TaskState::Success || report.billed_usd.abs() < 1e-9);
    }
    emulator.stop().await;
}

#[tokio::test]
async fn no_task_succeeds_before_its_render_time() {
    const RENDER_TIME: Duration = Duration::from_millis(700);
    let emulator = emulator(EmulatorOptions { render_time: Some(RENDER_TIME), ..EmulatorOptions::default() }).await;
    let (uuid, task) = task(&json!({}));
    let start = Instant::now();
    post(&emulator, &json!([task])).await;
    assert_eq!(poll(&emulator, &uuid).await["data"][0]["status"], "processing");
    ended(&emulator, &uuid).await;
    assert!(start.elapsed() >= RENDER_TIME, "{:?}", start.elapsed());
    emulator.stop().await;
}

#[tokio::test]
async fn a_client_that_hangs_up_loses_nothing() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (uuid, task) = task(&json!({}));
    let body = json!([task]).to_string();
    let mut socket = tokio::net::TcpStream::connect(emulator.addr()).await.expect("a connection");
    let head =
        format!("POST /v1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\nContent-Length: {}\r\n\r\n", body.len());
    socket.write_all(format!("{head}{body}").as_bytes()).await.expect("sent");
    drop(socket);
    let deadline = Instant::now() + PATIENCE;
    while emulator.tasks().is_empty() {
        assert!(Instant::now() < deadline, "the task never arrived");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(ended(&emulator, &uuid).await.state, TaskState::Success);
    emulator.stop().await;
}

#[tokio::test]
async fn everything_on_the_task_api_is_answered_in_json() {
    let emulator = emulator(EmulatorOptions { api_key: Some("right".to_owned()), ..EmulatorOptions::default() }).await;
    let base = format!("http://{}", emulator.addr());
    let ping = r#"[{"taskType":"ping","ping":true}]"#.to_owned();
    let oversized = "x".repeat(17 << 20);
    for (path, key, body, status) in [
        ("/v1", "right", ping.clone(), 200),
        ("/v1/?session=1", "right", ping.clone(), 200),
        ("/v1?x=y", "wrong", ping.clone(), 401),
        ("/v1", "right", String::new(), 400),
        ("/v1", "right", "\u{0}".to_owned(), 400),
        ("/v1", "right", oversized, 413),
        ("/v2", "right", ping.clone(), 404),
        ("/_emulator/health", "right", ping, 405),
    ] {
        let request = client().post(format!("{base}{path}")).bearer_auth(key).body(body);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["content-type"], "application/json", "{path}");
        let _: Value = response.json().await.expect("JSON");
    }
    emulator.stop().await;
}

#[tokio::test]
async fn the_report_is_served_and_reads_back_as_its_type() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let (uuid, task) = task(&json!({}));
    post(&emulator, &json!([task, task, {"taskType": "videoInference", "taskUUID": Uuid::new_v4()}])).await;
    ended(&emulator, &uuid).await;
    let url = format!("http://{}/_emulator/tasks", emulator.addr());
    let mut served: Value = client().get(url).send().await.expect("an answer").json().await.expect("JSON");
    let served: Vec<TaskReport> = serde_json::from_value(served["tasks"].take()).expect("reports");
    assert_eq!(served, emulator.tasks());
    assert_eq!((served[0].submitted, served[0].accepted, served[0].conflicts), (2, 1, 1));
    assert_eq!((served[1].state, served[1].rejected), (TaskState::Rejected, 1));
    emulator.stop().await;
}

#[test]
fn stopping_does_not_wait_for_a_long_render() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stopped_at = runtime.block_on(async {
        let emulator = emulator(EmulatorOptions::default()).await;
        let (uuid, task) = task(&json!({"width": 1920, "height": 1080, "duration": 300}));
        post(&emulator, &json!([task])).await;
        let deadline = Instant::now() + PATIENCE;
        while poll(&emulator, &uuid).await["data"][0]["progress"] == 0 {
            assert!(Instant::now() < deadline, "the render never began");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let stopped_at = std::time::Instant::now();
        emulator.stop().await;
        stopped_at
    });
    drop(runtime);
    assert!(stopped_at.elapsed() < Duration::from_secs(5), "{:?}", stopped_at.elapsed());
}

#[tokio::test]
async fn many_tasks_share_few_seats_and_all_finish() {
    let emulator = emulator(EmulatorOptions { renders_at_once: 2, ..EmulatorOptions::default() }).await;
    let (uuids, tasks): (Vec<String>, Vec<Value>) = (0..40).map(|_| task(&json!({}))).unzip();
    let (status, reply) = post(&emulator, &json!(tasks)).await;
    assert_eq!((status, reply["data"].as_array().map(Vec::len)), (200, Some(40)));
    for uuid in uuids {
        assert_eq!(ended(&emulator, &uuid).await.state, TaskState::Success);
    }
    emulator.stop().await;
}

#[tokio::test]
async fn a_submission_that_finds_the_queue_full_is_told_429_and_can_come_again() {
    let emulator = emulator(EmulatorOptions {
        renders_at_once: 1,
        queue: 0,
        image_hosts: vec!["127.0.0.1".to_owned()],
        ..EmulatorOptions::default()
    })
    .await;
    // Nobody answers for the picture of the first task, so it keeps the only place there is.
    let pictures = tokio::net::TcpListener::bind(LOOPBACK).await.expect("a free port");
    let image = format!("http://{}/face.png", pictures.local_addr().expect("bound"));
    let (first_uuid, first) = task(&json!({"inputs": {"image": image}}));
    let (second_uuid, second) = task(&json!({}));
    post(&emulator, &json!([first])).await;
    let (status, reply) = post(&emulator, &json!([second])).await;
    assert_eq!((status, &reply["errors"][0]["code"]), (429, &json!("rateLimitExceeded")), "{reply}");
    assert_eq!(reply["errors"][0]["taskUUID"], second_uuid);
    let item = poll(&emulator, &first_uuid).await["data"][0].clone();
    assert_eq!((&item["status"], &item["progress"]), (&json!("processing"), &json!(0)));
    assert_eq!(poll(&emulator, &second_uuid).await, json!({"data": []}));

    drop(pictures);
    assert_eq!(ended(&emulator, &first_uuid).await.state, TaskState::Error);
    let (status, reply) = post(&emulator, &json!([second])).await;
    assert_eq!(status, 200, "{reply}");
    let report = ended(&emulator, &second_uuid).await;
    assert_eq!((report.state, report.accepted, report.rejected), (TaskState::Success, 1, 1));
    emulator.stop().await;
}

#[tokio::test]
async fn a_task_that_waits_too_long_fails_and_costs_nothing() {
    let options =
        EmulatorOptions { renders_at_once: 1, queue_wait: Duration::from_millis(50), ..EmulatorOptions::default() };
    let emulator = emulator(options).await;
    let (slow_uuid, slow) = task(&json!({"width": 1920, "height": 1080, "duration": 300}));
    let (late_uuid, late) = task(&json!({}));
    post(&emulator, &json!([slow, late])).await;
    let report = ended(&emulator, &late_uuid).await;
    assert_eq!((report.state, report.error_code.as_deref()), (TaskState::Error, Some("providerGatewayTimeout")));
    assert!(report.billed_usd.abs() < 1e-9);
    let reply = poll(&emulator, &late_uuid).await;
    assert_eq!(reply["errors"][0]["status"], "error");
    assert_eq!(poll(&emulator, &slow_uuid).await["data"][0]["status"], "processing", "who sits is not sent away");
    emulator.stop().await;
}

#[tokio::test]
async fn an_ended_task_and_its_video_are_gone_after_the_retention_and_its_uuid_is_not() {
    let emulator = emulator(EmulatorOptions { retention: Duration::from_secs(5), ..EmulatorOptions::default() }).await;
    let (uuid, task) = task(&json!({}));
    post(&emulator, &json!([task])).await;
    ended(&emulator, &uuid).await;
    let url = poll(&emulator, &uuid).await["data"][0]["videoURL"].as_str().expect("a URL").to_owned();
    let deadline = Instant::now() + PATIENCE;
    while !emulator.tasks().is_empty() {
        assert!(Instant::now() < deadline, "nobody sweeps");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(poll(&emulator, &uuid).await, json!({"data": []}));
    let (status, reply) = post(&emulator, &json!([{"taskType": "getTaskDetails", "taskUUID": uuid}])).await;
    assert_eq!((status, &reply["errors"][0]["code"]), (404, &json!("taskNotFound")), "{reply}");
    while client().get(&url).send().await.expect("an answer").status() != 404 {
        assert!(Instant::now() < deadline, "the video is still served");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (status, reply) = post(&emulator, &json!([task])).await;
    assert_eq!((status, &reply["errors"][0]["code"]), (400, &json!("conflictTaskUUID")), "{reply}");
    emulator.stop().await;
}
