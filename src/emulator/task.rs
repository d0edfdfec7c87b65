//! One accepted task: how far it is, what it answers, what it costs.
//!
//! Money is committed at acceptance, as with the vendor, who has no cancel; a task that fails is credited the results
//! it never delivered.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::errors::ApiError;
use super::report::{TaskState, UploadReport, WebhookReport};
use super::request::{TaskId, VideoRequest};
use super::scenario::switches::Behaviour;
use super::scenario::values::{Cost, ErrorPlace, Fate, Progress, RunningStatus};
use super::wire::{Item, error_envelope, percent};

/// Price of one second of one result, in millionths of a USD: resellers list 0.033 to 0.034 USD.
const PRICE_PER_SECOND_MICRO_USD: u64 = 33_000;

/// One acceptance of a UUID. One that the scenario forgets can be accepted again, and then runs once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Run {
    pub(super) uuid: Uuid,
    /// Counted from 0.
    pub(super) number: usize,
}

impl Run {
    /// The first acceptance of `uuid`, and in most lives the only one.
    #[cfg(test)]
    pub(super) fn first(uuid: Uuid) -> Self {
        Self { uuid, number: 0 }
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.uuid.fmt(f)
    }
}

/// An accepted task.
pub(super) struct Task {
    pub(super) request: VideoRequest,
    /// What the request was read from, in an array.
    pub(super) sent: Arc<Value>,
    /// What the scenario has for it, decided when it was submitted.
    pub(super) behaviour: Behaviour,
    pub(super) accepted_at: Timestamp,
    /// When its last result was there, or it failed, or it was lost.
    pub(super) ended_at: Option<Timestamp>,
    /// Somebody is to render it, and nothing of it is rendered yet.
    pub(super) is_in_line: bool,
    /// Share of the result under way, 0 to 1.
    pub(super) progress: f32,
    pub(super) results: Vec<Finished>,
    pub(super) failure: Option<ApiError>,
    pub(super) uploads: Vec<UploadReport>,
    pub(super) webhooks: Vec<WebhookReport>,
}

/// One result that can be fetched.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finished {
    #[serde(rename = "videoUUID")]
    pub(super) video_uuid: Uuid,
    /// None when the scenario leaves it out.
    #[serde(rename = "videoURL")]
    pub(super) video_url: Option<String>,
    pub(super) seed: u64,
    /// Whether the check of its content flagged it.
    pub(super) is_nsfw: bool,
    /// From when on it could be fetched.
    pub(super) at: Timestamp,
}

impl Task {
    /// A task accepted at `now`, on which nothing is done yet.
    pub(super) fn accepted(request: VideoRequest, sent: Arc<Value>, behaviour: Behaviour, now: Timestamp) -> Self {
        let (is_in_line, ended_at) = match behaviour.fate {
            Fate::Kept => (true, None),
            Fate::Lost => (false, Some(now)),
        };
        Self {
            request,
            sent,
            behaviour,
            accepted_at: now,
            ended_at,
            is_in_line,
            progress: 0.0,
            results: Vec::new(),
            failure: None,
            uploads: Vec::new(),
            webhooks: Vec::new(),
        }
    }

    /// Another result can be fetched.
    pub(super) fn finish(&mut self, result: Finished) {
        let at = result.at;
        self.results.push(result);
        self.progress = 0.0;
        if self.is_finished() {
            self.ended_at.get_or_insert(at);
        }
    }

    /// No further result will come.
    pub(super) fn fail(&mut self, now: Timestamp, error: ApiError) {
        self.failure = Some(error);
        self.ended_at.get_or_insert(now);
    }

    /// One item per result, finished or under way, and the failure where `data` has it. None looks further along than
    /// the least render time allows, which is `render_time` unless the scenario has another for this task.
    pub(super) fn items(&self, now: Timestamp, render_time: Duration) -> Vec<Item> {
        let mut items: Vec<Item> = self.results.iter().map(|result| self.item(result)).collect();
        match (&self.failure, self.behaviour.error_place) {
            (None, _) => items.extend(self.items_under_way(now, render_time)),
            (Some(_), ErrorPlace::Errors) => {}
            (Some(failure), ErrorPlace::Data) => items.push(Item::failed(&self.request.id, failure.inner())),
            (Some(failure), ErrorPlace::DataText) => items.push(Item::failed(&self.request.id, json!(failure.code()))),
        }
        items
    }

    /// How far the result under way is, 0 to 1.
    fn share_under_way(&self, now: Timestamp, render_time: Duration) -> f32 {
        self.progress.min(self.share_of_time(now, self.behaviour.render_time.0.unwrap_or(render_time)))
    }

    /// How far all of it is, in whole percent.
    pub(super) fn percent(&self, now: Timestamp, render_time: Duration) -> u8 {
        let wanted = self.request.number_results.max(1) as f32;
        let under_way = if self.is_finished() { 0.0 } else { self.share_under_way(now, render_time) };
        percent((self.results.len() as f32 + under_way) / wanted)
    }

    /// A finished result.
    pub(super) fn item(&self, result: &Finished) -> Item {
        Item::success(&self.request, result, self.told_cost())
    }

    fn items_under_way(&self, now: Timestamp, render_time: Duration) -> impl Iterator<Item = Item> {
        let wanted = usize::try_from(self.request.number_results).unwrap_or(usize::MAX);
        let under_way = wanted.saturating_sub(self.results.len());
        let share = self.share_under_way(now, render_time);
        let word = match self.behaviour.running_status {
            RunningStatus::Processing => "processing",
            RunningStatus::Pending => "pending",
            RunningStatus::Queued => "queued",
            RunningStatus::Waiting => "waiting",
            RunningStatus::Scheduled => "scheduled",
        };
        (0..under_way).map(move |index| {
            let share = if index == 0 { share } else { 0.0 };
            let told = match self.behaviour.progress {
                Progress::Told => Some(share),
                Progress::Untold => None,
            };
            Item::under_way(&self.request.id, word, told)
        })
    }

    /// The failure where `errors` has it.
    pub(super) fn error(&self) -> Option<ApiError> {
        match self.behaviour.error_place {
            ErrorPlace::Errors => self.failure.clone(),
            ErrorPlace::Data | ErrorPlace::DataText => None,
        }
    }

    /// Whether polls and details know of it.
    pub(super) fn is_visible(&self, now: Timestamp) -> bool {
        let is_known = match self.behaviour.fate {
            Fate::Kept => true,
            Fate::Lost => false,
        };
        let is_gone = self.behaviour.unknown_after.0.is_some_and(|time| self.is_older(now, time));
        is_known && !is_gone && self.is_older(now, self.behaviour.visible_after.0)
    }

    /// Whether its UUID is free again.
    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        self.behaviour.forget.0.is_some_and(|time| self.is_older(now, time))
    }

    fn is_older(&self, now: Timestamp, time: Duration) -> bool {
        // A clock that was set back makes no task unborn.
        now.duration_since(self.accepted_at).max(SignedDuration::ZERO)
            >= SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)
    }

    /// How much of the least render time has passed, 0 to 1.
    fn share_of_time(&self, now: Timestamp, render_time: Duration) -> f32 {
        if render_time.is_zero() {
            return 1.0;
        }
        let passed = now.duration_since(self.accepted_at).as_secs_f32();
        (passed / render_time.as_secs_f32()).clamp(0.0, 1.0)
    }

    /// The envelope that answers it by now, for the archive.
    pub(super) fn response(&self, id: &TaskId, now: Timestamp, render_time: Duration) -> Value {
        match &self.failure {
            Some(error) => error_envelope(std::slice::from_ref(error)),
            None if self.is_finished() => json!({ "data": self.items(now, render_time) }),
            None => json!({ "data": [Item::acknowledgement(id)] }),
        }
    }

    fn is_finished(&self) -> bool {
        self.results.len() >= usize::try_from(self.request.number_results).unwrap_or(usize::MAX)
    }

    /// What is told of the price of one result, in USD.
    fn told_cost(&self) -> Option<f64> {
        let told = match self.behaviour.cost {
            Cost::Exact => Some(usd(price_of_one_micro_usd(&self.request))),
            Cost::Zero => Some(0.0),
            Cost::Absent => None,
        };
        told.filter(|_| self.request.include_cost)
    }

    /// Money committed, in millionths of a USD.
    pub(super) fn billed_micro_usd(&self) -> u64 {
        let results = match (&self.failure, self.behaviour.fate) {
            (_, Fate::Lost) => 0,
            (Some(_), Fate::Kept) => u64::try_from(self.results.len()).unwrap_or(u64::MAX),
            (None, Fate::Kept) => u64::from(self.request.number_results),
        };
        price_of_one_micro_usd(&self.request).saturating_mul(results)
    }

    /// Money committed, in USD.
    pub(super) fn billed_usd(&self) -> f64 {
        usd(self.billed_micro_usd())
    }

    /// Where it stands.
    pub(super) fn state(&self) -> TaskState {
        match &self.failure {
            Some(_) => TaskState::Error,
            None if self.is_finished() => TaskState::Success,
            None => TaskState::Processing,
        }
    }
}

/// What a task costs when it is accepted: all of its results, in millionths of a USD.
pub(super) fn price_micro_usd(request: &VideoRequest) -> u64 {
    price_of_one_micro_usd(request) * u64::from(request.number_results)
}

fn price_of_one_micro_usd(request: &VideoRequest) -> u64 {
    PRICE_PER_SECOND_MICRO_USD * u64::from(request.duration_s)
}

fn usd(micro_usd: u64) -> f64 {
    // Whole millionths up to 2^53 are exact, and no table holds tasks for nine thousand million dollars.
    micro_usd as f64 / 1e6
}
