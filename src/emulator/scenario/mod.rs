//! Scenarios: how the provider is to behave, and when.
//!
//! A scenario is a list of rules. A rule sets switches (`switches`) for the tasks or calls that it matches, always, by
//! chance, or a number of times; later rules win over earlier ones, and a marker in a prompt (`marker`) over all. What is
//! left to chance depends on the seed and on the task or the number of the call, and on nothing else: the same calls meet
//! the same faults again.

use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Value};
use uuid::Uuid;

mod condition;
mod file;
pub(super) mod marker;
pub(super) mod switches;
pub(super) mod values;

pub use file::ScenarioError;

use super::request::VideoRequest;
use condition::Condition;
use marker::Marker;
use switches::{Behaviour, Place, Settings};
use values::{Acceptance, CallFault};

/// Tasks whose markers are counted. A marker of any more holds for each of its calls.
const MAX_COUNTED: usize = 20_000;

/// A kind of call that can meet a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Call {
    /// A POST with new tasks.
    Submit,
    /// `getResponse`.
    Poll,
    /// `getTaskDetails`.
    Details,
}

/// One of the tasks that a call is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) uuid: Uuid,
    /// As it was submitted; a call may be about a task that nobody knows.
    pub(super) sent: Option<&'a Map<String, Value>>,
    pub(super) marker: Option<&'a Marker>,
}

impl<'a> Subject<'a> {
    /// A new task.
    pub(super) fn of(request: &'a VideoRequest, sent: &'a Value) -> Self {
        Self { uuid: request.id.uuid, sent: sent.as_object(), marker: Some(&request.marker) }
    }
}

/// What one call meets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct CallPlan {
    pub(super) fault: CallFault,
    pub(super) acceptance: Acceptance,
}

/// What all of the API does.
pub(super) type Habits = Behaviour;

/// How the provider is to behave. The default has no rules: everything goes well.
#[derive(Clone, Default)]
pub struct Scenario {
    seed: u64,
    rules: Vec<Rule>,
    calls: u64,
    /// Calls of marked tasks that met what the marker orders.
    marked: HashMap<(Uuid, Call), u32>,
}

/// Some switches, and for whom they hold.
#[derive(Debug, Clone, PartialEq)]
struct Rule {
    settings: Settings,
    when: Condition,
    /// 0 to 1.
    chance: f64,
    /// How many tasks or calls meet it, if there is a limit.
    times: Option<u32>,
    met: u32,
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario").field("seed", &self.seed).field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl Scenario {
    /// Puts another scenario in force. Chance begins anew; calls that markers ordered stay counted.
    pub(super) fn replace(&mut self, other: Self) {
        *self = Self { marked: std::mem::take(&mut self.marked), ..other };
    }

    /// Drops all rules.
    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Drops the rule with this number, if there is one.
    pub(super) fn remove(&mut self, index: usize) -> bool {
        let is_there = index < self.rules.len();
        if is_there {
            self.rules.remove(index);
        }
        is_there
    }

    /// What holds for a task from its acceptance on.
    pub(super) fn task(&mut self, task: Subject<'_>) -> Behaviour {
        let mut behaviour = Behaviour::default();
        let drawn_from = task.uuid.as_u64_pair();
        for (index, rule) in self.rules.iter_mut().enumerate() {
            let is_of_tasks = rule.settings.written().iter().any(|(switch, _)| is_of_tasks(switch.place));
            let die = mix(&[self.seed, as_u64(index), drawn_from.0, drawn_from.1]);
            if is_of_tasks && rule.has_room() && rule.when.matches(task) && rule.hits(die) {
                rule.met += 1;
                rule.settings.apply(&mut behaviour);
            }
        }
        if let Some(marker) = task.marker {
            marker.settings.apply(&mut behaviour);
        }
        behaviour
    }

    /// What one call about these tasks meets. Each of its switches is set by a marker, else by the last rule that has it.
    pub(super) fn call(&mut self, call: Call, tasks: &[Subject<'_>]) -> CallPlan {
        self.calls += 1;
        let mut plan = Draft::default();
        for task in tasks {
            // Each of them has one call less, whichever marker is obeyed.
            if let Some(marker) = self.take_marked(call, *task) {
                plan.take(Draft::of(call, &marker.settings));
            }
        }
        let (seed, number) = (self.seed, self.calls);
        for (index, rule) in self.rules.iter_mut().enumerate().rev() {
            let offered = Draft::of(call, &rule.settings);
            let die = mix(&[seed, as_u64(index), number]);
            let holds = plan.lacks(&offered)
                && rule.has_room()
                && tasks.iter().any(|task| rule.when.matches(*task))
                && rule.hits(die);
            if holds {
                rule.met += 1;
                plan.take(offered);
            }
        }
        CallPlan { fault: plan.fault.unwrap_or_default(), acceptance: plan.acceptance.unwrap_or_default() }
    }

    /// What all of the API does: the rules that match everything.
    pub(super) fn habits(&self) -> Habits {
        let mut behaviour = Behaviour::default();
        for rule in self.rules.iter().filter(|rule| rule.when.is_empty()) {
            rule.settings.apply(&mut behaviour);
        }
        behaviour
    }

    /// The task's marker, if it has a call of this kind left. It then has one less.
    fn take_marked<'a>(&mut self, call: Call, task: Subject<'a>) -> Option<&'a Marker> {
        let marker = task.marker.filter(|marker| marker.calls(call) > 0)?;
        let is_full = self.marked.len() >= MAX_COUNTED && !self.marked.contains_key(&(task.uuid, call));
        if is_full {
            return Some(marker);
        }
        let met = self.marked.entry((task.uuid, call)).or_default();
        (*met < marker.calls(call)).then(|| {
            *met += 1;
            marker
        })
    }
}

/// What is decided of a call so far.
#[derive(Default)]
struct Draft {
    fault: Option<CallFault>,
    acceptance: Option<Acceptance>,
}

impl Draft {
    fn of(call: Call, settings: &Settings) -> Self {
        match call {
            Call::Submit => Self { fault: settings.submit.clone(), acceptance: settings.acceptance },
            Call::Poll => Self { fault: settings.poll.clone(), acceptance: None },
            Call::Details => Self { fault: settings.details.clone(), acceptance: None },
        }
    }

    fn lacks(&self, offered: &Self) -> bool {
        self.fault.is_none() && offered.fault.is_some() || self.acceptance.is_none() && offered.acceptance.is_some()
    }

    fn take(&mut self, offered: Self) {
        self.fault = self.fault.take().or(offered.fault);
        self.acceptance = self.acceptance.or(offered.acceptance);
    }
}

impl Rule {
    fn has_room(&self) -> bool {
        self.times.is_none_or(|times| self.met < times)
    }

    fn hits(&self, die: u64) -> bool {
        // The upper 53 bits are what a double holds exactly.
        ((die >> 11) as f64) < self.chance * (1u64 << 53) as f64
    }
}

fn is_of_tasks(place: Place) -> bool {
    match place {
        Place::Task | Place::Upload | Place::Webhook => true,
        Place::Api | Place::Call => false,
    }
}

/// Spreads some numbers evenly over all numbers (SplitMix64): the same ones always give the same.
fn mix(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |state: u64, number| {
        let mut z = (state ^ number).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

fn as_u64(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}

/// A foreign text, cut to what an error repeats.
fn cut(text: &str) -> String {
    super::errors::quoted(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::values::{Acceptance, CallFault, Put, PutBody, UnknownTask};
    use super::{Call, Scenario, Subject, marker};

    fn scenario(rules: Value) -> Scenario {
        Scenario::from_json(json!({"seed": 1, "rules": rules}).to_string().as_bytes()).expect("a scenario")
    }

    fn uuid(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn subject(sent: &Value, number: u128) -> Subject<'_> {
        Subject { uuid: uuid(number), sent: sent.as_object(), marker: None }
    }

    #[test]
    fn later_rules_win_and_only_for_what_they_match() {
        let mut scenario = scenario(json!([
            {"set": {"put": "never", "put-body": "empty"}},
            {"match": {"duration": 10}, "set": {"put": "after-success"}},
        ]));
        let ten = scenario.task(subject(&json!({"duration": 10}), 1));
        assert_eq!((ten.put, ten.put_body), (Put::AfterSuccess, PutBody::Empty));
        let five = scenario.task(subject(&json!({"duration": 5}), 2));
        assert_eq!((five.put, five.put_body), (Put::Never, PutBody::Empty));
    }

    #[test]
    fn a_rule_is_met_so_many_times_and_no_more() {
        let mut scenario = scenario(json!([{"set": {"submit": "reset"}, "times": 2}]));
        let task = json!({});
        let faults: Vec<CallFault> = (0..3).map(|_| scenario.call(Call::Submit, &[subject(&task, 1)]).fault).collect();
        assert_eq!(faults, [CallFault::Reset, CallFault::Reset, CallFault::None]);
        assert_eq!(scenario.call(Call::Poll, &[subject(&task, 1)]).fault, CallFault::None);
        assert_eq!(scenario.written()["rules"][0]["met"], 2);
    }

    #[test]
    fn chance_repeats_with_its_seed_and_hits_about_as_often_as_it_says() {
        let rules = json!([{"set": {"put": "never"}, "chance": 0.25}]);
        let hits = |scenario: &mut Scenario| -> Vec<bool> {
            (0..1000).map(|number| scenario.task(subject(&json!({}), number)).put == Put::Never).collect()
        };
        let first = hits(&mut scenario(rules.clone()));
        assert_eq!(first, hits(&mut scenario(rules)));
        let count = first.iter().filter(|hit| **hit).count();
        assert!((200..300).contains(&count), "{count}");
    }

    #[test]
    fn a_marker_wins_over_the_rules_and_counts_the_calls_of_its_task() {
        let mut scenario = scenario(json!([{"set": {"put": "never"}}, {"set": {"poll": "empty"}}]));
        let (_, marker) = marker::split("[[emulator: put=after-success poll=stall*2]]").expect("a marker");
        let sent = json!({});
        let task = Subject { marker: Some(&marker), ..subject(&sent, 1) };
        assert_eq!(scenario.task(task).put, Put::AfterSuccess);
        let faults: Vec<CallFault> = (0..3).map(|_| scenario.call(Call::Poll, &[task]).fault).collect();
        assert_eq!(faults, [CallFault::Stall, CallFault::Stall, CallFault::Empty]);
    }

    #[test]
    fn switches_of_one_call_may_come_from_several_rules() {
        let mut scenario = scenario(json!([
            {"set": {"submit": "html:502", "acceptance": "never"}},
            {"set": {"poll": "stall"}},
            {"set": {"submit": "reset"}, "times": 1},
        ]));
        let task = json!({});
        let mut submit = || scenario.call(Call::Submit, &[subject(&task, 1)]);
        let (first, second) = (submit(), submit());
        assert_eq!((first.fault, first.acceptance), (CallFault::Reset, Acceptance::Never));
        assert_eq!(second.fault.to_string(), "html:502");
        assert_eq!(scenario.written()["rules"][1]["met"], 0);
    }

    #[test]
    fn every_marked_task_of_a_call_has_one_call_less() {
        let mut scenario = Scenario::default();
        let (_, marker) = marker::split("[[emulator: poll=stall]]").expect("a marker");
        let sent = json!({});
        let tasks = [1, 2].map(|number| Subject { marker: Some(&marker), ..subject(&sent, number) });
        assert_eq!(scenario.call(Call::Poll, &tasks).fault, CallFault::Stall);
        assert_eq!(scenario.call(Call::Poll, &tasks).fault, CallFault::None);
    }

    #[test]
    fn a_call_meets_what_one_of_its_tasks_matches() {
        let mut scenario = scenario(json!([{"match": {"duration": 10}, "set": {"submit": "cut"}}]));
        let (five, ten) = (json!({"duration": 5}), json!({"duration": 10}));
        let plan = scenario.call(Call::Submit, &[subject(&five, 1), subject(&ten, 2)]);
        assert_eq!(plan.fault, CallFault::Cut);
        assert_eq!(scenario.call(Call::Submit, &[subject(&five, 1)]).fault, CallFault::None);
    }

    #[test]
    fn habits_are_those_of_the_whole_api() {
        let scenario = scenario(json!([{"set": {"unknown-task": "not-found"}}]));
        assert_eq!(scenario.habits().unknown_task, UnknownTask::NotFound);
        assert_eq!(Scenario::default().habits().unknown_task, UnknownTask::Empty);
    }
}
