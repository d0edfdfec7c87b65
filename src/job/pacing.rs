//! Pacing: when to ask how a task stands, and how fast to hand tasks over to a provider that asks for less.
//!
//! A video takes minutes and every question is a request, so the first one waits until such a video usually ends. What
//! is usual is learned, per model and asked duration, from the tasks seen to end; before anything was seen, questions
//! start early and spread out.

use std::collections::HashMap;
use std::time::Duration;

/// Most endings remembered per kind of video. More remembers slower days for longer.
const SEEN_MAX: usize = 32;

/// Most kinds of video remembered; beyond that nothing new is learned, so that hostile input cannot grow the memory.
const KINDS_MAX: usize = 1024;

/// How the wait between two questions about one task grows.
const SPREAD: f64 = 1.5;

/// Which part of the usual time passes before the first question, in percent. More saves requests, less finds early
/// endings sooner.
const FIRST_PERCENT: u32 = 90;

/// Bounds between questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollSettings {
    /// Wait before the first question; learned when `None`.
    pub first_delay: Option<Duration>,
    /// Shortest wait between two questions about one task.
    pub interval_min: Duration,
    /// Longest wait between two questions about one task.
    pub interval_max: Duration,
}

/// What makes videos alike in the time they take.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VideoKind {
    /// The model.
    pub model: String,
    /// The asked duration in whole seconds, 0 when none was asked for.
    pub duration_s: u32,
}

/// What was learned about how long videos take.
#[derive(Debug, Clone, Default)]
pub struct Experience {
    seen: HashMap<VideoKind, Vec<Duration>>,
}

impl Experience {
    /// Remembers that a video of this kind took so long from its submission to the answer that told its end.
    pub fn learn(&mut self, kind: &VideoKind, took: Duration) {
        if self.seen.len() >= KINDS_MAX && !self.seen.contains_key(kind) {
            return;
        }
        let seen = self.seen.entry(kind.clone()).or_default();
        if seen.len() == SEEN_MAX {
            seen.remove(0);
        }
        seen.push(took);
    }

    /// How long to wait before the first question about a video of this kind.
    pub fn first_delay(&self, kind: &VideoKind, settings: &PollSettings) -> Duration {
        if let Some(delay) = settings.first_delay {
            return delay;
        }
        let Some(seen) = self.seen.get(kind).filter(|seen| !seen.is_empty()) else {
            return settings.interval_min;
        };
        let mut sorted = seen.clone();
        sorted.sort_unstable();
        // The fast fifth: waiting for the average would find half of all videos late.
        let usual = sorted[sorted.len() / 5];
        (usual * FIRST_PERCENT / 100).max(settings.interval_min)
    }
}

/// How long to wait after a question that found the task still running, given the wait before it.
pub fn next_interval(last: Option<Duration>, settings: &PollSettings) -> Duration {
    let next = last.map_or(settings.interval_min, |last| last.mul_f64(SPREAD));
    next.clamp(settings.interval_min, settings.interval_max.max(settings.interval_min))
}

/// Smallest pause between calls once we were asked to slow down.
const GAP_FIRST: Duration = Duration::from_millis(500);

/// Longest pause between calls. Longer finds out late that the provider takes more again.
const GAP_MAX: Duration = Duration::from_secs(15);

/// How much shorter the pause becomes with every call that went well.
const GAP_STEP: Duration = Duration::from_millis(500);

/// Calls that went well until full batches are sent again, from nothing.
const STEPS_TO_FULL: usize = 5;

/// How fast tasks are handed over: additive increase, multiplicative decrease, of the tasks in a call and of the calls.
/// Which of the two a provider counts is not said, so both give way. Times count from any fixed instant.
#[derive(Debug, Clone)]
pub struct SubmitPace {
    batch_max: usize,
    share: usize,
    gap: Duration,
    not_before: Duration,
    slowed_at: Duration,
}

impl SubmitPace {
    /// Full speed, with so many tasks in a call at most.
    pub fn new(batch_max: usize) -> SubmitPace {
        let (gap, not_before, slowed_at) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        SubmitPace { batch_max: batch_max.max(1), share: batch_max.max(1), gap, not_before, slowed_at }
    }

    /// Most tasks in the next call.
    pub fn tasks_per_call(&self) -> usize {
        self.share
    }

    /// Whether calls may overlap.
    pub fn is_full(&self) -> bool {
        self.share == self.batch_max && self.gap.is_zero()
    }

    /// When the next call may begin.
    pub fn next_call(&self) -> Duration {
        self.not_before
    }

    /// A call begins.
    pub fn called(&mut self, now: Duration) {
        self.not_before = self.not_before.max(now + self.gap);
    }

    /// A call was answered without a word about our speed.
    pub fn went_well(&mut self) {
        self.share = self.batch_max.min(self.share + self.batch_max.div_ceil(STEPS_TO_FULL));
        self.gap = self.gap.saturating_sub(GAP_STEP);
    }

    /// We were asked to slow down, in answer to a call that began at `called`, and to wait at least for `after`.
    ///
    /// Calls that were under way together are one warning, not several.
    pub fn throttled(&mut self, called: Duration, now: Duration, after: Option<Duration>) {
        if called >= self.slowed_at {
            self.share = (self.share / 2).max(1);
            self.gap = (self.gap * 2).clamp(GAP_FIRST, GAP_MAX);
            self.slowed_at = now;
        }
        self.not_before = self.not_before.max(now + after.unwrap_or(self.gap).max(self.gap));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: PollSettings =
        PollSettings { first_delay: None, interval_min: Duration::from_secs(2), interval_max: Duration::from_secs(10) };

    fn kind(duration_s: u32) -> VideoKind {
        VideoKind { model: "m".to_owned(), duration_s }
    }

    #[test]
    fn without_experience_the_first_question_comes_early() {
        assert_eq!(Experience::default().first_delay(&kind(30), &SETTINGS), SETTINGS.interval_min);
    }

    #[test]
    fn the_first_question_waits_for_most_of_what_fast_videos_of_the_kind_took() {
        let mut experience = Experience::default();
        for seconds in [500, 300, 400, 310, 320] {
            experience.learn(&kind(30), Duration::from_secs(seconds));
        }
        assert_eq!(experience.first_delay(&kind(30), &SETTINGS), Duration::from_secs(279));
        assert_eq!(experience.first_delay(&kind(60), &SETTINGS), SETTINGS.interval_min);
    }

    #[test]
    fn questions_spread_out_up_to_the_bound() {
        let mut last = None;
        let waits: Vec<u64> = (0..6)
            .map(|_| {
                let next = next_interval(last, &SETTINGS);
                last = Some(next);
                u64::try_from(next.as_millis()).unwrap_or(0)
            })
            .collect();
        assert_eq!(waits, [2000, 3000, 4500, 6750, 10000, 10000]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut experience = Experience::default();
        for at in 0..3000 {
            experience.learn(&kind(at), Duration::from_secs(1));
            experience.learn(&kind(0), Duration::from_secs(1));
        }
        assert!(experience.seen.len() <= KINDS_MAX);
        assert!(experience.seen.values().all(|seen| seen.len() <= SEEN_MAX));
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_request_to_slow_down_halves_the_pace_and_each_good_call_adds_a_step() {
        let mut pace = SubmitPace::new(50);
        assert!(pace.is_full());
        let mut halved = Vec::new();
        for at in 1..8 {
            pace.throttled(SECOND * at, SECOND * at, None);
            halved.push((pace.tasks_per_call(), pace.gap.as_millis()));
        }
        assert_eq!(halved, [(25, 500), (12, 1000), (6, 2000), (3, 4000), (1, 8000), (1, 15000), (1, 15000)]);
        pace.went_well();
        assert_eq!((pace.tasks_per_call(), pace.gap.as_millis()), (11, 14500));
        for _ in 0..30 {
            pace.went_well();
        }
        assert!(pace.is_full());
    }

    #[test]
    fn calls_that_were_under_way_together_are_one_warning() {
        let mut pace = SubmitPace::new(40);
        for answered in 10..13 {
            pace.throttled(SECOND * 9, SECOND * answered, None);
        }
        assert_eq!(pace.tasks_per_call(), 20);
    }

    #[test]
    fn what_the_provider_asks_for_is_waited_out() {
        let mut pace = SubmitPace::new(40);
        pace.throttled(SECOND, SECOND * 2, Some(SECOND * 60));
        assert_eq!(pace.next_call(), SECOND * 62);
        pace.throttled(SECOND, SECOND * 3, Some(SECOND));
        assert_eq!(pace.next_call(), SECOND * 62, "the longer wait holds");
        pace.called(SECOND * 62);
        assert_eq!(pace.next_call(), SECOND * 62 + GAP_FIRST);
    }
}
