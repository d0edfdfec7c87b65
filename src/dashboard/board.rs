//! What one worker is at and what it did: fed by its notices, bounded, and gone with the process.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::series::{Minute, Series};
use crate::job::event::{LandedResult, RejectedData, TerminalData};
use crate::job::ids::JobId;
use crate::job::order::Order;
use crate::job::reason::Reason;
use crate::job::text::one_line;
use crate::job::verdict::Stage;
use crate::ports::Clock;
use crate::worker::{Notice, Observer};

/// Ended jobs that are remembered. A page or ten; what is older stands in the ledger.
pub(super) const ENDED_MAX: usize = 500;

/// Longest prompt or message that is kept of a job, in characters.
const TEXT_MAX_CHARS: usize = 300;

/// Results of a job whose places are remembered; the ledger has all of them.
const RESULTS_KEPT: usize = 20;

/// Watches a worker. Everything on it is of this process since its start.
pub struct Board {
    clock: Arc<dyn Clock>,
    usd_per_second: f64,
    since: Timestamp,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By the order in which they were taken.
    in_flight: BTreeMap<u64, Flight>,
    numbers: HashMap<JobId, u64>,
    taken: u64,
    /// Newest first.
    ended: VecDeque<Ended>,
    totals: Minute,
    series: Series,
}

/// A job in flight.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    pub(super) job_id: JobId,
    pub(super) tenant: Option<String>,
    /// The start of its prompt, escaped.
    pub(super) prompt: String,
    pub(super) results: u32,
    pub(super) taken_at: Timestamp,
    pub(super) stage: Stage,
    pub(super) stage_since: Timestamp,
    /// What the provider told of each result, in percent.
    pub(super) progress: BTreeMap<u32, u8>,
    /// What it may cost, by the configured price.
    pub(super) estimate_usd: f64,
    /// Deliveries of this job that the worker holds: it may come twice.
    holders: u32,
    /// This worker decided how it ended.
    is_concluded: bool,
}

impl Flight {
    /// How far all of its results are together, in percent; `None` before the provider told anything.
    pub(super) fn percent(&self) -> Option<u32> {
        let told: u32 = self.progress.values().map(|percent| u32::from(*percent)).sum();
        (!self.progress.is_empty()).then(|| told / self.results.max(1))
    }
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Failed,
    Rejected,
}

/// A job that ended, or a message that was none.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) at: Timestamp,
    /// None where it could not be read.
    pub(super) job_id: Option<JobId>,
    pub(super) tenant: Option<String>,
    pub(super) end: End,
    pub(super) reason: Option<Reason>,
    /// What happened, in words, escaped.
    pub(super) message: String,
    pub(super) cost_usd: Option<f64>,
    pub(super) total_ms: u64,
    pub(super) results: Vec<LandedResult>,
    /// It had ended before: its event was only published again.
    pub(super) is_repeat: bool,
}

/// What the overview shows.
#[derive(Debug, Clone)]
pub(super) struct Overview {
    pub(super) since: Timestamp,
    pub(super) now: Timestamp,
    pub(super) totals: Minute,
    pub(super) series: Vec<Minute>,
    pub(super) last_hour: Minute,
    /// Jobs in flight, by stage.
    pub(super) stages: Vec<(Stage, usize)>,
    pub(super) flying: usize,
    /// What those in flight may cost together.
    pub(super) flying_usd: f64,
    /// A page of them, the oldest first.
    pub(super) flights: Vec<Flight>,
    pub(super) found: usize,
    /// A page of what ended, the newest first.
    pub(super) ended: Vec<Ended>,
    /// The newest completed jobs with videos.
    pub(super) finished: Vec<Ended>,
}

/// Which part of the lists is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) flights_from: usize,
    pub(super) flights: usize,
    pub(super) end: Option<End>,
    pub(super) ended_from: usize,
    pub(super) ended: usize,
    pub(super) finished: usize,
}

impl Board {
    /// An empty board; its time begins now.
    pub fn new(clock: Arc<dyn Clock>, usd_per_second: f64) -> Board {
        let since = clock.now();
        Board { clock, usd_per_second, since, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time, as the board sees it.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn overview(&self, part: Part) -> Overview {
        let now = self.now();
        let state = self.state();
        let count = |stage| state.in_flight.values().filter(|flight| flight.stage == stage).count();
        let fits = |ended: &&Ended| part.end.is_none_or(|end| ended.end == end);
        Overview {
            since: self.since,
            now,
            totals: state.totals,
            series: state.series.minutes(now),
            last_hour: state.series.last(now, 60),
            stages: Stage::ALL.map(|stage| (stage, count(stage))).to_vec(),
            flying: state.in_flight.len(),
            flying_usd: state.in_flight.values().map(|flight| flight.estimate_usd).sum(),
            flights: state.in_flight.values().skip(part.flights_from).take(part.flights).cloned().collect(),
            found: state.ended.iter().filter(fits).count(),
            ended: state.ended.iter().filter(fits).skip(part.ended_from).take(part.ended).cloned().collect(),
            finished: state.finished(part.finished),
        }
    }

    /// A job in flight here.
    pub(super) fn flight(&self, job_id: &JobId) -> Option<Flight> {
        let state = self.state();
        state.in_flight.get(state.numbers.get(job_id)?).cloned()
    }

    /// How a job ended here the last time, as far as it is remembered.
    pub(super) fn ended(&self, job_id: &JobId) -> Option<Ended> {
        self.state().ended.iter().find(|ended| ended.job_id.as_ref() == Some(job_id)).cloned()
    }
}

impl Observer for Board {
    fn notice(&self, notice: &Notice<'_>) {
        let now = self.now();
        let mut state = self.state();
        match notice {
            Notice::Taken { order } => state.take(order, order.estimate_usd(self.usd_per_second), now),
            Notice::Stage { job_id, stage, .. } => {
                if let Some(flight) = state.flight(job_id) {
                    (flight.stage, flight.stage_since) = (*stage, now);
                }
            }
            Notice::Progress { job_id, index, percent } => {
                if let Some(flight) = state.flight(job_id).filter(|flight| *index < flight.results) {
                    flight.progress.insert(*index, *percent);
                }
            }
            Notice::Concluded { data } => state.conclude(data, now),
            Notice::Ended { data } => state.end(data, now),
            Notice::Left { job_id, .. } => state.leave(job_id),
            Notice::Rejected { data } => state.reject(data, now),
            Notice::Delivered { .. }
            | Notice::Claimed { .. }
            | Notice::Prevented { .. }
            | Notice::Generated { .. }
            | Notice::Rescue { .. }
            | Notice::TimeOver { .. }
            | Notice::Settled { .. }
            | Notice::Retried { .. }
            | Notice::Suspended { .. }
            | Notice::Resumed { .. }
            | Notice::Panicked => {}
        }
    }
}

impl State {
    fn flight(&mut self, job_id: &JobId) -> Option<&mut Flight> {
        self.in_flight.get_mut(self.numbers.get(job_id)?)
    }

    /// The newest jobs with videos, each once: its event may be published again, and it may be bought again.
    fn finished(&self, most: usize) -> Vec<Ended> {
        let mut found: Vec<Ended> = Vec::new();
        for ended in self.ended.iter().filter(|ended| ended.end == End::Completed && !ended.results.is_empty()) {
            if found.len() < most && !found.iter().any(|other| other.job_id == ended.job_id) {
                found.push(ended.clone());
            }
        }
        found
    }

    fn take(&mut self, order: &Order, estimate_usd: f64, now: Timestamp) {
        if let Some(flight) = self.flight(&order.job_id) {
            flight.holders += 1;
            return;
        }
        let prompt = order.request.fields.get("positivePrompt").and_then(|prompt| prompt.as_str());
        let flight = Flight {
            job_id: order.job_id.clone(),
            tenant: order.tenant.clone(),
            prompt: one_line(prompt.unwrap_or_default(), TEXT_MAX_CHARS),
            results: order.request.results,
            taken_at: now,
            stage: Stage::Claiming,
            stage_since: now,
            progress: BTreeMap::new(),
            estimate_usd,
            holders: 1,
            is_concluded: false,
        };
        self.taken += 1;
        self.numbers.insert(order.job_id.clone(), self.taken);
        self.in_flight.insert(self.taken, flight);
    }

    fn leave(&mut self, job_id: &JobId) {
        let Some(flight) = self.flight(job_id) else { return };
        flight.holders -= 1;
        if flight.holders == 0
            && let Some(number) = self.numbers.remove(job_id)
        {
            self.in_flight.remove(&number);
        }
    }

    /// Counted is what this worker decided: an event that is only published again is no second end.
    fn conclude(&mut self, data: &TerminalData, now: Timestamp) {
        let (end, cost_usd) = match data {
            TerminalData::Completed(data) => (End::Completed, data.cost_usd),
            TerminalData::Failed(data) => (End::Failed, data.cost_usd),
        };
        if let Some(flight) = self.flight(&data.job().job_id) {
            flight.is_concluded = true;
        }
        self.count(Minute::of(end, cost_usd.unwrap_or_default()), now);
    }

    fn count(&mut self, happened: Minute, now: Timestamp) {
        self.totals.add(happened);
        self.series.add(now, happened);
    }

    fn end(&mut self, data: &TerminalData, now: Timestamp) {
        let (end, reason, message, results, cost_usd, timings) = match data {
            TerminalData::Completed(data) => {
                (End::Completed, None, String::new(), &data.results, data.cost_usd, data.timings)
            }
            TerminalData::Failed(data) => {
                let message = one_line(&data.message, TEXT_MAX_CHARS);
                (End::Failed, Some(data.reason), message, &data.results, data.cost_usd, data.timings)
            }
        };
        let job = data.job();
        let is_repeat = self.flight(&job.job_id).is_some_and(|flight| !flight.is_concluded);
        let ended = Ended {
            at: now,
            job_id: Some(job.job_id.clone()),
            tenant: job.tenant.clone(),
            end,
            reason,
            message,
            cost_usd,
            total_ms: timings.total_ms,
            results: results.iter().take(RESULTS_KEPT).cloned().collect(),
            is_repeat,
        };
        self.remember(ended);
    }

    fn reject(&mut self, data: &RejectedData, now: Timestamp) {
        let problems: Vec<String> = data.problems.iter().map(ToString::to_string).collect();
        let ended = Ended {
            at: now,
            job_id: data.job_id.clone(),
            tenant: None,
            end: End::Rejected,
            reason: Some(data.reason),
            message: one_line(&problems.join("; "), TEXT_MAX_CHARS),
            cost_usd: None,
            total_ms: 0,
            results: Vec::new(),
            is_repeat: false,
        };
        self.count(Minute::of(End::Rejected, 0.0), now);
        self.remember(ended);
    }

    fn remember(&mut self, ended: Ended) {
        self.ended.push_front(ended);
        self.ended.truncate(ENDED_MAX);
    }
}
