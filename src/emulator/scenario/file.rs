//! Scenarios as text, in TOML or JSON.
//!
//! ```toml
//! seed = 7
//!
//! [[rules]]
//! match = { positivePrompt = "lighthouse", numberResults = 2 }
//! set = { put = "after-success", put-body = "truncated" }
//! chance = 0.5    # of the tasks that match; without it all
//! times = 3       # at most so many tasks; without it any number
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::condition::Condition;
use super::switches::{Place, Settings};
use super::{Rule, Scenario};

/// Rules a scenario can hold: each is tried for every call.
const MAX_RULES: usize = 1_000;

/// Everything that is wrong with a scenario, a line for each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ScenarioError(Vec<String>);

/// A scenario as it is written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    rules: Vec<WrittenRule>,
}

/// A rule as it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    #[serde(default, rename = "match", skip_serializing_if = "Map::is_empty")]
    when: Map<String, Value>,
    set: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chance: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    /// Told, and ignored when it is sent back: how many tasks or calls met it so far.
    #[serde(default)]
    met: u32,
}

impl ScenarioError {
    /// Each thing that is wrong.
    pub(in crate::emulator) fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Scenario {
    /// Reads TOML, or JSON if the text begins with a brace, as no TOML does.
    ///
    /// # Errors
    /// The text is neither, or no scenario: everything that is wrong with its rules.
    pub fn read(text: &str) -> Result<Self, ScenarioError> {
        if text.trim_start().starts_with('{') { Self::from_json(text.as_bytes()) } else { Self::from_toml(text) }
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// The text is no TOML, or no scenario: everything that is wrong with its rules.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        Self::of_written(toml::from_str(text).map_err(|why| ScenarioError(vec![why.to_string()]))?)
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// The text is no JSON, or no scenario: everything that is wrong with its rules.
    pub fn from_json(text: &[u8]) -> Result<Self, ScenarioError> {
        Self::of_written(serde_json::from_slice(text).map_err(|why| ScenarioError(vec![why.to_string()]))?)
    }

    /// Reads one rule as JSON and adds it behind the others.
    ///
    /// # Errors
    /// The text is no JSON, or no rule, or there are too many rules.
    pub(in crate::emulator) fn add_json(&mut self, text: &[u8]) -> Result<(), ScenarioError> {
        let written = serde_json::from_slice(text).map_err(|why| ScenarioError(vec![why.to_string()]))?;
        if self.rules.len() >= MAX_RULES {
            return Err(ScenarioError(vec![format!("a scenario holds {MAX_RULES} rules at most")]));
        }
        self.rules.push(rule(written).map_err(ScenarioError)?);
        Ok(())
    }

    /// The scenario as it would be written, with how often each rule was met.
    pub(in crate::emulator) fn written(&self) -> Value {
        let rules = self.rules.iter().map(|rule| WrittenRule {
            when: rule.when.0.clone(),
            set: rule.settings.written().into_iter().map(|(switch, v)| (switch.name.to_owned(), v.into())).collect(),
            chance: (rule.chance < 1.0).then_some(rule.chance),
            times: rule.times,
            met: rule.met,
        });
        let written = Written { seed: self.seed, rules: rules.collect() };
        serde_json::to_value(written).unwrap_or_default()
    }

    fn of_written(written: Written) -> Result<Self, ScenarioError> {
        let mut wrong = Vec::new();
        if written.rules.len() > MAX_RULES {
            wrong.push(format!("a scenario holds {MAX_RULES} rules at most"));
        }
        let mut rules = Vec::new();
        for (index, written) in written.rules.into_iter().take(MAX_RULES).enumerate() {
            match rule(written) {
                Ok(rule) => rules.push(rule),
                Err(faults) => wrong.extend(faults.into_iter().map(|fault| format!("rules[{index}]: {fault}"))),
            }
        }
        if wrong.is_empty() {
            Ok(Self { seed: written.seed, rules, ..Self::default() })
        } else {
            Err(ScenarioError(wrong))
        }
    }
}

fn rule(written: WrittenRule) -> Result<Rule, Vec<String>> {
    let mut wrong = Vec::new();
    let mut settings = Settings::default();
    for (name, value) in &written.set {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let Err(fault) = settings.set(name, &text) {
            wrong.push(fault.to_string());
        }
    }
    let places: Vec<Place> = settings.written().iter().map(|(switch, _)| switch.place).collect();
    let of_calls = places.iter().filter(|place| matches!(place, Place::Api | Place::Call)).count();
    if places.is_empty() && wrong.is_empty() {
        wrong.push("set: a rule sets at least one switch".to_owned());
    }
    if of_calls > 0 && of_calls < places.len() {
        wrong.push("set: a rule sets switches of calls or of tasks, not both: make two rules of it".to_owned());
    }
    let is_limited = written.chance.is_some() || written.times.is_some() || !written.when.is_empty();
    if is_limited && places.contains(&Place::Api) {
        wrong.push("a switch of the whole API takes no match, chance or times".to_owned());
    }
    let chance = written.chance.unwrap_or(1.0);
    if !(0.0..=1.0).contains(&chance) {
        wrong.push(format!("chance: {chance} is not from 0 to 1"));
    }
    match Condition::read(written.when) {
        Ok(when) if wrong.is_empty() => Ok(Rule { settings, when, chance, times: written.times, met: 0 }),
        Ok(_) => Err(wrong),
        Err(faults) => {
            wrong.extend(faults);
            Err(wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Scenario;

    const TOML: &str = r#"
        seed = 7
        [[rules]]
        match = { positivePrompt = "lighthouse", numberResults = 2 }
        set = { put = "after-success", put-delay = 250 }
        chance = 0.5
        times = 3
        [[rules]]
        set = { submit = "reset" }
    "#;

    #[test]
    fn toml_and_json_say_the_same() {
        let scenario = Scenario::from_toml(TOML).expect("a scenario");
        let written = scenario.written();
        assert_eq!(
            written,
            json!({
                "seed": 7,
                "rules": [
                    {
                        "match": {"positivePrompt": "lighthouse", "numberResults": 2},
                        "set": {"put": "after-success", "put-delay": "250"},
                        "chance": 0.5, "times": 3, "met": 0,
                    },
                    {"set": {"submit": "reset"}, "met": 0},
                ],
            })
        );
        let again = Scenario::from_json(written.to_string().as_bytes()).expect("a scenario");
        assert_eq!(again.written(), written);
    }

    #[test]
    fn the_scenarios_that_are_shown_are_scenarios() {
        const README: &str = include_str!("../../../README.md");
        let shown = README.split("```toml scenario\n").nth(1).and_then(|rest| rest.split("```").next());
        for text in [shown.expect("README.md shows one"), include_str!("../../../deploy/scenarios/rough-day.toml")] {
            let scenario = Scenario::read(text).unwrap_or_else(|wrong| panic!("{wrong}"));
            assert!(!scenario.rules.is_empty());
            assert_eq!(Scenario::read(&scenario.written().to_string()).expect("JSON").written(), scenario.written());
        }
    }

    #[test]
    fn everything_wrong_is_told_with_its_place() {
        let wrong = json!({"rules": [
            {"set": {"put": "later", "putt": 1}},
            {"set": {}},
            {"set": {"submit": "reset", "put": "never"}, "chance": 2},
            {"set": {"unknown-task": "not-found"}, "times": 1},
        ]});
        let error = Scenario::from_json(wrong.to_string().as_bytes()).expect_err("wrong").to_string();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 6, "{error}");
        assert!(lines[0].starts_with("rules[0]: 'put' cannot be 'later'"), "{error}");
        assert!(error.contains("rules[3]: a switch of the whole API"), "{error}");
        assert!(Scenario::from_json(br#"{"rule": []}"#).expect_err("wrong").to_string().contains("rule"));
    }
}
