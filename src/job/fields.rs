//! Reading a JSON object field by field, so that every problem of a message is found and named at once.
//!
//! A reader takes the fields it knows; what is left over when it is [finished](Fields::finish) is unknown, and unknown
//! fields are refused by name. A problem carries the dotted path of its field, as a person would write it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Most problems reported for one message. A hostile message can hold thousands of unknown fields.
pub const PROBLEMS_MAX: usize = 50;

/// Longest field name repeated in a problem, in characters.
const NAME_MAX_CHARS: usize = 64;

/// One thing wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Problem {
    /// Dotted path of the field, empty for the message as a whole.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            out.write_str(&self.problem)
        } else {
            write!(out, "{} {}", self.field, self.problem)
        }
    }
}

/// All problems found so far, at most [`PROBLEMS_MAX`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem with the field at `path`.
    pub fn add(&mut self, path: &str, problem: impl Into<String>) {
        if self.0.len() < PROBLEMS_MAX {
            self.0.push(Problem { field: path.to_owned(), problem: problem.into() });
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems, in the order in which they were found.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

/// A JSON object being read; `path` is where it stands in the message.
pub struct Fields<'a> {
    map: Map<String, Value>,
    path: String,
    problems: &'a mut Problems,
}

impl<'a> Fields<'a> {
    /// Starts to read `map`, which stands at `path` (empty at the top).
    pub fn new(map: Map<String, Value>, path: &str, problems: &'a mut Problems) -> Fields<'a> {
        Fields { map, path: path.to_owned(), problems }
    }

    /// The dotted path of field `name`; of the object itself when that is empty.
    pub fn path_of(&self, name: &str) -> String {
        match (self.path.is_empty(), name.is_empty()) {
            (true, _) => name.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{name}", self.path),
        }
    }

    /// Notes a problem with field `name`, which may be any text: it is shown escaped and bounded.
    pub fn problem(&mut self, name: &str, problem: impl Into<String>) {
        let path = self.path_of(&shown(name));
        self.problems.add(&path, problem);
    }

    /// Takes any value.
    pub fn value(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name)
    }

    /// Takes a string.
    pub fn string(&mut self, name: &str) -> Option<String> {
        match self.map.remove(name)? {
            Value::String(text) => Some(text),
            other => self.wrong_type(name, "a string", &other),
        }
    }

    /// Takes a string that must be there.
    pub fn required_string(&mut self, name: &str) -> Option<String> {
        self.require(name);
        self.string(name)
    }

    /// Takes an object that must be there.
    pub fn required_object(&mut self, name: &str) -> Option<Map<String, Value>> {
        self.require(name);
        self.object(name)
    }

    /// Takes a boolean.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.map.remove(name)? {
            Value::Bool(value) => Some(value),
            other => self.wrong_type(name, "true or false", &other),
        }
    }

    /// Takes a whole number from `min` to `max`, both included.
    pub fn integer(&mut self, name: &str, min: u64, max: u64) -> Option<u64> {
        let value = self.map.remove(name)?;
        let Value::Number(number) = &value else {
            return self.wrong_type(name, "a whole number", &value);
        };
        match number.as_u64() {
            Some(number) if (min..=max).contains(&number) => Some(number),
            _ => {
                let range = if max == u64::MAX { format!("of at least {min}") } else { format!("from {min} to {max}") };
                self.problem(name, format!("must be a whole number {range}, is {number}"));
                None
            }
        }
    }

    /// Takes a whole number that must be there.
    pub fn required_integer(&mut self, name: &str, min: u64, max: u64) -> Option<u64> {
        self.require(name);
        self.integer(name, min, max)
    }

    /// Takes an object.
    pub fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.map.remove(name)? {
            Value::Object(map) => Some(map),
            other => self.wrong_type(name, "an object", &other),
        }
    }

    /// Takes one of a few words.
    pub fn choice(&mut self, name: &str, allowed: &[&str]) -> Option<String> {
        let text = self.string(name)?;
        if allowed.contains(&text.as_str()) {
            return Some(text);
        }
        self.problem(name, format!("must be {}, is {}", allowed.join(" or "), excerpt(&text)));
        None
    }

    /// Takes everything that is left.
    pub fn take_rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.map)
    }

    /// Refuses what was not taken.
    pub fn finish(mut self) {
        for name in self.take_rest().keys() {
            self.problem(name, "is not a known field");
        }
    }

    /// A reader of the object `map` found at field `name`, sharing the list of problems.
    pub fn nested(&mut self, name: &str, map: Map<String, Value>) -> Fields<'_> {
        let path = self.path_of(name);
        Fields { map, path, problems: self.problems }
    }

    fn require(&mut self, name: &str) {
        if !self.map.contains_key(name) {
            self.problem(name, "is required");
        }
    }

    fn wrong_type<T>(&mut self, name: &str, wanted: &str, found: &Value) -> Option<T> {
        self.problem(name, format!("must be {wanted}, is {}", kind(found)));
        None
    }
}

/// What a JSON value is, in words.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The start of a foreign text in quotes, escaped and bounded, fit for an error or a log line.
pub fn excerpt(text: &str) -> String {
    format!("\"{}\"", shown(text))
}

/// The start of a foreign text, escaped and bounded.
pub(super) fn shown(text: &str) -> String {
    let mut start: String = text.chars().take(NAME_MAX_CHARS).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start.escape_debug().to_string()
}
