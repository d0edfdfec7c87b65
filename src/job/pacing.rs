//! Pacing: when to ask how a task stands.
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
}
