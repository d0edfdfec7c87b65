//! Promotion: the copy of exactly what was probed to its final key, inside the store.
//!
//! Two conditions ride on the copy: the source is still the object with the probed ETag, and (unless it may be replaced)
//! nothing stands at the destination. A store answers 412 for either; which it was is asked afterwards, off the happy
//! path. What S3 does not copy in one request goes in parts, under the same conditions.

use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Builder, Config};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, MetadataDirective, TaggingDirective};

use super::classify::{Call, absent, classify, status};
use super::stream::abort_upload;
use super::{Patience, S3Store, etag_of, quoted, unquoted};
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::ObjectRef;
use crate::ports::{Promoted, Promotion, bug};

/// Most parts of an upload, by S3.
pub(super) const PARTS_MAX: u64 = 10_000;

impl S3Store {
    /// Copies as the promotion says.
    pub(super) async fn copy(&self, promotion: &Promotion) -> Outcome<Promoted> {
        let in_parts = promotion.facts.size > self.copy_whole_max_bytes;
        // Looked at first only where the conditions on the copy itself come late (parts) or are known to be ignored.
        let look_first = in_parts || self.copies_unconditionally.load(Ordering::Relaxed);
        if look_first && !promotion.overwrite && self.etag(&promotion.to).await?.is_some() {
            return Ok(Promoted::Occupied);
        }
        if in_parts { self.copy_in_parts(promotion).await } else { self.copy_whole(promotion).await }
    }

    async fn copy_whole(&self, promotion: &Promotion) -> Outcome<Promoted> {
        let doing = || doing(promotion);
        let mut patience = Patience::new();
        loop {
            let tags = tagging(&promotion.tags);
            let copy = self
                .once
                .copy_object()
                .copy_source(source(promotion))
                .copy_source_if_match(quoted(&promotion.facts.etag))
                .bucket(&promotion.to.bucket)
                .key(promotion.to.key.as_str())
                .set_if_none_match((!promotion.overwrite).then(|| "*".to_owned()))
                .metadata_directive(MetadataDirective::Replace)
                .content_type(&promotion.content_type)
                .set_cache_control(promotion.cache_control.clone())
                .set_metadata(Some(promotion.metadata.iter().cloned().collect()))
                // Without tags not a word about tags: stores without tagging refuse the header.
                .set_tagging_directive(tags.is_some().then_some(TaggingDirective::Replace))
                .set_tagging(tags);
            let error = match copy.customize().config_override(patient(self.copy_timeout)).send().await {
                Ok(done) => {
                    let etag = etag_of(done.copy_object_result().and_then(|result| result.e_tag()), doing)?;
                    return Ok(Promoted::Done { etag, version_id: done.version_id().map(str::to_owned) });
                }
                Err(error) => error,
            };
            match status(&error) {
                Some(412) => return self.which_condition(promotion).await,
                Some(404) if absent(&error) => return Ok(Promoted::SourceChanged),
                Some(409) if patience.once_more().await => {}
                _ => return Err(classify(Call::Write, doing(), error)),
            }
        }
    }

    /// Which condition of a refused copy did not hold.
    async fn which_condition(&self, promotion: &Promotion) -> Outcome<Promoted> {
        if !promotion.overwrite && self.etag(&promotion.to).await?.is_some() {
            return Ok(Promoted::Occupied);
        }
        if self.etag(&promotion.from).await?.as_ref() != Some(&promotion.facts.etag) {
            return Ok(Promoted::SourceChanged);
        }
        // The destination was taken and is free again.
        Err(Fault::new(FaultKind::Unavailable, doing(promotion)).because("the final key was busy for a moment"))
    }

    async fn copy_in_parts(&self, promotion: &Promotion) -> Outcome<Promoted> {
        let to = &promotion.to;
        let begun = self
            .once
            .create_multipart_upload()
            .bucket(&to.bucket)
            .key(to.key.as_str())
            .content_type(&promotion.content_type)
            .set_cache_control(promotion.cache_control.clone())
            .set_metadata(Some(promotion.metadata.iter().cloned().collect()))
            .set_tagging(tagging(&promotion.tags))
            .send()
            .await
            .map_err(|error| classify(Call::Write, doing(promotion), error))?;
        let Some(upload) = begun.upload_id() else {
            return Err(Fault::new(FaultKind::Malformed, doing(promotion)).because("the new upload has no name"));
        };
        let outcome = self.copy_parts(promotion, upload).await;
        if !matches!(outcome, Ok(Promoted::Done { .. })) {
            abort_upload(&self.repeating, to, upload).await;
        }
        outcome
    }

    async fn copy_parts(&self, promotion: &Promotion, upload: &str) -> Outcome<Promoted> {
        let size = promotion.facts.size;
        let part_bytes = self.copy_part_bytes.max(size.div_ceil(PARTS_MAX));
        let mut parts = CompletedMultipartUpload::builder();
        for number in 1..=size.div_ceil(part_bytes) {
            let first = (number - 1) * part_bytes;
            let last = (first + part_bytes).min(size) - 1;
            let number = i32::try_from(number).map_err(|why| bug(doing(promotion)).because(why))?;
            let copied = self
                .repeating
                .upload_part_copy()
                .copy_source(source(promotion))
                .copy_source_if_match(quoted(&promotion.facts.etag))
                .copy_source_range(format!("bytes={first}-{last}"))
                .bucket(&promotion.to.bucket)
                .key(promotion.to.key.as_str())
                .upload_id(upload)
                .part_number(number)
                .customize()
                .config_override(patient(self.copy_timeout))
                .send()
                .await;
            let etag = match copied {
                Ok(part) => part.copy_part_result().and_then(|result| result.e_tag()).map(str::to_owned),
                Err(error) if status(&error) == Some(412) => return Ok(Promoted::SourceChanged),
                Err(error) if absent(&error) => return Ok(Promoted::SourceChanged),
                Err(error) => return Err(classify(Call::Write, doing(promotion), error)),
            };
            parts = parts.parts(CompletedPart::builder().part_number(number).set_e_tag(etag).build());
        }
        self.assemble_copy(promotion, upload, parts.build()).await
    }

    async fn assemble_copy(
        &self,
        promotion: &Promotion,
        upload: &str,
        parts: CompletedMultipartUpload,
    ) -> Outcome<Promoted> {
        let complete = self
            .once
            .complete_multipart_upload()
            .bucket(&promotion.to.bucket)
            .key(promotion.to.key.as_str())
            .upload_id(upload)
            .multipart_upload(parts)
            .set_if_none_match((!promotion.overwrite).then(|| "*".to_owned()));
        match complete.customize().config_override(patient(self.copy_timeout)).send().await {
            Ok(done) => {
                let etag = etag_of(done.e_tag(), || doing(promotion))?;
                Ok(Promoted::Done { etag, version_id: done.version_id().map(str::to_owned) })
            }
            Err(error) if status(&error) == Some(412) => Ok(Promoted::Occupied),
            Err(error) => Err(classify(Call::Write, doing(promotion), error)),
        }
    }

    /// The ETag of what stands at a key.
    pub(super) async fn etag(&self, object: &ObjectRef) -> Outcome<Option<String>> {
        match self.repeating.head_object().bucket(&object.bucket).key(object.key.as_str()).send().await {
            Ok(answer) => Ok(Some(answer.e_tag().map(unquoted).unwrap_or_default())),
            Err(error) if absent(&error) => Ok(None),
            Err(error) => Err(classify(Call::Read, format!("looking at {object}"), error)),
        }
    }
}

/// The setting for calls that move gigabytes before they answer.
pub(super) fn patient(attempt: Duration) -> Builder {
    Config::builder().timeout_config(TimeoutConfig::builder().operation_attempt_timeout(attempt).build())
}

fn doing(promotion: &Promotion) -> String {
    format!("copying {} to {}", promotion.from, promotion.to)
}

/// `x-amz-copy-source`: percent-encoded, slashes kept, and the version where it is known.
fn source(promotion: &Promotion) -> String {
    let ObjectRef { bucket, key } = &promotion.from;
    let mut source = format!("{}/{}", percent_encoded(bucket), percent_encoded(key.as_str()));
    if let Some(version) = &promotion.facts.version_id {
        source.push_str("?versionId=");
        source.push_str(&percent_encoded(version));
    }
    source
}

/// `x-amz-tagging`: tags as a query string.
fn tagging(tags: &[(String, String)]) -> Option<String> {
    let encoded = |text: &str| percent_encoded(text).replace('/', "%2F");
    let pairs: Vec<String> = tags.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}

/// Everything but RFC 3986's unreserved characters and the slash. A plus would be read as a space by some stores.
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::ids::ObjectKey;
    use crate::ports::ObjectFacts;

    fn promotion(key: &str, version_id: Option<&str>) -> Promotion {
        let object = |key: &str| ObjectRef { bucket: "b".to_owned(), key: ObjectKey::parse(key).expect("a key") };
        Promotion {
            from: object(key),
            facts: ObjectFacts {
                size: 1,
                etag: "e".to_owned(),
                content_type: None,
                version_id: version_id.map(str::to_owned),
                metadata: std::collections::HashMap::new(),
            },
            to: object("final"),
            overwrite: false,
            content_type: "video/mp4".to_owned(),
            cache_control: None,
            metadata: Vec::new(),
            tags: Vec::new(),
        }
    }

    #[test]
    fn the_copy_source_is_encoded_whatever_the_key_holds() {
        assert_eq!(source(&promotion("a/b.mp4", None)), "b/a/b.mp4");
        assert_eq!(source(&promotion("ü b+c%20?.mp4", None)), "b/%C3%BC%20b%2Bc%2520%3F.mp4");
        assert_eq!(source(&promotion("a", Some("x+1"))), "b/a?versionId=x%2B1");
    }

    #[test]
    fn tags_become_a_query_string_and_no_tags_become_nothing() {
        assert_eq!(tagging(&[]), None);
        let tags = [("team a".to_owned(), "x&y=z".to_owned()), ("k".to_owned(), "a/b".to_owned())];
        assert_eq!(tagging(&tags).as_deref(), Some("team%20a=x%26y%3Dz&k=a%2Fb"));
    }
}
