//! A stream of unknown length as one object, with one part in memory at a time.
//!
//! Short streams are a plain PUT; longer ones a multipart upload, which becomes visible only when it is completed and is
//! aborted when anything fails. A worker that is killed meanwhile leaves parts behind; the bucket's lifecycle rule for
//! incomplete uploads removes those.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream as SdkStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use super::S3Store;
use super::classify::{Call, classify};
use super::promote::{PARTS_MAX, patient};
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::ObjectRef;
use crate::ports::{ByteStream, bug};

/// Bytes of a part, unless the limit needs larger ones to be reached in [`PARTS_MAX`] parts. It is what one stream costs in
/// memory, twice for a moment; S3 allows no less than 5 MiB.
const PART_BYTES: u64 = 8 * 1024 * 1024;

impl S3Store {
    /// Writes the stream and answers with its length.
    pub(super) async fn write_parts(
        &self,
        object: &ObjectRef,
        content_type: &str,
        body: ByteStream,
        max_bytes: u64,
    ) -> Outcome<u64> {
        let mut parts = Parts {
            body,
            part_bytes: usize::try_from(PART_BYTES.max(max_bytes.div_ceil(PARTS_MAX))).unwrap_or(usize::MAX),
            carried: BytesMut::new(),
            ended: false,
            total: 0,
            max_bytes,
        };
        let first = parts.next(object).await?;
        if parts.ended {
            self.put_whole(object, content_type, first).await?;
            return Ok(parts.total);
        }
        let begun = self
            .repeating
            .create_multipart_upload()
            .bucket(&object.bucket)
            .key(object.key.as_str())
            .content_type(content_type)
            .send()
            .await
            .map_err(|error| classify(Call::Write, doing(object), error))?;
        let Some(upload) = begun.upload_id() else {
            return Err(Fault::new(FaultKind::Malformed, doing(object)).because("the new upload has no name"));
        };
        let outcome = self.upload(object, upload, first, &mut parts).await;
        if outcome.is_err() {
            abort_upload(&self.repeating, object, upload).await;
        }
        outcome.map(|()| parts.total)
    }

    /// An unconditional PUT of the same bytes may be repeated.
    async fn put_whole(&self, object: &ObjectRef, content_type: &str, body: Bytes) -> Outcome<()> {
        self.repeating
            .put_object()
            .bucket(&object.bucket)
            .key(object.key.as_str())
            .content_type(content_type)
            .body(SdkStream::from(body))
            .send()
            .await
            .map_err(|error| classify(Call::Write, doing(object), error))?;
        Ok(())
    }

    async fn upload(&self, object: &ObjectRef, upload: &str, first: Bytes, parts: &mut Parts) -> Outcome<()> {
        let mut done = CompletedMultipartUpload::builder();
        let mut part = first;
        for number in 1.. {
            let sent = self
                .repeating
                .upload_part()
                .bucket(&object.bucket)
                .key(object.key.as_str())
                .upload_id(upload)
                .part_number(number)
                .body(SdkStream::from(part))
                .customize()
                .config_override(patient(self.copy_timeout))
                .send()
                .await
                .map_err(|error| classify(Call::Write, doing(object), error))?;
            done = done.parts(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build());
            if parts.ended {
                break;
            }
            part = parts.next(object).await?;
            if part.is_empty() {
                break;
            }
        }
        self.repeating
            .complete_multipart_upload()
            .bucket(&object.bucket)
            .key(object.key.as_str())
            .upload_id(upload)
            .multipart_upload(done.build())
            .customize()
            .config_override(patient(self.copy_timeout))
            .send()
            .await
            .map_err(|error| classify(Call::Write, doing(object), error))?;
        Ok(())
    }
}

/// Forgets an upload. That it fails changes nothing of the fault that led here; lifecycle rules take what is left.
pub(super) async fn abort_upload(client: &Client, object: &ObjectRef, upload: &str) {
    let abort = client.abort_multipart_upload().bucket(&object.bucket).key(object.key.as_str()).upload_id(upload);
    if let Err(error) = abort.send().await {
        let fault = classify(Call::Write, format!("aborting an upload of {object}"), error);
        tracing::warn!(error = fault.chain(), "parts of an aborted upload may be left in the bucket");
    }
}

/// Cuts a stream into parts.
struct Parts {
    body: ByteStream,
    part_bytes: usize,
    carried: BytesMut,
    ended: bool,
    total: u64,
    max_bytes: u64,
}

impl Parts {
    /// The next part: full, or whatever is left when the stream ends.
    async fn next(&mut self, object: &ObjectRef) -> Outcome<Bytes> {
        while self.carried.len() < self.part_bytes {
            let Some(chunk) = self.body.next().await.transpose()? else {
                self.ended = true;
                return Ok(self.carried.split().freeze());
            };
            self.total += u64::try_from(chunk.len()).map_err(|why| bug(doing(object)).because(why))?;
            if self.total > self.max_bytes {
                let kind = FaultKind::Rejected { code: "too_large".to_owned() };
                let limit = format!("the stream is longer than the {} bytes allowed", self.max_bytes);
                return Err(Fault::new(kind, doing(object)).because(limit));
            }
            self.carried.extend_from_slice(&chunk);
        }
        Ok(self.carried.split_to(self.part_bytes).freeze())
    }
}

fn doing(object: &ObjectRef) -> String {
    format!("writing a stream to {object}")
}
