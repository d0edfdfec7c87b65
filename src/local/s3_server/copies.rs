//! Copying an object inside the server.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, MetadataDirective, TaggingDirective};
use s3s::{S3Request, S3Result, s3_error};

use super::attributes::{Attributes, hex, metadata, tags_of_header};
use super::body::BODY_BYTES_MAX;
use super::conditions::{Precondition, ReadConditions, source_unchanged};
use super::objects::{only_null_version, refuse_unsupported};
use super::store::{Object, Staged, Store, Written, disk, read_all};

/// What the request says instead of what the source has; `None` keeps the source's.
struct Replacements {
    described: Option<Attributes>,
    tags: Option<BTreeMap<String, String>>,
}

pub(super) async fn copy(store: &Arc<Store>, request: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
    refuse_unsupported(&request.headers)?;
    // `s3s` reads the conditions on the source, and not yet those on the destination.
    let precondition = Precondition::of_headers(&request.headers)?;
    let mut input = request.input;
    let (from_bucket, from_key) = source_of(input.copy_source.clone())?;
    let conditions = ReadConditions {
        if_match: input.copy_source_if_match.take(),
        if_none_match: input.copy_source_if_none_match.take(),
        if_modified_since: input.copy_source_if_modified_since.take(),
        if_unmodified_since: input.copy_source_if_unmodified_since.take(),
    };
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let replacements = replacements(input)?;
    let onto_itself = from_bucket == bucket && from_key == key;
    if onto_itself && replacements.described.is_none() && replacements.tags.is_none() {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing it."
        ));
    }
    let sidecar = store
        .run(move |store| {
            store.require_bucket(&bucket)?;
            let source = store.object(&from_bucket, &from_key)?;
            conditions.check(&source.sidecar, source_unchanged)?;
            if source.sidecar.size > BODY_BYTES_MAX {
                return Err(s3_error!(InvalidRequest, "The copy source is larger than 5 GiB; copy it in parts."));
            }
            store.check(&bucket, &key, &precondition)?;
            let (staged, written) = copied(store, source, replacements)?;
            store.commit((&bucket, &key), staged, written, &precondition)
        })
        .await?;
    let result = CopyObjectResult {
        e_tag: Some(sidecar.e_tag()),
        last_modified: Some(sidecar.last_modified()),
        ..CopyObjectResult::default()
    };
    Ok(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() })
}

/// The bucket and key a copy reads from.
pub(super) fn source_of(source: CopySource) -> S3Result<(String, String)> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => {
            only_null_version(version_id.as_deref())?;
            Ok((bucket.into(), key.into()))
        }
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
            Err(s3_error!(NotImplemented, "Access points are not implemented."))
        }
    }
}

fn replacements(input: CopyObjectInput) -> S3Result<Replacements> {
    let replaces = |directive: &str| directive == MetadataDirective::REPLACE;
    let described = match input.metadata_directive.as_ref().map(MetadataDirective::as_str) {
        Some(directive) if replaces(directive) => Some(Attributes {
            content_type: input.content_type,
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            expires: input.expires,
            metadata: metadata(input.metadata),
            tags: BTreeMap::new(),
        }),
        Some(_) | None => None,
    };
    let tags = match input.tagging_directive.as_ref().map(TaggingDirective::as_str) {
        Some(directive) if directive == TaggingDirective::REPLACE => Some(tags_of_header(input.tagging.as_deref())?),
        Some(_) | None => None,
    };
    let described = described.map(Attributes::checked).transpose()?;
    Ok(Replacements { described, tags })
}

/// The bytes of the source in a staging file. Their `ETag` is new: a copy of a multipart object is no multipart object.
fn copied(store: &Store, source: Object, replacements: Replacements) -> S3Result<(Staged, Written)> {
    let staged = store.stage();
    let mut to = File::create(staged.path()).map_err(disk)?;
    let mut digest = Md5::new();
    read_all(source.file, |chunk| {
        digest.update(chunk);
        to.write_all(chunk)
    })
    .map_err(disk)?;
    let md5 = hex(&digest.finalize());
    let own = source.sidecar.attributes;
    let tags = replacements.tags.unwrap_or_else(|| own.tags.clone());
    let attributes = Attributes { tags, ..replacements.described.unwrap_or(own) };
    Ok((staged, Written { etag: md5.clone(), md5, checksums: source.sidecar.checksums, attributes }))
}
