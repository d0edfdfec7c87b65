//! The provider's task parameters, checked before anything is bought.
//!
//! The bounds are those of the model's public parameter list (HeyGen Video Agent, `heygen:video-agent@0`). A model that
//! an operator allows beside it is checked for the platform's common parameters only; the rest passes untouched.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::guard::Guard;
use super::ids::TaskUuid;
use super::order::OrderRules;

/// The model landfall was made for.
pub const VIDEO_AGENT: &str = "heygen:video-agent@0";

/// The only task type whose results landfall can verify.
pub const TASK_TYPE: &str = "videoInference";

/// Longest prompt, in characters (vendor's bound).
pub const PROMPT_MAX_CHARS: usize = 10_000;

/// Shortest and longest video, in seconds (vendor's bounds).
pub const DURATION_S: (u32, u32) = (5, 300);

/// Least and most output quality (vendor's bounds).
pub(super) const OUTPUT_QUALITY: (u64, u64) = (20, 99);

/// Shortest life of the provider's own copy, in seconds (vendor's bound).
pub(super) const TTL_MIN_S: u64 = 60;

/// How thoroughly the provider checks content (vendor's words).
pub(super) const SAFETY_MODES: [&str; 3] = ["none", "fast", "full"];

/// Most results of one request to the video agent (vendor's bound).
pub const RESULTS_MAX: u64 = 4;

/// Most results of one request to any other model: the most any model of the platform offers.
pub(super) const OTHER_MODELS_RESULTS_MAX: u64 = 20;

/// Largest edge, in pixels. The vendor publishes no bound; this one keeps nonsense from being bought.
pub(super) const EDGE_MAX_PX: u64 = 8192;

/// Longest URL the worker passes on, in bytes.
pub(super) const URL_MAX_BYTES: usize = 2048;

/// Longest avatar name, in characters.
pub(super) const AVATAR_MAX_CHARS: usize = 256;

/// File formats a result can be asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// H.264 in MP4: the vendor's default.
    Mp4,
    /// WebM.
    Webm,
    /// QuickTime.
    Mov,
}

impl OutputFormat {
    pub(super) const ALL: [OutputFormat; 3] = [OutputFormat::Mp4, OutputFormat::Webm, OutputFormat::Mov];

    /// The word of the vendor's API.
    pub fn name(self) -> &'static str {
        match self {
            OutputFormat::Mp4 => "MP4",
            OutputFormat::Webm => "WEBM",
            OutputFormat::Mov => "MOV",
        }
    }

    /// The file name's extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            OutputFormat::Mp4 => "mp4",
            OutputFormat::Webm => "webm",
            OutputFormat::Mov => "mov",
        }
    }

    /// The registered media type, set on the final object whatever the uploader sent.
    pub fn content_type(self) -> &'static str {
        match self {
            OutputFormat::Mp4 => "video/mp4",
            OutputFormat::Webm => "video/webm",
            OutputFormat::Mov => "video/quicktime",
        }
    }
}

/// A request that passed every check. [`fields`](Request::fields) is what will be sent, less what is the worker's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The vendor's parameters as the producer wrote them, without `taskUUID`, `numberResults`, `includeCost`,
    /// `deliveryMethod`, `outputType` and `uploadEndpoint`, which the worker sets per task.
    pub fields: Map<String, Value>,
    /// The model's identifier.
    pub model: String,
    /// How many results are asked for, at least 1.
    pub results: u32,
    /// The file format asked for.
    pub format: OutputFormat,
    /// Width and height asked for, in pixels.
    pub size: Option<(u32, u32)>,
    /// Length asked for, in seconds.
    pub duration_s: Option<u32>,
}

/// What the two forms of a job allow their request to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The vendor's task itself: carries its `taskUUID`.
    Bare,
    /// Inside an envelope: `taskUUID` and `deliveryMethod` are the worker's.
    Enveloped,
}

/// Checks every parameter. Problems are added to `fields`' list; `None` when a needed value is missing or wrong.
pub fn check(mut fields: Fields<'_>, form: Form, rules: &OrderRules) -> (Option<Request>, Option<TaskUuid>) {
    let task_uuid = check_task_uuid(&mut fields, form);
    let mut passed = Map::new();

    if let Some(task_type) = fields.required_string("taskType") {
        if task_type != TASK_TYPE {
            fields.problem("taskType", format!("must be {TASK_TYPE}"));
        }
        passed.insert("taskType".to_owned(), task_type.into());
    }
    let model = fields.required_string("model");
    if let Some(model) = &model {
        if !rules.models.contains(model) {
            fields.problem("model", format!("must be one of the allowed models: {}", rules.models.join(", ")));
        }
        passed.insert("model".to_owned(), model.clone().into());
    }
    let agent = model.as_deref().is_none_or(|model| model == VIDEO_AGENT);

    check_worker_owned(&mut fields, form);
    let format = check_output(&mut fields, &mut passed);
    check_webhook_and_safety(&mut fields, &mut passed, &rules.urls);
    let results = fields.integer("numberResults", 1, if agent { RESULTS_MAX } else { OTHER_MODELS_RESULTS_MAX });

    let (size, duration_s) = if agent {
        check_agent(&mut fields, &mut passed, &rules.urls)
    } else {
        pass_through(&mut fields, &mut passed, &rules.urls)
    };
    fields.finish();

    let request = model.zip(format).map(|(model, format)| Request {
        fields: passed,
        model,
        results: results.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        format,
        size,
        duration_s,
    });
    (request, task_uuid)
}

fn check_task_uuid(fields: &mut Fields<'_>, form: Form) -> Option<TaskUuid> {
    match form {
        Form::Bare => {
            let text = fields.required_string("taskUUID")?;
            TaskUuid::parse(&text).map_err(|why| fields.problem("taskUUID", why)).ok()
        }
        Form::Enveloped => {
            if fields.value("taskUUID").is_some() {
                fields.problem("taskUUID", "is the worker's own: it follows from jobId");
            }
            None
        }
    }
}

/// Parameters that the worker sets for every task, and what a producer may say about them.
fn check_worker_owned(fields: &mut Fields<'_>, form: Form) {
    if fields.value("uploadEndpoint").is_some() {
        fields.problem("uploadEndpoint", "is the worker's own: videos land in the bucket it is configured with");
    }
    match form {
        Form::Bare => {
            fields.choice("deliveryMethod", &["async"]);
        }
        Form::Enveloped => {
            if fields.value("deliveryMethod").is_some() {
                fields.problem("deliveryMethod", "is the worker's own");
            }
        }
    }
    fields.choice("outputType", &["URL"]);
    // The worker always asks for the cost; both values are valid and neither changes what is bought.
    fields.boolean("includeCost");
}

fn check_output(fields: &mut Fields<'_>, passed: &mut Map<String, Value>) -> Option<OutputFormat> {
    if let Some(quality) = fields.integer("outputQuality", OUTPUT_QUALITY.0, OUTPUT_QUALITY.1) {
        passed.insert("outputQuality".to_owned(), quality.into());
    }
    if let Some(ttl_s) = fields.integer("ttl", TTL_MIN_S, u64::MAX) {
        passed.insert("ttl".to_owned(), ttl_s.into());
    }
    let Some(name) = fields.value("outputFormat") else {
        return Some(OutputFormat::Mp4);
    };
    let format = OutputFormat::ALL.into_iter().find(|format| name == format.name());
    match format {
        Some(_) => {
            passed.insert("outputFormat".to_owned(), name);
        }
        None => fields.problem("outputFormat", "must be MP4, WEBM or MOV"),
    }
    format
}

fn check_webhook_and_safety(fields: &mut Fields<'_>, passed: &mut Map<String, Value>, urls: &Guard) {
    if let Some(text) = fields.string("webhookURL") {
        check_url(fields, "webhookURL", &text, urls);
        passed.insert("webhookURL".to_owned(), text.into());
    }
    if let Some(map) = fields.object("safety") {
        passed.insert("safety".to_owned(), Value::Object(map.clone()));
        let mut safety = fields.nested("safety", map);
        safety.boolean("checkContent");
        safety.choice("mode", &SAFETY_MODES);
        safety.finish();
    }
}

type SizeAndDuration = (Option<(u32, u32)>, Option<u32>);

/// The video agent's own parameters; anything else is unknown to it.
fn check_agent(fields: &mut Fields<'_>, passed: &mut Map<String, Value>, urls: &Guard) -> SizeAndDuration {
    if let Some(prompt) = fields.required_string("positivePrompt") {
        let chars = prompt.chars().count();
        if !(1..=PROMPT_MAX_CHARS).contains(&chars) {
            fields.problem("positivePrompt", format!("must have 1 to {PROMPT_MAX_CHARS} characters, has {chars}"));
        }
        passed.insert("positivePrompt".to_owned(), prompt.into());
    }
    let size = check_size(fields, passed);
    let duration_s = check_duration(fields, passed);
    if let Some(map) = fields.object("inputs") {
        passed.insert("inputs".to_owned(), Value::Object(map.clone()));
        check_inputs(fields.nested("inputs", map), urls);
    }
    if let Some(routing) = fields.object("routing") {
        passed.insert("routing".to_owned(), Value::Object(routing));
    }
    (size, duration_s)
}

fn check_size(fields: &mut Fields<'_>, passed: &mut Map<String, Value>) -> Option<(u32, u32)> {
    let mut edge = |name: &str| {
        let given = fields.value(name)?;
        passed.insert(name.to_owned(), given.clone());
        let pixels = given.as_u64().filter(|pixels| (1..=EDGE_MAX_PX).contains(pixels));
        if pixels.is_none() {
            fields.problem(name, format!("must be a whole number of pixels from 1 to {EDGE_MAX_PX}"));
        }
        Some(pixels.and_then(|pixels| u32::try_from(pixels).ok()))
    };
    let (width, height) = (edge("width"), edge("height"));
    match (width, height) {
        (Some(width), Some(height)) => width.zip(height),
        (Some(_), None) => {
            fields.problem("height", "is required together with width");
            None
        }
        (None, Some(_)) => {
            fields.problem("width", "is required together with height");
            None
        }
        (None, None) => None,
    }
}

fn check_duration(fields: &mut Fields<'_>, passed: &mut Map<String, Value>) -> Option<u32> {
    let seconds = fields.integer("duration", DURATION_S.0.into(), DURATION_S.1.into())?;
    passed.insert("duration".to_owned(), seconds.into());
    u32::try_from(seconds).ok()
}

fn check_inputs(mut inputs: Fields<'_>, urls: &Guard) {
    let avatar = inputs.string("avatar");
    let image = inputs.string("image");
    if let Some(avatar) = &avatar {
        let chars = avatar.chars().count();
        if !(1..=AVATAR_MAX_CHARS).contains(&chars) || avatar.chars().any(char::is_control) {
            inputs.problem("avatar", format!("must be the name of an avatar, 1 to {AVATAR_MAX_CHARS} characters"));
        }
    }
    if let Some(image) = &image {
        check_url(&mut inputs, "image", image, urls);
    }
    if avatar.is_some() && image.is_some() {
        inputs.problem("image", "cannot be combined with avatar: give one presenter");
    }
    inputs.finish();
}

/// Another model: what is left passes as it is; size and duration are read where they look like such. Whatever looks like
/// a URL among its inputs is something that the provider will fetch.
fn pass_through(fields: &mut Fields<'_>, passed: &mut Map<String, Value>, urls: &Guard) -> SizeAndDuration {
    passed.append(&mut fields.take_rest());
    let mut found = Vec::new();
    if let Some(inputs) = passed.get("inputs") {
        collect_urls(inputs, &mut found);
    }
    for url in found {
        check_url(fields, "inputs", url, urls);
    }
    let number = |name: &str| passed.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    (number("width").zip(number("height")), number("duration"))
}

fn collect_urls<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if text.contains("://") => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect_urls(item, found)),
        Value::Object(map) => map.values().for_each(|item| collect_urls(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A URL that the provider will fetch or call.
fn check_url(fields: &mut Fields<'_>, name: &str, text: &str, urls: &Guard) {
    // Readers of URLs differ in what they make of these, and another one reads what is checked here.
    let unclear = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    let refused = match url::Url::parse(text) {
        _ if text.len() > URL_MAX_BYTES => format!("must have at most {URL_MAX_BYTES} bytes"),
        _ if text.contains(unclear) => "must be a URL without spaces, control characters and backslashes".to_owned(),
        Ok(url) => match urls.check(&url) {
            Ok(()) => return,
            Err(refused) => format!("is no URL that may be handed to the provider: {refused}"),
        },
        Err(why) => format!("must be an absolute https URL: {why}"),
    };
    fields.problem(name, refused);
}
