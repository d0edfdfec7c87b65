//! `modelSearch`: the catalogue of models, which has one entry.
//!
//! What a search finds can be used, so the model's siblings on the vendor's platform, which are not emulated, are not
//! found. Names of parameters and fields are those that the vendor's documentation and clients agree on; its words of
//! categories and visibility changed over time, and all of them are taken.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::errors::ApiError;
use super::fields::Fields;
use super::request::{self, TaskId};
use super::wire::Item;

/// The vendor's task type.
pub(super) const TASK_TYPE: &str = "modelSearch";

/// Vendor's bounds of `limit`, and its default.
const LIMIT: RangeInclusive<u32> = 1..=100;
const DEFAULT_LIMIT: u32 = 20;

const CATEGORIES: [&str; 11] =
    ["video", "image", "text", "audio", "3d", "checkpoint", "lora", "lycoris", "vae", "embeddings", "controlnet"];
const VISIBILITIES: [&str; 6] = ["public", "all", "private", "community", "favorite", "owned"];
const SORTS: [&str; 9] = [
    "_score",
    "popularity",
    "-popularity",
    "name",
    "-name",
    "addedUnixTimestamp",
    "-addedUnixTimestamp",
    "updatedDateUnixTimestamp",
    "-updatedDateUnixTimestamp",
];

/// A model.
struct Model {
    air: &'static str,
    name: &'static str,
    version: &'static str,
    category: &'static str,
    architecture: &'static str,
    tags: &'static [&'static str],
    capabilities: &'static [&'static str],
    comment: &'static str,
}

const MODELS: [Model; 1] = [Model {
    air: request::MODEL,
    name: "HeyGen Video Agent",
    version: "0",
    category: "video",
    architecture: "heygen-video-agent",
    tags: &["video", "avatar", "presenter", "captions"],
    capabilities: &["io:text-to-video", "io:image-to-video"],
    comment: "Complete videos of several scenes from one prompt; emulated.",
}];

/// What is looked for. Everything that is named must fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) id: TaskId,
    /// In lower case; all of them are somewhere in the model's texts.
    words: Vec<String>,
    category: Option<String>,
    architecture: Option<String>,
    tags: Vec<String>,
    capabilities: Vec<String>,
    /// Whether it asks for what no entry is: a checkpoint's type, a conditioning, models of one's own or of others.
    is_for_others: bool,
    limit: usize,
    offset: usize,
}

/// Reads one `modelSearch` task object.
pub(super) fn read(task: &Map<String, Value>) -> Result<Query, Vec<ApiError>> {
    let mut fields = Fields::of_task(task);
    fields.choice("taskType", &[(TASK_TYPE, ())]);
    let id = request::task_id(&mut fields);
    let text = |text: Option<&str>| text.map(str::to_lowercase);
    let search = text(fields.string("search")).unwrap_or_default();
    let category = fields.choice("category", &CATEGORIES.map(|category| (category, category)));
    let architecture = text(fields.string("architecture"));
    let (tags, capabilities) = (fields.strings("tags"), fields.strings("capabilities"));
    let visibility = fields.choice("visibility", &VISIBILITIES.map(|word| (word, matches!(word, "public" | "all"))));
    let source = fields.choice("source", &[("official", true), ("community", false)]);
    let is_of_a_kind = fields.string("type").or(fields.string("conditioning")).is_some();
    // One entry is in order however it is sorted.
    fields.choice("sort", &SORTS.map(|sort| (sort, ())));
    let limit = fields.integer("limit", &LIMIT).unwrap_or(DEFAULT_LIMIT);
    let offset = fields.integer("offset", &(0..=u32::MAX)).unwrap_or(0);
    let errors = fields.finish();
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    match id {
        Some(id) if errors.is_empty() => Ok(Query {
            id,
            words: search.split_whitespace().map(str::to_owned).collect(),
            category: category.map(str::to_owned),
            architecture,
            tags,
            capabilities,
            is_for_others: is_of_a_kind || visibility == Some(false) || source == Some(false),
            limit: size(limit),
            offset: size(offset),
        }),
        Some(_) | None => Err(errors),
    }
}

impl Query {
    fn fits(&self, model: &Model) -> bool {
        let texts = [model.air, model.name, model.comment, &model.tags.join(" ")].join(" ").to_lowercase();
        let has_all = |wanted: &[String], has: &[&str]| wanted.iter().all(|one| has.contains(&one.as_str()));
        !self.is_for_others
            && self.words.iter().all(|word| texts.contains(word))
            && self.category.as_ref().is_none_or(|category| category == model.category)
            && self.architecture.as_ref().is_none_or(|architecture| architecture == model.architecture)
            && has_all(&self.tags, model.tags)
            && has_all(&self.capabilities, model.capabilities)
    }
}

/// What a search finds.
pub(super) fn search(query: &Query) -> Item {
    let found: Vec<&Model> = MODELS.iter().filter(|model| query.fits(model)).collect();
    let page: Vec<Value> = found.iter().skip(query.offset).take(query.limit).map(|model| model.told()).collect();
    Item::of_utility(TASK_TYPE, &query.id, json!({ "totalResults": found.len(), "results": page }))
}

impl Model {
    fn told(&self) -> Value {
        json!({
            "air": self.air,
            "name": self.name,
            "version": self.version,
            "category": self.category,
            "architecture": self.architecture,
            "tags": self.tags,
            "capabilities": self.capabilities,
            "comment": self.comment,
            "heroImage": "",
            "private": false,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{read, search};

    fn with(extra: Value) -> Value {
        let mut task = json!({"taskType": "modelSearch", "taskUUID": "0b8a2f4c-6a33-4d0e-9a51-3f6f1c7f9b21"});
        task.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        task
    }

    fn found(extra: Value) -> (u64, usize) {
        let query = read(with(extra).as_object().expect("an object")).expect("a valid search");
        let item = serde_json::to_value(search(&query)).expect("plain data");
        (item["totalResults"].as_u64().expect("a number"), item["results"].as_array().expect("a list").len())
    }

    #[test]
    fn the_model_is_found_by_everything_that_it_is_and_by_nothing_else() {
        for (extra, expected) in [
            (json!({}), (1, 1)),
            (json!({"search": "heygen AGENT"}), (1, 1)),
            (json!({"search": "heygen:video-agent@0", "limit": 20, "offset": 0, "visibility": "all"}), (1, 1)),
            (json!({"category": "video", "tags": ["avatar"], "capabilities": ["io:text-to-video"]}), (1, 1)),
            (json!({"tags": "avatar", "source": "official", "sort": "-popularity"}), (1, 1)),
            (json!({"offset": 1}), (1, 0)),
            (json!({"search": "heygen:avatar@4"}), (0, 0)),
            (json!({"search": "juggernaut"}), (0, 0)),
            (json!({"category": "checkpoint"}), (0, 0)),
            (json!({"architecture": "sdxl"}), (0, 0)),
            (json!({"tags": ["anime"]}), (0, 0)),
            (json!({"visibility": "private"}), (0, 0)),
            (json!({"type": "base"}), (0, 0)),
        ] {
            assert_eq!(found(extra.clone()), expected, "{extra}");
        }
    }

    #[test]
    fn a_wrong_search_is_refused() {
        for (extra, code) in [
            (json!({"taskUUID": 1}), "invalidTaskUUID"),
            (json!({"limit": 0}), "invalidLimit"),
            (json!({"limit": 101}), "invalidLimit"),
            (json!({"offset": -1}), "invalidOffset"),
            (json!({"category": "film"}), "invalidCategory"),
            (json!({"tags": [1]}), "invalidTags"),
            (json!({"colour": "red"}), "unknownParameter"),
        ] {
            let errors = read(with(extra.clone()).as_object().expect("an object")).expect_err("refused");
            assert_eq!(errors.iter().map(|error| error.code()).collect::<Vec<_>>(), [code], "{extra}");
        }
    }
}
