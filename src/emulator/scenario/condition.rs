//! For which tasks a rule holds.

use serde_json::{Map, Value};

use super::{Subject, cut};

/// What a field of a task is, to compare it with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Flag,
}

/// The fields that a rule can match. URLs are not among them: they may be credentials, and rules are shown.
const FIELDS: [(&str, Kind); 16] = [
    ("taskUUID", Kind::Text),
    ("model", Kind::Text),
    ("positivePrompt", Kind::Text),
    ("outputType", Kind::Text),
    ("outputFormat", Kind::Text),
    ("outputQuality", Kind::Number),
    ("deliveryMethod", Kind::Text),
    ("width", Kind::Number),
    ("height", Kind::Number),
    ("duration", Kind::Number),
    ("numberResults", Kind::Number),
    ("ttl", Kind::Number),
    ("includeCost", Kind::Flag),
    ("safety.checkContent", Kind::Flag),
    ("safety.mode", Kind::Text),
    ("inputs.avatar", Kind::Text),
];

/// Fields of a task and the values they must have; all of them must fit. Nothing fits everything.
///
/// A name is a path with dots, such as `inputs.avatar`. `positivePrompt` fits when it contains the text, whatever its case,
/// and any other text when it is equal but for case.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Condition(pub(super) Map<String, Value>);

impl Condition {
    /// A condition that some task can meet, or everything that is wrong with it: one that can never be met would be a fault
    /// that was ordered and does not come.
    pub(super) fn read(fields: Map<String, Value>) -> Result<Self, Vec<String>> {
        let wrong: Vec<String> = fields.iter().filter_map(|(name, value)| fault_of(name, value)).collect();
        if wrong.is_empty() { Ok(Self(fields)) } else { Err(wrong) }
    }

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

fn fault_of(name: &str, value: &Value) -> Option<String> {
    let Some((_, kind)) = FIELDS.iter().find(|(field, _)| *field == name) else {
        let names: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
        return Some(format!("match: '{}' cannot be matched; these can: {}", cut(name), names.join(", ")));
    };
    match (kind, value) {
        (Kind::Text, Value::String(_)) | (Kind::Number, Value::Number(_)) | (Kind::Flag, Value::Bool(_)) => None,
        (Kind::Text, _) => Some(format!("match: '{name}' is a text")),
        (Kind::Number, _) => Some(format!("match: '{name}' is a number, without quotation marks")),
        (Kind::Flag, _) => Some(format!("match: '{name}' is true or false")),
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
    fn what_no_task_can_meet_is_refused() {
        for (condition, told) in [
            (json!({"duratoin": 10}), "'duratoin' cannot be matched"),
            (json!({"duration": "10"}), "'duration' is a number"),
            (json!({"includeCost": 1}), "'includeCost' is true or false"),
            (json!({"model": ["a"]}), "'model' is a text"),
            (json!({"uploadEndpoint": "https://host/key?X-Amz-Signature=1"}), "'uploadEndpoint' cannot be matched"),
        ] {
            let wrong = Condition::read(condition.as_object().expect("an object").clone()).expect_err("refused");
            assert!(wrong.len() == 1 && wrong[0].contains(told) && !wrong[0].contains("Signature"), "{wrong:?}");
        }
        let fine = json!({"safety.mode": "fast", "inputs.avatar": "Ada", "includeCost": true, "width": 64});
        assert!(Condition::read(fine.as_object().expect("an object").clone()).is_ok());
    }

    #[test]
    fn a_task_that_nobody_knows_fits_by_its_uuid_only() {
        let task = Subject { uuid: Uuid::from_u128(7), sent: None, marker: None };
        assert!(Condition::default().matches(task));
        let condition = Condition(json!({"duration": 10}).as_object().expect("an object").clone());
        assert!(!condition.matches(task));
    }
}
