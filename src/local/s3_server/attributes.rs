//! What S3 knows of an object beyond its bytes, and the sidecar file that remembers it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use s3s::dto::{ETag, Metadata, Tag, TagSet, Timestamp};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

/// S3's bound on all user metadata of an object, names and values, in bytes.
const METADATA_BYTES_MAX: usize = 2048;
/// S3's bounds on tags: how many, and characters of a key and a value.
const TAGS_MAX: usize = 10;
const TAG_KEY_MAX: usize = 128;
const TAG_VALUE_MAX: usize = 256;

/// What the writer of an object chose to say about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Attributes {
    pub(super) content_type: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) expires: Option<Timestamp>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
}

/// Checksums of the whole object in S3's base64 form, where the writer gave one and it was verified.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Checksums {
    pub(super) crc32: Option<String>,
    pub(super) crc32c: Option<String>,
    pub(super) crc64nvme: Option<String>,
    pub(super) sha1: Option<String>,
    pub(super) sha256: Option<String>,
}

/// The record beside a data file. It tells which bytes it speaks of by their size and time, so that a file the user
/// replaced, or a crash between the two renames of a write, is noticed instead of answered with a wrong `ETag`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sidecar {
    /// For people who look: the file's own name is a hash.
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) modified_unix_ns: u64,
    pub(super) etag: String,
    /// Of all bytes, in hex, also where the `ETag` is a multipart one.
    pub(super) md5: String,
    pub(super) checksums: Checksums,
    pub(super) attributes: Attributes,
}

impl Sidecar {
    pub(super) fn describes(&self, file: &fs::Metadata) -> bool {
        self.size == file.len() && self.modified_unix_ns == modified_unix_ns(file)
    }

    pub(super) fn e_tag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    pub(super) fn last_modified(&self) -> Timestamp {
        timestamp(self.modified_unix_ns)
    }

    /// Cut to whole seconds, as every header that carries it is.
    pub(super) fn last_modified_s(&self) -> Timestamp {
        timestamp(self.modified_unix_ns / 1_000_000_000 * 1_000_000_000)
    }
}

impl Attributes {
    /// Refuses what S3 itself would not keep.
    pub(super) fn checked(self) -> S3Result<Self> {
        let bytes: usize = self.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > METADATA_BYTES_MAX {
            return Err(s3_error!(MetadataTooLarge));
        }
        Ok(self)
    }

    pub(super) fn user_metadata(&self) -> Option<Metadata> {
        if self.metadata.is_empty() {
            return None;
        }
        Some(self.metadata.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    pub(super) fn tag_set(&self) -> TagSet {
        let tag = |(key, value): (&String, &String)| Tag { key: Some(key.clone()), value: Some(value.clone()) };
        self.tags.iter().map(tag).collect()
    }
}

/// The user metadata of a request; S3 keeps the names in lower case.
pub(super) fn metadata(given: Option<Metadata>) -> BTreeMap<String, String> {
    let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
    given.into_iter().flatten().map(lower).collect()
}

/// The encodings of the object itself: `aws-chunked` is one of the transfer, and S3 does not keep it.
pub(super) fn content_encoding(given: Option<String>) -> Option<String> {
    let given = given?;
    let kept: Vec<_> = given.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
    (!kept.is_empty()).then(|| kept.join(", "))
}

/// The tags of an `x-amz-tagging` header: a query string.
pub(super) fn tags_of_header(header: Option<&str>) -> S3Result<BTreeMap<String, String>> {
    let pairs = url::form_urlencoded::parse(header.unwrap_or_default().as_bytes());
    checked_tags(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())))
}

/// The tags of a tagging document.
pub(super) fn tags_of_set(set: TagSet) -> S3Result<BTreeMap<String, String>> {
    checked_tags(set.into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())))
}

fn checked_tags(pairs: impl Iterator<Item = (String, String)>) -> S3Result<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for (key, value) in pairs {
        if key.is_empty() || key.chars().count() > TAG_KEY_MAX || value.chars().count() > TAG_VALUE_MAX {
            return Err(s3_error!(InvalidTag, "A tag has a key of 1 to 128 and a value of at most 256 characters."));
        }
        if tags.insert(key, value).is_some() {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple tags with the same key."));
        }
    }
    if tags.len() > TAGS_MAX {
        return Err(s3_error!(InvalidTag, "Object tags cannot be greater than 10."));
    }
    Ok(tags)
}

/// A file's time of last change; the epoch where the file system has none.
pub(super) fn modified_unix_ns(file: &fs::Metadata) -> u64 {
    file.modified().map_or(0, unix_ns)
}

pub(super) fn unix_ns(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn timestamp(unix_ns: u64) -> Timestamp {
    Timestamp::from(UNIX_EPOCH + std::time::Duration::from_nanos(unix_ns))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}
