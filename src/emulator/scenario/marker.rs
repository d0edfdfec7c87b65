//! Faults ordered by the prompt itself: `… a lighthouse [[emulator: put-body=truncated, submit=reset*2]]`.
//!
//! The marker is taken out before anything is made of the prompt. A switch of calls holds for one call of its kind about
//! the task, or for as many as stand behind `*`; every other switch holds for the task.

use super::Call;
use super::switches::{Place, Settings, Wrong, switch};

const OPEN: &str = "[[emulator:";
const CLOSE: &str = "]]";

/// What a prompt orders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::emulator) struct Marker {
    pub(super) settings: Settings,
    submits: u32,
    polls: u32,
    details: u32,
}

impl Marker {
    /// How many calls of this kind about the task meet what is ordered.
    pub(super) fn calls(&self, call: Call) -> u32 {
        match call {
            Call::Submit => self.submits,
            Call::Poll => self.polls,
            Call::Details => self.details,
        }
    }

    fn order(&mut self, entry: &str) -> Result<(), Wrong> {
        let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
        let known = switch(name);
        if let Some(habit) = known.filter(|switch| switch.place == Place::Api) {
            return Err(Wrong::Habit(habit.name));
        }
        let (value, times) = match (known.map(|switch| switch.place), value.split_once('*')) {
            (Some(Place::Call), Some((value, times))) => (value, times.parse().ok()),
            _ => (value, Some(1)),
        };
        let Some(times) = times else { return Err(Wrong::Times { entry: super::cut(entry) }) };
        self.settings.set(name, value)?;
        match name {
            "submit" | "acceptance" => self.submits = self.submits.max(times),
            "poll" => self.polls = times,
            "details" => self.details = times,
            _ => {}
        }
        Ok(())
    }
}

/// Splits a prompt into what is left of it and what its markers order.
pub(in crate::emulator) fn split(prompt: &str) -> Result<(String, Marker), Wrong> {
    let mut marker = Marker::default();
    let mut left = String::new();
    let mut rest = prompt;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((entries, behind)) = after.split_once(CLOSE) else { break };
        let entries = entries.split([',', ' ', '\t', '\r', '\n']).filter(|entry| !entry.is_empty());
        for entry in entries {
            marker.order(entry)?;
        }
        left.push_str(before.trim_end());
        rest = behind;
    }
    left.push_str(rest);
    Ok((left, marker))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{Call, Marker, Wrong, split};

    fn written(marker: &Marker) -> Vec<String> {
        marker.settings.written().into_iter().map(|(switch, value)| format!("{}={value}", switch.name)).collect()
    }

    #[test]
    fn a_marker_is_taken_out_of_the_prompt_and_read() {
        let (left, marker) =
            split("A lighthouse [[emulator: put-body=truncated, submit=reset*2]]. And the sea.").expect("a marker");
        assert_eq!(left, "A lighthouse. And the sea.");
        assert_eq!(written(&marker), ["submit=reset", "put-body=truncated"]);
        assert_eq!((marker.calls(Call::Submit), marker.calls(Call::Poll)), (2, 0));
    }

    #[test]
    fn a_prompt_without_a_marker_stays_as_it_is() {
        for prompt in ["", " A [[wiki]] link ", "[[emulator: never closed", "[[ emulator: x=1]]"] {
            assert_eq!(split(prompt), Ok((prompt.to_owned(), Marker::default())));
        }
    }

    #[test]
    fn what_is_wrong_in_a_marker_is_told() {
        assert!(matches!(split("[[emulator: put=later]]"), Err(Wrong::Value { name: "put", .. })));
        assert!(matches!(split("[[emulator: putt]]"), Err(Wrong::Name { .. })));
        assert!(matches!(split("[[emulator: poll=reset*many]]"), Err(Wrong::Times { .. })));
        assert_eq!(split("[[emulator: unknown-task=not-found]]"), Err(Wrong::Habit("unknown-task")));
    }

    proptest! {
        #[test]
        fn no_prompt_makes_the_reading_panic(prompt in ".{0,40}(\\[\\[emulator:.{0,20}\\]\\])?.{0,40}") {
            let _ = split(&prompt);
        }
    }
}
