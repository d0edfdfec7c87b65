//! For which tasks a rule holds.

use serde_json::{Map, Value};

use super::Subject;

/// Fields of a task and the values they must have; all of them must fit. Nothing fits everything.
///
/// A name is a path with dots, such as `inputs.avatar`. `positivePrompt` fits when it contains the text, whatever its case,
/// and any other text when it is equal but for case.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Condition(pub(super) Map<String, Value>);

impl Condition {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn matches(&self, task: Subject<'_>) -> bool {
        self.0.iter().all(|(path, wanted)| match (path.as_str(), wanted) {
            ("taskUUID", Value::String(uuid)) => uuid.eq_ignore_ascii_case(&task.uuid.to_string()),
            _ => task.sent.and_then(|sent| find(sent, path)).is_some_and(|value| fits(path, wanted, value)),
        })
    }
}

fn find<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        Some((name, rest)) => find(object.get(name)?.as_object()?, rest),
        None => object.get(path),
    }
}

fn fits(path: &str, wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::String(wanted), Value::String(value)) if path == "positivePrompt" => {
            value.to_lowercase().contains(&wanted.to_lowercase())
        }
        (Value::String(wanted), Value::String(value)) => wanted.to_lowercase() == value.to_lowercase(),
        (wanted, value) => wanted == value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::{Condition, Subject};

    #[test]
    fn all_that_is_named_must_fit() {
        let sent = json!({
            "positivePrompt": "A tour of the Lighthouse", "duration": 10, "inputs": {"avatar": "Ada_front"},
        });
        let uuid = Uuid::from_u128(7);
        for (condition, fits) in [
            (json!({}), true),
            (json!({"positivePrompt": "lighthouse"}), true),
            (json!({"positivePrompt": "harbour"}), false),
            (json!({"duration": 10, "inputs.avatar": "ada_FRONT"}), true),
            (json!({"duration": 10, "inputs.avatar": "Ada"}), false),
            (json!({"duration": "10"}), false),
            (json!({"inputs.image": "x"}), false),
            (json!({"taskUUID": uuid.to_string().to_uppercase()}), true),
            (json!({"taskUUID": Uuid::from_u128(8).to_string()}), false),
        ] {
            let task = Subject { uuid, sent: sent.as_object(), marker: None };
            let condition = Condition(condition.as_object().expect("an object").clone());
            assert_eq!(condition.matches(task), fits, "{condition:?}");
        }
    }

    #[test]
    fn a_task_that_nobody_knows_fits_by_its_uuid_only() {
        let task = Subject { uuid: Uuid::from_u128(7), sent: None, marker: None };
        assert!(Condition::default().matches(task));
        let condition = Condition(json!({"duration": 10}).as_object().expect("an object").clone());
        assert!(!condition.matches(task));
    }
}
