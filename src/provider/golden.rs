//! The client held against the vendor's documents under `tests/golden/provider`, which the emulator is held against too.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::answers::{NoAnswer, observed, recalled, submitted};
use super::wire::{Question, Reply, submit_task};
use crate::job::ids::{PresignedUrl, TaskUuid};
use crate::ports::{ErrorFamily, Observed, Recalled, Submission, Submitted};

macro_rules! documents {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../tests/golden/provider/", $name)))),*]
    };
}

const INDEX: &str = include_str!("../../tests/golden/provider/index.json");
const ONE: &str = "4e9d2f60-8b1c-4f3a-9c57-2d0a6b7e1f11";
const TWO: &str = "c1a7e0d4-52f8-4b69-8e3d-7f90b4c2a622";
const THREE: &str = "7b3f9e18-0c6d-4a25-b4f1-93d8e6a05c33";
const NAMES: [(&str, &str); 3] = [("one", ONE), ("two", TWO), ("three", THREE)];

/// Every reply, and what the client makes of it, as words.
const REPLIES: [(&str, &str); 24] = [
    ("submit-single.reply.json", "one accepted"),
    ("submit-batch.reply.json", "one accepted, two accepted, three accepted"),
    ("submit-empty-data.reply.json", "silent"),
    ("submit-mixed.reply.json", "one accepted, two refused Validation invalidDuration [duration]"),
    ("invalid-value.reply.json", "one refused Validation invalidDuration [duration]"),
    ("invalid-choice.reply.json", "one refused Validation invalidOutputFormat [outputFormat]"),
    ("invalid-pair.reply.json", "one refused Validation incompatibleParameters [width,height]"),
    ("unknown-parameter.reply.json", "one refused Validation unknownParameter [negativePrompt]"),
    ("conflict.reply.json", "one conflict"),
    ("conflict-empty-data.reply.json", "one conflict"),
    ("bad-key.reply.json", "call refused Auth"),
    ("no-credit.reply.json", "call refused Quota"),
    ("rate-limit.reply.json", "call refused RateLimit"),
    ("server-fault.reply.json", "one unclear"),
    ("poll-processing.reply.json", "one running 40"),
    ("poll-processing-bare.reply.json", "one running"),
    ("poll-queued.reply.json", "one running"),
    ("poll-success.reply.json", "one succeeded f2c84d1e-6a97-4e0b-8d35-1b7c9e4f0a44"),
    ("poll-success-cost.reply.json", "one succeeded f2c84d1e-6a97-4e0b-8d35-1b7c9e4f0a44 for 0.33"),
    ("poll-several-results.reply.json", "one succeeded 9d60b3a5-e712-4c8f-a94e-5f2083c7d155"),
    (
        "poll-batch.reply.json",
        "one succeeded 35e8f7c2-1d4b-4096-92ab-c07e6d1b8f66, two failed Timeout providerTimeout, three running 0",
    ),
    ("poll-error.reply.json", "one failed Validation invalidValueUploadFailed"),
    ("poll-error-in-data.reply.json", "one failed Safety contentPolicyViolation"),
    ("poll-error-text-in-data.reply.json", "one failed Provider providerUnavailable"),
];

fn document(name: &str) -> Value {
    let documents = documents![
        "bad-key.reply.json",
        "conflict-empty-data.reply.json",
        "conflict.reply.json",
        "details-not-found.reply.json",
        "details-refused-replay.reply.json",
        "details-success.reply.json",
        "details.request.json",
        "invalid-choice.reply.json",
        "invalid-choice.request.json",
        "invalid-pair.reply.json",
        "invalid-pair.request.json",
        "invalid-value.reply.json",
        "invalid-value.request.json",
        "no-credit.reply.json",
        "poll-batch.reply.json",
        "poll-batch.request.json",
        "poll-error-in-data.reply.json",
        "poll-error-text-in-data.reply.json",
        "poll-error.reply.json",
        "poll-not-found.reply.json",
        "poll-processing-bare.reply.json",
        "poll-processing.reply.json",
        "poll-queued.reply.json",
        "poll-several-results.reply.json",
        "poll-single.request.json",
        "poll-success-cost.reply.json",
        "poll-success.reply.json",
        "poll-unknown.reply.json",
        "rate-limit.reply.json",
        "server-fault.reply.json",
        "submit-batch.reply.json",
        "submit-batch.request.json",
        "submit-empty-data.reply.json",
        "submit-mixed.reply.json",
        "submit-mixed.request.json",
        "submit-single.reply.json",
        "submit-single.request.json",
        "unknown-parameter.reply.json",
        "unknown-parameter.request.json",
    ];
    let (_, text) =
        documents.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name} is no document"));
    serde_json::from_str(text).unwrap()
}

/// The index's entries of one kind.
fn indexed(kind: &str) -> Vec<Value> {
    let index: Value = serde_json::from_str(INDEX).unwrap();
    index["documents"].as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).cloned().collect()
}

fn status(name: &str) -> u16 {
    let entry = indexed("reply").into_iter().find(|entry| entry["file"] == name).unwrap();
    entry["httpStatus"].as_u64().unwrap().try_into().unwrap()
}

/// The tasks that the request to a reply names.
fn asked(reply: &str) -> Vec<TaskUuid> {
    let entry = indexed("reply").into_iter().find(|entry| entry["file"] == reply).unwrap();
    let request = document(entry["answers"].as_str().unwrap());
    request.as_array().unwrap().iter().map(|task| uuid(task["taskUUID"].as_str().unwrap())).collect()
}

fn reply(name: &str) -> Reply {
    Reply::of(&document(name)).unwrap()
}

fn uuid(text: &str) -> TaskUuid {
    TaskUuid::parse(text).unwrap()
}

#[test]
fn every_reply_means_what_the_documents_say() {
    for (name, expected) in REPLIES {
        let found = if name.starts_with("poll-") {
            in_words(observed(&asked(name), reply(name)), |answers, task| answers.get(task).map(observed_words))
        } else {
            let answers = submitted(&asked(name), status(name), reply(name));
            in_words(answers, |answers, task| answers.get(task).map(submitted_words))
        };
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn an_unknown_task_is_unseen_in_both_forms() {
    assert_eq!(observed(&[uuid(ONE)], reply("poll-unknown.reply.json")), Err(NoAnswer::Silent));
    assert!(observed(&[uuid(ONE)], reply("poll-not-found.reply.json")).unwrap().is_empty());
}

#[test]
fn the_archive_knows_a_task_also_when_a_refused_repeat_hides_it() {
    let said = |name| recalled(uuid(ONE), reply(name)).unwrap();
    assert_eq!(said("details-success.reply.json"), Recalled::Known);
    assert_eq!(said("details-refused-replay.reply.json"), Recalled::Known);
    assert_eq!(said("details-not-found.reply.json"), Recalled::Nothing);
}

#[test]
fn no_documented_reply_is_left_out() {
    let elsewhere =
        ["poll-unknown", "poll-not-found", "details-success", "details-refused-replay", "details-not-found"];
    let tested: HashSet<String> = REPLIES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .chain(elsewhere.iter().map(|name| format!("{name}.reply.json")))
        .collect();
    for entry in indexed("reply") {
        let name = entry["file"].as_str().unwrap();
        // The client sends no ping, for every call is a connection's own proof of life, and uses none of the utilities.
        let never_asked = ["ping", "account", "model-search", "media"].iter().any(|utility| name.starts_with(utility));
        assert!(tested.contains(name) || never_asked, "{name} is tested nowhere");
    }
}

#[test]
fn questions_are_sent_as_documented() {
    let get_response =
        |tasks: &[&str]| json!(tasks.iter().map(|task| Question::get_response(uuid(task))).collect::<Vec<_>>());
    assert_eq!(get_response(&[ONE]), document("poll-single.request.json"));
    assert_eq!(get_response(&[ONE, TWO, THREE]), document("poll-batch.request.json"));
    assert_eq!(json!([Question::get_task_details(uuid(ONE))]), document("details.request.json"));
}

#[test]
fn a_submitted_task_is_the_documented_one_with_the_workers_own_parameters() {
    let own = ["taskUUID", "numberResults", "includeCost", "deliveryMethod", "outputType", "uploadEndpoint"];
    for name in ["submit-single.request.json", "submit-batch.request.json", "submit-mixed.request.json"] {
        for documented in document(name).as_array().unwrap() {
            let without_own = |task: &Map<String, Value>| -> Map<String, Value> {
                task.clone().into_iter().filter(|(name, _)| !own.contains(&name.as_str())).collect()
            };
            let documented = documented.as_object().unwrap();
            let sent = submit_task(&Submission {
                task_uuid: uuid(documented["taskUUID"].as_str().unwrap()),
                fields: without_own(documented),
                upload: PresignedUrl::new("https://media.example/staging/x?X-Amz-Signature=0".to_owned()),
            });
            assert_eq!(without_own(&sent), without_own(documented));
            assert_eq!(sent["taskUUID"], documented["taskUUID"]);
            assert!(own.iter().all(|name| sent.contains_key(*name)));
        }
    }
}

fn in_words<T>(answers: Result<T, NoAnswer>, words: impl Fn(&T, &TaskUuid) -> Option<String>) -> String {
    match answers {
        Ok(answers) => {
            let said =
                NAMES.iter().filter_map(|(name, task)| Some(format!("{name} {}", words(&answers, &uuid(task))?)));
            said.collect::<Vec<_>>().join(", ")
        }
        Err(NoAnswer::Silent) => "silent".to_owned(),
        Err(NoAnswer::Refused(refusal)) => format!("call refused {:?}", refusal.family),
    }
}

fn submitted_words(answer: &Submitted) -> String {
    match answer {
        Submitted::Accepted => "accepted".to_owned(),
        Submitted::Conflict => "conflict".to_owned(),
        Submitted::Unclear => "unclear".to_owned(),
        Submitted::Refused(refusal) => {
            let family: ErrorFamily = refusal.family;
            format!("refused {family:?} {} [{}]", refusal.code, refusal.parameters.join(","))
        }
    }
}

fn observed_words(answer: &Observed) -> String {
    match answer {
        Observed::Running { progress: Some(percent) } => format!("running {percent}"),
        Observed::Running { progress: None } => "running".to_owned(),
        Observed::Succeeded(success) => {
            let cost = success.cost_usd.map_or(String::new(), |usd| format!(" for {usd}"));
            assert_eq!(success.video_url.as_ref().unwrap().expose().host_str(), Some("vm.runware.ai"));
            format!("succeeded {}{cost}", success.video_uuid.as_ref().unwrap())
        }
        Observed::Failed(refusal) => format!("failed {:?} {}", refusal.family, refusal.code),
        Observed::Unseen => "unseen".to_owned(),
    }
}
