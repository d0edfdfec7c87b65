//! The conditions of requests: which state of an object they are for, and what to answer otherwise.

use hyper::HeaderMap;
use hyper::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use s3s::dto::{ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};

use super::attributes::Sidecar;

/// What must be at a key for a write to happen. Checked under the store's lock, together with the write.
pub(super) enum Precondition {
    /// Whatever is there.
    None,
    /// `If-None-Match: *`
    Absent,
    /// `If-Match`
    Matches(ETagCondition),
}

impl Precondition {
    pub(super) fn new(if_match: Option<ETagCondition>, if_none_match: Option<ETagCondition>) -> S3Result<Self> {
        match (if_match, if_none_match) {
            (None, None) => Ok(Self::None),
            (Some(etag), None) => Ok(Self::Matches(etag)),
            (None, Some(ETagCondition::Any)) => Ok(Self::Absent),
            // As AWS: a write knows `If-None-Match` only with `*`, and one condition at a time.
            (None | Some(_), Some(_)) => {
                Err(s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented"))
            }
        }
    }

    /// For operations whose conditions `s3s` does not read.
    pub(super) fn of_headers(headers: &HeaderMap) -> S3Result<Self> {
        Self::new(header_condition(headers, &IF_MATCH)?, header_condition(headers, &IF_NONE_MATCH)?)
    }

    pub(super) fn check(&self, current: Option<&Sidecar>) -> S3Result<()> {
        match (self, current) {
            (Self::None, _) | (Self::Absent, None) => Ok(()),
            (Self::Absent, Some(_)) => Err(precondition_failed("If-None-Match")),
            (Self::Matches(_), None) => Err(s3_error!(NoSuchKey)),
            (Self::Matches(condition), Some(current)) if holds(condition, current) => Ok(()),
            (Self::Matches(_), Some(_)) => Err(precondition_failed("If-Match")),
        }
    }

    /// Whether the state of the key has to be known at all.
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// The conditions of a read, or of the source of a copy.
pub(super) struct ReadConditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    /// An `ETag` condition outranks the date that asks the same question (RFC 9110, 13.2.2). `unchanged` is what an
    /// unmet `If-None-Match` or `If-Modified-Since` answers: 304 to a reader, 412 to a copy.
    pub(super) fn check(self, found: &Sidecar, unchanged: fn() -> S3Error) -> S3Result<()> {
        let changed_after = |time: &Timestamp| found.last_modified_s() > *time;
        match (self.if_match, self.if_unmodified_since) {
            (Some(condition), _) if !holds(&condition, found) => return Err(precondition_failed("If-Match")),
            (None, Some(time)) if changed_after(&time) => {
                return Err(precondition_failed("If-Unmodified-Since"));
            }
            (Some(_) | None, Some(_) | None) => {}
        }
        match (self.if_none_match, self.if_modified_since) {
            (Some(condition), _) if holds(&condition, found) => Err(unchanged()),
            (None, Some(time)) if !changed_after(&time) => Err(unchanged()),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }
}

pub(super) fn not_modified() -> S3Error {
    s3_error!(NotModified)
}

pub(super) fn source_unchanged() -> S3Error {
    precondition_failed("x-amz-copy-source-If-None-Match")
}

fn precondition_failed(condition: &str) -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold: {condition}")
}

fn holds(condition: &ETagCondition, found: &Sidecar) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(etag) => etag.value() == found.etag,
    }
}

fn header_condition(headers: &HeaderMap, name: &HeaderName) -> S3Result<Option<ETagCondition>> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let condition = ETagCondition::parse_http_header(value.as_bytes());
    condition.map(Some).map_err(|_| s3_error!(InvalidArgument, "The header {name} is no ETag."))
}
