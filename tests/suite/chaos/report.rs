//! What a chaos run prints: its seed and schedule first, and what it came to at the end.

use std::time::Duration;

use landfall::emulator::TaskReport;
use landfall::job::event::EventType;

use super::field::Tally;
use super::schedule::Schedule;
use super::tap::Tap;
use crate::support::invariants::Evidence;

/// Says what is about to happen.
pub(super) fn announce(jobs: usize, seed: u64, plan: &Schedule) {
    let Schedule { bodies, messages, acts, .. } = plan;
    say(&format!(
        "seed {seed}: {jobs} jobs, {messages} different messages put {} times, {} acts",
        bodies.len(),
        acts.len()
    ));
    for act in acts {
        say(&act.to_string());
    }
}

/// What a run came to.
pub(super) struct Report<'a> {
    pub(super) plan: &'a Schedule,
    pub(super) tap: &'a Tap,
    pub(super) tally: Tally,
    pub(super) calls_met: usize,
    pub(super) took: Duration,
    pub(super) left_in_staging: usize,
}

impl Report<'_> {
    pub(super) fn print(&self, evidence: &Evidence, tasks: &[TaskReport]) {
        let Report { plan, tap, tally, calls_met, took, left_in_staging } = self;
        let count = |event_type| evidence.count(event_type);
        let sum = |of: fn(&TaskReport) -> u32| tasks.iter().map(of).sum::<u32>();
        let (longest, ended_by_then) = tap.longest_pause;
        let (completed, failed, rejected) =
            (count(EventType::Completed), count(EventType::Failed), count(EventType::Rejected));
        for line in [
            format!("jobs {}, messages put {} of which {} different", plan.jobs, plan.bodies.len(), plan.messages),
            format!(
                "completed {completed}, failed {failed}, rejected {rejected}, dead letters {}",
                evidence.dead_letters.len()
            ),
            format!("events {} of which {} repeats", evidence.events.len(), tap.repeats),
            format!("purchases {}, of {} submissions", sum(|task| task.accepted), sum(|task| task.submitted)),
            format!("submissions refused as duplicates {}", sum(|task| task.conflicts)),
            format!("left in staging {left_in_staging}"),
            format!("workers killed {}, stopped {}, vain starts {}", tally.kills, tally.stops, tally.vain_starts),
            format!("broker restarts {}, cuts {}, provider calls met {calls_met}", tally.broker_restarts, tally.cuts),
            format!("longest time without progress {:.1} s, after {ended_by_then} ended", longest.as_secs_f64()),
            format!("took {:.1} s", took.as_secs_f64()),
        ] {
            say(&line);
        }
    }
}

/// Shown with a failure, and as it happens where output is not captured, as `tests/run.sh --chaos` has it.
fn say(line: &str) {
    println!("chaos: {line}");
}
