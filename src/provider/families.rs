//! Error families: the vendor's many and unstable codes, reduced to what we act on.
//!
//! The rows and their order follow the vendor's error documentation and the codes that its clients know. Names are
//! compared as they are written there, in camel case; only `timeout` has been seen in every case.

use crate::ports::ErrorFamily;

/// Whole codes of each family. They are looked at before any pattern: `taskFailedOrNotFound` is no `taskFailed`.
const CODES: [(ErrorFamily, &[&str]); 9] = [
    (ErrorFamily::Conflict, &["conflictTaskUUID"]),
    (ErrorFamily::Auth, &["invalidApiKey", "missingApiKey", "unauthorized", "forbidden", "permissionDenied"]),
    (ErrorFamily::Quota, &["insufficientCredits", "paymentRequired", "quotaExceeded"]),
    (
        ErrorFamily::Safety,
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
        ],
    ),
    (ErrorFamily::Timeout, &["timeoutProvider", "providerTimeout", "providerGatewayTimeout"]),
    (
        ErrorFamily::Provider,
        &[
            "inferenceError",
            "processingFailed",
            "taskFailed",
            "downloadFailed",
            "uploadFailed",
            "noAvailableServer",
            "modelUnavailable",
            "modelDisabled",
            "modelNotReady",
        ],
    ),
    (
        ErrorFamily::Server,
        &["internalServerError", "serviceUnavailable", "serverUnavailable", "standardError", "unknownError"],
    ),
    (ErrorFamily::NotFound, &["taskNotFound", "taskFailedOrNotFound", "taskExpired", "taskCancelled"]),
    (ErrorFamily::Validation, &["unknownParameter", "incompatibleParameters"]),
];

/// How codes of a family look, tried from top to bottom: a provider's rate limit is a rate limit, a token that expired
/// is a matter of the account.
const PATTERNS: [(ErrorFamily, Pattern); 7] = [
    (ErrorFamily::Auth, Pattern::Starts(&["token", "account", "organization", "workspace"])),
    (ErrorFamily::Quota, Pattern::Holds(&["Credits", "Quota", "Balance"])),
    (ErrorFamily::RateLimit, Pattern::Holds(&["RateLimit", "rateLimit"])),
    (ErrorFamily::Timeout, Pattern::HoldsInAnyCase("timeout")),
    (ErrorFamily::Provider, Pattern::Starts(&["provider"])),
    (ErrorFamily::NotFound, Pattern::Ends(&["NotFound", "Expired"])),
    (ErrorFamily::Validation, Pattern::Starts(&["invalid", "missing", "unsupported", "value", "array", "max"])),
];

#[derive(Clone, Copy)]
enum Pattern {
    Starts(&'static [&'static str]),
    Ends(&'static [&'static str]),
    Holds(&'static [&'static str]),
    HoldsInAnyCase(&'static str),
}

impl Pattern {
    fn fits(self, code: &str) -> bool {
        match self {
            Pattern::Starts(any) => any.iter().any(|start| code.starts_with(start)),
            Pattern::Ends(any) => any.iter().any(|end| code.ends_with(end)),
            Pattern::Holds(any) => any.iter().any(|part| code.contains(part)),
            Pattern::HoldsInAnyCase(part) => code.to_ascii_lowercase().contains(part),
        }
    }
}

/// The family of a raw error code.
pub(super) fn family(code: &str) -> ErrorFamily {
    let whole = CODES.iter().find(|(_, codes)| codes.contains(&code)).map(|(family, _)| *family);
    let looks = || PATTERNS.iter().find(|(_, pattern)| pattern.fits(code)).map(|(family, _)| *family);
    whole.or_else(looks).unwrap_or(ErrorFamily::Unknown)
}

#[cfg(test)]
mod tests {
    use super::family;
    use crate::ports::ErrorFamily;

    #[test]
    fn every_documented_code_has_its_family() {
        let rows: [(ErrorFamily, &str); 10] = [
            (ErrorFamily::Conflict, "conflictTaskUUID"),
            (
                ErrorFamily::Auth,
                "invalidApiKey missingApiKey unauthorized forbidden permissionDenied tokenExpired tokenInvalid \
                 accountSuspended accountDisabled organizationSuspended organizationDisabled workspaceSuspended \
                 workspaceDisabled",
            ),
            (
                ErrorFamily::Quota,
                "insufficientCredits paymentRequired quotaExceeded monthlyQuotaReached lowBalance noCreditsLeft \
                 insufficientBalance",
            ),
            (ErrorFamily::RateLimit, "exceededRateLimit providerRateLimitExceeded rateLimitExceeded"),
            (
                ErrorFamily::Safety,
                "contentPolicyViolation providerContentPolicyViolation nsfwContentDetected promptBlocked imageBlocked \
                 moderationFailed sensitiveContentDetected unsafeContentDetected invalidProviderContent",
            ),
            (
                ErrorFamily::Timeout,
                "timeoutProvider providerTimeout providerGatewayTimeout requestTimeout TIMEOUT_ERROR inferenceTimeOut",
            ),
            (
                ErrorFamily::Provider,
                "providerError providerUnavailable providerNotFound inferenceError processingFailed taskFailed \
                 downloadFailed uploadFailed noAvailableServer modelUnavailable modelDisabled modelNotReady",
            ),
            (
                ErrorFamily::Server,
                "internalServerError serviceUnavailable serverUnavailable standardError unknownError",
            ),
            (
                ErrorFamily::NotFound,
                "taskNotFound taskFailedOrNotFound taskExpired taskCancelled modelNotFound imageNotFound urlExpired",
            ),
            (
                ErrorFamily::Validation,
                "invalidModel invalidTaskUUID missingParameter missingTaskType unsupportedDuration valueTooLarge \
                 arrayTooLong maxLengthExceeded invalidValueUploadFailed unknownParameter incompatibleParameters",
            ),
        ];
        for (expected, codes) in rows {
            for code in codes.split_whitespace() {
                assert_eq!(family(code), expected, "{code}");
            }
        }
    }

    #[test]
    fn a_code_of_no_known_family_is_unknown() {
        for code in ["", "somethingNew", "notfound", "Unauthorized2", "\u{0}", "ünïcode"] {
            assert_eq!(family(code), ErrorFamily::Unknown, "{code:?}");
        }
    }
}
