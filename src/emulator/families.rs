//! The vendor's families of error codes: under which HTTP status each comes, and in which words.
//!
//! The vendor documents the statuses and, elsewhere, the codes; which code comes under which status is put together here.
//! Codes are many and unstable, so any code can be ordered: one of no family is a refused request.

use axum::http::StatusCode;

/// A family of error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Something about the key.
    Key,
    /// The account, or what it may do.
    Permission,
    /// No credit.
    Quota,
    /// Too much at once.
    RateLimit,
    /// Unsafe content.
    Safety,
    /// Waited too long.
    Timeout,
    /// Who makes the video has no room or is not there.
    Unavailable,
    /// Who makes the video failed.
    Provider,
    /// A fault of the vendor's own.
    Server,
    /// No such task, or no longer.
    NotFound,
    /// Something is wrong with the request.
    Validation,
}

impl Family {
    /// The family of a code. The order matters: `timeoutProvider` is a timeout and `invalidProviderContent` is unsafe.
    pub(super) fn of(code: &str) -> Self {
        let starts = |heads: &[&str]| heads.iter().any(|head| code.starts_with(head));
        let holds = |parts: &[&str]| parts.iter().any(|part| code.contains(part));
        let is = |codes: &[&str]| codes.contains(&code);
        if holds(&["RateLimit", "rateLimit"]) {
            Self::RateLimit
        } else if holds(&["ApiKey"]) || starts(&["unauthorized", "token"]) {
            Self::Key
        } else if starts(&["forbidden", "permission", "account", "organization", "workspace"]) {
            Self::Permission
        } else if holds(&["Credits", "Quota", "quota", "Balance", "paymentRequired"]) {
            Self::Quota
        } else if holds(&["ContentPolicy", "contentPolicy", "nsfw", "Blocked", "moderation", "ContentDetected"])
            || is(&["invalidProviderContent"])
        {
            Self::Safety
        } else if holds(&["timeout", "Timeout"]) {
            Self::Timeout
        } else if code.ends_with("NotFound") || code.ends_with("Expired") || is(&["taskCancelled"]) {
            Self::NotFound
        } else if is(&["noAvailableServer", "serviceUnavailable", "serverUnavailable"]) || starts(&["model"]) {
            Self::Unavailable
        } else if starts(&["provider", "inference", "processing", "task", "download", "upload"]) {
            Self::Provider
        } else if is(&["internalServerError", "standardError", "unknownError"]) {
            Self::Server
        } else {
            Self::Validation
        }
    }

    /// The status of an answer that is nothing but such an error.
    pub(super) fn http_status(self) -> StatusCode {
        match self {
            Self::Key => StatusCode::UNAUTHORIZED,
            Self::Permission => StatusCode::FORBIDDEN,
            Self::Quota => StatusCode::PAYMENT_REQUIRED,
            Self::RateLimit => StatusCode::TOO_MANY_REQUESTS,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Provider | Self::Server => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Safety | Self::Validation => StatusCode::BAD_REQUEST,
        }
    }

    /// What people are told.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Key => "The API key is not valid.",
            Self::Permission => "This account may not do this.",
            Self::Quota => "The account has too few credits for this task.",
            Self::RateLimit => "Too many requests. Try again later.",
            Self::Safety => "The content was found to be unsafe.",
            Self::Timeout => "The task took too long.",
            Self::Unavailable => "There is no room for this task right now.",
            Self::Provider => "The task could not be carried out.",
            Self::Server => "Something went wrong on our side.",
            Self::NotFound => "No such task.",
            Self::Validation => "The request is not valid.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Family;

    /// Every code that the vendor's documents and clients name, by the status that is documented for its kind.
    const CODES: [(u16, &[&str]); 9] = [
        (401, &["invalidApiKey", "missingApiKey", "unauthorized", "tokenExpired", "tokenInvalid"]),
        (403, &["forbidden", "permissionDenied", "accountSuspended", "organizationDisabled", "workspaceSuspended"]),
        (402, &["insufficientCredits", "paymentRequired", "quotaExceeded", "monthlyQuotaReached", "lowBalance"]),
        (429, &["rateLimitExceeded", "providerRateLimitExceeded"]),
        (
            400,
            &[
                "contentPolicyViolation",
                "providerContentPolicyViolation",
                "nsfwContentDetected",
                "promptBlocked",
                "imageBlocked",
                "moderationFailed",
                "sensitiveContentDetected",
                "unsafeContentDetected",
                "invalidProviderContent",
                "conflictTaskUUID",
                "invalidDuration",
                "missingModel",
                "unsupportedModel",
                "valueTooLong",
                "arrayTooSmall",
                "maxValueExceeded",
                "unknownParameter",
                "incompatibleParameters",
                "codeThatNobodyKnows",
            ],
        ),
        (504, &["timeoutProvider", "providerTimeout", "providerGatewayTimeout", "inferenceTimeout"]),
        (
            503,
            &[
                "noAvailableServer",
                "modelUnavailable",
                "modelDisabled",
                "modelNotReady",
                "serviceUnavailable",
                "serverUnavailable",
            ],
        ),
        (
            500,
            &[
                "providerError",
                "inferenceError",
                "processingFailed",
                "taskFailed",
                "downloadFailed",
                "uploadFailed",
                "internalServerError",
                "standardError",
                "unknownError",
            ],
        ),
        (404, &["taskNotFound", "taskFailedOrNotFound", "taskExpired", "taskCancelled", "modelNotFound"]),
    ];

    #[test]
    fn every_documented_code_comes_under_the_status_of_its_family() {
        for (status, codes) in CODES {
            for code in codes {
                assert_eq!(Family::of(code).http_status().as_u16(), status, "{code}");
            }
        }
    }
}
