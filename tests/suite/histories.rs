//! Seeded histories: whole workers on in-memory ports under paused time, with everything going wrong at random.
//!
//! Every seed tells one history: jobs, repeats and garbage at random times; one to three workers that are killed, stopped,
//! cut off and replaced; a store, a provider and a broker that fail, stall, lose answers and lie; short leases, small
//! batches. After a while nothing goes wrong any more, everything comes to rest, and the promise must hold.
//!
//! A failure names its seed. `LANDFALL_HISTORY_SEED=7 cargo test --test suite histories::` tells that one again and prints
//! it, `LANDFALL_HISTORIES=100000` tells more of them, `LANDFALL_HISTORIES_FROM` others.

mod cast;
mod script;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use cast::Cast;
use script::Script;

/// Histories in an ordinary run: a minute on two cores without optimisation.
const HISTORIES: u64 = 1000;

/// What came of a history.
struct Told {
    /// Every call and when it was made.
    story: Vec<String>,
    /// Which of the promises broke, if one did.
    broken: Option<String>,
}

/// Tells the history of a seed in a runtime of its own, so that nothing of another one can matter.
fn tell(seed: u64) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let script = Script::of(seed);
    let _inside = runtime.enter();
    let cast = Cast::of(&script);
    let told = catch_unwind(AssertUnwindSafe(|| runtime.block_on(cast.play(&script))));
    Told { story: cast.trouble.story(), broken: told.err().map(|panic| words(&*panic)) }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}

#[test]
fn every_history_keeps_the_promise() {
    if let Some(seed) = number("LANDFALL_HISTORY_SEED") {
        let told = tell(seed);
        println!("{:#?}\n{}", Script::of(seed), told.story.join("\n"));
        assert_eq!(told.broken, None, "history {seed}");
        return;
    }
    let first = number("LANDFALL_HISTORIES_FROM").unwrap_or(0);
    let end = first + number("LANDFALL_HISTORIES").unwrap_or(HISTORIES);
    let (next, broken) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            if let Some(why) = tell(seed).broken {
                broken.lock().expect("no holder panics").push((seed, why));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut broken = broken.into_inner().expect("no holder panics");
    broken.sort_unstable();
    let lines = broken.iter().take(20).map(|(seed, why)| {
        let why = why.lines().next().unwrap_or_default();
        format!("{why}\n    LANDFALL_HISTORY_SEED={seed} cargo test --test suite histories::every -- --nocapture")
    });
    let lines: Vec<String> = lines.collect();
    assert!(
        broken.is_empty(),
        "{} of {} histories broke the promise:\n{}",
        broken.len(),
        end - first,
        lines.join("\n")
    );
}

#[test]
fn a_seed_tells_the_same_history_every_time() {
    for seed in 0..40 {
        let (once, again) = (tell(seed).story, tell(seed).story);
        assert!(once.len() > 10, "history {seed} is no history");
        let differ = once.iter().zip(&again).find(|(one, other)| one != other);
        assert_eq!(differ, None, "history {seed} went differently");
        assert_eq!(once.len(), again.len(), "history {seed} went on differently");
    }
}
