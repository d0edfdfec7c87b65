//! Names that must not be mixed up, and secrets that must not be shown.
//!
//! Every identifier that crosses a boundary is its own type, checked once where it is made. [`PresignedUrl`] is a bearer
//! credential: it cannot be formatted, only [exposed](PresignedUrl::expose) where it is sent.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Longest job id, in bytes. Ledger keys and event ids are made of it, and AMQP short strings end at 255.
pub const JOB_ID_MAX_BYTES: usize = 128;

/// Longest object key S3 accepts, in bytes.
pub const OBJECT_KEY_MAX_BYTES: usize = 1024;

/// The producer's name for a job and its idempotency key: 1–128 of `A–Z a–z 0–9 . _ -`, not starting with a dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct JobId(String);

impl JobId {
    /// Checks the alphabet and the length; the error says what is allowed.
    pub fn parse(text: &str) -> Result<JobId, String> {
        let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if text.is_empty() || text.len() > JOB_ID_MAX_BYTES {
            return Err(format!("must have 1 to {JOB_ID_MAX_BYTES} characters, has {}", text.len()));
        }
        if !text.bytes().all(alphabet) {
            return Err("may only hold A–Z a–z 0–9 . _ -".to_owned());
        }
        if text.starts_with('.') {
            return Err("must not start with a dot".to_owned());
        }
        Ok(JobId(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for JobId {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<JobId, D::Error> {
        let text = String::deserialize(input)?;
        JobId::parse(&text).map_err(|why| serde::de::Error::custom(format!("job id {why}")))
    }
}

/// The provider's name for one task: a UUID of version 4, as the vendor requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskUuid(Uuid);

impl TaskUuid {
    /// Accepts the hyphenated form of a version 4 UUID.
    pub fn parse(text: &str) -> Result<TaskUuid, String> {
        let uuid = Uuid::try_parse(text).map_err(|_| "must be a UUID".to_owned())?;
        if text.len() != uuid::fmt::Hyphenated::LENGTH {
            return Err("must be a UUID in its hyphenated form".to_owned());
        }
        if uuid.get_version_num() != 4 || uuid.get_variant() != uuid::Variant::RFC4122 {
            return Err("must be a UUID of version 4".to_owned());
        }
        Ok(TaskUuid(uuid))
    }

    /// Derives a UUID in the shape of version 4 from a SHA-256 over `parts`.
    ///
    /// The provider accepts derived UUIDs of this shape (observed by integrators); deriving them makes every repeat of
    /// a job name the same task.
    pub fn derive(parts: &[&str]) -> TaskUuid {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        TaskUuid(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

impl fmt::Display for TaskUuid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(out)
    }
}

/// A key inside a bucket: 1–1024 bytes, no empty, `.` or `..` segment, no control characters, no leading slash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// Checks that the key stays where it is put, on every store and in every file system it may be copied to.
    pub fn parse(text: &str) -> Result<ObjectKey, String> {
        if text.is_empty() || text.len() > OBJECT_KEY_MAX_BYTES {
            return Err(format!("must have 1 to {OBJECT_KEY_MAX_BYTES} bytes, has {}", text.len()));
        }
        if text.chars().any(|c| c.is_control() || c == '\\') {
            return Err("must not hold control characters or backslashes".to_owned());
        }
        if text.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err("must not start or end with a slash or hold an empty, `.` or `..` segment".to_owned());
        }
        Ok(ObjectKey(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ObjectKey {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<ObjectKey, D::Error> {
        let text = String::deserialize(input)?;
        ObjectKey::parse(&text).map_err(|why| serde::de::Error::custom(format!("object key {why}")))
    }
}

/// One object: a bucket and a key in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The bucket's name.
    pub bucket: String,
    /// The key in it.
    pub key: ObjectKey,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.bucket, self.key)
    }
}

/// A URL that lets whoever holds it write one object until it expires. Never logged, stored or shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl(String);

impl PresignedUrl {
    /// Takes custody of a freshly signed URL.
    pub fn new(url: String) -> PresignedUrl {
        PresignedUrl(url)
    }

    /// The URL itself, for the one place that hands it to the provider.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PresignedUrl(redacted)")
    }
}

/// Where the provider says a finished video can be fetched. Its query may carry a token, so only the host is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ResultUrl(url::Url);

impl ResultUrl {
    /// Parses an absolute URL; the error never repeats it.
    pub fn parse(text: &str) -> Result<ResultUrl, String> {
        url::Url::parse(text).map(ResultUrl).map_err(|why| format!("is not a URL: {why}"))
    }

    /// The URL itself, for the one place that fetches it.
    pub fn expose(&self) -> &url::Url {
        &self.0
    }
}

impl fmt::Debug for ResultUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ResultUrl(on {})", self.0.host_str().unwrap_or("no host"))
    }
}

/// SHA-256 of what a job buys and where it lands, as 64 hex digits. See [`super::order::Order::fingerprint`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Hashes already canonical bytes.
    pub fn of(canonical: &[u8]) -> Fingerprint {
        Fingerprint(hex(&Sha256::digest(canonical)))
    }

    /// That of a job which nobody has seen yet: all zeros, and no job's.
    pub fn unknown() -> Fingerprint {
        Fingerprint(hex(&[0; 32]))
    }
}

/// Lower-case hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_ids_keep_to_their_alphabet_and_length() {
        for good in ["a", "A.b_c-9", "86e70d5b-f263-4e53-91ea-e82552155a19", &"x".repeat(128)] {
            assert!(JobId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".hidden", "a/b", "a b", "ä", "a\n", &"x".repeat(129)] {
            assert!(JobId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_hyphenated_version_4_uuids_name_tasks() {
        assert!(TaskUuid::parse("86e70d5b-f263-4e53-91ea-e82552155a19").is_ok());
        for bad in [
            "86e70d5bf2634e5391eae82552155a19",
            "86e70d5b-f263-1e53-91ea-e82552155a19",
            "86e70d5b-f263-4e53-c1ea-e82552155a19",
            "nope",
        ] {
            assert!(TaskUuid::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn derived_uuids_are_version_4_and_depend_on_where_the_parts_end() {
        let one = TaskUuid::derive(&["ab", "c"]);
        let other = TaskUuid::derive(&["a", "bc"]);
        assert_ne!(one, other);
        assert_eq!(TaskUuid::parse(&one.to_string()), Ok(one));
    }

    #[test]
    fn object_keys_cannot_leave_their_prefix() {
        for good in ["a", "a/b.mp4", "ü/ö", "a b+c"] {
            assert!(ObjectKey::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/", "a//b", "../a", "a/./b", "a\u{0}b", "a\\b", &"x".repeat(1025)] {
            assert!(ObjectKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_presigned_url_cannot_be_formatted() {
        let url = PresignedUrl::new("https://b.example/k?X-Amz-Signature=abc".to_owned());
        assert_eq!(format!("{url:?}"), "PresignedUrl(redacted)");
    }
}
