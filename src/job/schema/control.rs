//! The schema of control messages.

use serde_json::{Value, json};

use super::types::NAME;
use crate::job::control::CANCEL;
use crate::job::ids::JOB_ID_MAX_BYTES;

/// The schema of a control message on the jobs queue.
pub(super) fn document() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "landfall control message",
        "description": "A message on the jobs queue that asks something about a job, told by its control at the top. \
            Unknown fields are refused by name.",
        "type": "object",
        "additionalProperties": false,
        "required": ["control", "jobId"],
        "properties": {
            "control": {
                "description": "job.cancel stops what has not been bought of the job, and waits no longer for what has. \
                    Sent before the job, it stops it, too.",
                "type": "string",
                "enum": [CANCEL],
            },
            "jobId": {
                "description": "The job; of a bare task, its taskUUID.",
                "type": "string",
                "pattern": NAME,
                "maxLength": JOB_ID_MAX_BYTES,
            },
        },
    })
}
