//! The schema of control messages.

use serde_json::{Value, json};

use super::JOB_FILE;
use super::types::NAME;
use crate::job::control::{CANCEL, REGENERATE};
use crate::job::ids::JOB_ID_MAX_BYTES;
use crate::job::regeneration::GENERATION_MAX;

/// The schema of a control message on the jobs queue.
pub(super) fn document() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "landfall control message",
        "description": "A message on the jobs queue that asks something about a job, told by its control at the top. \
            Unknown fields are refused by name.",
        "type": "object",
        "oneOf": [
            {
                "title": "job.cancel",
                "type": "object",
                "additionalProperties": false,
                "required": ["control", "jobId"],
                "properties": {
                    "control": {
                        "description": "job.cancel stops what has not been bought of the job, and waits no longer for what \
                            has. Sent before the job, it stops it, too.",
                        "const": CANCEL,
                    },
                    "jobId": job_id(),
                },
            },
            {
                "title": "job.regenerate",
                "type": "object",
                "additionalProperties": false,
                "required": ["control", "jobId", "generation", "job"],
                "properties": {
                    "control": {
                        "description": "job.regenerate buys a job that has ended once more. It costs money again.",
                        "const": REGENERATE,
                    },
                    "jobId": job_id(),
                    "generation": {
                        "description": "The generation that is to be: one more than the last in the job's record. However \
                            often the message comes, each is bought once.",
                        "type": "integer",
                        "minimum": 1,
                        "maximum": GENERATION_MAX,
                    },
                    "job": {
                        "description": format!(
                            "The job's message, as it was first sent, by {JOB_FILE}. Its deadline, maxCostUsd, tenant and \
                             context may be others."
                        ),
                        "type": "object",
                    },
                },
            },
        ],
    })
}

fn job_id() -> Value {
    json!({
        "description": "The job; of a bare task, its taskUUID.",
        "type": "string",
        "pattern": NAME,
        "maxLength": JOB_ID_MAX_BYTES,
    })
}
