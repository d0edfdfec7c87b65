//! The parameters of `heygen:video-agent@0`, checked as the vendor's schema states them.
//!
//! Everything wrong with one task is reported at once, so that a developer fixes a request in one round. What the
//! vendor does not publish is decided here and named: the sizes and the values taken when size or duration are absent.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use uuid::{Uuid, Variant};

use super::errors::ApiError;
use super::fields::{Fields, SecretUrl};
use super::safety;
use super::scenario::marker::{self, Marker};
use crate::agent::Container;

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

/// The sizes that other models of its family take.
pub(super) const FAMILY_SIZES_PX: [(u64, u64); 4] = [(1280, 720), (720, 1280), (1920, 1080), (1080, 1920)];

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
    /// A picture.
    Image(Picture),
}

/// Where a picture is.
#[derive(Debug, Clone)]
pub(super) enum Picture {
    /// To be fetched.
    At(SecretUrl),
    /// In the media storage, under its `mediaUUID`.
    Stored(Uuid),
}

impl Picture {
    fn parse(text: &str) -> Option<Self> {
        match parse_task_id(text) {
            Some(id) => Some(Self::Stored(id.uuid)),
            None => SecretUrl::parse(text).map(Self::At),
        }
    }
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
    let safety = safety_mode(&mut fields);
    if let Some((prompt, _)) = &prompt
        && let Err(refused) = safety::check_prompt(safety, prompt)
    {
        fields.refuse(refused);
    }
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

/// The refusal of a size that is none of the family's. Its code is ours: which one the vendor has for it is not published.
pub(super) fn unsupported_size(id: &TaskId) -> ApiError {
    let sizes = FAMILY_SIZES_PX.map(|(width, height)| format!("{width}x{height}"));
    let message = format!("Invalid value for 'width' and 'height': they must be one of {}.", sizes.join(", "));
    ApiError::refused("unsupportedDimensions", message)
        .about_all(&["width", "height"])
        .expecting("integer")
        .allowing(&sizes.each_ref().map(String::as_str))
        .of_task(Some(TASK_TYPE), Some(&id.text))
}

/// `checkContent` switches it on and off, and a mode alone does so too: the vendor does not say what one without the
/// other means.
fn safety_mode(fields: &mut Fields<'_>) -> SafetyMode {
    let modes = [("none", SafetyMode::None), ("fast", SafetyMode::Fast), ("full", SafetyMode::Full)];
    let given = fields.object("safety", |safety| (safety.boolean("checkContent"), safety.choice("mode", &modes)));
    match given.unwrap_or_default() {
        (Some(false), _) | (None, None) => SafetyMode::None,
        (Some(true), None) => SafetyMode::Fast,
        (Some(true) | None, Some(mode)) => mode,
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
        let image = inputs.parsed(
            "image",
            "an http or https URL of at most 16 KiB, or the mediaUUID of a stored picture",
            Picture::parse,
        );
        avatar.or(image.map(Input::Image))
    });
    given.flatten().unwrap_or(Input::Chosen)
}

#[cfg(test)]
mod tests;
