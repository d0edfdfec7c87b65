//! The schema of jobs, in both forms: what a producer can check before it sends.
//!
//! [`Order::parse`](crate::job::order::Order::parse) is what decides. The schema never refuses what it accepts of the
//! documented forms, and says as much of its rules as a schema can: not the sums of bytes, the settings of a worker
//! (allowed models and buckets, its own key template) or the largest message.

use serde_json::{Map, Value, json};

use super::types::{NAME, UUID_V4};
use crate::job::destination::{
    CACHE_CONTROL_MAX_CHARS, METADATA_MAX_BYTES, OWN_METADATA_PREFIX, TAG_NAME_MAX_CHARS, TAG_VALUE_MAX_CHARS, TAGS_MAX,
};
use crate::job::ids::JOB_ID_MAX_BYTES;
use crate::job::order::{CONTEXT_MAX_BYTES, MESSAGE_MAX_BYTES, TENANT_MAX_CHARS};
use crate::job::request::{
    AVATAR_MAX_CHARS, DURATION_S, EDGE_MAX_PX, Form, OTHER_MODELS_RESULTS_MAX, OUTPUT_QUALITY, OutputFormat,
    PROMPT_MAX_CHARS, RESULTS_MAX, SAFETY_MODES, TASK_TYPE, TTL_MIN_S, URL_MAX_BYTES, VIDEO_AGENT,
};
use crate::job::template::PLACEHOLDERS;

/// Text that can travel in an HTTP header: printable ASCII, no space at either end.
const HEADER_TEXT: &str = "^([!-~]([ -~]*[!-~])?)?$";

/// Of ASCII, what S3 allows in tags; of the rest of Unicode, the worker allows letters and digits.
const TAG_TEXT: &str = r"^([A-Za-z0-9 +=._:/@-]|[^\x00-\x7f])*$";

const INSTANT: &str =
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

const DURATION: &str = r"^P([0-9]+W)?([0-9]+D)?(T([0-9]+(\.[0-9]+)?H)?([0-9]+(\.[0-9]+)?M)?([0-9]+(\.[0-9]+)?S)?)?$";

/// The schema of a message on the jobs queue.
pub(super) fn document() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "landfall job",
        "description": format!(
            "A message on the jobs queue, at most {MESSAGE_MAX_BYTES} bytes: the provider's task itself, told by its \
             taskType at the top, or an envelope around one. Unknown fields are refused by name. What depends on a \
             worker's settings (allowed models and buckets) is checked by the worker alone."
        ),
        "type": "object",
        "if": { "required": ["taskType"] },
        "then": by_model("bareTask", "bareTaskOfAnotherModel"),
        "else": { "$ref": "#/definitions/envelope" },
        "definitions": {
            "bareTask": agent_task(Form::Bare),
            "bareTaskOfAnotherModel": other_task(Form::Bare),
            "request": agent_task(Form::Enveloped),
            "requestToAnotherModel": other_task(Form::Enveloped),
            "envelope": envelope(),
            "destination": destination(),
        },
    })
}

/// Models other than the video agent are checked for the platform's common parameters only.
fn by_model(agent: &str, other: &str) -> Value {
    json!({
        "if": { "properties": { "model": { "type": "string", "not": { "const": VIDEO_AGENT } } }, "required": ["model"] },
        "then": { "$ref": format!("#/definitions/{other}") },
        "else": { "$ref": format!("#/definitions/{agent}") },
    })
}

fn envelope() -> Value {
    let uses = |placeholder: &str| json!({ "required": ["key"], "properties": { "key": { "pattern": placeholder } } });
    json!({
        "description": "A job with a name of its own, and what the worker shall know beside the provider's task.",
        "type": "object",
        "additionalProperties": false,
        "required": ["jobId", "request"],
        "properties": {
            "jobId": {
                "description": "The idempotency key: however often a job is sent under it, it is bought once.",
                "type": "string",
                "pattern": NAME,
                "maxLength": JOB_ID_MAX_BYTES,
            },
            "request": by_model("request", "requestToAnotherModel"),
            "destination": { "$ref": "#/definitions/destination" },
            "deadline": {
                "description": "When the job stops being worth anything: an RFC 3339 instant, or an ISO 8601 duration, \
                    without months and years, from the moment the job is first taken.",
                "type": "string",
                "anyOf": [
                    { "format": "date-time", "pattern": INSTANT },
                    { "pattern": DURATION, "not": { "pattern": "[PT]$|^[^1-9]*$" } },
                ],
                "examples": ["PT30M", "2031-01-31T12:00:00Z"],
            },
            "maxCostUsd": {
                "description": "The job is refused before anything is bought when it may cost more US dollars.",
                "type": "number",
                "minimum": 0,
            },
            "tenant": {
                "description": "For limits, budgets and labels, and {tenant} in the key.",
                "type": "string",
                "pattern": NAME,
                "maxLength": TENANT_MAX_CHARS,
            },
            "context": {
                "description": format!("Any JSON of at most {CONTEXT_MAX_BYTES} bytes, echoed in every event of the job."),
            },
        },
        "allOf": [
            {
                "if": { "required": ["destination"], "properties": { "destination": uses(r"\{tenant\}") } },
                "then": { "required": ["tenant"] },
            },
            {
                "if": {
                    "required": ["request"],
                    "properties": {
                        "request": {
                            "type": "object",
                            "required": ["numberResults"],
                            "properties": { "numberResults": { "type": "integer", "minimum": 2 } },
                        },
                    },
                },
                "then": { "properties": { "destination": { "properties": { "key": { "pattern": r"\{index\}" } } } } },
            },
        ],
    })
}

fn destination() -> Value {
    let placeholders: Vec<&str> = PLACEHOLDERS.split(' ').map(|name| name.trim_matches(['{', '}'])).collect();
    let key = format!(r"^([^{{}}\\\x00-\x1f\x7f-\x9f]|\{{({})\}})+$", placeholders.join("|"));
    json!({
        "description": "Where verified videos go and what they carry.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "bucket": { "description": "One of the buckets the worker may write to.", "type": "string" },
            "key": {
                "description": format!(
                    "Template of the final keys, with {PLACEHOLDERS}; needs {{index}} when there are several results. \
                     {{date}} is the UTC day on which the job was first taken."
                ),
                "type": "string",
                "pattern": key,
                "not": { "pattern": r"(^|/)\.{0,2}(/|$)" },
                "examples": ["films/{tenant}/{date}/{jobId}-{index}.{ext}"],
            },
            "metadata": {
                "description": format!(
                    "User metadata of the final objects: at most {METADATA_MAX_BYTES} bytes of names and values."
                ),
                "type": "object",
                "propertyNames": {
                    "pattern": "^[a-z0-9_-]+$",
                    "not": { "pattern": format!("^{OWN_METADATA_PREFIX}") },
                },
                "additionalProperties": { "type": "string", "pattern": HEADER_TEXT },
            },
            "tags": {
                "description": "Tags of the final objects: letters, digits, spaces and + - = . _ : / @.",
                "type": "object",
                "maxProperties": TAGS_MAX,
                "propertyNames": {
                    "minLength": 1,
                    "maxLength": TAG_NAME_MAX_CHARS,
                    "pattern": TAG_TEXT,
                    "not": { "pattern": "^aws:" },
                },
                "additionalProperties": { "type": "string", "maxLength": TAG_VALUE_MAX_CHARS, "pattern": TAG_TEXT },
            },
            "cacheControl": {
                "description": "The Cache-Control header of the final objects.",
                "type": "string",
                "minLength": 1,
                "maxLength": CACHE_CONTROL_MAX_CHARS,
                "pattern": HEADER_TEXT,
            },
            "overwrite": {
                "description": "Whether an object that is already at the key may be replaced.",
                "type": "boolean",
                "default": false,
            },
        },
    })
}

/// A task of the video agent: every parameter is known.
fn agent_task(form: Form) -> Value {
    let mut properties = common(form, RESULTS_MAX);
    properties.insert("model".to_owned(), json!({ "type": "string", "const": VIDEO_AGENT }));
    let edge = json!({ "description": "Pixels.", "type": "integer", "minimum": 1, "maximum": EDGE_MAX_PX });
    let own = json!({
        "positivePrompt": {
            "description": "What the video shall be.",
            "type": "string",
            "minLength": 1,
            "maxLength": PROMPT_MAX_CHARS,
        },
        "width": edge,
        "height": edge,
        "duration": {
            "description": "Seconds.",
            "type": "integer",
            "minimum": DURATION_S.0,
            "maximum": DURATION_S.1,
        },
        "inputs": {
            "description": "Who presents: a preset avatar by its name, or the person in an image.",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "avatar": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": AVATAR_MAX_CHARS,
                    "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$",
                },
                "image": http_url("Where the image can be fetched."),
            },
            "not": { "required": ["avatar", "image"] },
        },
        "routing": { "description": "Passed on as it is.", "type": "object" },
    });
    if let Value::Object(mut own) = own {
        properties.append(&mut own);
    }
    let mut required = vec!["taskType", "model", "positivePrompt"];
    required.extend(own_name(form));
    json!({
        "description": title(form, "the video agent"),
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
        "dependencies": { "width": ["height"], "height": ["width"] },
    })
}

/// A task of a model that an operator allows beside the video agent: the rest passes untouched.
fn other_task(form: Form) -> Value {
    let mut properties = common(form, OTHER_MODELS_RESULTS_MAX);
    properties.insert("model".to_owned(), json!({ "type": "string" }));
    properties.insert("uploadEndpoint".to_owned(), Value::Bool(false));
    if form == Form::Enveloped {
        properties.insert("taskUUID".to_owned(), Value::Bool(false));
        properties.insert("deliveryMethod".to_owned(), Value::Bool(false));
    }
    let mut required = vec!["taskType", "model"];
    required.extend(own_name(form));
    json!({
        "description": title(form, "another model that the worker's settings allow"),
        "type": "object",
        "required": required,
        "properties": properties,
    })
}

fn title(form: Form, model: &str) -> String {
    match form {
        Form::Bare => format!("A task of {model} as the vendor documents it; the job id is its taskUUID."),
        Form::Enveloped => {
            format!("A task of {model} without what is the worker's own: taskUUID, uploadEndpoint, deliveryMethod.")
        }
    }
}

fn own_name(form: Form) -> Option<&'static str> {
    match form {
        Form::Bare => Some("taskUUID"),
        Form::Enveloped => None,
    }
}

/// Parameters that all video models of the platform share.
fn common(form: Form, results_max: u64) -> Map<String, Value> {
    let formats = OutputFormat::ALL.map(OutputFormat::name);
    let mut properties = Map::new();
    let mut add = |name: &str, schema: Value| properties.insert(name.to_owned(), schema);
    if form == Form::Bare {
        add("taskUUID", json!({ "type": "string", "format": "uuid", "pattern": UUID_V4 }));
        add("deliveryMethod", json!({ "type": "string", "const": "async" }));
    }
    add("taskType", json!({ "type": "string", "const": TASK_TYPE }));
    add("outputType", json!({ "type": "string", "const": "URL" }));
    add("outputFormat", json!({ "type": "string", "enum": formats, "default": OutputFormat::Mp4.name() }));
    add("outputQuality", json!({ "type": "integer", "minimum": OUTPUT_QUALITY.0, "maximum": OUTPUT_QUALITY.1 }));
    add("ttl", json!({ "description": "Seconds.", "type": "integer", "minimum": TTL_MIN_S }));
    add("includeCost", json!({ "description": "The worker always asks for the cost.", "type": "boolean" }));
    add("numberResults", json!({ "type": "integer", "minimum": 1, "maximum": results_max, "default": 1 }));
    add("webhookURL", http_url("Where the provider shall call when a result is ready."));
    add(
        "safety",
        json!({
            "description": "How the provider checks content.",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "checkContent": { "type": "boolean" },
                "mode": { "type": "string", "enum": SAFETY_MODES },
            },
        }),
    );
    properties
}

fn http_url(description: &str) -> Value {
    json!({
        "description": description,
        "type": "string",
        "format": "uri",
        "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
        "maxLength": URL_MAX_BYTES,
    })
}
