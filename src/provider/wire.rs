//! The provider's wire: what is sent, and what is read out of a reply.
//!
//! Sent is exactly what the vendor documents. Read is leniently whatever carries meaning, since the reply's schema is
//! published in part only: `data` and `errors` may each be absent, a failure may stand in either or in a lone `error`, an
//! item may lack a status, and any field may have another type than expected. What cannot be used is passed over; nothing
//! here fails except a body that is no reply at all.

use serde::Serialize;
use serde_json::{Map, Value};

use super::excerpt::{MESSAGE_MAX_CHARS, NAME_MAX_CHARS, excerpt};
use super::families::family;
use crate::job::ids::{ResultUrl, TaskUuid};
use crate::ports::{Refusal, Submission, TaskSuccess};

/// Most parameter names kept of one error.
const PARAMETERS_MAX: usize = 20;

/// One task as it is submitted.
///
/// A map and not a struct around the producer's fields: whatever those hold, a name is sent once, and the worker's
/// value is the one that counts.
pub(super) fn submit_task(submission: &Submission) -> Map<String, Value> {
    let mut task = submission.fields.clone();
    let own: [(&str, Value); 6] = [
        ("taskUUID", submission.task_uuid.to_string().into()),
        ("numberResults", 1.into()),
        ("includeCost", true.into()),
        ("deliveryMethod", "async".into()),
        ("outputType", "URL".into()),
        ("uploadEndpoint", submission.upload.expose().into()),
    ];
    task.extend(own.map(|(name, value)| (name.to_owned(), value)));
    task
}

/// The task type of questions about the account.
const ACCOUNT: &str = "accountManagement";

/// A question about one task, named by the task's own UUID; or about the account, under a UUID of its own.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    task_type: &'static str,
    #[serde(rename = "taskUUID")]
    task_uuid: TaskUuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
}

impl Question {
    /// How does it stand?
    pub(super) fn get_response(task_uuid: TaskUuid) -> Question {
        Question { task_type: "getResponse", task_uuid, operation: None }
    }

    /// What is archived of it?
    pub(super) fn get_task_details(task_uuid: TaskUuid) -> Question {
        Question { task_type: "getTaskDetails", task_uuid, operation: None }
    }

    /// What does the account hold?
    pub(super) fn get_account(task_uuid: TaskUuid) -> Question {
        Question { task_type: ACCOUNT, task_uuid, operation: Some("getDetails") }
    }
}

/// What a reply says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reply {
    /// What is said of tasks, apart from failures.
    pub(super) items: Vec<Item>,
    /// Failures, wherever they stood.
    pub(super) errors: Vec<ErrorItem>,
    /// What the account holds, in US dollars, when that was asked and is told as a number: newer clients expect an object
    /// there, of which nothing is published.
    pub(super) balance_usd: Option<f64>,
}

/// An item about one task.
#[derive(Debug, PartialEq)]
pub(super) struct Item {
    /// The task, when it is named by a UUID that could be ours.
    pub(super) task: Option<TaskUuid>,
    /// What it says of the task.
    pub(super) state: State,
    /// Whether it carries an archived request or response.
    pub(super) archived: bool,
}

/// What an item says of its task.
#[derive(Debug, PartialEq)]
pub(super) enum State {
    /// Not ended.
    Running {
        /// Percent.
        progress: Option<u8>,
    },
    /// Ended well.
    Succeeded(TaskSuccess),
}

/// A failure.
#[derive(Debug, PartialEq)]
pub(super) struct ErrorItem {
    /// What it is about.
    pub(super) about: About,
    /// Whether it says that the task ended (`status` is `error`), not only that a call went wrong.
    pub(super) ended: bool,
    /// The error.
    pub(super) refusal: Refusal,
}

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The task with this UUID.
    Task(TaskUuid),
    /// Something with a name that cannot be ours.
    Stranger,
    /// Nothing is named: the call as a whole, as far as one can tell.
    Call,
}

impl Reply {
    /// Reads a body; `None` when it is no reply: not an object, or none of `data`, `errors` and `error` is there.
    pub(super) fn of(body: &Value) -> Option<Reply> {
        let top = body.as_object()?;
        if !["data", "errors", "error"].iter().any(|name| top.contains_key(*name)) {
            return None;
        }
        let mut reply = Reply::default();
        for entry in entries(top.get("data")) {
            reply.read_data(entry);
        }
        for entry in entries(top.get("errors")).iter().chain(entries(top.get("error"))) {
            reply.errors.extend(read_error(entry, about(entry), has_status(entry, "error")));
        }
        Some(reply)
    }

    fn read_data(&mut self, entry: &Value) {
        let own = entry.get("error").filter(|error| !matches!(error, Value::Null | Value::Bool(false)));
        if own.is_some() || has_status(entry, "error") {
            // The details stand in the error object where there is one, else beside the status.
            let details = own.filter(|error| error.is_object() || error.is_string()).unwrap_or(entry);
            self.errors.extend(read_error(details, about(entry), true));
        } else if text(entry, "taskType") == Some(ACCOUNT) {
            self.balance_usd = self.balance_usd.or(entry.get("balance").and_then(Value::as_f64));
        } else if entry.is_object() {
            let task = text(entry, "taskUUID").and_then(|text| TaskUuid::parse(text).ok());
            let archived =
                ["request", "response"].iter().any(|name| entry.get(name).is_some_and(|part| !part.is_null()));
            self.items.push(Item { task, state: state(entry), archived });
        }
    }
}

/// An array's elements, or the one value that stands in its place.
fn entries(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(many)) => many,
        None | Some(Value::Null | Value::Bool(false)) => &[],
        Some(one) => std::slice::from_ref(one),
    }
}

fn has_status(entry: &Value, status: &str) -> bool {
    text(entry, "status").is_some_and(|found| found.eq_ignore_ascii_case(status))
}

fn text<'a>(entry: &'a Value, name: &str) -> Option<&'a str> {
    entry.get(name).and_then(Value::as_str)
}

fn about(entry: &Value) -> About {
    match text(entry, "taskUUID") {
        None | Some("") => About::Call,
        Some(text) => TaskUuid::parse(text).map_or(About::Stranger, About::Task),
    }
}

/// `pending`, `queued`, `waiting` and `scheduled` were seen beside `processing`. A word never seen is taken for one of
/// them: only `success` and `error` end a task. An item without a status is a success when it names a video: so are
/// the model's own examples.
fn state(entry: &Value) -> State {
    let named_video = text(entry, "videoURL").is_some() || text(entry, "videoUUID").is_some();
    let succeeded = match text(entry, "status") {
        Some(status) => status.eq_ignore_ascii_case("success"),
        None => named_video,
    };
    if !succeeded {
        return State::Running { progress: entry.get("progress").and_then(percent) };
    }
    State::Succeeded(TaskSuccess {
        video_uuid: text(entry, "videoUUID").map(|name| excerpt(name, NAME_MAX_CHARS)),
        video_url: text(entry, "videoURL").and_then(|url| ResultUrl::parse(url).ok()),
        // A cost of 0 was seen with tasks that were charged: it is not a price.
        cost_usd: entry.get("cost").and_then(Value::as_f64).filter(|usd| *usd > 0.0),
    })
}

fn percent(value: &Value) -> Option<u8> {
    let clamped = value.as_f64()?.clamp(0.0, 100.0);
    // From below, so that 100 means done.
    (0..=100_u8).rev().find(|whole| f64::from(*whole) <= clamped)
}

/// An error object, or the text that stands in its place.
fn read_error(entry: &Value, about: About, ended: bool) -> Option<ErrorItem> {
    let (code, message) = match entry {
        Value::Object(_) => {
            let code = text(entry, "code").unwrap_or_default();
            let said = ["message", "error", "responseContent"].iter().find_map(|name| text(entry, name));
            (code, said.unwrap_or_default())
        }
        Value::String(text) if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric()) => {
            (text.as_str(), "")
        }
        Value::String(text) => ("", text.as_str()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    let refusal = Refusal {
        family: family(code),
        code: excerpt(code, NAME_MAX_CHARS),
        message: excerpt(message, MESSAGE_MAX_CHARS),
        parameters: parameters(entry.get("parameter")),
    };
    Some(ErrorItem { about, ended, refusal })
}

fn parameters(value: Option<&Value>) -> Vec<String> {
    let names = entries(value).iter().filter_map(Value::as_str);
    names.take(PARAMETERS_MAX).map(|name| excerpt(name, NAME_MAX_CHARS)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
    use proptest::{collection, option};
    use serde_json::{Map, Value, json};

    use super::{About, Question, Reply, State, submit_task};
    use crate::job::ids::{PresignedUrl, TaskUuid};
    use crate::ports::{ErrorFamily, Submission};
    use crate::provider::answers;

    const TASK: &str = "86e70d5b-f263-4e53-91ea-e82552155a19";

    fn read(body: &Value) -> Reply {
        Reply::of(body).unwrap()
    }

    fn golden(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_task_is_submitted_as_the_vendor_documents_it() {
        let fields = golden(include_str!("../../tests/golden/provider-client/submission-fields.json"));
        let submission = Submission {
            task_uuid: TaskUuid::parse(TASK).unwrap(),
            fields: fields.as_object().unwrap().clone(),
            upload: PresignedUrl::new("https://bucket.example/staging/x.mp4?X-Amz-Signature=abc".to_owned()),
        };
        let expected = golden(include_str!("../../tests/golden/provider-client/submit-request.json"));
        assert_eq!(json!([submit_task(&submission)]), expected);
    }

    #[test]
    fn the_workers_own_parameters_outrank_whatever_the_fields_hold() {
        let mut fields = Map::new();
        fields.insert("numberResults".to_owned(), 4.into());
        fields.insert("uploadEndpoint".to_owned(), "https://elsewhere.example".into());
        let upload = PresignedUrl::new("https://ours.example".to_owned());
        let task = submit_task(&Submission { task_uuid: TaskUuid::parse(TASK).unwrap(), fields, upload });
        assert_eq!((&task["numberResults"], &task["uploadEndpoint"]), (&json!(1), &json!("https://ours.example")));
    }

    #[test]
    fn a_question_names_the_task_by_its_own_uuid() {
        let task = TaskUuid::parse(TASK).unwrap();
        assert_eq!(json!(Question::get_response(task)), json!({"taskType": "getResponse", "taskUUID": TASK}));
        assert_eq!(json!(Question::get_task_details(task)), json!({"taskType": "getTaskDetails", "taskUUID": TASK}));
    }

    #[test]
    fn a_body_that_is_no_reply_is_not_read() {
        for body in [json!(null), json!([]), json!({}), json!({"message": "no"}), json!("data")] {
            assert_eq!(Reply::of(&body), None, "{body}");
        }
    }

    #[test]
    fn either_part_of_a_reply_may_be_absent_empty_or_a_lone_object() {
        for (body, items, errors) in [
            (json!({"data": []}), 0, 0),
            (json!({"errors": []}), 0, 0),
            (json!({"data": null, "errors": null}), 0, 0),
            (json!({"data": {"taskUUID": TASK}}), 1, 0),
            (json!({"errors": {"code": "invalidModel"}}), 0, 1),
            (json!({"error": {"code": "invalidModel"}}), 0, 1),
            (json!({"error": "something broke"}), 0, 1),
            (json!({"errors": ["something broke"]}), 0, 1),
            (json!({"data": [1, "x", null, [], {"taskUUID": 7}]}), 1, 0),
        ] {
            let reply = read(&body);
            assert_eq!((reply.items.len(), reply.errors.len()), (items, errors), "{body}");
        }
    }

    #[test]
    fn an_error_is_about_a_task_a_stranger_or_the_call() {
        let task = TaskUuid::parse(TASK).unwrap();
        for (error, expected) in [
            (json!({"code": "x", "taskUUID": TASK}), About::Task(task)),
            (json!({"code": "x", "taskUUID": TASK.to_uppercase()}), About::Task(task)),
            (json!({"code": "x", "taskUUID": "not-a-uuid"}), About::Stranger),
            (json!({"code": "x", "taskUUID": ""}), About::Call),
            (json!({"code": "x", "taskUUID": null}), About::Call),
            (json!({"code": "x"}), About::Call),
        ] {
            assert_eq!(read(&json!({"errors": [error]})).errors[0].about, expected);
        }
    }

    #[test]
    fn parameters_may_be_a_string_or_an_array() {
        for (parameter, expected) in
            [(json!("duration"), vec!["duration"]), (json!(["width", "height", 3]), vec!["width", "height"])]
        {
            let reply = read(&json!({"errors": [{"code": "invalidValue", "parameter": parameter}]}));
            assert_eq!(reply.errors[0].refusal.parameters, expected);
        }
    }

    #[test]
    fn a_failure_in_data_is_read_with_its_error_as_object_or_text_or_beside_the_status() {
        for entry in [
            json!({"taskUUID": TASK, "status": "error", "error": {"code": "providerError", "message": "broke"}}),
            json!({"taskUUID": TASK, "status": "error", "error": "providerError"}),
            json!({"taskUUID": TASK, "status": "error", "code": "providerError", "message": "broke"}),
            json!({"taskUUID": TASK, "error": {"code": "providerError"}}),
        ] {
            let reply = read(&json!({"data": [entry]}));
            assert_eq!(reply.errors[0].refusal.family, ErrorFamily::Provider, "{entry}");
            assert!(reply.errors[0].ended && reply.items.is_empty());
        }
    }

    #[test]
    fn an_echoed_upload_url_loses_its_query_in_every_text() {
        let echo = "https://b.example/k?X-Amz-Signature=0123456789abcdef";
        let error = json!({"code": echo, "message": format!("PUT {echo} failed"), "parameter": [echo]});
        let shown = format!("{:?}", read(&json!({"errors": [error.clone()], "data": [{"error": error}]})));
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
    }

    #[test]
    fn progress_is_a_whole_percentage_within_bounds() {
        for (given, expected) in [
            (json!(42), Some(42)),
            (json!(99.9), Some(99)),
            (json!(-3), Some(0)),
            (json!(1e300), Some(100)),
            (json!("40"), None),
            (json!(null), None),
        ] {
            let reply = read(&json!({"data": [{"status": "processing", "progress": given}]}));
            assert_eq!(reply.items[0].state, State::Running { progress: expected });
        }
    }

    #[test]
    fn a_cost_of_zero_is_no_price() {
        for (cost, expected) in [(json!(0.758), Some(0.758)), (json!(0), None), (json!(-1), None), (json!("1"), None)] {
            let reply = read(&json!({"data": [{"status": "success", "cost": cost}]}));
            let State::Succeeded(success) = &reply.items[0].state else { panic!("not a success") };
            assert_eq!(success.cost_usd, expected);
        }
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            prop_oneof![Just(TASK.to_owned()), Just("error".to_owned()), Just("success".to_owned()), any::<String>()]
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let name = prop_oneof![
                Just("taskUUID"),
                Just("status"),
                Just("error"),
                Just("errors"),
                Just("data"),
                Just("code"),
                Just("parameter"),
                Just("videoURL"),
                Just("progress"),
                Just("cost"),
            ];
            prop_oneof![
                collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                collection::vec((name, inner), 0..6).prop_map(|fields| {
                    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_json_makes_reading_or_answering_panic(data in option::of(json_value()), errors in json_value()) {
            let read = || Reply::of(&json!({"data": data, "errors": errors})).unwrap();
            let asked = TaskUuid::parse(TASK).unwrap();
            let _ = answers::submitted(&[asked], 200, read());
            let _ = answers::observed(&[asked], read());
            let _ = answers::recalled(asked, read());
        }
    }
}
