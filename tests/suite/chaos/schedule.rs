//! What happens in a chaos run, all of it drawn from the seed: which messages are put, and what goes wrong when.
//!
//! Trouble is timed by progress, not by the clock: an act comes once so many messages have ended. So a slow machine meets
//! as much of it per job as a fast one.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde_json::json;

use crate::support::dice::Dice;
use crate::support::proxy::provider::{Back, Fault, Reach};
use crate::support::stack::small_job;

/// Workers at once.
pub(super) const WORKERS: usize = 3;

/// One act for so many jobs, up to the default run's; beyond it one for [`JOBS_PER_ACT_BEYOND`], as a long run is to show
/// endurance and not to take the night.
const JOBS_PER_ACT: usize = 15;
const JOBS_PER_ACT_BEYOND: usize = 50;
pub(super) const DEFAULT_JOBS: usize = 300;

/// A connection of the workers that can be disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Broker,
    /// The provider's uploads go over it too.
    Store,
}

/// What is wrong with the provider for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// Errors of the server, before and after acceptance; answers that are empty, partial or cut.
    Errors,
    /// Answers and requests are lost.
    Losses,
    /// Too many requests.
    Throttling,
    /// The key is refused.
    Locked,
}

impl Weather {
    /// What a call may meet.
    pub(super) fn faults(self) -> Vec<Fault> {
        match self {
            Weather::Errors => vec![
                Fault::new(Reach::Nothing, Back::Status(500)),
                Fault::new(Reach::Nothing, Back::Status(503)),
                Fault::new(Reach::All, Back::Status(500)),
                Fault::new(Reach::All, Back::Status(504)),
                Fault::new(Reach::Half, Back::Status(502)),
                Fault::new(Reach::Half, Back::Answer),
                Fault::new(Reach::Twice, Back::Answer),
                Fault::new(Reach::All, Back::Cut),
                Fault::new(Reach::All, Back::Part),
                Fault::new(Reach::All, Back::Empty),
                Fault::new(Reach::Nothing, Back::Empty),
            ],
            Weather::Losses => vec![
                Fault::new(Reach::Nothing, Back::Reset),
                Fault::new(Reach::Half, Back::Reset),
                Fault::new(Reach::All, Back::Reset),
                Fault::new(Reach::Twice, Back::Reset),
                Fault::new(Reach::All, Back::Silence),
            ],
            Weather::Throttling => vec![
                Fault::new(Reach::Nothing, Back::Throttled(Some(1))),
                Fault::new(Reach::Nothing, Back::Throttled(None)),
                Fault::new(Reach::Nothing, Back::Status(429)),
            ],
            Weather::Locked => vec![Fault::new(Reach::Nothing, Back::Locked)],
        }
    }
}

/// One kind of trouble. What goes away comes back after `away`; what changes changes back after `lasts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// SIGKILL.
    KillWorker {
        slot: usize,
        away: Duration,
    },
    /// SIGTERM.
    StopWorker {
        slot: usize,
        away: Duration,
    },
    KillAllWorkers {
        away: Duration,
    },
    KillBroker {
        away: Duration,
    },
    StopBroker {
        away: Duration,
    },
    /// Resets, with a pause between.
    Cut {
        line: Line,
        times: usize,
        pause: Duration,
    },
    /// Resets, and refuses all that is new.
    Refuse {
        line: Line,
        lasts: Duration,
    },
    Stall {
        line: Line,
        lasts: Duration,
    },
    Slow {
        line: Line,
        by: Duration,
        lasts: Duration,
    },
    /// That many calls of a thousand meet a fault.
    Provider {
        weather: Weather,
        per_mille: usize,
        seed: usize,
        lasts: Duration,
    },
}

/// Trouble, and when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Act {
    /// Once so many different messages have ended,
    pub(super) after: usize,
    /// and so long after that.
    pub(super) pause: Duration,
    pub(super) trouble: Trouble,
}

impl fmt::Display for Act {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "after {:>5} ended and {:>4} ms: {:?}", self.after, self.pause.as_millis(), self.trouble)
    }
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schedule {
    /// Message bodies in the order in which they are put, repeats included.
    pub(super) bodies: Vec<String>,
    /// How many different messages there are: each ends once.
    pub(super) messages: usize,
    /// How many of them are valid jobs, which complete.
    pub(super) jobs: usize,
    /// In the order in which they come.
    pub(super) acts: Vec<Act>,
}

/// Draws a run of that many valid jobs.
pub(super) fn schedule(seed: u64, jobs: usize) -> Schedule {
    let mut dice = Dice::new(seed);
    let bodies = bodies(&mut dice, jobs);
    let messages = bodies.iter().collect::<BTreeSet<_>>().len();
    let acts = acts(&mut dice, jobs, messages);
    Schedule { bodies, messages, jobs, acts }
}

/// Jobs, repeats of them some places later, and bad messages in between.
fn bodies(dice: &mut Dice, jobs: usize) -> Vec<String> {
    let mut placed: Vec<(usize, String)> = Vec::new();
    for number in 0..jobs {
        let count = *dice.pick(&[1, 1, 1, 1, 1, 1, 1, 1, 2, 3]);
        let job = small_job(&format!("job-{number}"), json!({ "numberResults": count }));
        let copies = *dice.pick(&[1, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
        for _ in 1..copies {
            placed.push((number + dice.below(40), job.clone()));
        }
        placed.push((number, job));
        if dice.below(20) == 0 {
            placed.push((number + dice.below(40), bad_message(dice, number)));
        }
    }
    // Stable: what has the same place stays in the order in which it was drawn.
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, body)| body).collect()
}

/// A message that ends as rejected; or, when it re-uses an id, the job whose id it is.
fn bad_message(dice: &mut Dice, number: usize) -> String {
    match dice.below(3) {
        0 => format!("garbage {number}"),
        1 => small_job(&format!("bad-{number}"), json!({ "fps": 24 })),
        _ => small_job(&format!("job-{number}"), json!({ "positivePrompt": "Something else under the same id." })),
    }
}

fn acts(dice: &mut Dice, jobs: usize, messages: usize) -> Vec<Act> {
    let count = jobs.min(DEFAULT_JOBS) / JOBS_PER_ACT + jobs.saturating_sub(DEFAULT_JOBS) / JOBS_PER_ACT_BEYOND;
    // None so late that nothing is left to be disturbed.
    let last = messages * 9 / 10;
    let mut deck = Vec::new();
    let mut acts: Vec<Act> = (0..count)
        .map(|number| {
            // Every kind once before any comes again.
            if deck.is_empty() {
                deck = every_trouble(dice);
                dice.shuffle(&mut deck);
            }
            let trouble = deck.pop().expect("just dealt");
            let after = (last * number + dice.below(last.max(1))) / count;
            Act { after, pause: millis(dice, 0, 1500), trouble }
        })
        .collect();
    acts.sort_by_key(|act| act.after);
    acts
}

/// One of each kind, its sizes drawn.
fn every_trouble(dice: &mut Dice) -> Vec<Trouble> {
    let mut deck = vec![
        Trouble::KillWorker { slot: dice.below(WORKERS), away: millis(dice, 0, 2000) },
        Trouble::KillWorker { slot: dice.below(WORKERS), away: millis(dice, 0, 2000) },
        Trouble::StopWorker { slot: dice.below(WORKERS), away: millis(dice, 0, 2000) },
        Trouble::KillAllWorkers { away: millis(dice, 0, 1000) },
        Trouble::KillBroker { away: millis(dice, 0, 2000) },
        Trouble::StopBroker { away: millis(dice, 0, 2000) },
    ];
    for line in [Line::Broker, Line::Store] {
        deck.extend([
            Trouble::Cut { line, times: dice.between(1, 5), pause: millis(dice, 50, 500) },
            Trouble::Refuse { line, lasts: millis(dice, 500, 4000) },
            Trouble::Stall { line, lasts: millis(dice, 500, 8000) },
            Trouble::Slow { line, by: millis(dice, 10, 200), lasts: millis(dice, 1000, 4000) },
        ]);
    }
    for (weather, low, high) in [
        (Weather::Errors, 300, 800),
        (Weather::Losses, 300, 800),
        (Weather::Throttling, 300, 800),
        (Weather::Locked, 1000, 1000),
    ] {
        let (per_mille, seed) = (dice.between(low, high), dice.below(1_000_000));
        deck.push(Trouble::Provider { weather, per_mille, seed, lasts: millis(dice, 1000, 5000) });
    }
    deck
}

fn millis(dice: &mut Dice, low: usize, high: usize) -> Duration {
    Duration::from_millis(u64::try_from(dice.between(low, high)).expect("fits"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::mem::discriminant;

    use super::{DEFAULT_JOBS, Dice, every_trouble, schedule};

    #[test]
    fn a_seed_gives_the_same_run_again_and_another_seed_another() {
        assert_eq!(schedule(1, 100), schedule(1, 100));
        assert_ne!(schedule(1, 100), schedule(2, 100));
    }

    #[test]
    fn a_default_run_meets_every_kind_of_trouble() {
        for seed in 0..50 {
            let run = schedule(seed, DEFAULT_JOBS);
            assert!(run.acts.len() >= every_trouble(&mut Dice::new(0)).len());
            for kind in every_trouble(&mut Dice::new(seed)) {
                let met = run.acts.iter().any(|act| discriminant(&act.trouble) == discriminant(&kind));
                assert!(met, "seed {seed} lacks {kind:?}");
            }
            assert!(run.acts.iter().all(|act| act.after < run.messages));
        }
    }

    #[test]
    fn every_message_is_put_and_counted_once() {
        let run = schedule(5, DEFAULT_JOBS);
        let different: BTreeSet<&String> = run.bodies.iter().collect();
        assert_eq!(different.len(), run.messages);
        assert!(run.bodies.len() > run.messages, "some come twice");
        assert!(run.messages > run.jobs, "some are bad");
    }
}
