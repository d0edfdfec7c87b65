//! Public reasons: why a job did not complete, in words that other programs may rely on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a job failed or was refused. Each has a page under `deploy/errors/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The message is no valid job.
    InvalidJob,
    /// The job id belongs to a job with other content.
    JobIdReused,
    /// The provider refused the request; nothing was bought.
    ProviderRejected,
    /// The provider refused the content.
    ContentRefused,
    /// The provider accepted the task and could not finish it.
    ProviderFailed,
    /// The provider reports success, and no object could be found or fetched.
    ObjectMissing,
    /// What landed is not the video that was asked for, and no better could be fetched.
    ObjectInvalid,
    /// The video is good, and another object already stands at its final key.
    DestinationOccupied,
    /// The job's deadline passed.
    DeadlineExceeded,
    /// The job may cost more than it allows; nothing was bought.
    BudgetExceeded,
    /// Whether the task was bought can no longer be found out.
    SubmissionUnknown,
    /// An operator or producer cancelled the job.
    Cancelled,
    /// A bug in landfall.
    Internal,
}

impl Reason {
    /// Every reason, in the order of their pages.
    pub const ALL: [Reason; 13] = [
        Reason::InvalidJob,
        Reason::JobIdReused,
        Reason::ProviderRejected,
        Reason::ContentRefused,
        Reason::ProviderFailed,
        Reason::ObjectMissing,
        Reason::ObjectInvalid,
        Reason::DestinationOccupied,
        Reason::DeadlineExceeded,
        Reason::BudgetExceeded,
        Reason::SubmissionUnknown,
        Reason::Cancelled,
        Reason::Internal,
    ];

    /// The word used in events, headers and file names.
    pub fn code(self) -> &'static str {
        match self {
            Reason::InvalidJob => "invalid_job",
            Reason::JobIdReused => "job_id_reused",
            Reason::ProviderRejected => "provider_rejected",
            Reason::ContentRefused => "content_refused",
            Reason::ProviderFailed => "provider_failed",
            Reason::ObjectMissing => "object_missing",
            Reason::ObjectInvalid => "object_invalid",
            Reason::DestinationOccupied => "destination_occupied",
            Reason::DeadlineExceeded => "deadline_exceeded",
            Reason::BudgetExceeded => "budget_exceeded",
            Reason::SubmissionUnknown => "submission_unknown",
            Reason::Cancelled => "cancelled",
            Reason::Internal => "internal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_serialised_as_its_code() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::json!(reason), reason.code());
        }
    }
}
