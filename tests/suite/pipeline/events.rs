//! Every event of a run, held against the contracts and against what others say of the same videos.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use jsonschema::Validator;
use landfall::job::event::{CompletedData, EventType, LandedResult};
use landfall::job::schema::event_file;
use serde_json::{Value, json};

use crate::support::servers::{find_program, skip_or_fail};
use crate::support::stack::{Seen, Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

/// How much two readers of one file may differ in its length, in seconds: less than a frame at 4 a second.
const SAME_LENGTH_S: f64 = 0.2;

#[tokio::test]
async fn every_event_matches_its_schema_and_ffprobe_sees_the_same_videos() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(&[("LANDFALL_EVENTS__LANDED", "true")]).await;
    let jobs = [
        small_job("as-mp4", json!({ "outputFormat": "MP4", "width": 160, "height": 90 })),
        small_job("as-mov", json!({ "outputFormat": "MOV", "width": 90, "height": 160, "duration": 6 })),
        small_job("as-webm", json!({ "outputFormat": "WEBM", "width": 160, "height": 96, "duration": 7 })),
        small_job("as-three", json!({ "numberResults": 3 })),
        small_job("without-picture", json!({ "inputs": { "image": "http://127.0.0.1:1/portrait.png" } })),
        small_job("unknown-field", json!({ "fps": 24 })),
        "garbage".to_owned(),
    ];
    for job in &jobs {
        stack.put(job).await;
    }
    let (evidence, _) = stack.check(vec![worker], jobs.len(), WITHIN).await;
    for (event_type, count) in [
        (EventType::Submitted, 5),
        (EventType::Landed, 6),
        (EventType::Completed, 4),
        (EventType::Failed, 1),
        (EventType::Rejected, 2),
    ] {
        assert_eq!(evidence.count(event_type), count, "{event_type:?}");
    }
    for seen in &stack.seen {
        assert_is_cloud_event(seen);
        assert_matches_schema(seen);
    }
    if !has_ffprobe() {
        return;
    }
    let completed = stack.seen.iter().filter(|seen| seen.event.event_type == EventType::Completed);
    for seen in completed {
        let data: CompletedData = serde_json::from_value(seen.event.data.clone()).expect("completed data");
        for result in data.results {
            assert_ffprobe_agrees_with_the_object(&stack, &result).await;
        }
    }
}

/// Whether there is an ffprobe to compare with; says that the test is skipped when there is none.
pub(super) fn has_ffprobe() -> bool {
    let found = find_program(&["ffprobe"]).is_some();
    if !found {
        skip_or_fail("there is no ffprobe to compare with; tests/run.sh installs one where it may");
    }
    found
}

/// What the specification of CloudEvents 1.0 asks of an event in structured mode, and our own contract of its message.
fn assert_is_cloud_event(seen: &Seen) {
    let event: Value = serde_json::from_slice(&seen.body).expect("JSON");
    let attributes = event.as_object().expect("an object");
    for (name, value) in attributes {
        let allowed = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        assert!(allowed && !name.is_empty(), "{name} is no name of an attribute");
        assert!(name == "data" || value.as_str().is_some_and(|text| !text.is_empty()), "{name} is {value}");
    }
    let text =
        |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("no {name}: {event}"));
    assert_eq!((text("specversion"), text("datacontenttype")), ("1.0", "application/json"));
    assert!(text("time").parse::<Timestamp>().is_ok(), "time is RFC 3339: {event}");
    let base = url::Url::parse("http://base.example/").expect("a URL");
    assert!(base.join(text("source")).is_ok(), "source is a URI reference: {event}");

    let properties = &seen.properties;
    let short = |text: &Option<lapin::types::ShortString>| text.as_ref().map(|text| text.as_str().to_owned());
    assert_eq!(short(properties.content_type()).as_deref(), Some("application/cloudevents+json"));
    assert_eq!(short(properties.message_id()).as_deref(), Some(text("id")));
    assert_eq!(short(properties.correlation_id()).as_deref(), attributes.get("subject").and_then(Value::as_str));
    assert_eq!(*properties.delivery_mode(), Some(2), "it survives a restart of the broker");
    assert_eq!(seen.routing_key, seen.event.event_type.routing_key());
}

/// The committed schema of its type, formats included.
pub(super) fn schema(event_type: EventType) -> Validator {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/schemas").join(event_file(event_type));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let schema = serde_json::from_str(&text).expect("JSON");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
}

fn assert_matches_schema(seen: &Seen) {
    let event: Value = serde_json::from_slice(&seen.body).expect("JSON");
    let validator = schema(seen.event.event_type);
    let errors: Vec<String> =
        validator.iter_errors(&event).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?} in {event:#}");
}

async fn assert_ffprobe_agrees_with_the_object(stack: &Stack, result: &LandedResult) {
    let object = stack.store.client().get_object().bucket(&result.bucket).key(&result.key).send().await;
    let object = object.expect("the object");
    assert_eq!(object.content_type(), Some(result.content_type.as_str()), "{}", result.key);
    let bytes = object.body.collect().await.expect("its bytes").into_bytes();
    assert_eq!(u64::try_from(bytes.len()), Ok(result.size), "{}", result.key);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("video");
    std::fs::write(&file, &bytes).expect("written");
    assert_ffprobe_agrees(&file, result);
}

/// Asserts that ffprobe reads from a file what the event says of it.
pub(super) fn assert_ffprobe_agrees(file: &Path, result: &LandedResult) {
    let probed = ffprobe(file);
    let stream = &probed["streams"][0];
    let media = &result.media;
    let told = json!([stream["codec_name"], stream["width"], stream["height"]]);
    assert_eq!(told, json!([media.video_codec, media.width, media.height]), "{}: {probed:#}", result.key);
    let seconds: f64 = probed["format"]["duration"].as_str().and_then(|text| text.parse().ok()).expect("a duration");
    assert!((seconds - media.duration_seconds).abs() < SAME_LENGTH_S, "{}: {seconds} s, {media:?}", result.key);
    let format = probed["format"]["format_name"].as_str().expect("a format");
    assert!(format.split(',').any(|name| name == media.container), "{}: {format}, {media:?}", result.key);
    // ffprobe has one name for MP4 and MOV; the brand tells them apart.
    let brand = probed["format"]["tags"]["major_brand"].as_str().unwrap_or_default();
    assert_eq!(brand.trim() == "qt", media.container == "mov", "{}: brand {brand:?}, {media:?}", result.key);
}

fn ffprobe(file: &Path) -> Value {
    let arguments = ["-v", "error", "-print_format", "json", "-show_format", "-show_streams"];
    let output = Command::new("ffprobe").args(arguments).arg(file).output().expect("ffprobe starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "it complains: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}
