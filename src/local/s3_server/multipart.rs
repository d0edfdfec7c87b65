//! The operations of multipart uploads, between the wire's types and [`super::uploads`].

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CompletedPart, CopyPartResult, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, ListPartsInput,
    ListPartsOutput, Part as ListedPart, Range, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Request, S3Result, s3_error};

use super::attributes::{Attributes, Checksums, hex, metadata, tags_of_header, timestamp};
use super::body::{BODY_BYTES_MAX, Received, fields, receive};
use super::conditions::{Precondition, ReadConditions, source_unchanged};
use super::copies::source_of;
use super::objects::refuse_unsupported;
use super::store::{Store, disk, read_all};
use super::uploads::{Named, PART_NUMBER_MAX, Part, UploadRef};

/// S3's bound on one answer of `ListParts`.
const LISTED_PARTS_MAX: i32 = 1000;

pub(super) async fn create(
    store: &Arc<Store>,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<CreateMultipartUploadOutput> {
    refuse_unsupported(&request.headers)?;
    let input = request.input;
    let attributes = Attributes {
        content_type: input.content_type,
        cache_control: input.cache_control,
        content_disposition: input.content_disposition,
        content_encoding: input.content_encoding,
        content_language: input.content_language,
        expires: input.expires,
        metadata: metadata(input.metadata),
        tags: tags_of_header(input.tagging.as_deref())?,
    }
    .checked()?;
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let upload_id = store.run(move |store| store.begin_upload(&bucket, &key, attributes)).await?;
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload_id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: input.checksum_type,
        ..CreateMultipartUploadOutput::default()
    })
}

pub(super) async fn upload_part(store: &Arc<Store>, request: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
    refuse_unsupported(&request.headers)?;
    let input = request.input;
    let number = part_number(input.part_number)?;
    let upload = Arc::new(UploadRef { bucket: input.bucket, key: input.key, id: input.upload_id });
    {
        // Before the body: a part of no upload need not be received.
        let upload = Arc::clone(&upload);
        store.run(move |store| store.parts(&upload).map(|_parts| ())).await?;
    }
    let trailers = request.trailing_headers.as_ref();
    let received = receive(store, &request.headers, trailers, input.content_length, input.body).await?;
    let part = store.run(move |store| store.put_part(&upload, number, received)).await?;
    let Checksums { crc32, crc32c, crc64nvme, sha1, sha256 } = part.checksums;
    Ok(UploadPartOutput {
        e_tag: Some(ETag::Strong(part.md5)),
        checksum_crc32: crc32,
        checksum_crc32c: crc32c,
        checksum_crc64nvme: crc64nvme,
        checksum_sha1: sha1,
        checksum_sha256: sha256,
        ..UploadPartOutput::default()
    })
}

pub(super) async fn upload_part_copy(store: &Arc<Store>, input: UploadPartCopyInput) -> S3Result<UploadPartCopyOutput> {
    let number = part_number(input.part_number)?;
    let (from_bucket, from_key) = source_of(input.copy_source)?;
    let conditions = ReadConditions {
        if_match: input.copy_source_if_match,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    };
    let upload = UploadRef { bucket: input.bucket, key: input.key, id: input.upload_id };
    let range = input.copy_source_range;
    let part = store
        .run(move |store| {
            let source = store.object(&from_bucket, &from_key)?;
            conditions.check(&source.sidecar, source_unchanged)?;
            let span = copied_span(range.as_deref(), source.sidecar.size)?;
            let received = copy_span(store, source.file, &span)?;
            store.put_part(&upload, number, received)
        })
        .await?;
    let result = CopyPartResult {
        e_tag: Some(ETag::Strong(part.md5)),
        last_modified: Some(timestamp(part.modified_unix_ns)),
        ..CopyPartResult::default()
    };
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() })
}

pub(super) async fn complete(
    store: &Arc<Store>,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let precondition = Precondition::new(input.if_match, input.if_none_match)?;
    let whole = Checksums {
        crc32: input.checksum_crc32,
        crc32c: input.checksum_crc32c,
        crc64nvme: input.checksum_crc64nvme,
        sha1: input.checksum_sha1,
        sha256: input.checksum_sha256,
    };
    if fields(&whole).iter().any(|(_, value)| value.is_some_and(|value| value.contains('-'))) {
        return Err(s3_error!(NotImplemented, "Checksums of checksums are not implemented; give one of the object."));
    }
    let parts = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    let named = parts.into_iter().map(named).collect::<S3Result<Vec<_>>>()?;
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let upload = UploadRef { bucket: input.bucket, key: input.key, id: input.upload_id };
    let sidecar = store.run(move |store| store.complete_upload(&upload, &named, &whole, &precondition)).await?;
    Ok(CompleteMultipartUploadOutput {
        bucket: Some(bucket),
        key: Some(key),
        e_tag: Some(sidecar.e_tag()),
        ..CompleteMultipartUploadOutput::default()
    })
}

pub(super) async fn abort(
    store: &Arc<Store>,
    input: AbortMultipartUploadInput,
) -> S3Result<AbortMultipartUploadOutput> {
    let upload = UploadRef { bucket: input.bucket, key: input.key, id: input.upload_id };
    store.run(move |store| store.abort_upload(&upload)).await?;
    Ok(AbortMultipartUploadOutput::default())
}

pub(super) async fn list(store: &Arc<Store>, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let upload = UploadRef { bucket: input.bucket.clone(), key: input.key.clone(), id: input.upload_id.clone() };
    let parts = store.run(move |store| store.parts(&upload)).await?;
    let max = input.max_parts.unwrap_or(LISTED_PARTS_MAX).clamp(1, LISTED_PARTS_MAX);
    let after = input.part_number_marker.unwrap_or(0);
    let mut listed: Vec<Part> = parts.into_values().filter(|part| part.number > after).collect();
    let limit = usize::try_from(max).unwrap_or(usize::MAX);
    let is_truncated = listed.len() > limit;
    listed.truncate(limit);
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        max_parts: Some(max),
        part_number_marker: Some(after),
        next_part_number_marker: listed.last().map(|part| part.number),
        is_truncated: Some(is_truncated),
        parts: Some(listed.into_iter().map(listed_part).collect()),
        ..ListPartsOutput::default()
    })
}

fn listed_part(part: Part) -> ListedPart {
    let Checksums { crc32, crc32c, crc64nvme, sha1, sha256 } = part.checksums;
    ListedPart {
        part_number: Some(part.number),
        size: i64::try_from(part.size).ok(),
        e_tag: Some(ETag::Strong(part.md5)),
        last_modified: Some(timestamp(part.modified_unix_ns)),
        checksum_crc32: crc32,
        checksum_crc32c: crc32c,
        checksum_crc64nvme: crc64nvme,
        checksum_sha1: sha1,
        checksum_sha256: sha256,
    }
}

fn named(part: CompletedPart) -> S3Result<Named> {
    let number = part.part_number.ok_or_else(|| s3_error!(MalformedXML))?;
    let checksums = Checksums {
        crc32: part.checksum_crc32,
        crc32c: part.checksum_crc32c,
        crc64nvme: part.checksum_crc64nvme,
        sha1: part.checksum_sha1,
        sha256: part.checksum_sha256,
    };
    Ok(Named { number, etag: part.e_tag, checksums })
}

fn part_number(number: i32) -> S3Result<i32> {
    if (1..=PART_NUMBER_MAX).contains(&number) {
        Ok(number)
    } else {
        Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and {PART_NUMBER_MAX}, inclusive"))
    }
}

/// The bytes of a source a part is copied from; unlike a reader's range, one that reaches past the end is an error.
fn copied_span(range: Option<&str>, size: u64) -> S3Result<std::ops::Range<u64>> {
    let span = match range.map(Range::parse) {
        None => 0..size,
        Some(Ok(Range::Int { first, last: Some(last) })) if last < size => first..last + 1,
        Some(_) => return Err(s3_error!(InvalidArgument, "The x-amz-copy-source-range is not within the source.")),
    };
    if span.end - span.start > BODY_BYTES_MAX { Err(s3_error!(EntityTooLarge)) } else { Ok(span) }
}

fn copy_span(store: &Store, mut from: File, span: &std::ops::Range<u64>) -> S3Result<Received> {
    let size = span.end - span.start;
    let staged = store.stage();
    let mut to = File::create(staged.path()).map_err(disk)?;
    let mut digest = Md5::new();
    from.seek(SeekFrom::Start(span.start)).map_err(disk)?;
    read_all(from.take(size), |chunk| {
        digest.update(chunk);
        to.write_all(chunk)
    })
    .map_err(disk)?;
    Ok(Received { staged, size, md5: hex(&digest.finalize()), checksums: Checksums::default() })
}
