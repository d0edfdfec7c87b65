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
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::path::Path;

    use super::*;

    #[test]
    fn every_reason_has_a_page_and_every_page_a_reason() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/errors");
        let index = std::fs::read_to_string(pages.join("README.md")).unwrap();
        for code in Reason::ALL.map(Reason::code) {
            let page = std::fs::read_to_string(pages.join(format!("{code}.md"))).unwrap_or_default();
            assert!(page.starts_with(&format!("# `{code}`: ")), "deploy/errors/{code}.md is about {code}");
            for section in ["## What was bought", "## In the event", "## What to do"] {
                assert!(page.contains(section), "deploy/errors/{code}.md says {section:?}");
            }
            assert!(index.contains(&format!("[`{code}`]({code}.md)")), "deploy/errors/README.md names {code}");
        }
        let files = std::fs::read_dir(&pages).unwrap().count();
        assert_eq!(files, Reason::ALL.len() + 1, "a page of deploy/errors is about no reason");
    }

    #[test]
    fn a_reason_is_serialised_as_its_code() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::json!(reason), reason.code());
        }
    }
}
