//! The operations on one object: put, get, head, delete, tags.

use std::io::{Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderValue};
use s3s::dto::{
    ChecksumMode, ChecksumType, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput,
    DeletedObject, Error, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, PutObjectInput,
    PutObjectOutput, Range as RangeHeader, StreamingBlob,
};
use s3s::{S3Error, S3Request, S3Result, s3_error};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use super::attributes::{Attributes, Checksums, Sidecar, content_encoding, metadata, tags_of_header};
use super::body::{Received, receive};
use super::conditions::{Precondition, ReadConditions, not_modified};
use super::store::{CHUNK_BYTES, Object, Store, Written, disk};

/// S3's bound on the keys of one `DeleteObjects`.
const DELETE_KEYS_MAX: usize = 1000;

/// Headers that ask for what this server cannot do. Taking them silently would be a promise broken.
const REFUSED_HEADERS: [&str; 11] = [
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write-acp",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
];

pub(super) async fn put(store: &Arc<Store>, request: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
    refuse_unsupported(&request.headers)?;
    let input = request.input;
    let precondition = Precondition::new(input.if_match, input.if_none_match)?;
    let attributes = Attributes {
        content_type: input.content_type,
        cache_control: input.cache_control,
        content_disposition: input.content_disposition,
        content_encoding: content_encoding(input.content_encoding),
        content_language: input.content_language,
        expires: input.expires,
        metadata: metadata(input.metadata),
        tags: tags_of_header(input.tagging.as_deref())?,
    }
    .checked()?;
    let (bucket, key) = (input.bucket, input.key);
    {
        // Before the body: what cannot be stored need not be received.
        let (bucket, key) = (bucket.clone(), key.clone());
        store.run(move |store| store.layout.object(&bucket, &key).and(store.require_bucket(&bucket))).await?;
    }
    let trailers = request.trailing_headers.as_ref();
    let received = receive(store, &request.headers, trailers, input.content_length, input.body).await?;
    let Received { staged, size: _, md5, checksums } = received;
    let written = Written { etag: md5.clone(), md5, checksums, attributes };
    let sidecar = store.run(move |store| store.commit((&bucket, &key), staged, written, &precondition)).await?;
    let Checksums { crc32, crc32c, crc64nvme, sha1, sha256 } = sidecar.checksums.clone();
    Ok(PutObjectOutput {
        e_tag: Some(sidecar.e_tag()),
        checksum_crc32: crc32,
        checksum_crc32c: crc32c,
        checksum_crc64nvme: crc64nvme,
        checksum_sha1: sha1,
        checksum_sha256: sha256,
        ..PutObjectOutput::default()
    })
}

pub(super) async fn get(store: &Arc<Store>, input: GetObjectInput) -> S3Result<GetObjectOutput> {
    only_null_version(input.version_id.as_deref())?;
    refuse_part_number(input.part_number)?;
    let conditions = ReadConditions {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    let (bucket, key) = (input.bucket, input.key);
    let range = input.range;
    let (object, span) = store
        .run(move |store| {
            let mut object = store.object(&bucket, &key)?;
            conditions.check(&object.sidecar, not_modified)?;
            let span = resolve(range, object.sidecar.size)?;
            if let Some(span) = &span {
                object.file.seek(SeekFrom::Start(span.start)).map_err(disk)?;
            }
            Ok((object, span))
        })
        .await?;
    let Object { file, sidecar } = object;
    let length = span.as_ref().map_or(sidecar.size, |span| span.end - span.start);
    let bytes = ReaderStream::with_capacity(tokio::fs::File::from_std(file).take(length), CHUNK_BYTES);
    // A checksum of the whole says nothing about a part of it.
    let shown = if span.is_none() { shown_checksums(input.checksum_mode, &sidecar) } else { Checksums::default() };
    let attributes = sidecar.attributes.clone();
    Ok(GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        body: Some(StreamingBlob::wrap(bytes)),
        cache_control: attributes.cache_control.clone(),
        checksum_type: checksum_type(&shown),
        checksum_crc32: shown.crc32,
        checksum_crc32c: shown.crc32c,
        checksum_crc64nvme: shown.crc64nvme,
        checksum_sha1: shown.sha1,
        checksum_sha256: shown.sha256,
        content_disposition: attributes.content_disposition.clone(),
        content_encoding: attributes.content_encoding.clone(),
        content_language: attributes.content_language.clone(),
        content_length: i64::try_from(length).ok(),
        content_range: span.map(|span| content_range(&span, sidecar.size)),
        content_type: Some(content_type(&attributes)),
        e_tag: Some(sidecar.e_tag()),
        expires: attributes.expires.clone(),
        last_modified: Some(sidecar.last_modified()),
        metadata: attributes.user_metadata(),
        tag_count: i32::try_from(attributes.tags.len()).ok().filter(|count| *count > 0),
        ..GetObjectOutput::default()
    })
}

pub(super) async fn head(store: &Arc<Store>, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
    only_null_version(input.version_id.as_deref())?;
    refuse_part_number(input.part_number)?;
    let conditions = ReadConditions {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    let (bucket, key) = (input.bucket, input.key);
    let sidecar = store.run(move |store| Ok(store.object(&bucket, &key)?.sidecar)).await?;
    conditions.check(&sidecar, not_modified)?;
    let span = resolve(input.range, sidecar.size)?;
    let length = span.as_ref().map_or(sidecar.size, |span| span.end - span.start);
    let shown = if span.is_none() { shown_checksums(input.checksum_mode, &sidecar) } else { Checksums::default() };
    let attributes = sidecar.attributes.clone();
    Ok(HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: attributes.cache_control.clone(),
        checksum_type: checksum_type(&shown),
        checksum_crc32: shown.crc32,
        checksum_crc32c: shown.crc32c,
        checksum_crc64nvme: shown.crc64nvme,
        checksum_sha1: shown.sha1,
        checksum_sha256: shown.sha256,
        content_disposition: attributes.content_disposition.clone(),
        content_encoding: attributes.content_encoding.clone(),
        content_language: attributes.content_language.clone(),
        content_length: i64::try_from(length).ok(),
        content_range: span.map(|span| content_range(&span, sidecar.size)),
        content_type: Some(content_type(&attributes)),
        e_tag: Some(sidecar.e_tag()),
        expires: attributes.expires.clone(),
        last_modified: Some(sidecar.last_modified()),
        metadata: attributes.user_metadata(),
        ..HeadObjectOutput::default()
    })
}

pub(super) async fn delete(store: &Arc<Store>, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    only_null_version(input.version_id.as_deref())?;
    let precondition = Precondition::new(input.if_match, None)?;
    let (bucket, key) = (input.bucket, input.key);
    store.run(move |store| store.remove(&bucket, &key, &precondition)).await?;
    Ok(DeleteObjectOutput::default())
}

pub(super) async fn delete_many(store: &Arc<Store>, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
    if input.delete.objects.len() > DELETE_KEYS_MAX {
        return Err(s3_error!(MalformedXML));
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    store
        .run(move |store| {
            store.require_bucket(&input.bucket)?;
            let (mut deleted, mut errors) = (Vec::new(), Vec::new());
            for object in input.delete.objects {
                let removed = only_null_version(object.version_id.as_deref())
                    .and_then(|()| store.remove(&input.bucket, &object.key, &Precondition::None));
                match removed {
                    Ok(()) if quiet => {}
                    Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() }),
                    Err(error) => errors.push(error_entry(object.key, &error)),
                }
            }
            Ok(DeleteObjectsOutput { deleted: Some(deleted), errors: Some(errors), request_charged: None })
        })
        .await
}

fn error_entry(key: String, error: &S3Error) -> Error {
    let code = Some(error.code().as_str().to_owned());
    Error { code, key: Some(key), message: error.message().map(str::to_owned), version_id: None }
}

pub(super) fn refuse_unsupported(headers: &HeaderMap) -> S3Result<()> {
    if let Some(name) = REFUSED_HEADERS.iter().find(|name| headers.contains_key(**name)) {
        return Err(s3_error!(NotImplemented, "The header {name} is not implemented."));
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("x-amz-acl"), text("x-amz-storage-class")) {
        (None | Some("private" | "bucket-owner-full-control"), None | Some("STANDARD")) => Ok(()),
        (Some(_) | None, Some(_) | None) => {
            Err(s3_error!(NotImplemented, "ACLs and storage classes are not implemented."))
        }
    }
}

/// An unversioned bucket knows the version `null` and no other.
pub(super) fn only_null_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(s3_error!(NoSuchVersion)),
    }
}

fn refuse_part_number(part_number: Option<i32>) -> S3Result<()> {
    match part_number {
        None => Ok(()),
        Some(_) => Err(s3_error!(NotImplemented, "Reading one part of an object is not implemented.")),
    }
}

fn content_type(attributes: &Attributes) -> String {
    attributes.content_type.clone().unwrap_or_else(|| "binary/octet-stream".to_owned())
}

fn content_range(span: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", span.start, span.end.saturating_sub(1))
}

/// The bytes a range header means; 416 when there is none of them, which is every range of an empty object.
fn resolve(range: Option<RangeHeader>, size: u64) -> S3Result<Option<Range<u64>>> {
    let Some(range) = range else { return Ok(None) };
    match range.check(size) {
        Ok(span) if !span.is_empty() => Ok(Some(span)),
        Ok(_) | Err(_) => {
            let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
            let value = HeaderValue::from_str(&format!("bytes */{size}")).expect("digits are a header value");
            // These replace the headers an error has by itself, its content type too.
            let xml = HeaderValue::from_static("application/xml");
            error.set_headers(HeaderMap::from_iter([(CONTENT_RANGE, value), (CONTENT_TYPE, xml)]));
            Err(error)
        }
    }
}

fn shown_checksums(mode: Option<ChecksumMode>, sidecar: &Sidecar) -> Checksums {
    match mode {
        Some(mode) if mode.as_str() == ChecksumMode::ENABLED => sidecar.checksums.clone(),
        Some(_) | None => Checksums::default(),
    }
}

fn checksum_type(shown: &Checksums) -> Option<ChecksumType> {
    (*shown != Checksums::default()).then(|| ChecksumType::from_static(ChecksumType::FULL_OBJECT))
}
