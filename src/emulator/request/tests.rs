use std::collections::BTreeSet;

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use serde_json::{Value, json};

use super::{Input, SafetyMode, check};
use crate::agent::Container;
use crate::emulator::batch::{self, Call};
use crate::emulator::errors::ApiError;

const UUID: &str = "0b8a2f4c-6a33-4d0e-9a51-3f6f1c7f9b21";

fn task(extra: Value) -> Value {
    let mut task = json!({
        "taskType": "videoInference", "taskUUID": UUID, "model": "heygen:video-agent@0",
        "positivePrompt": "A tour of a lighthouse",
    });
    let fields = task.as_object_mut().expect("an object");
    for (name, value) in extra.as_object().expect("an object") {
        fields.insert(name.clone(), value.clone());
    }
    task
}

fn codes(task: &Value) -> Vec<String> {
    match check(task.as_object().expect("an object")) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|error: &ApiError| error.code().to_owned()).collect(),
    }
}

#[test]
fn the_least_task_gets_the_documented_defaults() {
    let request = check(task(json!({})).as_object().expect("an object")).expect("a valid task");
    assert_eq!(request.container, Container::Mp4);
    assert_eq!((request.quality, request.number_results, request.include_cost), (95, 1, false));
    assert_eq!((request.width_px, request.height_px, request.duration_s), (1280, 720, 30));
    assert_eq!(request.safety, SafetyMode::None);
    assert!(matches!(request.input, Input::Chosen));
}

#[test]
fn every_documented_parameter_is_taken_at_its_bounds() {
    let accepted = [
        json!({"duration": 5}),
        json!({"duration": 300}),
        json!({"outputQuality": 20}),
        json!({"outputQuality": 99}),
        json!({"ttl": 60, "outputType": "URL"}),
        json!({"numberResults": 4}),
        json!({"deliveryMethod": "async"}),
        json!({"safety": {"checkContent": true, "mode": "full"}}),
        json!({"safety": {}}),
        json!({"inputs": {}}),
        json!({"inputs": {"avatar": "Judy_ConfidentSpeaking_Front_public"}}),
        json!({"inputs": {"image": "https://pictures.example/face.png"}}),
        json!({"inputs": {"image": UUID}}),
        json!({"width": 1920, "height": 1080, "outputFormat": "MOV", "includeCost": true}),
        json!({"webhookURL": "https://hooks.example/x?token=1", "uploadEndpoint": "http://127.0.0.1:9/k?sig=2"}),
        json!({"routing": {"anything": [1]}}),
        json!({"positivePrompt": "ü".repeat(10_000)}),
    ];
    for extra in accepted {
        assert_eq!(codes(&task(extra.clone())), Vec::<String>::new(), "{extra}");
    }
}

/// What breaks a rule: the change to a good task, the code, the parameter and its type, and whether the values that are
/// allowed are few enough to be listed.
type Broken = (Value, &'static str, &'static str, &'static str, bool);

fn broken_rules() -> Vec<Broken> {
    let (string, integer, boolean, object) = ("string", "integer", "boolean", "object");
    vec![
        (json!({"taskUUID": 7}), "invalidTaskUUID", "taskUUID", string, false),
        (json!({"taskUUID": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}), "invalidTaskUUID", "taskUUID", string, false),
        (json!({"taskUUID": UUID.replace('-', "")}), "invalidTaskUUID", "taskUUID", string, false),
        (json!({"model": "heygen:avatar@4"}), "invalidModel", "model", string, true),
        (json!({"positivePrompt": ""}), "invalidPositivePromptLength", "positivePrompt", string, false),
        (json!({"positivePrompt": "x".repeat(10_001)}), "invalidPositivePromptLength", "positivePrompt", string, false),
        (json!({"positivePrompt": null}), "invalidPositivePrompt", "positivePrompt", string, false),
        (
            json!({"positivePrompt": "x [[emulator: putt=never]]"}),
            "invalidPositivePrompt",
            "positivePrompt",
            string,
            false,
        ),
        (json!({"outputType": "base64Data"}), "invalidOutputType", "outputType", string, true),
        (json!({"outputFormat": "mp4"}), "invalidOutputFormat", "outputFormat", string, true),
        (json!({"outputQuality": 19}), "invalidOutputQuality", "outputQuality", integer, false),
        (json!({"outputQuality": 100}), "invalidOutputQuality", "outputQuality", integer, false),
        (json!({"deliveryMethod": "sync"}), "invalidDeliveryMethod", "deliveryMethod", string, true),
        (json!({"duration": 4}), "invalidDuration", "duration", integer, false),
        (json!({"duration": 301}), "invalidDuration", "duration", integer, false),
        (json!({"duration": "30"}), "invalidDuration", "duration", integer, false),
        (json!({"duration": 30.5}), "invalidDuration", "duration", integer, false),
        (json!({"width": -1, "height": 720}), "invalidWidth", "width", integer, false),
        (json!({"width": 1280, "height": 63}), "invalidHeight", "height", integer, false),
        (json!({"ttl": 59}), "invalidTtl", "ttl", integer, false),
        (json!({"includeCost": "yes"}), "invalidIncludeCost", "includeCost", boolean, false),
        (json!({"numberResults": 0}), "invalidNumberResults", "numberResults", integer, false),
        (json!({"numberResults": 5}), "invalidNumberResults", "numberResults", integer, false),
        (json!({"safety": true}), "invalidSafety", "safety", object, false),
        (json!({"safety": {"mode": "loose"}}), "invalidSafetyMode", "safety.mode", string, true),
        (json!({"safety": {"checkContent": 1}}), "invalidSafetyCheckContent", "safety.checkContent", boolean, false),
        (
            json!({"safety": {"checkContent": true}, "positivePrompt": "torture"}),
            "contentPolicyViolation",
            "positivePrompt",
            string,
            false,
        ),
        (json!({"inputs": []}), "invalidInputs", "inputs", object, false),
        (json!({"inputs": {"avatar": ""}}), "invalidInputsAvatarLength", "inputs.avatar", string, false),
        (json!({"inputs": {"image": "face.png"}}), "invalidInputsImage", "inputs.image", string, false),
        (json!({"webhookURL": "ftp://h/x"}), "invalidWebhookURL", "webhookURL", string, false),
        (json!({"uploadEndpoint": "not a URL"}), "invalidUploadEndpoint", "uploadEndpoint", string, false),
        (json!({"routing": 1}), "invalidRouting", "routing", object, false),
    ]
}

#[test]
fn every_rule_of_the_model_has_its_refusal() {
    for (extra, code, ..) in broken_rules() {
        assert_eq!(codes(&task(extra.clone())), [code], "{extra}");
    }
    for (extra, code) in [
        (json!({"width": 1280}), "incompatibleParameters"),
        (json!({"height": 720}), "incompatibleParameters"),
        (json!({"inputs": {"avatar": "a", "image": "https://h/x"}}), "incompatibleParameters"),
        (json!({"safety": {"level": 1}}), "unknownParameter"),
        (json!({"inputs": {"voice": "x"}}), "unknownParameter"),
        (json!({"seed": 1}), "unknownParameter"),
        (json!({"fps": 24}), "unknownParameter"),
    ] {
        assert_eq!(codes(&task(extra.clone())), [code], "{extra}");
    }
}

/// The errors of a task as they are sent.
fn refusals(task: &Value) -> Vec<Value> {
    let batch = batch::read(json!([task]).to_string().as_bytes()).expect("tasks");
    match batch.calls.first() {
        Some(Call::Refused { errors, .. }) => errors.iter().map(|error| json!(error)).collect(),
        Some(_) | None => panic!("it is not refused: {task}"),
    }
}

fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn every_refusal_has_the_vendors_full_shape() {
    for (extra, _, parameter, expected_type, is_listed) in broken_rules() {
        let task = task(extra);
        let [error] = &refusals(&task)[..] else { panic!("one error for {task}") };
        assert_eq!((&error["parameter"], &error["type"]), (&json!(parameter), &json!(expected_type)), "{task}");
        let anchor = parameter.to_lowercase().replace('.', "-");
        assert!(error["documentation"].as_str().is_some_and(|page| page.ends_with(&format!("#request-{anchor}"))));
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
        let mut expected = BTreeSet::from(["code", "message", "parameter", "type", "documentation", "taskType"]);
        // A name that is no text cannot be repeated.
        expected.extend(task["taskUUID"].is_string().then_some("taskUUID"));
        expected.extend(is_listed.then_some("allowedValues"));
        assert_eq!(names(error), expected, "{task}");
        assert!(!is_listed || error["allowedValues"].as_array().is_some_and(|values| !values.is_empty()));
        assert_eq!(error["taskType"], "videoInference");
        assert!(error.get("taskUUID").is_none_or(|uuid| *uuid == task["taskUUID"]), "{error}");
    }
}

#[test]
fn no_parameter_of_the_model_is_without_a_rule() {
    let broken: BTreeSet<String> = broken_rules().iter().map(|(_, _, parameter, ..)| (*parameter).to_owned()).collect();
    assert_eq!(broken, parameters());
}

/// Every parameter of the model, but the one that says that it is a task of this model.
fn parameters() -> BTreeSet<String> {
    let task = task(json!({
        "safety": {"checkContent": true, "mode": "fast"}, "outputType": "URL", "outputFormat": "MP4",
        "outputQuality": 95, "webhookURL": "https://h/x", "deliveryMethod": "async", "uploadEndpoint": "https://h/x",
        "ttl": 60, "includeCost": true, "numberResults": 1, "inputs": {"avatar": "a"}, "width": 64, "height": 64,
        "duration": 5, "routing": {},
    }));
    assert_eq!(codes(&task), Vec::<String>::new());
    let mut parameters = names(&task);
    parameters.remove("taskType");
    parameters.extend(["safety.checkContent", "safety.mode", "inputs.avatar", "inputs.image"]);
    parameters.into_iter().map(str::to_owned).collect()
}

/// That the tests which it names exist is looked after by `every_test_that_is_named_exists`.
#[test]
fn every_parameter_has_a_row_with_the_test_that_shows_its_effect_in_the_readme() {
    const README: &str = include_str!("../../../README.md");
    let section = README.split("\n## The emulator\n").nth(1).expect("a section");
    let table = section.split("\n\n").find(|part| part.starts_with("| parameter |")).expect("a table");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split('|').collect()).collect();
    // An object is told by its properties.
    let told = parameters().into_iter().filter(|name| !matches!(name.as_str(), "safety" | "inputs"));
    for name in told.chain(["taskType".to_owned()]) {
        let row = rows.iter().find(|row| row[1].contains(&format!("`{name}`"))).unwrap_or_else(|| panic!("{name}"));
        let names_a_test = row[3].split('`').any(|span| span.split('_').count() >= 4);
        assert!(names_a_test, "{name}: {}", row[3]);
    }
}

#[test]
fn what_is_missing_or_wrong_together_is_named() {
    let missing = refusals(&json!({"taskType": "videoInference"}));
    for (error, parameter) in missing.iter().zip(["taskUUID", "model", "positivePrompt"]) {
        assert_eq!((&error["parameter"], &error["type"]), (&json!(parameter), &json!("string")), "{error}");
    }
    let pair = &refusals(&task(json!({"width": 1280})))[0];
    assert_eq!((&pair["parameter"], &pair["type"]), (&json!(["width", "height"]), &json!("integer")));
    assert!(pair["documentation"].is_string() && pair["taskUUID"] == UUID, "{pair}");
    let unknown = &refusals(&task(json!({"inputs": {"voice": "x"}})))[0];
    assert_eq!((&unknown["parameter"], &unknown["taskUUID"]), (&json!("inputs.voice"), &json!(UUID)));
}

#[test]
fn everything_wrong_is_reported_together() {
    let task = json!({"taskType": "videoInference", "duration": 1, "width": 9, "seed": 1, "safety": {"mode": 1}});
    assert_eq!(
        codes(&task),
        [
            "missingTaskUUID",
            "missingModel",
            "missingPositivePrompt",
            "incompatibleParameters",
            "invalidWidth",
            "invalidDuration",
            "invalidSafetyMode",
            "unknownParameter"
        ]
    );
}

#[test]
fn checking_content_without_a_mode_checks_key_frames() {
    let with = |safety: Value| {
        check(task(json!({"safety": safety})).as_object().expect("an object")).expect("a valid task").safety
    };
    assert_eq!(with(json!({"checkContent": true})), SafetyMode::Fast);
    assert_eq!(with(json!({"checkContent": false})), SafetyMode::None);
    assert_eq!(with(json!({"mode": "full"})), SafetyMode::Full);
    assert_eq!(with(json!({"checkContent": false, "mode": "full"})), SafetyMode::None);
    assert_eq!(with(json!({"checkContent": true, "mode": "none"})), SafetyMode::None);
}

#[test]
fn odd_sides_are_rendered_a_pixel_smaller() {
    let task = task(json!({"width": 1281, "height": 721}));
    let request = check(task.as_object().expect("an object")).expect("a valid task");
    assert_eq!((request.width_px, request.height_px), (1280, 720));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(Value::from(UUID)),
    ];
    let name = prop_oneof![
        Just("taskUUID".to_owned()),
        Just("positivePrompt".to_owned()),
        Just("safety".to_owned()),
        Just("mode".to_owned()),
        Just("inputs".to_owned()),
        Just("image".to_owned()),
        Just("width".to_owned()),
        Just("duration".to_owned()),
        Just("ttl".to_owned()),
        Just("uploadEndpoint".to_owned()),
        ".{0,12}",
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_object_makes_the_check_panic(value in any_json()) {
        if let Some(object) = value.as_object() {
            let refused = check(object).err().unwrap_or_default();
            serde_json::to_string(&refused).expect("every refusal can be written down");
        }
    }
}
