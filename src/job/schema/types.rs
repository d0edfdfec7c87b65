//! Schemas of the values whose shape serde does not tell.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::job::event::EventType;
use crate::job::ids::{Fingerprint, JOB_ID_MAX_BYTES, JobId, OBJECT_KEY_MAX_BYTES, ObjectKey, TaskUuid};
use crate::job::reason::Reason;

/// A SHA-256 as lower-case hexadecimal digits.
pub const SHA256_HEX: &str = "^[0-9a-f]{64}$";

/// The alphabet of job ids and tenants; their length is bounded apart.
pub(super) const NAME: &str = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$";

/// A UUID of version 4 in its hyphenated form.
pub(super) const UUID_V4: &str =
    "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-4[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$";

/// An instant in RFC 3339.
pub fn instant(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

/// The types of events that end a job which was a valid one.
pub fn outcome_type(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [EventType::Completed.name(), EventType::Failed.name()] })
}

/// The reasons for which a message is dead-lettered.
pub fn rejection_reason(_: &mut SchemaGenerator) -> Schema {
    let reasons = [Reason::InvalidJob, Reason::JobIdReused, Reason::Internal];
    json_schema!({ "type": "string", "enum": reasons.map(Reason::code) })
}

impl JsonSchema for JobId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "JobId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": NAME, "maxLength": JOB_ID_MAX_BYTES })
    }
}

impl JsonSchema for TaskUuid {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TaskUuid".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uuid", "pattern": UUID_V4 })
    }
}

impl JsonSchema for ObjectKey {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ObjectKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": OBJECT_KEY_MAX_BYTES })
    }
}

impl JsonSchema for Fingerprint {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Fingerprint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": SHA256_HEX })
    }
}

/// Says what is on the wire and not how Rust holds it: what is optional is absent and never null, and Rust's names of
/// number formats mean nothing to others.
pub(super) fn plain(schema: &mut Schema) {
    let Some(map) = schema.as_object_mut() else { return };
    if map.get("default").is_some_and(Value::is_null) {
        map.remove("default");
    }
    let rust_number = |format: &Value| {
        format.as_str().is_some_and(|name| name.starts_with("uint") || name.starts_with("int") || name == "double")
    };
    if map.get("format").is_some_and(rust_number) {
        map.remove("format");
    }
    if let Some(Value::String(text)) = map.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if choices.len() == 1
            && let Some(only) = map.remove("anyOf")
        {
            map.insert("allOf".to_owned(), only);
        }
    }
    if let Some(Value::Array(kinds)) = map.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            map.insert("type".to_owned(), kind);
        }
    }
}
