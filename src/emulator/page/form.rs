//! The form for a task: every parameter of the model, with the bounds and defaults that are checked.

use std::ops::RangeInclusive;

use crate::emulator::request;

/// One group of fields.
pub(super) struct Group {
    pub(super) title: &'static str,
    /// Whether it is shown at once.
    pub(super) is_open: bool,
    pub(super) fields: Vec<Field>,
}

/// One parameter.
pub(super) struct Field {
    /// The vendor's name, nested ones with a dot.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What it is; of a number, what stands behind its bounds.
    about: String,
    /// What holds when it is left empty, if that is one value.
    pub(super) default: String,
}

/// What is typed or chosen.
pub(super) enum Kind {
    /// Several lines.
    Prompt,
    Text,
    Url,
    /// A JSON object.
    Json,
    Integer(RangeInclusive<u32>),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true`, or left out.
    Flag,
}

impl Kind {
    /// How `page.js` reads it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Prompt | Self::Text | Self::Url => "text",
            Self::Json => "json",
            Self::Integer(_) => "integer",
            Self::Choice(_) => "choice",
            Self::Flag => "flag",
        }
    }
}

impl Field {
    fn new(name: &'static str, kind: Kind, about: impl Into<String>) -> Self {
        Self { name, kind, about: about.into(), default: String::new() }
    }

    fn integer(name: &'static str, range: &RangeInclusive<u32>, about: &str, default: Option<u32>) -> Self {
        let default = default.map(|default| default.to_string()).unwrap_or_default();
        Self { default, ..Self::new(name, Kind::Integer(range.clone()), about) }
    }

    fn choice(name: &'static str, words: &'static [&'static str], about: &str) -> Self {
        Self { default: words[0].to_owned(), ..Self::new(name, Kind::Choice(words), about) }
    }

    /// What may be typed.
    pub(super) fn hint(&self) -> String {
        let about = &self.about;
        match &self.kind {
            Kind::Integer(range) if *range.end() == u32::MAX => format!("at least {}{about}", range.start()),
            Kind::Integer(range) => format!("{} to {}{about}", range.start(), range.end()),
            Kind::Prompt | Kind::Text | Kind::Url | Kind::Json | Kind::Choice(_) | Kind::Flag => about.clone(),
        }
    }

    /// Its name as part of an element's id.
    pub(super) fn id(&self) -> String {
        self.name.replace('.', "-")
    }
}

/// All of it. `taskType` and `model` have one value each and are sent with it.
pub(super) fn groups() -> Vec<Group> {
    let (width, height) = request::DEFAULT_SIZE_PX;
    let prompt = format!("{} to {} characters", request::PROMPT_CHARS.start(), request::PROMPT_CHARS.end());
    let avatar = format!("name of a preset, up to {} characters", request::AVATAR_CHARS.end());
    let group = |title, is_open, fields| Group { title, is_open, fields };
    vec![
        group(
            "The video",
            true,
            vec![
                Field::new("positivePrompt", Kind::Prompt, prompt),
                Field::integer("width", &request::SIDE_PX, " px, with height", Some(width)),
                Field::integer("height", &request::SIDE_PX, " px, with width", Some(height)),
                Field::integer("duration", &request::DURATION_S, " s", Some(request::DEFAULT_DURATION_S)),
                Field::integer("numberResults", &request::NUMBER_RESULTS, "", Some(1)),
                Field::choice("outputFormat", &["MP4", "WEBM", "MOV"], "container"),
                Field::integer("outputQuality", &request::QUALITY, "", Some(request::DEFAULT_QUALITY.into())),
            ],
        ),
        group(
            "Presenter",
            false,
            vec![
                Field::new("inputs.avatar", Kind::Text, avatar),
                Field::new("inputs.image", Kind::Url, "URL of a picture; avatar or image, not both"),
            ],
        ),
        group(
            "Delivery",
            false,
            vec![
                Field::new("uploadEndpoint", Kind::Url, "URL that takes each result by PUT"),
                Field::new("webhookURL", Kind::Url, "URL that is told of each result by POST"),
                Field::integer("ttl", &request::TTL_S, " s, then videoURL ends", None),
                Field::new("includeCost", Kind::Flag, "tell the cost with each result"),
                Field::choice("outputType", &["URL"], "what is delivered"),
                Field::choice("deliveryMethod", &["async"], "accepted now, polled later"),
            ],
        ),
        group(
            "Safety and the rest",
            false,
            vec![
                Field::new("safety.checkContent", Kind::Flag, "check what is made"),
                Field::choice(
                    "safety.mode",
                    &["none", "fast", "full"],
                    "no, key or all frames; fast once it is checked",
                ),
                Field::new("routing", Kind::Json, "a JSON object; taken and ignored"),
                Field::new("taskUUID", Kind::Text, "a UUID of version 4; a new one when empty"),
            ],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{Kind, groups};
    use crate::emulator::request;

    /// The parameters of the model as its documentation lists them, without the two that have one value each.
    const DOCUMENTED: [&str; 19] = [
        "taskUUID",
        "outputType",
        "outputFormat",
        "outputQuality",
        "webhookURL",
        "deliveryMethod",
        "uploadEndpoint",
        "safety.checkContent",
        "safety.mode",
        "ttl",
        "includeCost",
        "numberResults",
        "inputs.avatar",
        "inputs.image",
        "positivePrompt",
        "width",
        "height",
        "duration",
        "routing",
    ];

    #[test]
    fn every_documented_parameter_has_one_field() {
        let names: Vec<&str> = groups().iter().flat_map(|group| &group.fields).map(|field| field.name).collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(unique.len(), names.len());
        assert_eq!(unique, BTreeSet::from(DOCUMENTED));
    }

    /// A task with one field beside the required ones, checked.
    fn codes(name: &str, value: Value) -> Vec<String> {
        let mut task = json!({
            "taskType": "videoInference", "taskUUID": "0b8a2f4c-6a33-4d0e-9a51-3f6f1c7f9b21",
            "model": request::MODEL, "positivePrompt": "A tour of a lighthouse",
        });
        if name == "width" || name == "height" {
            task["width"] = json!(64);
            task["height"] = json!(64);
        }
        match name.split_once('.') {
            Some((object, name)) => task[object] = json!({ name: value }),
            None => task[name] = value,
        }
        let errors = request::check(task.as_object().expect("an object")).err().unwrap_or_default();
        errors.iter().map(|error| error.code().to_owned()).collect()
    }

    #[test]
    fn every_field_offers_what_the_checks_take_and_no_more() {
        for field in groups().into_iter().flat_map(|group| group.fields) {
            let name = field.name;
            match field.kind {
                Kind::Integer(range) => {
                    assert!(codes(name, json!(range.start())).is_empty(), "{name}");
                    assert!(codes(name, json!(range.end())).is_empty(), "{name}");
                    assert!(!codes(name, json!(range.start() - 1)).is_empty(), "{name}");
                    if *range.end() < u32::MAX {
                        assert!(!codes(name, json!(range.end() + 1)).is_empty(), "{name}");
                    }
                    if !field.default.is_empty() {
                        let default: u32 = field.default.parse().expect("a number");
                        assert!(range.contains(&default), "{name}");
                    }
                }
                Kind::Choice(words) => {
                    assert!(words.iter().all(|word| codes(name, json!(word)).is_empty()), "{name}");
                    assert!(!codes(name, json!("another")).is_empty(), "{name}");
                }
                Kind::Flag => assert!(codes(name, json!(true)).is_empty(), "{name}"),
                Kind::Url => assert!(codes(name, json!("https://host.example/x")).is_empty(), "{name}"),
                Kind::Json => assert!(codes(name, json!({})).is_empty(), "{name}"),
                Kind::Text | Kind::Prompt => {}
            }
        }
    }
}
