//! Pictures over real sockets: fetched, refused, kept, used and deleted.

use std::net::SocketAddr;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::{LOOPBACK, client, emulator, ended, post, task};
use crate::emulator::{Emulator, EmulatorOptions, TaskState};

/// A picture of four pixels.
fn picture() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(2, 2, image::Rgb([200, 30, 30]));
    pixels.write_to(&mut file, image::ImageFormat::Png).expect("a PNG");
    file.into_inner()
}

/// A host of pictures: `/picture`, `/page`, and `/to/{port}`, which redirects to that port of this machine.
async fn picture_host() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(LOOPBACK).await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let redirect = |axum::extract::Path(port): axum::extract::Path<u16>| async move {
        Redirect::temporary(&format!("http://127.0.0.1:{port}/picture?token=secret"))
    };
    let router = Router::new()
        .route("/picture", get(|| async { picture() }))
        .route("/page", get(|| async { "<html>no picture</html>" }))
        .route("/to/{port}", get(redirect));
    tokio::spawn(axum::serve(listener, router).into_future());
    addr
}

async fn storage(emulator: &Emulator, operation: &str, media: &str) -> (u16, Value) {
    let task = json!({
        "taskType": "mediaStorage", "taskUUID": Uuid::new_v4(), "operation": operation, "media": media,
    });
    post(emulator, &json!([task])).await
}

async fn upload(emulator: &Emulator, media: &str) -> (String, String) {
    let (status, reply) = storage(emulator, "upload", media).await;
    assert_eq!(status, 200, "{reply}");
    let text = |name: &str| reply["data"][0][name].as_str().expect("a string").to_owned();
    (text("mediaUUID"), text("mediaURL"))
}

/// State and code of a task with this picture.
async fn outcome(emulator: &Emulator, image: &str) -> (TaskState, Option<String>) {
    let (uuid, task) = task(&json!({ "inputs": { "image": image } }));
    let (_, reply) = post(emulator, &json!([task])).await;
    let report = ended(emulator, &uuid).await;
    assert!(!format!("{reply}{report:?}").contains("secret"));
    (report.state, report.error_code)
}

#[tokio::test]
async fn a_stored_picture_is_used_by_its_uuid_and_its_url_until_it_is_deleted() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let base64 = STANDARD.encode(picture());
    let (uuid, url) = upload(&emulator, &format!("data:image/png;base64,{base64}")).await;
    let (plain, _) = upload(&emulator, base64.trim_end_matches('=')).await;
    let (copied, _) = upload(&emulator, &url).await;
    assert!(uuid != plain && plain != copied, "each upload has a UUID of its own");
    let served = client().get(&url).send().await.expect("an answer");
    assert_eq!(served.headers()["content-type"], "image/png");
    assert_eq!(served.bytes().await.expect("a body"), picture());
    for image in [&uuid, &url, &plain, &copied] {
        assert_eq!(outcome(&emulator, image).await, (TaskState::Success, None), "{image}");
    }

    let (status, reply) = storage(&emulator, "delete", &uuid).await;
    assert_eq!((status, &reply["data"][0]["mediaUUID"]), (200, &json!(uuid)));
    assert_eq!(client().get(&url).send().await.expect("an answer").status(), 404);
    let unusable = Some("invalidValueUploadFailed".to_owned());
    assert_eq!(outcome(&emulator, &uuid).await, (TaskState::Rejected, unusable.clone()), "it is known to be gone");
    assert_eq!(outcome(&emulator, &url).await, (TaskState::Error, unusable));
    let (status, reply) = storage(&emulator, "delete", &uuid).await;
    assert_eq!((status, &reply["errors"][0]["code"]), (404, &json!("mediaNotFound")));
    emulator.stop().await;
}

#[tokio::test]
async fn an_upload_is_answered_as_documented() {
    let document = |name: &str| -> Value {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/provider").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).expect("a document")).expect("JSON")
    };
    let emulator = emulator(EmulatorOptions::default()).await;
    let (status, mut reply) = post(&emulator, &document("media-upload.request.json")).await;
    let mut expected = document("media-upload.reply.json");
    for (name, example) in [("mediaUUID", true), ("mediaURL", false)] {
        let (told, shown) = (reply["data"][0][name].take(), expected["data"][0][name].take());
        assert!(
            told.as_str().is_some_and(|text| example || text.contains("/image/ii/")) && shown.is_string(),
            "{told}"
        );
    }
    assert_eq!((status, reply), (200, expected));
    emulator.stop().await;
}

#[tokio::test]
async fn only_pictures_are_stored() {
    let emulator = emulator(EmulatorOptions::default()).await;
    let host = picture_host().await;
    let text = STANDARD.encode("no picture");
    for media in [
        text.as_str(),
        &format!("data:image/png;base64,{text}"),
        "data:image/png,abc",
        "not base64!",
        "",
        &format!("http://{host}/picture?token=secret"),
    ] {
        let (status, reply) = storage(&emulator, "upload", media).await;
        let error = &reply["errors"][0];
        assert_eq!((status, &error["code"]), (400, &json!("invalidValueUploadFailed")), "{media}");
        assert_eq!((&error["parameter"], &error["taskType"]), (&json!("media"), &json!("mediaStorage")));
        assert!(error["taskUUID"].is_string() && !reply.to_string().contains("secret"), "{reply}");
    }
    for (operation, media, code) in [
        ("list", json!("x"), "invalidOperation"),
        ("upload", json!(7), "invalidMedia"),
        ("delete", json!("x"), "invalidMedia"),
    ] {
        let task =
            json!({"taskType": "mediaStorage", "taskUUID": Uuid::new_v4(), "operation": operation, "media": media});
        assert_eq!(post(&emulator, &json!([task])).await.1["errors"][0]["code"], code, "{operation}");
    }
    emulator.stop().await;
}

#[tokio::test]
async fn a_picture_is_fetched_from_an_allowed_host_and_from_nowhere_else_in_ones_own_network() {
    let (allowed, other) = (picture_host().await, picture_host().await);
    let options = EmulatorOptions { image_hosts: vec![allowed.to_string()], ..EmulatorOptions::default() };
    let emulator = emulator(options).await;
    let unusable = (TaskState::Error, Some("invalidValueUploadFailed".to_owned()));
    let used = (TaskState::Success, None);
    for (url, expected) in [
        (format!("http://{allowed}/picture?token=secret"), &used),
        (format!("http://{allowed}/to/{}", allowed.port()), &used),
        (format!("http://{allowed}/page?token=secret"), &unusable),
        (format!("http://{allowed}/to/{}", other.port()), &unusable),
        (format!("http://{other}/picture?token=secret"), &unusable),
        // A name is judged by what it stands for.
        (format!("http://localhost:{}/picture?token=secret", other.port()), &unusable),
        (format!("http://localhost:{}/_emulator/tasks?token=secret", emulator.addr().port()), &unusable),
    ] {
        assert_eq!(&outcome(&emulator, &url).await, expected, "{url}");
    }
    emulator.stop().await;
}

#[tokio::test]
async fn an_image_host_that_is_none_stops_the_start() {
    let options = EmulatorOptions { image_hosts: vec!["http://minio".to_owned()], ..EmulatorOptions::default() };
    let error = Emulator::start(LOOPBACK, options).await.err().expect("refused");
    assert!(error.to_string().contains("http://minio"), "{error}");
}

#[tokio::test]
async fn the_presets_are_listed() {
    let emulator = emulator(EmulatorOptions { strict_avatars: true, ..EmulatorOptions::default() }).await;
    let url = format!("http://{}/_emulator/avatars", emulator.addr());
    let listed: Value = client().get(url).send().await.expect("an answer").json().await.expect("JSON");
    let names = listed["avatars"].as_array().expect("a list");
    assert_eq!(names[0], "Judy_ConfidentSpeaking_Front_public");
    let (tasks, uuids): (Vec<Value>, Vec<String>) = names
        .iter()
        .map(|name| task(&json!({ "inputs": { "avatar": name } })))
        .map(|(uuid, task)| (task, uuid))
        .unzip();
    assert_eq!(post(&emulator, &json!(tasks)).await.0, 200, "every listed preset is taken");
    assert_eq!(ended(&emulator, &uuids[0]).await.state, TaskState::Success);
    emulator.stop().await;
}
