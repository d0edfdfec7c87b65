//! The vendor's error shape.
//!
//! Every refusal and every failure is one item of `errors`. Its fields are the vendor's: `code`, `message`, `parameter`
//! (a string, or an array when several parameters are at fault together), `type`, `documentation`, `taskType`,
//! `taskUUID`, `allowedValues`, and `status` in answers to polls. The vendor calls its codes unstable, so the ones made
//! up here only follow its families: `missing…`, `invalid…`, `unknownParameter`, `incompatibleParameters`.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::families::Family;

/// Page of the vendor's documentation that error items point to; a parameter is an anchor on it.
const DOCUMENTATION: &str = "https://runware.ai/docs/models/heygen-video-agent";

/// How much of a client's own text is repeated in an error, in characters: enough to recognise a typing mistake, and a
/// ten megabyte field name does not come back as a ten megabyte message.
const MAX_QUOTED_CHARS: usize = 80;

/// One item of `errors`. Boxed, because it is the rare half of many results.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct ApiError(Box<Facts>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    code: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<Parameter>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    expected_type: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_type: Option<String>,
    #[serde(rename = "taskUUID", skip_serializing_if = "Option::is_none")]
    task_uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_values: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Cow<'static, str>>,
    /// Of no use to one that is read back: it is told in the answer to something else.
    #[serde(skip)]
    http_status: StatusCode,
}

/// What an error is about. Clients meet both forms in the wild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Parameter {
    One(String),
    Several(Vec<String>),
}

impl ApiError {
    /// An error that answers with `http_status` when nothing else in the POST went well.
    pub(super) fn new(http_status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            code: code.into(),
            message: message.into(),
            parameter: None,
            expected_type: None,
            documentation: None,
            task_type: None,
            task_uuid: None,
            allowed_values: None,
            status: None,
            http_status,
        }))
    }

    /// A request that is wrong in itself.
    pub(super) fn refused(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A required parameter that is not there.
    pub(super) fn missing(parameter: &str, expected_type: &'static str) -> Self {
        Self::refused(code_of("missing", parameter), format!("Missing required parameter '{parameter}'."))
            .about(parameter)
            .expecting(expected_type)
    }

    /// A parameter whose value has the wrong type or is out of bounds; `rule` completes "'x' must be …".
    pub(super) fn invalid(parameter: &str, expected_type: &'static str, rule: &str) -> Self {
        Self::refused(code_of("invalid", parameter), format!("Invalid value for '{parameter}': it must be {rule}."))
            .about(parameter)
            .expecting(expected_type)
    }

    /// A task that was accepted and then failed: how polls tell it, with HTTP 200.
    pub(super) fn failed_task(code: impl Into<String>, message: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::OK, code, message);
        error.0.status = Some("error".into());
        error
    }

    /// A call that is refused with this code, in the words and under the status of the code's family. An error about the
    /// key names no task.
    pub(super) fn of_code(code: &str, task_type: Option<&str>, task_uuid: Option<&str>) -> Self {
        let family = Family::of(code);
        let error = Self::new(family.http_status(), code, family.message());
        match family {
            Family::Key => error.about("apiKey").of_task(Some("authentication"), None),
            Family::Permission
            | Family::Quota
            | Family::RateLimit
            | Family::Safety
            | Family::Timeout
            | Family::Unavailable
            | Family::Provider
            | Family::Server
            | Family::NotFound
            | Family::Validation => error.of_task(task_type, task_uuid),
        }
    }

    /// The failure of a task with this code, in the words of the code's family.
    pub(super) fn failed_with(code: &str) -> Self {
        Self::failed_task(code, Family::of(code).message())
    }

    /// The same as an error object inside an item of `data`.
    pub(super) fn inner(&self) -> Value {
        json!({ "code": self.0.code, "message": self.0.message })
    }

    /// Names the one parameter at fault.
    pub(super) fn about(mut self, parameter: &str) -> Self {
        let parameter = quoted(parameter);
        let anchor = parameter.to_lowercase().replace('.', "-");
        if anchor.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            self.0.documentation = Some(format!("{DOCUMENTATION}#request-{anchor}"));
        }
        self.0.parameter = Some(Parameter::One(parameter));
        self
    }

    /// Names parameters that are only wrong together.
    pub(super) fn about_all(mut self, parameters: &[&str]) -> Self {
        self.0.documentation = Some(DOCUMENTATION.to_owned());
        self.0.parameter = Some(Parameter::Several(parameters.iter().map(|name| (*name).to_owned()).collect()));
        self
    }

    /// Says which JSON type the parameter has.
    pub(super) fn expecting(mut self, expected_type: &'static str) -> Self {
        self.0.expected_type = Some(expected_type.into());
        self
    }

    /// Lists every value that would have been taken.
    pub(super) fn allowing(mut self, values: &[&str]) -> Self {
        self.0.allowed_values = Some(values.iter().map(|value| Value::from(*value)).collect());
        self
    }

    /// Says which task this is about. A task type of the client's own is cut short.
    pub(super) fn of_task(mut self, task_type: Option<&str>, task_uuid: Option<&str>) -> Self {
        if let (Some(page), Some(documentation)) = (task_type.and_then(page_of), &mut self.0.documentation) {
            *documentation = documentation.replacen(DOCUMENTATION, page, 1);
        }
        self.0.task_type = task_type.map(quoted);
        self.0.task_uuid = task_uuid.map(quoted);
        self
    }

    /// Whether it says which task it is about.
    pub(super) fn names_task(&self) -> bool {
        self.0.task_uuid.is_some()
    }

    /// The code, for the emulator's own report.
    pub(super) fn code(&self) -> &str {
        &self.0.code
    }

    /// What the code means, likewise.
    pub(super) fn message(&self) -> &str {
        &self.0.message
    }

    /// The status of a POST in which nothing went better than this.
    pub(super) fn http_status(&self) -> StatusCode {
        self.0.http_status
    }
}

/// The page of a utility's own parameters, where the vendor's clients know one.
fn page_of(task_type: &str) -> Option<&'static str> {
    match task_type {
        "accountManagement" => Some("https://runware.ai/docs/platform/account-management"),
        "mediaStorage" => Some("https://runware.ai/docs/platform/media-storage"),
        "modelSearch" => Some("https://runware.ai/docs/platform/model-search"),
        _ => None,
    }
}

/// Cuts a client's own text to what an error repeats.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(MAX_QUOTED_CHARS).collect()
}

/// `("invalid", "safety.mode")` is `invalidSafetyMode`.
fn code_of(family: &str, parameter: &str) -> String {
    parameter.split('.').fold(family.to_owned(), |mut code, part| {
        let mut letters = part.chars();
        code.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        code.push_str(letters.as_str());
        code
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ApiError, code_of};

    #[test]
    fn a_code_is_the_family_and_the_path_of_the_parameter() {
        assert_eq!(code_of("invalid", "safety.mode"), "invalidSafetyMode");
        assert_eq!(code_of("missing", "taskUUID"), "missingTaskUUID");
    }

    #[test]
    fn an_item_has_the_vendors_fields_and_no_empty_ones() {
        let error = ApiError::invalid("outputFormat", "string", "one of MP4").allowing(&["MP4"]);
        assert_eq!(
            serde_json::to_value(error).expect("an error is plain data"),
            json!({
                "code": "invalidOutputFormat",
                "message": "Invalid value for 'outputFormat': it must be one of MP4.",
                "parameter": "outputFormat",
                "type": "string",
                "documentation": "https://runware.ai/docs/models/heygen-video-agent#request-outputformat",
                "allowedValues": ["MP4"],
            })
        );
    }

    #[test]
    fn a_parameter_name_of_a_megabyte_is_cut() {
        let name = "x".repeat(1 << 20);
        let text = serde_json::to_string(&ApiError::refused("unknownParameter", "").about(&name)).expect("plain data");
        assert!(text.len() < 500, "{} bytes", text.len());
    }
}
