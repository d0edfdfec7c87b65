//! What an error of the S3 client means: the one place where it becomes a [`Fault`].
//!
//! Stores agree on status codes far more than on the `<Code>` of the body, and answers to HEAD have no body at all. So
//! the status class decides, and a code is looked at only where one status has several meanings. What an answer *cannot*
//! say matters as much: a write whose answer was lost may stand, a read never did harm.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::job::fault::{Fault, FaultKind};
use crate::job::text::one_line;

/// Longest cause kept, in characters: enough for a vendor's sentence, too little for a page of HTML.
const CAUSE_MAX_CHARS: usize = 400;

/// Whether a call can have changed anything. It decides what a lost answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// Changes nothing: repeating it is always safe.
    Read,
    /// May have taken effect when its answer is lost.
    Write,
}

impl Call {
    fn lost(self) -> FaultKind {
        match self {
            Call::Read => FaultKind::Unavailable,
            Call::Write => FaultKind::Ambiguous,
        }
    }
}

/// Why a call failed: the source of its fault, kept apart from its words for those who explain them.
#[derive(Debug, Default)]
pub(super) struct Cause {
    /// The status of the answer; `None` where there was none.
    pub(super) status: Option<u16>,
    /// The answer's code; empty where it has none.
    pub(super) code: String,
    /// Where the bucket is, in the words of an answer that refuses the region.
    pub(super) region: Option<String>,
    text: String,
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Error for Cause {}

/// Turns an error of the client into a fault while `doing` something.
pub(super) fn classify<E>(call: Call, doing: impl Into<String>, error: SdkError<E>) -> Fault
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let unanswered = |text| Cause { text, ..Cause::default() };
    let (kind, cause) = match &error {
        SdkError::ConstructionFailure(_) => (before_sending(&error), unanswered(chain(&error))),
        SdkError::TimeoutError(_) => (call.lost(), unanswered(chain(&error))),
        SdkError::DispatchFailure(failure) => {
            let kind = if failure.is_user() || no_credentials(&error) {
                before_sending(&error)
            } else if never_connected(&error) {
                FaultKind::NotSent
            } else {
                call.lost()
            };
            (kind, unanswered(chain(&error)))
        }
        SdkError::ResponseError(_) => {
            let kind = match call {
                Call::Read => FaultKind::Malformed,
                Call::Write => FaultKind::Ambiguous,
            };
            (kind, unanswered(chain(&error)))
        }
        SdkError::ServiceError(context) => {
            let status = status(&error).unwrap_or(500);
            let code = error.code().unwrap_or_default();
            let kind = kind_of_answer(call, status, code, retry_after(context.raw()));
            let region = context.raw().headers().get("x-amz-bucket-region").map(presentable);
            let text = answer_text(status, code, error.message());
            (kind, Cause { status: Some(status), code: code.to_owned(), region, text })
        }
        _ => (call.lost(), unanswered("an error this version of the S3 client does not name".to_owned())),
    };
    Fault::new(kind, doing).because(cause)
}

/// What an error answer means.
fn kind_of_answer(call: Call, status: u16, code: &str, retry_after: Option<Duration>) -> FaultKind {
    if is_full(status, code) || is_read_only(status, code) {
        return FaultKind::Denied;
    }
    match (status, code) {
        (_, "NoSuchBucket" | "RequestTimeTooSkewed") => FaultKind::Denied,
        // Of a write, the bucket is what is missing; an absent object is no fault and does not come here.
        (404, "") if call == Call::Write => FaultKind::Denied,
        (400, "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired" | "AuthorizationHeaderMalformed") => {
            FaultKind::Denied
        }
        (400, "RequestTimeout") | (408 | 409 | 501, _) => FaultKind::Unavailable,
        // A redirect names another region or endpoint: a setting of ours is wrong.
        (300..=399 | 401 | 402 | 403, _) => FaultKind::Denied,
        (429 | 503, _) => FaultKind::Throttled { after: retry_after },
        (400..=499, "") => FaultKind::Rejected { code: format!("http_{status}") },
        (400..=499, code) => FaultKind::Rejected { code: code.to_owned() },
        _ => call.lost(),
    }
}

/// Whether the store has no room: no job's fault, and no better for the next one. The codes are MinIO's, Ceph's, and
/// those of stores after them.
fn is_full(status: u16, code: &str) -> bool {
    let says_so = ["StorageFull", "InsufficientStorage", "QuotaExceed", "NoSpace", "DiskFull"];
    status == 507 || says_so.iter().any(|word| code.contains(word))
}

/// Whether the store takes no writes at all, or is no store.
fn is_read_only(status: u16, code: &str) -> bool {
    status == 405 || ["ReadOnly", "WriteProtected"].iter().any(|word| code.contains(word))
}

/// The status of an error answer.
///
/// A copy or a completed upload can fail after the store has already sent 200; the error is then in the body, and its
/// code stands in for the status it should have had.
pub(super) fn status<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Option<u16> {
    let SdkError::ServiceError(context) = error else { return None };
    let status = context.raw().status().as_u16();
    if !(200..=299).contains(&status) {
        return Some(status);
    }
    Some(match error.code().unwrap_or_default() {
        "PreconditionFailed" => 412,
        "ConditionalRequestConflict" => 409,
        "NoSuchKey" | "NoSuchVersion" => 404,
        "SlowDown" | "ServiceUnavailable" => 503,
        _ => 500,
    })
}

/// Whether the answer says that the object is absent, and not its bucket or an upload.
pub(super) fn absent<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    status(error) == Some(404) && !matches!(error.code(), Some("NoSuchBucket" | "NoSuchUpload"))
}

fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn before_sending<E: Error + 'static>(error: &SdkError<E>) -> FaultKind {
    if no_credentials(error) { FaultKind::Denied } else { FaultKind::Bug }
}

/// The client has no public type for this; its texts are pinned by a test.
fn no_credentials(error: &(dyn Error + 'static)) -> bool {
    links(error).any(|link| link.to_string().contains("credential"))
}

/// The same holds for a connection that never came about: refused, not resolved, not routed, no TLS, timed out.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    links(error).any(|link| {
        let refused =
            link.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused);
        let text = link.to_string();
        refused || text.contains("client error (Connect)") || text.contains("HTTP connect")
    })
}

fn links<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&link| link.source())
}

pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = links(error).map(ToString::to_string).collect();
    texts.dedup();
    presentable(&texts.join(": "))
}

fn answer_text(status: u16, code: &str, message: Option<&str>) -> String {
    let advice = match (status, code) {
        _ if is_full(status, code) => " (the store is full: make room in it, or raise the bucket's quota)",
        _ if is_read_only(status, code) => {
            " (the store takes no writes: end its read-only mode, or correct s3.endpoint)"
        }
        (_, "NoSuchBucket") | (404, "") => " (create the bucket or correct its name in the settings)",
        (_, "RequestTimeTooSkewed") => {
            " (this machine's clock and the store's differ too much: keep both in step, as with NTP)"
        }
        (300..=399, _) => " (the bucket is in another region or behind another endpoint: correct the settings)",
        (403, _) => " (check the credentials and what they are allowed to do in this bucket)",
        _ => "",
    };
    let message = presentable(message.unwrap_or_default());
    let mut text = format!("the store answered {status}");
    for part in [code, &message] {
        if !part.is_empty() {
            text.push(' ');
            text.push_str(part);
        }
    }
    text + advice
}

/// Bounds and escapes a foreign text, and cuts the query off whatever looks like a URL: a query may be a signature.
pub(super) fn presentable(text: &str) -> String {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let secret = word.contains("://") || word.contains("X-Amz-");
        words.push(match word.split_once('?') {
            Some((before, _)) if secret => before,
            _ if word.contains("X-Amz-") => "(redacted)",
            _ => word,
        });
    }
    one_line(&words.join(" "), CAUSE_MAX_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(code: &str) -> FaultKind {
        FaultKind::Rejected { code: code.to_owned() }
    }

    #[test]
    fn an_answer_means_the_same_for_reads_and_writes_unless_its_effect_is_unknown() {
        let table = [
            (301, "PermanentRedirect", FaultKind::Denied),
            (400, "ExpiredToken", FaultKind::Denied),
            (400, "AuthorizationHeaderMalformed", FaultKind::Denied),
            (400, "RequestTimeout", FaultKind::Unavailable),
            (400, "InvalidArgument", rejected("InvalidArgument")),
            (400, "", rejected("http_400")),
            (401, "", FaultKind::Denied),
            (403, "", FaultKind::Denied),
            (403, "SignatureDoesNotMatch", FaultKind::Denied),
            (404, "NoSuchBucket", FaultKind::Denied),
            (404, "NoSuchUpload", rejected("NoSuchUpload")),
            (409, "ConditionalRequestConflict", FaultKind::Unavailable),
            (412, "PreconditionFailed", rejected("PreconditionFailed")),
            (416, "InvalidRange", rejected("InvalidRange")),
            (429, "", FaultKind::Throttled { after: None }),
            (501, "NotImplemented", FaultKind::Unavailable),
            (503, "SlowDown", FaultKind::Throttled { after: None }),
        ];
        for (status, code, kind) in table {
            assert_eq!(kind_of_answer(Call::Read, status, code, None), kind, "{status} {code} to a read");
            assert_eq!(kind_of_answer(Call::Write, status, code, None), kind, "{status} {code} to a write");
        }
        for status in [200, 500, 502, 504] {
            assert_eq!(kind_of_answer(Call::Read, status, "InternalError", None), FaultKind::Unavailable);
            assert_eq!(kind_of_answer(Call::Write, status, "InternalError", None), FaultKind::Ambiguous);
        }
    }

    #[test]
    fn a_full_or_read_only_store_is_our_trouble_with_its_cure_and_no_jobs() {
        for (status, code, cure) in [
            (507, "", "make room"),
            (507, "XMinioStorageFull", "make room"),
            (500, "XMinioStorageFull", "make room"),
            (403, "QuotaExceeded", "make room"),
            (400, "XMinioAdminBucketQuotaExceeded", "make room"),
            (409, "BucketQuotaExceeded", "make room"),
            (507, "InsufficientStorage", "make room"),
            (405, "MethodNotAllowed", "read-only"),
            (503, "XMinioServerReadOnlyMode", "read-only"),
            (403, "AccessDenied", "what they are allowed to do"),
            (403, "RequestTimeTooSkewed", "keep both in step"),
            (400, "RequestTimeTooSkewed", "keep both in step"),
            (404, "NoSuchBucket", "create the bucket"),
        ] {
            for call in [Call::Read, Call::Write] {
                assert_eq!(kind_of_answer(call, status, code, None), FaultKind::Denied, "{status} {code}");
            }
            let text = answer_text(status, code, Some("so it is"));
            assert!(text.contains(cure), "{text}");
        }
        assert_eq!(kind_of_answer(Call::Write, 404, "", None), FaultKind::Denied);
    }

    #[test]
    fn no_status_and_no_code_is_without_a_kind() {
        for status in 100..=999 {
            for code in ["", "Anything"] {
                assert_ne!(kind_of_answer(Call::Write, status, code, None), FaultKind::Bug, "{status} {code}");
            }
        }
    }

    #[test]
    fn foreign_texts_lose_signatures_and_length() {
        let text =
            presentable("cannot PUT https://s3.example/b/k?X-Amz-Signature=abc&x=1 now\nX-Amz-Signature=abc why?");
        assert_eq!(text, "cannot PUT https://s3.example/b/k now (redacted) why?");
        assert_eq!(presentable(&"x".repeat(10_000)).chars().count(), CAUSE_MAX_CHARS);
        assert_eq!(presentable("a\u{1b}[31m\u{202e}b"), "a\\u{1b}[31m\\u{202e}b");
    }
}
