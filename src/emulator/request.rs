//! The parameters of `heygen:video-agent@0`, checked as the vendor's schema states them.
//!
//! Everything wrong with one task is reported at once, so that a developer fixes a request in one round. What the
//! vendor does not publish is decided here and named: the sizes and the values taken when size or duration are absent.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use uuid::{Uuid, Variant};

use super::errors::ApiError;
use super::fields::{Fields, SecretUrl};
use super::render::Container;
use super::scenario::marker::{self, Marker};

/// The task type of every video model.
pub(super) const TASK_TYPE: &str = "videoInference";

/// The one model that is emulated.
pub(super) const MODEL: &str = "heygen:video-agent@0";

/// Vendor's bounds of `positivePrompt`, in characters.
pub(super) const PROMPT_CHARS: RangeInclusive<usize> = 1..=10_000;

/// Vendor's bounds of `duration`, in seconds.
pub(super) const DURATION_S: RangeInclusive<u32> = 5..=300;

/// Length of a video whose request names none. The vendor lets its agent decide; its shortest published example is 30 s.
pub(super) const DEFAULT_DURATION_S: u32 = 30;

/// Bounds of `width` and `height` in pixels. The vendor publishes none for this model; these are what the codecs do
/// well, and small ones keep tests quick.
pub(super) const SIDE_PX: RangeInclusive<u32> = 64..=3840;

/// Size of a video whose request names none: that of all the vendor's examples.
pub(super) const DEFAULT_SIZE_PX: (u32, u32) = (1280, 720);

/// Vendor's bounds of `outputQuality`.
pub(super) const QUALITY: RangeInclusive<u32> = 20..=99;

/// Vendor's default of `outputQuality`.
pub(super) const DEFAULT_QUALITY: u8 = 95;

/// Vendor's least `ttl`, in seconds; it has no greatest.
pub(super) const TTL_S: RangeInclusive<u32> = 60..=u32::MAX;

/// Vendor's bounds of `numberResults`.
pub(super) const NUMBER_RESULTS: RangeInclusive<u32> = 1..=4;

/// Longest avatar name taken, in characters. The public documents list no avatars, so any name of sane length is one.
pub(super) const AVATAR_CHARS: RangeInclusive<usize> = 1..=200;

/// A task's name, as the client wrote it and as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TaskId {
    /// The key: two spellings of one UUID are one task.
    pub(super) uuid: Uuid,
    /// Echoed as it came, because clients compare text.
    pub(super) text: String,
}

/// A task that passed every check, defaults filled in.
#[derive(Debug, Clone)]
pub(super) struct VideoRequest {
    pub(super) id: TaskId,
    /// Without the marker.
    pub(super) prompt: String,
    /// What the prompt orders of the emulator.
    pub(super) marker: Marker,
    pub(super) container: Container,
    /// 20 to 99.
    pub(super) quality: u8,
    pub(super) width_px: u32,
    pub(super) height_px: u32,
    pub(super) duration_s: u32,
    pub(super) number_results: u32,
    pub(super) include_cost: bool,
    pub(super) safety: SafetyMode,
    /// Life of `videoURL`; without it the URL lives as long as the emulator.
    pub(super) ttl_s: Option<u32>,
    pub(super) webhook: Option<SecretUrl>,
    pub(super) upload_endpoint: Option<SecretUrl>,
    pub(super) input: Input,
}

/// How much of a video is checked for unsafe content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SafetyMode {
    /// Nothing.
    None,
    /// Key frames.
    Fast,
    /// All frames.
    Full,
}

/// Who presents.
#[derive(Debug, Clone)]
pub(super) enum Input {
    /// The agent picks.
    Chosen,
    /// A preset's name.
    Avatar(String),
    /// A picture to fetch.
    Image(SecretUrl),
}

/// Checks one `videoInference` task object.
pub(super) fn check(task: &Map<String, Value>) -> Result<VideoRequest, Vec<ApiError>> {
    let mut fields = Fields::of_task(task);
    fields.choice("taskType", &[(TASK_TYPE, ())]);
    let id = task_id(&mut fields);
    fields.require("model", "string");
    fields.choice("model", &[(MODEL, ())]);
    fields.require("positivePrompt", "string");
    let prompt = prompt(&mut fields);
    fields.choice("outputType", &[("URL", ())]);
    fields.choice("deliveryMethod", &[("async", ())]);
    fields.any_object("routing");
    let container =
        fields.choice("outputFormat", &[("MP4", Container::Mp4), ("WEBM", Container::Webm), ("MOV", Container::Mov)]);
    let quality = fields.integer("outputQuality", &QUALITY).and_then(|quality| u8::try_from(quality).ok());
    let (width_px, height_px) = size(&mut fields);
    let duration_s = fields.integer("duration", &DURATION_S);
    let number_results = fields.integer("numberResults", &NUMBER_RESULTS);
    let include_cost = fields.boolean("includeCost");
    let ttl_s = fields.integer("ttl", &TTL_S);
    let webhook = fields.url("webhookURL");
    let upload_endpoint = fields.url("uploadEndpoint");
    let safety = safety(&mut fields);
    let input = input(&mut fields);

    let errors = fields.finish();
    match (id, prompt) {
        (Some(id), Some((prompt, marker))) if errors.is_empty() => Ok(VideoRequest {
            id,
            prompt,
            marker,
            container: container.unwrap_or(Container::Mp4),
            quality: quality.unwrap_or(DEFAULT_QUALITY),
            width_px,
            height_px,
            duration_s: duration_s.unwrap_or(DEFAULT_DURATION_S),
            number_results: number_results.unwrap_or(1),
            include_cost: include_cost.unwrap_or(false),
            safety,
            ttl_s,
            webhook,
            upload_endpoint,
            input,
        }),
        _ => Err(errors),
    }
}

/// The prompt, and the marker that was in it. A marker is the emulator's own; what is wrong in one is refused, because a
/// fault that was ordered and does not come makes a test pass that should not.
fn prompt(fields: &mut Fields<'_>) -> Option<(String, Marker)> {
    let text = fields.text("positivePrompt", &PROMPT_CHARS)?;
    match marker::split(text) {
        Ok(split) => Some(split),
        Err(wrong) => {
            fields.refuse(
                ApiError::refused(
                    "invalidPositivePrompt",
                    format!("The marker in 'positivePrompt' is wrong: {wrong}."),
                )
                .about("positivePrompt")
                .expecting("string"),
            );
            None
        }
    }
}

/// Reads and checks `taskUUID`: the hyphenated form, version 4, the standard variant.
pub(super) fn task_id(fields: &mut Fields<'_>) -> Option<TaskId> {
    fields.require("taskUUID", "string");
    let text = fields.string("taskUUID")?;
    let id = parse_task_id(text);
    if id.is_none() {
        fields.refuse(ApiError::invalid("taskUUID", "string", "a UUID of version 4"));
    }
    id
}

/// The same without a complaint: to say which task another error belongs to.
pub(super) fn parse_task_id(text: &str) -> Option<TaskId> {
    const HYPHENATED_LEN: usize = 36;
    let uuid = Uuid::parse_str(text).ok()?;
    let well_formed =
        text.len() == HYPHENATED_LEN && uuid.get_version_num() == 4 && uuid.get_variant() == Variant::RFC4122;
    well_formed.then(|| TaskId { uuid, text: text.to_owned() })
}

/// `width` and `height` come together or not at all. The codecs need even sides: the vendor, too, delivers sizes some
/// pixels off from what was asked.
fn size(fields: &mut Fields<'_>) -> (u32, u32) {
    if fields.has("width") != fields.has("height") {
        fields.refuse(
            ApiError::refused("incompatibleParameters", "'width' and 'height' must be given together.")
                .about_all(&["width", "height"])
                .expecting("integer"),
        );
    }
    let sides = (fields.integer("width", &SIDE_PX), fields.integer("height", &SIDE_PX));
    let (Some(width), Some(height)) = sides else {
        return DEFAULT_SIZE_PX;
    };
    (width & !1, height & !1)
}

fn safety(fields: &mut Fields<'_>) -> SafetyMode {
    let modes = [("none", SafetyMode::None), ("fast", SafetyMode::Fast), ("full", SafetyMode::Full)];
    let given = fields
        .object("safety", |safety| (safety.boolean("checkContent").unwrap_or(false), safety.choice("mode", &modes)));
    match given {
        Some((true, None)) => SafetyMode::Fast,
        Some((_, Some(mode))) => mode,
        Some((false, None)) | None => SafetyMode::None,
    }
}

fn input(fields: &mut Fields<'_>) -> Input {
    let given = fields.object("inputs", |inputs| {
        if inputs.has("avatar") && inputs.has("image") {
            inputs.refuse(
                ApiError::refused("incompatibleParameters", "'inputs' takes either 'avatar' or 'image', not both.")
                    .about_all(&["inputs.avatar", "inputs.image"])
                    .expecting("string"),
            );
        }
        let avatar = inputs.text("avatar", &AVATAR_CHARS).map(|name| Input::Avatar(name.to_owned()));
        let image = inputs.url("image").map(Input::Image);
        avatar.or(image)
    });
    given.flatten().unwrap_or(Input::Chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
    use serde_json::{Value, json};

    use super::{Input, SafetyMode, check};
    use crate::emulator::errors::ApiError;
    use crate::emulator::render::Container;

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
            json!({"width": 1920, "height": 1080, "outputFormat": "MOV", "includeCost": true}),
            json!({"webhookURL": "https://hooks.example/x?token=1", "uploadEndpoint": "http://127.0.0.1:9/k?sig=2"}),
            json!({"routing": {"anything": [1]}}),
            json!({"positivePrompt": "ü".repeat(10_000)}),
        ];
        for extra in accepted {
            assert_eq!(codes(&task(extra.clone())), Vec::<String>::new(), "{extra}");
        }
    }

    #[test]
    fn every_rule_of_the_model_has_its_refusal() {
        let refused = [
            (json!({"taskUUID": 7}), "invalidTaskUUID"),
            (json!({"taskUUID": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}), "invalidTaskUUID"),
            (json!({"taskUUID": UUID.replace('-', "")}), "invalidTaskUUID"),
            (json!({"model": "heygen:avatar@4"}), "invalidModel"),
            (json!({"positivePrompt": ""}), "invalidPositivePromptLength"),
            (json!({"positivePrompt": "x".repeat(10_001)}), "invalidPositivePromptLength"),
            (json!({"positivePrompt": null}), "invalidPositivePrompt"),
            (json!({"positivePrompt": "x [[emulator: putt=never]]"}), "invalidPositivePrompt"),
            (json!({"outputType": "base64Data"}), "invalidOutputType"),
            (json!({"outputFormat": "mp4"}), "invalidOutputFormat"),
            (json!({"outputQuality": 19}), "invalidOutputQuality"),
            (json!({"outputQuality": 100}), "invalidOutputQuality"),
            (json!({"deliveryMethod": "sync"}), "invalidDeliveryMethod"),
            (json!({"duration": 4}), "invalidDuration"),
            (json!({"duration": 301}), "invalidDuration"),
            (json!({"duration": "30"}), "invalidDuration"),
            (json!({"duration": 30.5}), "invalidDuration"),
            (json!({"width": 1280}), "incompatibleParameters"),
            (json!({"height": 720}), "incompatibleParameters"),
            (json!({"width": -1, "height": 720}), "invalidWidth"),
            (json!({"ttl": 59}), "invalidTtl"),
            (json!({"includeCost": "yes"}), "invalidIncludeCost"),
            (json!({"numberResults": 0}), "invalidNumberResults"),
            (json!({"numberResults": 5}), "invalidNumberResults"),
            (json!({"safety": true}), "invalidSafety"),
            (json!({"safety": {"mode": "loose"}}), "invalidSafetyMode"),
            (json!({"safety": {"checkContent": 1}}), "invalidSafetyCheckContent"),
            (json!({"safety": {"level": 1}}), "unknownParameter"),
            (json!({"inputs": {"avatar": "a", "image": "https://h/x"}}), "incompatibleParameters"),
            (json!({"inputs": {"avatar": ""}}), "invalidInputsAvatarLength"),
            (json!({"inputs": {"image": "face.png"}}), "invalidInputsImage"),
            (json!({"inputs": {"voice": "x"}}), "unknownParameter"),
            (json!({"webhookURL": "ftp://h/x"}), "invalidWebhookURL"),
            (json!({"uploadEndpoint": "not a URL"}), "invalidUploadEndpoint"),
            (json!({"routing": 1}), "invalidRouting"),
            (json!({"seed": 1}), "unknownParameter"),
            (json!({"fps": 24}), "unknownParameter"),
        ];
        for (extra, code) in refused {
            assert_eq!(codes(&task(extra.clone())), [code], "{extra}");
        }
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
}
