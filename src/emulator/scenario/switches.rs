//! Every switch of the emulator: what the vendor leaves open, and what goes wrong.
//!
//! One table gives the fields of [`Behaviour`], the names and forms in files, markers and control routes, and the list on
//! the page and in the README. To add a switch is to add a row here and to obey the field.

use super::cut;
use super::values::{
    Acceptance, After, CallFault, Cost, Delay, Envelope, ErrorPlace, Failure, Fate, Instead, Limit, Media, MixedStatus,
    Pace, Progress, Put, PutBody, PutFraming, PutHeaders, PutRefused, PutResults, PutRetries, PutTimes, RunningStatus,
    Sizes, UnknownTask, Value, VideoUrl, Webhook, WebhookBody, WebhookRetries,
};

/// Where a switch takes effect, which also says how often it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::emulator) enum Place {
    /// In every answer: these are habits of the whole API.
    Api,
    /// In the answer to a call; decided anew for each call.
    Call,
    /// While a task is worked on and told of; decided once, when the task is first submitted.
    Task,
    /// When a result is uploaded; decided with the task.
    Upload,
    /// When a webhook is called; decided with the task.
    Webhook,
}

/// One switch, for people.
#[derive(Debug, Clone, Copy, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::emulator) struct Switch {
    pub(in crate::emulator) name: &'static str,
    pub(in crate::emulator) place: Place,
    pub(in crate::emulator) meaning: &'static str,
    /// Each written form and what it means, the default first.
    pub(in crate::emulator) forms: &'static [(&'static str, &'static str)],
}

/// Why a switch cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::emulator) enum Wrong {
    /// No switch has this name.
    #[error("there is no switch '{name}'{}; GET /_emulator/switches lists them", did_you_mean(*.like))]
    Name {
        /// What was written, cut short.
        name: String,
        /// The switch with the nearest name.
        like: Option<&'static str>,
    },
    /// The switch has no such value.
    #[error("'{name}' cannot be '{value}': it is one of {}", .forms.join(", "))]
    Value {
        /// The switch.
        name: &'static str,
        /// What was written, cut short.
        value: String,
        /// The forms it has.
        forms: Vec<&'static str>,
    },
    /// A switch of the whole API in a marker.
    #[error("'{0}' is a switch of the whole API and no task's own: set it with a rule")]
    Habit(&'static str),
    /// What stands behind `*` in a marker.
    #[error("'{entry}' must end with a whole number of calls behind the *")]
    Times {
        /// What was written, cut short.
        entry: String,
    },
}

macro_rules! switches {
    ($($field:ident $name:literal $place:ident $type:ident: $meaning:literal,)+) => {
        /// How the provider behaves, every switch with a value.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub(in crate::emulator) struct Behaviour {
            $(#[doc = $meaning] pub(in crate::emulator) $field: $type,)+
        }

        /// Some switches with their values.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub(in crate::emulator) struct Settings {
            $(pub(super) $field: Option<$type>,)+
        }

        /// All switches.
        pub(in crate::emulator) const CATALOGUE: &[Switch] = &[
            $(Switch { name: $name, place: Place::$place, meaning: $meaning, forms: <$type as Value>::FORMS },)+
        ];

        impl Behaviour {
            /// Every switch that is not at its default, with its written value.
            pub(in crate::emulator) fn unusual(&self) -> Vec<(&'static Switch, String)> {
                let usual = Self::default();
                let values = [$((self.$field != usual.$field).then(|| self.$field.to_string()),)+];
                CATALOGUE.iter().zip(values).filter_map(|(switch, value)| Some((switch, value?))).collect()
            }
        }

        impl Settings {
            /// Sets the switch `name` to the written form `value`.
            pub(in crate::emulator) fn set(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
                match name {
                    $($name => self.$field = Some(<$type>::read(value).ok_or_else(|| wrong_value($name, value))?),)+
                    _ => return Err(wrong_name(name)),
                }
                Ok(())
            }

            /// Takes over what is set here.
            pub(in crate::emulator) fn apply(&self, behaviour: &mut Behaviour) {
                $(if let Some(value) = &self.$field {
                    behaviour.$field = value.clone();
                })+
            }

            /// Every switch that is set, with its written value.
            pub(in crate::emulator) fn written(&self) -> Vec<(&'static Switch, String)> {
                let values = [$(self.$field.as_ref().map(ToString::to_string),)+];
                CATALOGUE.iter().zip(values).filter_map(|(switch, value)| Some((switch, value?))).collect()
            }
        }
    };
}

switches! {
    unknown_task "unknown-task" Api UnknownTask: "what getResponse says of a task that it does not know",
    mixed_status "mixed-status" Api MixedStatus: "status of a POST of which some tasks were accepted and others refused",
    envelope "envelope" Api Envelope: "which of the lists data and errors an answer has",
    max_tasks "max-tasks" Api Limit: "elements of one POST; more are refused with arrayTooLarge, and above 1,000 always",
    max_body "max-body" Api Limit: "bytes of one POST; more are refused with status 413",
    sizes "sizes" Api Sizes: "which width and height a task may have; others are refused with unsupportedDimensions",

    submit "submit" Call CallFault: "what a POST with new tasks is answered with",
    acceptance "acceptance" Call Acceptance: "whether the tasks of such a POST are accepted",
    poll "poll" Call CallFault: "what getResponse is answered with",
    details "details" Call CallFault: "what getTaskDetails is answered with",

    pace "pace" Task Pace: "who moves a task forward",
    render_time "render-time" Task Instead: "least time until success, in place of the emulator's own",
    visible_after "visible-after" Task Delay: "how long a new task stays unknown to getResponse and getTaskDetails",
    unknown_after "unknown-after" Task After: "when an accepted task is unknown to both again; its UUID stays taken",
    fate "fate" Task Fate: "what becomes of an accepted task",
    forget "forget" Task After: "when an accepted UUID is free again: sending it then runs and bills anew",
    running_status "running-status" Task RunningStatus: "the word for a task under way",
    progress "progress" Task Progress: "whether polls tell the progress",
    failure "failure" Task Failure: "whether a task fails half-way instead of being finished",
    error_place "error-place" Task ErrorPlace: "where a failed task stands in the answer to a poll",
    cost "cost" Task Cost: "what is told of the cost when it is asked for",
    video_url "video-url" Task VideoUrl: "what videoURL of a finished result is",
    media "media" Task Media: "what is rendered",

    put "put" Upload Put: "when a result is uploaded",
    put_delay "put-delay" Upload Delay: "how long an upload waits for its turn",
    put_framing "put-framing" Upload PutFraming: "how the body is framed",
    put_headers "put-headers" Upload PutHeaders: "which headers go with it",
    put_body "put-body" Upload PutBody: "what the body is",
    put_times "put-times" Upload PutTimes: "how often a result is uploaded",
    put_retries "put-retries" Upload PutRetries: "whether an upload that was not taken is tried again",
    put_refused "put-refused" Upload PutRefused: "what a refused upload does to its task",
    put_results "put-results" Upload PutResults: "which results of several are uploaded",

    webhook "webhook" Webhook Webhook: "how often and in which order webhooks are called",
    webhook_delay "webhook-delay" Webhook Delay: "how long after its result a webhook is first called",
    webhook_retries "webhook-retries" Webhook WebhookRetries: "whether a call that was not taken is made again",
    webhook_body "webhook-body" Webhook WebhookBody: "what the body is",
}

/// The switch with this name.
pub(super) fn switch(name: &str) -> Option<&'static Switch> {
    CATALOGUE.iter().find(|switch| switch.name == name)
}

fn wrong_name(name: &str) -> Wrong {
    const NEAR: f64 = 0.7;
    let like = CATALOGUE
        .iter()
        .map(|switch| (strsim::jaro_winkler(name, switch.name), switch.name))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name);
    Wrong::Name { name: cut(name), like }
}

fn did_you_mean(like: Option<&str>) -> String {
    like.map(|like| format!(" (did you mean '{like}'?)")).unwrap_or_default()
}

fn wrong_value(name: &'static str, value: &str) -> Wrong {
    let forms = switch(name).iter().flat_map(|switch| switch.forms).map(|(form, _)| *form).collect();
    Wrong::Value { name, value: cut(value), forms }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Behaviour, CATALOGUE, Settings, Wrong};
    use crate::emulator::scenario::values::{Put, PutBody};

    #[test]
    fn every_switch_takes_its_default_and_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = CATALOGUE.iter().map(|switch| switch.name).collect();
        assert_eq!(names.len(), CATALOGUE.len());
        let mut settings = Settings::default();
        for switch in CATALOGUE {
            settings.set(switch.name, switch.forms[0].0).expect("the default is a form");
        }
        let mut behaviour = Behaviour::default();
        settings.apply(&mut behaviour);
        assert_eq!(behaviour, Behaviour::default());
        assert_eq!(settings.written().len(), CATALOGUE.len());
    }

    /// Names of tests are sentences; `every_test_that_is_named_exists` looks for them.
    #[test]
    fn every_switch_has_a_row_with_all_its_values_and_a_test_in_the_readme() {
        const README: &str = include_str!("../../../README.md");
        let section = README.split("### Scenarios").nth(1).expect("a section");
        let rows: Vec<Vec<&str>> =
            section.lines().filter(|line| line.starts_with('|')).map(|line| line.split('|').collect()).collect();
        for switch in CATALOGUE {
            let is_named = |cell: &str, name: &str| cell.contains(&format!("`{name}`"));
            let row =
                rows.iter().find(|row| is_named(row[1], switch.name)).unwrap_or_else(|| panic!("{}", switch.name));
            for (form, _) in switch.forms {
                let is_told_in_words = form.chars().all(|c| c.is_ascii_uppercase());
                assert!(is_told_in_words || is_named(row[2], form), "{}: {form} is not in {}", switch.name, row[2]);
            }
            let names_a_test = row[3].split('`').any(|span| span.split('_').count() >= 4);
            assert!(names_a_test, "{}: {}", switch.name, row[3]);
        }
    }

    #[test]
    fn what_is_set_is_taken_over_and_the_rest_stays() {
        let mut settings = Settings::default();
        settings.set("put", "after-success").expect("a form");
        let mut behaviour = Behaviour { put_body: PutBody::Empty, ..Behaviour::default() };
        settings.apply(&mut behaviour);
        assert_eq!((behaviour.put, behaviour.put_body), (Put::AfterSuccess, PutBody::Empty));
        let unusual: Vec<_> = behaviour.unusual().into_iter().map(|(switch, value)| (switch.name, value)).collect();
        assert_eq!(unusual, [("put", "after-success".to_owned()), ("put-body", "empty".to_owned())]);
        let written: Vec<_> = settings.written().into_iter().map(|(switch, value)| (switch.name, value)).collect();
        assert_eq!(written, [("put", "after-success".to_owned())]);
    }

    #[test]
    fn a_wrong_name_or_value_says_what_would_be_right() {
        let mut settings = Settings::default();
        let wrong = settings.set("put-bdy", "empty").expect_err("no such switch");
        assert!(matches!(wrong, Wrong::Name { like: Some("put-body"), .. }), "{wrong}");
        let wrong = settings.set("put-body", "half").expect_err("no such value");
        assert!(wrong.to_string().contains("truncated"), "{wrong}");
        assert_eq!(settings, Settings::default());
    }
}
