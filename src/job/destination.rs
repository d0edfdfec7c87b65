//! Destinations: where verified videos go and what they carry.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fields::Fields;
use super::order::OrderRules;
use super::template::KeyTemplate;

/// Largest sum of metadata names and values, in bytes: S3's bound.
pub(super) const METADATA_MAX_BYTES: usize = 2 * 1024;

/// Most tags of an object, and the longest name and value of one, in characters: S3's bounds.
pub(super) const TAGS_MAX: usize = 10;
pub(super) const TAG_NAME_MAX_CHARS: usize = 128;
pub(super) const TAG_VALUE_MAX_CHARS: usize = 256;

/// Longest `Cache-Control`, in characters.
pub(super) const CACHE_CONTROL_MAX_CHARS: usize = 256;

/// Metadata names with this prefix are the worker's: they mark a final object as its own.
pub const OWN_METADATA_PREFIX: &str = "landfall-";

/// Where verified videos go and what they carry.
#[derive(Debug, Clone, PartialEq)]
pub struct Destination {
    /// The bucket.
    pub bucket: String,
    /// How each result's key is made.
    pub key: KeyTemplate,
    /// User metadata, lower-case names.
    pub metadata: BTreeMap<String, String>,
    /// Object tags.
    pub tags: BTreeMap<String, String>,
    /// The `Cache-Control` header of the final object.
    pub cache_control: Option<String>,
    /// Whether an object that is already at the key may be replaced.
    pub overwrite: bool,
}

impl Destination {
    /// Where a job goes that says nothing of it.
    pub(super) fn plain(rules: &OrderRules) -> Destination {
        Destination {
            bucket: rules.default_bucket.clone(),
            key: rules.default_key.clone(),
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
            cache_control: None,
            overwrite: false,
        }
    }
}

/// Reads a job's `destination`.
pub(super) fn read_destination(mut fields: Fields<'_>, rules: &OrderRules) -> Destination {
    let mut destination = Destination::plain(rules);
    if let Some(bucket) = fields.string("bucket") {
        if bucket != rules.default_bucket && !rules.buckets.contains(&bucket) {
            fields.problem("bucket", "is not among the buckets that this worker may write to (s3.allowed_buckets)");
        }
        destination.bucket = bucket;
    }
    if let Some(text) = fields.string("key") {
        match KeyTemplate::parse(&text) {
            Ok(template) => destination.key = template,
            Err(why) => fields.problem("key", why),
        }
    }
    if let Some(map) = fields.object("metadata") {
        destination.metadata = read_metadata(fields.nested("metadata", map.clone()), map);
    }
    if let Some(map) = fields.object("tags") {
        destination.tags = read_tags(fields.nested("tags", map.clone()), map);
    }
    if let Some(text) = fields.string("cacheControl") {
        if text.is_empty() || text.len() > CACHE_CONTROL_MAX_CHARS || !is_header_text(&text) {
            let rule = format!("must be 1 to {CACHE_CONTROL_MAX_CHARS} printable ASCII characters");
            fields.problem("cacheControl", rule);
        }
        destination.cache_control = Some(text);
    }
    destination.overwrite = fields.boolean("overwrite").unwrap_or(false);
    fields.finish();
    destination
}

/// Metadata travels as HTTP headers: names are header tokens, values printable ASCII.
fn read_metadata(mut fields: Fields<'_>, map: Map<String, Value>) -> BTreeMap<String, String> {
    let mut metadata = BTreeMap::new();
    let mut bytes = 0;
    for name in map.into_iter().map(|(name, _)| name) {
        let value = fields.string(&name).unwrap_or_default();
        bytes += name.len() + value.len();
        let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        if name.is_empty() || !name.bytes().all(token) || name.starts_with(OWN_METADATA_PREFIX) {
            let rule = format!("must be named with a–z 0–9 - _ and not start with {OWN_METADATA_PREFIX}");
            fields.problem(&name, rule);
        } else if !is_header_text(&value) {
            fields.problem(&name, "must hold printable ASCII characters only");
        }
        metadata.insert(name, value);
    }
    if bytes > METADATA_MAX_BYTES {
        fields.problem("", format!("must have at most {METADATA_MAX_BYTES} bytes of names and values, has {bytes}"));
    }
    metadata
}

fn read_tags(mut fields: Fields<'_>, map: Map<String, Value>) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    if map.len() > TAGS_MAX {
        fields.problem("", format!("must be at most {TAGS_MAX}, are {}", map.len()));
    }
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '+' | '-' | '=' | '.' | '_' | ':' | '/' | '@');
    for name in map.into_iter().map(|(name, _)| name) {
        let value = fields.string(&name).unwrap_or_default();
        let name_fits = (1..=TAG_NAME_MAX_CHARS).contains(&name.chars().count()) && !name.starts_with("aws:");
        let value_fits = value.chars().count() <= TAG_VALUE_MAX_CHARS;
        if !(name_fits && value_fits && name.chars().chain(value.chars()).all(allowed)) {
            let rule = format!(
                "must have a name of 1 to {TAG_NAME_MAX_CHARS} and a value of at most {TAG_VALUE_MAX_CHARS} letters, digits, spaces or + - = . _ : / @"
            );
            fields.problem(&name, rule);
        }
        tags.insert(name, value);
    }
    tags
}

fn is_header_text(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.trim() == text
}
