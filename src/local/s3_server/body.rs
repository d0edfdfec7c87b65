//! Receiving a body: to disk as it comes, hashed on the way, and refused when it is not what its headers promise.

use std::sync::Arc;

use futures_util::StreamExt as _;
use hyper::header::TRANSFER_ENCODING;
use hyper::{HeaderMap, StatusCode};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, StdError, TrailingHeaders, s3_error};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::attributes::{Checksums, hex};
use super::store::{Staged, Store, disk};

/// S3's bound on what one PUT, one part or one copy may carry, in bytes.
pub(super) const BODY_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// A body that is on disk and as promised.
pub(super) struct Received {
    pub(super) staged: Staged,
    pub(super) size: u64,
    pub(super) md5: String,
    /// Those the sender gave, all verified.
    pub(super) checksums: Checksums,
}

/// Writes `body` to a staging file and verifies its length, `Content-MD5` and every `x-amz-checksum-*`, wherever the
/// sender put it: in a header or in the trailer of an `aws-chunked` body.
pub(super) async fn receive(
    store: &Arc<Store>,
    headers: &HeaderMap,
    trailers: Option<&TrailingHeaders>,
    content_length: Option<i64>,
    body: Option<StreamingBlob>,
) -> S3Result<Received> {
    let length = promised_length(headers, content_length)?;
    let mut hasher = hasher_for(&algorithms(headers)?);
    let mut digest = Md5::new();
    let staged = store.stage();
    let mut file = File::create(staged.path()).await.map_err(disk)?;

    let mut size: u64 = 0;
    let mut body = body.ok_or_else(|| s3_error!(IncompleteBody))?;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| broken_body(&error))?;
        size = size.saturating_add(chunk.len() as u64);
        if size > length {
            return Err(s3_error!(IncompleteBody, "The body is longer than its headers say."));
        }
        digest.update(&chunk);
        hasher.update(&chunk);
        file.write_all(&chunk).await.map_err(disk)?;
    }
    if size < length {
        return Err(s3_error!(IncompleteBody));
    }
    file.flush().await.map_err(disk)?;
    drop(file);

    let md5 = digest.finalize();
    check_content_md5(headers, &md5)?;
    let checksums = computed(hasher);
    check_checksums(headers, &checksums)?;
    if let Some(trailers) = trailers.and_then(TrailingHeaders::take) {
        check_checksums(&trailers, &checksums)?;
    }
    Ok(Received { staged, size, md5: hex(&md5), checksums })
}

/// A hasher for the algorithms of the given checksums.
pub(super) fn hasher_of(given: &Checksums) -> ChecksumHasher {
    let mut names = Vec::new();
    for (name, value) in fields(given) {
        if value.is_some() {
            names.push(name.to_owned());
        }
    }
    hasher_for(&names)
}

pub(super) fn computed(hasher: ChecksumHasher) -> Checksums {
    let sums = hasher.finalize();
    Checksums {
        crc32: sums.checksum_crc32,
        crc32c: sums.checksum_crc32c,
        crc64nvme: sums.checksum_crc64nvme,
        sha1: sums.checksum_sha1,
        sha256: sums.checksum_sha256,
    }
}

pub(super) fn fields(checksums: &Checksums) -> [(&'static str, Option<&str>); 5] {
    [
        ("crc32", checksums.crc32.as_deref()),
        ("crc32c", checksums.crc32c.as_deref()),
        ("crc64nvme", checksums.crc64nvme.as_deref()),
        ("sha1", checksums.sha1.as_deref()),
        ("sha256", checksums.sha256.as_deref()),
    ]
}

/// AWS answers 501 to a body of unstated length, and 411 to no statement at all.
fn promised_length(headers: &HeaderMap, content_length: Option<i64>) -> S3Result<u64> {
    let decoded = headers.get("x-amz-decoded-content-length").and_then(|value| value.to_str().ok()?.parse().ok());
    let length = match decoded.or_else(|| content_length.and_then(|length| u64::try_from(length).ok())) {
        Some(length) => length,
        None if headers.contains_key(TRANSFER_ENCODING) => {
            return Err(s3_error!(
                NotImplemented,
                "A header you provided implies functionality that is not implemented: Transfer-Encoding"
            ));
        }
        None => return Err(s3_error!(MissingContentLength)),
    };
    if length > BODY_BYTES_MAX { Err(s3_error!(EntityTooLarge)) } else { Ok(length) }
}

/// The algorithms to compute while the body passes. One that is unknown here is refused rather than not checked.
fn algorithms(headers: &HeaderMap) -> S3Result<Vec<String>> {
    let trailers = headers.get_all("x-amz-trailer").iter().filter_map(|value| value.to_str().ok());
    let named = trailers.flat_map(|names| names.split(',')).map(|name| name.trim().to_ascii_lowercase());
    let given = headers.keys().map(|name| name.as_str().to_owned());
    let mut algorithms = Vec::new();
    for name in given.chain(named) {
        let Some(algorithm) = name.strip_prefix("x-amz-checksum-") else { continue };
        match algorithm {
            "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256" => algorithms.push(algorithm.to_owned()),
            "algorithm" | "type" | "mode" => {}
            _ => return Err(s3_error!(NotImplemented, "The checksum algorithm {algorithm} is not implemented.")),
        }
    }
    Ok(algorithms)
}

fn hasher_for(algorithms: &[String]) -> ChecksumHasher {
    fn wanted<C: Checksum>(algorithms: &[String], name: &str) -> Option<C> {
        algorithms.iter().any(|algorithm| algorithm == name).then(C::new)
    }
    ChecksumHasher {
        crc32: wanted::<Crc32>(algorithms, "crc32"),
        crc32c: wanted::<Crc32c>(algorithms, "crc32c"),
        crc64nvme: wanted::<Crc64Nvme>(algorithms, "crc64nvme"),
        sha1: wanted::<Sha1>(algorithms, "sha1"),
        sha256: wanted::<Sha256>(algorithms, "sha256"),
    }
}

fn check_content_md5(headers: &HeaderMap, md5: &[u8]) -> S3Result<()> {
    use base64::Engine as _;
    let Some(given) = headers.get("content-md5") else { return Ok(()) };
    match base64::engine::general_purpose::STANDARD.decode(given) {
        Ok(given) if given == md5 => Ok(()),
        Ok(given) if given.len() == md5.len() => {
            Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."))
        }
        Ok(_) | Err(_) => Err(s3_error!(InvalidDigest, "The Content-MD5 you specified is not valid.")),
    }
}

fn check_checksums(headers: &HeaderMap, computed: &Checksums) -> S3Result<()> {
    for (name, value) in fields(computed) {
        let (Some(given), Some(value)) = (headers.get(format!("x-amz-checksum-{name}")), value) else { continue };
        if given.as_bytes() != value.as_bytes() {
            return Err(s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum."));
        }
    }
    Ok(())
}

/// Why a body broke off. The types of `s3s` behind these are private, so its wording has to tell them apart.
fn broken_body(error: &StdError) -> S3Error {
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        let mut answer = S3Error::new(S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()));
        answer.set_status_code(StatusCode::BAD_REQUEST);
        answer.set_message("The provided 'x-amz-content-sha256' header does not match what was computed.");
        return answer;
    }
    if text.contains("SignatureMismatch") {
        return s3_error!(SignatureDoesNotMatch);
    }
    s3_error!(IncompleteBody, "The body broke off before its end.")
}
