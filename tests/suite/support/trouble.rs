//! Trouble: what goes wrong with which call, all of it from one seed, until a given end.
//!
//! What a call meets depends on the seed, on who makes it, on what it is about, and on how often that was tried; never on
//! how calls of different jobs happen to interleave. So a history can be told again from its seed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use landfall::job::fault::{Fault, FaultKind, Outcome};
use tokio::time::{Instant, sleep};

use super::dice::Dice;

/// What may go wrong with a call: before it takes effect, or after, with the answer lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mishap {
    Before(FaultKind),
    After(FaultKind),
}

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Party {
    Store,
    Provider,
    Broker,
}

/// A time in which every call to somebody fails.
#[derive(Debug, Clone)]
pub(crate) struct Outage {
    pub(crate) party: Party,
    pub(crate) begin: Duration,
    pub(crate) end: Duration,
    pub(crate) kind: FaultKind,
}

/// What goes wrong in one history, and what was done in it.
pub(crate) struct Trouble {
    seed: u64,
    born: Instant,
    /// No call fails from then on.
    end: Duration,
    /// How many calls of a hundred meet a mishap.
    percent: usize,
    outages: Vec<Outage>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    calls: HashMap<String, u32>,
    log: Vec<String>,
}

/// What decides over one call.
pub(crate) struct Chance {
    pub(crate) dice: Dice,
    /// The how manyth call of its name it is.
    pub(crate) times: u32,
}

impl Trouble {
    pub(crate) fn new(seed: u64, end: Duration, percent: usize, outages: Vec<Outage>) -> Trouble {
        Trouble { seed, born: Instant::now(), end, percent, outages, seen: Mutex::default() }
    }

    /// Makes a call that is named by `what`, and lets one of `mishaps` happen to it, or an outage, or nothing but time.
    pub(crate) async fn meet<T>(
        &self,
        party: Party,
        what: String,
        mishaps: &[Mishap],
        call: impl Future<Output = Outcome<T>>,
    ) -> Outcome<T> {
        let Chance { mut dice, times } = self.chance(&what);
        let met = self.mishap(party, &mut dice, mishaps);
        sleep(self.delay(&mut dice)).await;
        let answer = match met {
            Some(Mishap::Before(kind)) => Err(fault(kind, &what)),
            Some(Mishap::After(kind)) => call.await.and(Err(fault(kind, &what))),
            None => call.await,
        };
        sleep(self.delay(&mut dice)).await;
        self.note(&format!("{what} #{times}"), answer.as_ref().err());
        answer
    }

    /// Chance for the next call of this name.
    pub(crate) fn chance(&self, what: &str) -> Chance {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let times = seen.calls.entry(what.to_owned()).or_default();
        *times += 1;
        Chance { dice: dice_for(self.seed, &format!("{what} #{times}")), times: *times }
    }

    /// What all chance follows from.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether things still go wrong.
    pub(crate) fn lasts(&self) -> bool {
        self.born.elapsed() < self.end
    }

    /// Everything that was called and when, in an order of its own: calls of the same instant are not told apart.
    pub(crate) fn story(&self) -> Vec<String> {
        let mut log = self.seen.lock().unwrap_or_else(PoisonError::into_inner).log.clone();
        log.sort_unstable();
        log
    }

    pub(crate) fn note(&self, name: &str, fault: Option<&Fault>) {
        let outcome = fault.map_or_else(|| "went well".to_owned(), |fault| format!("{:?}", fault.kind));
        let line = format!("{:>12} ms  {name}: {outcome}", self.born.elapsed().as_millis());
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).log.push(line);
    }

    fn mishap(&self, party: Party, dice: &mut Dice, mishaps: &[Mishap]) -> Option<Mishap> {
        let now = self.born.elapsed();
        let out = |outage: &&Outage| outage.party == party && (outage.begin..outage.end).contains(&now);
        if !self.lasts() || mishaps.is_empty() {
            return None;
        }
        if let Some(outage) = self.outages.iter().find(out) {
            return Some(Mishap::Before(outage.kind.clone()));
        }
        (dice.below(100) < self.percent).then(|| dice.pick(mishaps).clone())
    }

    /// Every call takes a moment, and some take long.
    fn delay(&self, dice: &mut Dice) -> Duration {
        let slow = dice.below(50) == 0 && self.lasts();
        Duration::from_millis(dice.between(1, if slow { 30_000 } else { 60 }) as u64)
    }
}

/// Chance that depends on a seed and a name alone.
pub(crate) fn dice_for(seed: u64, name: &str) -> Dice {
    // FNV-1a: the same for ever, unlike the standard library's.
    let hash = name
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    Dice::new(seed ^ hash)
}

fn fault(kind: FaultKind, what: &str) -> Fault {
    Fault::new(kind, format!("{what}: scripted"))
}
