//! Scripts of finished results: read, edited, refused.

use serde_json::{Value, json};

use super::support::{client, emulator, ended, poll, post, task};
use crate::emulator::{Emulator, EmulatorOptions};

async fn get(url: &str) -> (u16, String) {
    let answer = client().get(url).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

async fn edit(url: &str, script: &Value) -> (u16, Value) {
    let answer = client().post(url).body(script.to_string()).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn script_url(emulator: &Emulator, task: &str, result: usize) -> String {
    format!("http://{}/_emulator/tasks/{task}/script.json?result={result}", emulator.addr())
}

/// An emulator with one finished task of two results.
async fn finished() -> (Emulator, String) {
    let emulator = emulator(EmulatorOptions { frame_rate: 2, ..EmulatorOptions::default() }).await;
    let prompt = "A tour of a lighthouse. The lamp turns at night. Boats pass in the fog. Visit us in June!";
    let (uuid, task) = task(&json!({"positivePrompt": prompt, "duration": 20, "numberResults": 2}));
    post(&emulator, &json!([task])).await;
    ended(&emulator, &uuid).await;
    (emulator, uuid)
}

#[tokio::test]
async fn an_edited_script_replaces_its_result_and_draws_only_what_changed() {
    let (emulator, uuid) = finished().await;
    let reply = poll(&emulator, &uuid).await;
    let video = |index: usize| reply["data"][index]["videoURL"].as_str().expect("a URL").to_owned();
    let (first, second) = (get(&video(0)).await, get(&video(1)).await);
    let url = script_url(&emulator, &uuid, 0);
    let (status, script) = get(&url).await;
    assert_eq!(status, 200);
    let mut script: Value = serde_json::from_str(&script).expect("JSON");
    let scenes = script["scenes"].as_array().expect("scenes").len();
    assert!(scenes > 2, "{script}");

    let shots = script["scenes"][scenes - 1]["shots"].as_array_mut().expect("shots");
    shots.last_mut().expect("a shot")["onScreen"] = json!(["Bring a torch"]);
    let (status, answer) = edit(&url, &script).await;
    assert_eq!((status, &answer["drawn"], &answer["scenes"]), (200, &json!([scenes - 1]), &json!(scenes)), "{answer}");
    assert_eq!(answer["videoURL"], video(0).as_str());
    assert_ne!(get(&video(0)).await.1, first.1, "the result is another film under its old name");
    assert_eq!(get(&video(1)).await, second, "the other result is as it was");
    let (_, kept) = get(&url).await;
    assert_eq!(serde_json::from_str::<Value>(&kept).expect("JSON"), script);
    let report = ended(&emulator, &uuid).await;
    assert!((report.billed_usd - 2.0 * 20.0 * 0.033).abs() < 1e-9, "nothing is billed for it: {}", report.billed_usd);
    emulator.stop().await;
}

#[tokio::test]
async fn mistakes_in_a_script_are_told_together_and_change_nothing() {
    let (emulator, uuid) = finished().await;
    let url = script_url(&emulator, &uuid, 0);
    let before = get(&url).await;
    let mut script: Value = serde_json::from_str(&before.1).expect("JSON");
    script["title"] = json!("");
    script["scenes"][0]["shots"][0]["frames"] = json!(1000);
    let (status, answer) = edit(&url, &script).await;
    let told = answer["errors"].to_string();
    assert_eq!((status, &answer["errors"][0]["parameter"]), (400, &json!("title")));
    assert!(told.contains("title has 0 letters") && told.contains("make shots shorter by"), "{told}");
    script["scenes"][0]["shots"][0]["genre"] = json!("opera");
    assert!(edit(&url, &script).await.1["errors"][0]["message"].as_str().expect("a text").contains("genre"));
    script["scenes"][0]["shots"][0]["frames"] = json!("ten");
    assert_eq!(edit(&url, &script).await.1["errors"][0]["parameter"], "scenes[0].shots[0].frames");
    assert_eq!(get(&url).await, before);
    for (task, result) in [(uuid.as_str(), 2), ("5d0c1a7e-3b64-4f0a-8c1d-92e6b7a4f035", 0), ("lighthouse", 0)] {
        assert_eq!(get(&script_url(&emulator, task, result)).await.0, 404, "{task} {result}");
        assert_eq!(edit(&script_url(&emulator, task, result), &script).await.0, 404, "{task} {result}");
    }
    emulator.stop().await;
}

#[tokio::test]
async fn captions_lie_beside_their_video_as_webvtt() {
    let (emulator, uuid) = finished().await;
    let url = poll(&emulator, &uuid).await["data"][0]["videoURL"].as_str().expect("a URL").replace(".mp4", ".vtt");
    let answer = client().get(&url).send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/vtt; charset=utf-8");
    let captions = answer.text().await.expect("a body");
    assert!(captions.starts_with("WEBVTT\n") && captions.contains(" --> ") && captions.contains("lamp"), "{captions}");
    emulator.stop().await;
}
