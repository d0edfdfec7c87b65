//! What one POST, or one message over a WebSocket, asks for: a pure reading of its body.
//!
//! The body is always an array of task objects. One wrong task does not spoil the others: each element becomes one
//! [`Call`], and a wrong one becomes a call that is refused.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::account;
use super::catalogue;
use super::errors::ApiError;
use super::fields::Fields;
use super::media;
use super::request::{self, TaskId, VideoRequest};

/// Elements of one body. The vendor publishes no number. An element of some bytes can be answered with a thousand times as
/// many, so that the size of a body does not bound the memory that its answer takes.
const MAX_CALLS: usize = 1_000;

/// Task types that are answered, for `allowedValues`.
const TASK_TYPES: [&str; 8] = [
    "authentication",
    "ping",
    "getResponse",
    "getTaskDetails",
    account::TASK_TYPE,
    media::TASK_TYPE,
    catalogue::TASK_TYPE,
    request::TASK_TYPE,
];

/// One body.
pub(super) struct Batch {
    /// The leading `authentication` element, if there is one.
    pub(super) authentication: Option<Authentication>,
    /// Every other element, in order.
    pub(super) calls: Vec<Call>,
}

/// Who somebody says to be.
pub(super) struct Authentication {
    /// Empty when there is none.
    pub(super) api_key: String,
    /// `connectionSessionUUID`, the session that a WebSocket resumes.
    pub(super) session: Option<String>,
}

/// One element of a body.
pub(super) enum Call {
    Ping,
    GetResponse(TaskId),
    GetTaskDetails(TaskId),
    AccountDetails(TaskId),
    MediaStorage(media::Order),
    ModelSearch(catalogue::Query),
    Submit {
        request: Box<VideoRequest>,
        /// The task as it was sent, for the archive.
        sent: Value,
    },
    /// Wrong, with all its errors.
    Refused {
        /// The task it would have been, when a video task named one.
        task: Option<TaskId>,
        errors: Vec<ApiError>,
        sent: Value,
    },
}

/// Reads a body. The error is for a body that holds no tasks at all.
pub(super) fn read(body: &[u8]) -> Result<Batch, ApiError> {
    let parsed: Value = serde_json::from_slice(body)
        .map_err(|error| ApiError::refused("invalidJSON", format!("The body is not JSON: {error}.")))?;
    let Value::Array(mut elements) = parsed else {
        return Err(ApiError::refused("invalidRequest", "The body must be an array of task objects."));
    };
    let authentication = elements.first().and_then(authentication);
    if authentication.is_some() {
        elements.remove(0);
    } else if elements.is_empty() {
        return Err(ApiError::refused("arrayTooSmall", "The body must hold at least one task object."));
    }
    if elements.len() > MAX_CALLS {
        return Err(too_many(MAX_CALLS));
    }
    Ok(Batch { authentication, calls: elements.into_iter().map(call).collect() })
}

/// The refusal of a body with more elements than `limit`.
pub(super) fn too_many(limit: impl Display) -> ApiError {
    ApiError::refused("arrayTooLarge", format!("The body must hold at most {limit} task objects."))
}

fn authentication(element: &Value) -> Option<Authentication> {
    let is_authentication = element.get("taskType")?.as_str()? == "authentication";
    let text = |field| element.get(field).and_then(Value::as_str).map(str::to_owned);
    is_authentication
        .then(|| Authentication { api_key: text("apiKey").unwrap_or_default(), session: text("connectionSessionUUID") })
}

fn call(sent: Value) -> Call {
    let Value::Object(task) = &sent else {
        let error = ApiError::refused("invalidTask", "Every task must be a JSON object.");
        return Call::Refused { task: None, errors: vec![error], sent };
    };
    match task.get("taskType").and_then(Value::as_str) {
        Some("ping") => Call::Ping,
        Some("getResponse") => utility(task, "getResponse", &sent, Call::GetResponse),
        Some("getTaskDetails") => utility(task, "getTaskDetails", &sent, Call::GetTaskDetails),
        Some(account::TASK_TYPE) => checked(account::read(task), account::TASK_TYPE, &sent, Call::AccountDetails),
        Some(media::TASK_TYPE) => checked(media::read(task), media::TASK_TYPE, &sent, Call::MediaStorage),
        Some(catalogue::TASK_TYPE) => checked(catalogue::read(task), catalogue::TASK_TYPE, &sent, Call::ModelSearch),
        Some(request::TASK_TYPE) => submission(task, &sent),
        Some(other) => {
            let error = ApiError::refused("unsupportedTaskType", "This task type is not emulated.")
                .about("taskType")
                .allowing(&TASK_TYPES);
            refused(None, vec![error], Some(other), &sent)
        }
        None => refused(None, vec![ApiError::missing("taskType", "string").allowing(&TASK_TYPES)], None, &sent),
    }
}

fn utility(task: &Map<String, Value>, task_type: &str, sent: &Value, call: impl FnOnce(TaskId) -> Call) -> Call {
    let mut fields = Fields::of_task(task);
    match request::task_id(&mut fields) {
        Some(id) => call(id),
        None => refused(None, fields.errors_so_far(), Some(task_type), sent),
    }
}

/// The call, if nothing is wrong with its fields.
fn checked<T>(read: Result<T, Vec<ApiError>>, task_type: &str, sent: &Value, call: impl FnOnce(T) -> Call) -> Call {
    match read {
        Ok(read) => call(read),
        Err(errors) => refused(None, errors, Some(task_type), sent),
    }
}

fn submission(task: &Map<String, Value>, sent: &Value) -> Call {
    match request::check(task) {
        Ok(request) => Call::Submit { request: Box::new(request), sent: sent.clone() },
        Err(errors) => {
            let id = task.get("taskUUID").and_then(Value::as_str).and_then(request::parse_task_id);
            refused(id, errors, Some(request::TASK_TYPE), sent)
        }
    }
}

/// Every error of a task carries the `taskUUID` that was sent, well formed or not: clients match by it.
fn refused(task: Option<TaskId>, errors: Vec<ApiError>, task_type: Option<&str>, sent: &Value) -> Call {
    let uuid = sent.get("taskUUID").and_then(Value::as_str);
    let errors = errors.into_iter().map(|error| error.of_task(task_type, uuid)).collect();
    Call::Refused { task, errors, sent: sent.clone() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};
    use serde_json::{Value, json};

    use super::{Call, MAX_CALLS, read};

    fn refusals(body: &str) -> Value {
        match read(body.as_bytes()) {
            Err(error) => json!([error]),
            Ok(batch) => batch
                .calls
                .iter()
                .map(|call| match call {
                    Call::Refused { errors, .. } => json!(errors),
                    _ => Value::Null,
                })
                .collect(),
        }
    }

    #[test]
    fn a_body_that_is_no_array_of_tasks_is_one_error() {
        for (body, code) in [
            ("", "invalidJSON"),
            ("{}", "invalidRequest"),
            ("7", "invalidRequest"),
            ("[]", "arrayTooSmall"),
            (&"[".repeat(100_000), "invalidJSON"),
        ] {
            assert_eq!(refusals(body)[0]["code"], code, "{:.20}", body);
        }
    }

    #[test]
    fn a_body_of_countless_elements_is_one_error() {
        assert_eq!(refusals(&json!(vec![7; MAX_CALLS]).to_string()).as_array().map(Vec::len), Some(MAX_CALLS));
        let refused = refusals(&json!(vec![7; MAX_CALLS + 1]).to_string());
        assert_eq!((refused.as_array().map(Vec::len), &refused[0]["code"]), (Some(1), &json!("arrayTooLarge")));
    }

    #[test]
    fn a_wrong_element_leaves_its_neighbours_alone() {
        let answers = refusals(r#"[{"taskType":"ping"}, 7, {}, {"taskType":"imageInference","taskUUID":"u"}]"#);
        assert_eq!(answers[0], Value::Null);
        assert_eq!(answers[1][0]["code"], "invalidTask");
        assert_eq!(answers[2][0]["code"], "missingTaskType");
        assert_eq!(answers[3][0]["code"], "unsupportedTaskType");
        assert_eq!(answers[3][0]["taskUUID"], "u");
    }

    #[test]
    fn a_key_is_taken_from_the_first_element_only() {
        let key = |body: &[u8]| {
            let batch = read(body).expect("tasks");
            (batch.authentication.map(|authentication| authentication.api_key), batch.calls.len())
        };
        let first = br#"[{"taskType":"authentication","apiKey":"k"},{"taskType":"ping"}]"#;
        assert_eq!(key(first), (Some("k".to_owned()), 1));
        let late = br#"[{"taskType":"ping"},{"taskType":"authentication","apiKey":"k"}]"#;
        assert_eq!(key(late), (None, 2));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reading_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body);
        }

        #[test]
        fn no_text_in_a_task_makes_the_reading_panic(name in ".{0,20}", text in ".{0,60}") {
            for task_type in ["videoInference", "getResponse", "getTaskDetails", "authentication", text.as_str()] {
                let mut task = json!({"taskType": task_type, "taskUUID": text.as_str()});
                task[name.as_str()] = Value::from(text.as_str());
                let _ = read(json!([task.clone(), task]).to_string().as_bytes());
            }
        }
    }
}
