#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Map, json};

use super::*;
use crate::job::control::Message;
use crate::job::event::{
    CompletedData, Deviation, Event, FailedData, FailedResult, JobData, LandedData, LandedResult, MediaData,
    ProgressData, Provenance, Speaker, SubmittedData, SubmittedTask, TerminalData, Timings, to_value,
};
use crate::job::fields::Problem;
use crate::job::ids::{Fingerprint, JobId, ObjectKey, TaskUuid};
use crate::job::ledger::{LEDGER_SCHEMA, LedgerOutcome, LedgerStatus, LedgerTask, SetAside};
use crate::job::order::{Order, OrderRules};
use crate::job::reason::Reason;
use crate::job::regeneration::follow;
use crate::job::request::VIDEO_AGENT;
use crate::job::template::KeyTemplate;

mod jobs;

fn deployed(directory: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(directory)
}

/// A validator of a committed file, formats included.
fn validator(file: &str) -> Validator {
    let text = std::fs::read_to_string(deployed("schemas").join(file)).unwrap();
    let schema = serde_json::from_str(&text).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn errors(validator: &Validator, instance: &Value) -> Vec<String> {
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn assert_valid(file: &str, instance: &Value) {
    assert_eq!(errors(&validator(file), instance), Vec::<String>::new(), "{file}: {instance:#}");
}

#[test]
fn the_committed_files_are_what_the_types_say() {
    let command = "run `cargo run -- schema --write deploy/schemas` and commit the result";
    let mut names = Vec::new();
    for (name, document) in documents() {
        let text = std::fs::read_to_string(deployed("schemas").join(name)).unwrap_or_default();
        let committed: Value = serde_json::from_str(&text).unwrap_or_default();
        assert!(committed == document, "deploy/schemas/{name} is not what the types say: {command}");
        names.push(name.to_owned());
    }
    for entry in std::fs::read_dir(deployed("schemas")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name) || name == "README.md", "deploy/schemas/{name} is made by no code: delete it");
    }
}

#[test]
fn every_schema_is_a_schema() {
    for (name, document) in documents() {
        if name != ASYNCAPI_FILE {
            assert!(jsonschema::draft7::meta::is_valid(&document), "{name}");
            assert!(document["title"].is_string() && document["description"].is_string(), "{name} says what it is");
        }
    }
}

#[test]
fn what_is_published_is_open_to_additions_and_never_null() {
    for (name, document) in documents() {
        if name != JOB_FILE && name != CONTROL_FILE {
            let text = document.to_string();
            assert!(!text.contains("\"additionalProperties\":false") && !text.contains("\"null\""), "{name}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let documents = documents();
    for (name, document) in &documents {
        for reference in references(document) {
            let found = match reference.strip_prefix('#') {
                Some(pointer) => document.pointer(pointer).is_some(),
                None => documents.iter().any(|(other, _)| reference.strip_prefix("./") == Some(*other)),
            };
            assert!(found, "{name} refers to {reference}");
        }
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let own = map.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(map.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn task_uuid() -> TaskUuid {
    TaskUuid::derive(&["schema"])
}

fn job(spare: bool) -> JobData {
    JobData {
        job_id: JobId::parse("bowl-1").unwrap(),
        tenant: (!spare).then(|| "acme".to_owned()),
        generation: 0,
        context: (!spare).then(|| json!({ "order": 7 })),
    }
}

/// A result with every optional part, or with none.
fn landed(spare: bool) -> LandedResult {
    let full = !spare;
    let deviation = Deviation { property: "width".to_owned(), asked: json!(1280), found: json!(1278) };
    LandedResult {
        index: 0,
        task_uuid: task_uuid(),
        video_uuid: full.then(|| "a2f6c0de".to_owned()),
        bucket: "media".to_owned(),
        key: "bowl-1/0.mp4".to_owned(),
        version_id: full.then(|| "v7".to_owned()),
        etag: "9b2cf535f27731c974343645a3985328".to_owned(),
        size: 1_048_576,
        content_type: "video/mp4".to_owned(),
        sha256: full.then(|| "ab".repeat(32)),
        media: MediaData {
            container: "mp4".to_owned(),
            video_codec: full.then(|| "h264".to_owned()),
            audio_codec: full.then(|| "aac".to_owned()),
            width: 1278,
            height: 720,
            duration_seconds: 30.03,
            frame_rate: full.then_some(29.97),
        },
        provenance: Provenance::Rescued,
        deviations: if full { vec![deviation] } else { Vec::new() },
        cost_usd: full.then_some(1.02),
    }
}

fn failed(spare: bool) -> FailedResult {
    FailedResult {
        index: 1,
        task_uuid: task_uuid(),
        reason: Reason::ProviderFailed,
        message: "the provider says inferenceError: out of paper".to_owned(),
        provider_code: (!spare).then(|| "inferenceError".to_owned()),
        cost_usd: (!spare).then_some(0.1),
    }
}

fn completed(spare: bool) -> CompletedData {
    let cost_usd = (!spare).then_some(1.02);
    CompletedData { job: job(spare), results: vec![landed(spare)], cost_usd, timings: Timings::default() }
}

fn failure(spare: bool, reason: Reason) -> FailedData {
    FailedData {
        job: job(spare),
        reason,
        message: "what happened".to_owned(),
        results: if spare { Vec::new() } else { vec![landed(spare)] },
        failures: if spare { Vec::new() } else { vec![failed(spare)] },
        cost_usd: (!spare).then_some(0.1),
        timings: Timings::default(),
    }
}

fn now() -> jiff::Timestamp {
    "2031-05-06T07:08:09.123456789Z".parse().unwrap()
}

/// One event of each type.
fn events(spare: bool) -> Vec<Event> {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned();
    let speaker = Speaker { source: "landfall/eu-1".to_owned(), traceparent: (!spare).then_some(trace) };
    let say = |event_type, suffix: &str, data| speaker.of_job(event_type, &job(spare), suffix, now(), data);
    let tasks = vec![SubmittedTask { index: 0, task_uuid: task_uuid() }];
    let progress = ProgressData { job: job(spare), index: 0, task_uuid: task_uuid(), percent: 40 };
    let problems = vec![Problem { field: String::new(), problem: "message must be JSON".to_owned() }];
    let job_id = (!spare).then(|| JobId::parse("bowl-1").unwrap());
    let reason = if spare { Reason::InvalidJob } else { Reason::JobIdReused };
    vec![
        say(EventType::Submitted, "", to_value(&SubmittedData { job: job(spare), tasks })),
        say(EventType::Progress, ".0.40", to_value(&progress)),
        say(EventType::Landed, ".0", to_value(&LandedData { job: job(spare), result: landed(spare) })),
        say(EventType::Completed, "", to_value(&completed(spare))),
        say(EventType::Failed, "", to_value(&failure(spare, Reason::ObjectMissing))),
        speaker.of_rejected(b"{", job_id, reason, problems, now()).0,
    ]
}

#[test]
fn every_event_matches_the_schema_of_its_type_and_no_other() {
    let schemas = EventType::ALL.map(|event_type| (event_type, validator(event_file(event_type))));
    for event in [events(false), events(true)].concat() {
        let value = to_value(&event);
        for (event_type, schema) in &schemas {
            let found = errors(schema, &value);
            assert_eq!(found.is_empty(), *event_type == event.event_type, "{event_type:?} {found:?} {value:#}");
        }
    }
}

#[test]
fn every_reason_of_a_failure_is_in_the_schema() {
    let speaker = Speaker { source: "pool".to_owned(), traceparent: None };
    for reason in Reason::ALL {
        let data = to_value(&failure(true, reason));
        let event = speaker.of_job(EventType::Failed, &job(true), "", now(), data);
        assert_valid(event_file(EventType::Failed), &to_value(&event));
    }
}

#[test]
fn an_event_that_lacks_or_distorts_what_is_promised_is_refused() {
    let good = to_value(&events(false)[3]);
    let schema = validator(event_file(EventType::Completed));
    let pieces = [
        ("/specversion", json!("0.3")),
        ("/id", json!("")),
        ("/time", json!("yesterday")),
        ("/subject", json!(null)),
        ("/datacontenttype", json!("text/plain")),
        ("/data/jobId", json!("a/b")),
        ("/data/generation", json!(-1)),
        ("/data/results", json!([])),
        ("/data/results/0/etag", json!(null)),
        ("/data/results/0/size", json!(0)),
        ("/data/results/0/sha256", json!("AB")),
        ("/data/results/0/taskUUID", json!("one")),
        ("/data/results/0/videoUUID", json!(null)),
        ("/data/results/0/provenance", json!("found")),
        ("/data/results/0/media/container", json!("avi")),
        ("/data/timings/totalMs", json!("1 s")),
    ];
    for (pointer, value) in pieces {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!schema.is_valid(&bad), "{pointer}");
    }
    for (parent, name) in [("", "subject"), ("", "data"), ("/data", "timings"), ("/data/results/0", "key")] {
        let mut bad = good.clone();
        bad.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        assert!(!schema.is_valid(&bad), "{parent}/{name}");
    }
}

#[test]
fn additions_of_later_releases_are_accepted_by_the_schema_and_by_us() {
    let mut later = to_value(&events(false)[3]);
    for parent in ["", "/data", "/data/results/0", "/data/results/0/media", "/data/timings"] {
        later.pointer_mut(parent).unwrap()["novelty"] = json!({ "any": 1 });
    }
    assert_valid(event_file(EventType::Completed), &later);
    let event: Event = serde_json::from_value(later).unwrap();
    assert!(serde_json::from_value::<TerminalData>(event.data).is_ok());
}

fn record(status: LedgerStatus, outcome: Option<LedgerOutcome>) -> LedgerRecord {
    let key = |text| ObjectKey::parse(text).unwrap();
    LedgerRecord {
        schema: LEDGER_SCHEMA.to_owned(),
        job_id: JobId::parse("bowl-1").unwrap(),
        generation: 0,
        fingerprint: Fingerprint::of(b"bowl"),
        status,
        claimed_at: now(),
        deadline: now(),
        set_aside: Some(SetAside { at: now(), suspended: true }),
        tasks: vec![LedgerTask {
            index: 0,
            task_uuid: task_uuid(),
            staging_bucket: "media".to_owned(),
            staging_key: key("landfall/staging/bowl-1/0-0-abab.mp4"),
            bucket: "media".to_owned(),
            key: key("bowl-1/0.mp4"),
            upload_expires_at: now(),
        }],
        cancel_requested_at: None,
        outcome,
        earlier: Vec::new(),
    }
}

/// A record of a job that is bought anew after this end.
fn regenerated(outcome: Option<LedgerOutcome>) -> LedgerRecord {
    let ended = record(LedgerStatus::Failed, outcome);
    let next = LedgerRecord { generation: 1, ..record(LedgerStatus::Claimed, None) };
    follow(&ended, next).expect("it has ended")
}

#[test]
fn every_ledger_record_matches_its_schema() {
    let outcome = |data: TerminalData| Some(LedgerOutcome { event_type: data.event_type(), time: now(), data });
    let records = [
        record(LedgerStatus::Claimed, None),
        record(LedgerStatus::Completed, outcome(TerminalData::Completed(completed(false)))),
        record(LedgerStatus::Failed, outcome(TerminalData::Failed(failure(false, Reason::Internal)))),
        LedgerRecord { cancel_requested_at: Some(now()), ..record(LedgerStatus::Claimed, None) },
        LedgerRecord::tombstone(JobId::parse("bowl-1").unwrap(), now()),
        regenerated(outcome(TerminalData::Failed(failure(false, Reason::Internal)))),
    ];
    for record in records {
        assert_valid(LEDGER_FILE, &to_value(&record));
    }
    let mut other = to_value(&record(LedgerStatus::Claimed, None));
    other["schema"] = json!("dev.landfall.ledger.v2");
    assert!(!validator(LEDGER_FILE).is_valid(&other));
}
