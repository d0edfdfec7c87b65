//! What the page shows of the scenario: its rules in words, and every switch.

use serde_json::{Map, Value};

use crate::emulator::scenario::Scenario;
use crate::emulator::scenario::switches::{CATALOGUE, Place, Switch};

/// The scenario that is in force.
pub(super) struct ScenarioView {
    pub(super) seed: String,
    pub(super) rules: Vec<RuleView>,
    /// Whether new tasks wait for steps.
    pub(super) is_stepped: bool,
}

/// One rule.
pub(super) struct RuleView {
    pub(super) settings: Vec<(String, String)>,
    /// For whom it holds.
    pub(super) when: String,
    pub(super) met: String,
    /// Whether all it does is to choose the pace for everything.
    pub(super) is_pace: bool,
}

/// The switches of one place.
pub(super) struct Chapter {
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) switches: Vec<&'static Switch>,
}

impl ScenarioView {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let written = scenario.written();
        let rules: Vec<RuleView> = written["rules"].as_array().into_iter().flatten().map(RuleView::of).collect();
        Self {
            seed: text(&written["seed"]),
            is_stepped: rules.iter().rfind(|rule| rule.is_pace).is_some_and(|rule| rule.settings[0].1 == "stepped"),
            rules,
        }
    }
}

impl RuleView {
    fn of(rule: &Value) -> Self {
        let settings: Vec<(String, String)> =
            rule["set"].as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect();
        let is_limited = ["match", "chance", "times"].iter().any(|name| !rule[name].is_null());
        Self {
            is_pace: !is_limited && settings.len() == 1 && settings[0].0 == "pace",
            when: when(rule),
            met: match rule["met"].as_u64() {
                Some(0) | None => String::new(),
                Some(met) => format!("met {met}×"),
            },
            settings,
        }
    }
}

/// Every switch, by the place where it takes effect.
pub(super) fn chapters() -> Vec<Chapter> {
    [
        (Place::Call, "Calls", "decided anew for each call"),
        (Place::Task, "Tasks", "decided when a task is submitted"),
        (Place::Upload, "Uploads", "decided with the task"),
        (Place::Webhook, "Webhooks", "decided with the task"),
        (Place::Api, "The whole API", "a habit: no match, chance or times"),
    ]
    .into_iter()
    .map(|(place, title, about)| Chapter {
        title,
        about,
        switches: CATALOGUE.iter().filter(|switch| switch.place == place).collect(),
    })
    .collect()
}

fn when(rule: &Value) -> String {
    let empty = Map::new();
    let mut fields: Vec<_> = rule["match"].as_object().unwrap_or(&empty).iter().collect();
    // Whether an object keeps its order depends on what else is compiled in.
    fields.sort_by_key(|(name, _)| *name);
    let conditions = fields.into_iter().map(|(name, value)| match name.as_str() {
        "positivePrompt" => format!("prompt has “{}”", text(value)),
        _ => format!("{name} is {}", text(value)),
    });
    let mut parts: Vec<String> = conditions.collect();
    if parts.is_empty() {
        parts.push("always".to_owned());
    }
    if let Some(chance) = rule["chance"].as_f64() {
        parts.push(format!("{} % by chance", (chance * 10_000.0).round() / 100.0));
    }
    if let Some(times) = rule["times"].as_u64() {
        parts.push(format!("at most {times}×"));
    }
    parts.join(", ")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CATALOGUE, ScenarioView, chapters};
    use crate::emulator::scenario::Scenario;

    #[test]
    fn every_switch_is_in_one_chapter() {
        let listed: usize = chapters().iter().map(|chapter| chapter.switches.len()).sum();
        assert_eq!(listed, CATALOGUE.len());
    }

    #[test]
    fn rules_are_told_in_words() {
        let scenario = json!({"seed": 7, "rules": [
            {"match": {"duration": 10, "positivePrompt": "a <b>"}, "set": {"put": "never"}, "chance": 0.25, "times": 3},
            {"set": {"submit": "html:502"}},
        ]});
        let view = ScenarioView::of(&Scenario::from_json(scenario.to_string().as_bytes()).expect("a scenario"));
        let words: Vec<&str> = view.rules.iter().map(|rule| rule.when.as_str()).collect();
        assert_eq!(words, ["duration is 10, prompt has “a <b>”, 25 % by chance, at most 3×", "always"]);
        assert_eq!(view.rules[1].settings, [("submit".to_owned(), "html:502".to_owned())]);
        assert!(!view.is_stepped);
    }

    #[test]
    fn the_last_rule_about_the_pace_of_everything_says_what_it_is() {
        let is_stepped = |rules| {
            let scenario = json!({ "rules": rules }).to_string();
            ScenarioView::of(&Scenario::from_json(scenario.as_bytes()).expect("a scenario")).is_stepped
        };
        assert!(!is_stepped(json!([])));
        assert!(is_stepped(json!([{"set": {"pace": "stepped"}}, {"set": {"put": "never"}}])));
        assert!(!is_stepped(json!([{"set": {"pace": "stepped"}}, {"set": {"pace": "automatic"}}])));
        assert!(!is_stepped(json!([{"set": {"pace": "stepped"}, "match": {"duration": 5}}])));
    }
}
