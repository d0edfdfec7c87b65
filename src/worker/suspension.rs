//! Suspension: intake stops while *we* are refused or a side of the world is away, and no job pays for it.
//!
//! A side that refuses us (credentials, credit, a missing bucket) is raised by the verdict on one fault. A side that is
//! away is found out here, as a breaker: from a row of faults without a success between them. While either is in force
//! one call at a time goes to that side as a probe; the others wait in [`Suspension::admit`], and all go on when it is
//! lifted. Deadlines stand still meanwhile: see [`Suspension::suspended_since`].

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{error, info};

use super::{NoObserver, Notice, Observer};
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::verdict::{SUSPEND_PROBE, Stage};

/// So many faults in a row make a side count as away, once the row has lasted for [`AWAY_AFTER`]. Fewer suspends over
/// blips.
const AWAY_FAULTS: u32 = 5;

/// How long a row of faults lasts before its side counts as away. A hundred calls can fail within one blip; shorter would
/// stop the intake for that, longer takes more jobs into an outage.
const AWAY_AFTER: Duration = Duration::from_secs(5);

/// Faults further apart than this are no row: nothing was asked of that side in between.
const ROW_GAP: Duration = Duration::from_secs(90);

/// Suspensions remembered for the deadlines of jobs that come back from another worker or an earlier lease. The oldest
/// is forgotten first, and then moves no deadline any more.
const PAST_MAX: usize = 1024;

/// A part of the world that can be gone or refuse us. Each is lifted by its own success only: running tasks can be asked
/// for while there is no credit for new ones, and a ledger can be written while the bucket of the videos is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Reading and writing the ledger.
    Ledger,
    /// Signing uploads, which needs credentials and no store.
    Signing,
    /// Reading, writing and copying videos.
    Videos,
    /// Handing tasks to the provider.
    Submissions,
    /// Asking the provider for tasks.
    Questions,
    /// Publishing events.
    Events,
}

impl Side {
    /// Every side.
    pub const ALL: [Side; 6] =
        [Side::Ledger, Side::Signing, Side::Videos, Side::Submissions, Side::Questions, Side::Events];

    fn name(self) -> &'static str {
        match self {
            Side::Ledger => "the object store (ledger)",
            Side::Signing => "the source of S3 credentials",
            Side::Videos => "the object store (videos)",
            Side::Submissions => "the provider (submissions)",
            Side::Questions => "the provider (running tasks)",
            Side::Events => "the event exchange",
        }
    }
}

/// What is the matter with a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// It answers, and refuses us for who we are.
    Refused,
    /// It does not answer, or cannot serve.
    Away,
}

impl Trouble {
    /// Every trouble.
    pub const ALL: [Trouble; 2] = [Trouble::Refused, Trouble::Away];
}

/// Why a worker is suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Who is the matter.
    pub side: Side,
    /// What is.
    pub trouble: Trouble,
    /// Who refuses us or is away, and what they said.
    pub text: String,
}

/// Whether, and why, intake is stopped. Cheap to clone; clones share the state.
///
/// Each side is suspended and resumed by itself.
#[derive(Clone)]
pub struct Suspension {
    state: Arc<watch::Sender<State>>,
    observer: Arc<dyn Observer>,
}

impl fmt::Debug for Suspension {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Suspension").field("state", &*self.state.borrow()).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct State {
    in_force: BTreeMap<(Side, Trouble), InForce>,
    /// Faults without a success between them.
    rows: BTreeMap<Side, Row>,
    /// When the present suspension began.
    since: Option<Instant>,
    /// For how long we were suspended in all, without the present suspension.
    total: Duration,
    /// From when to when we were suspended earlier.
    past: VecDeque<(Instant, Instant)>,
}

#[derive(Debug)]
struct InForce {
    cause: Cause,
    next_probe: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    faults: u32,
    first: Instant,
    last: Instant,
}

impl Default for Suspension {
    fn default() -> Suspension {
        Suspension::watched_by(Arc::new(NoObserver))
    }
}

impl Suspension {
    /// One whose beginnings and ends are told, and every call that is made again for a fault.
    pub(super) fn watched_by(observer: Arc<dyn Observer>) -> Suspension {
        Suspension { state: Arc::new(watch::Sender::new(State::default())), observer }
    }

    /// A call failed and will be made again.
    pub(super) fn note_retry(&self, stage: Stage, fault: &Fault) {
        self.observer.notice(&Notice::Retried { stage, kind: &fault.kind });
    }

    /// Stops intake because `side` refused us. Logged once, when it begins.
    pub fn raise(&self, side: Side, fault: &Fault) {
        let text = format!("{} refuses us: {}", side.name(), fault.chain());
        self.begin(side, Trouble::Refused, text);
    }

    /// Notes that a call to `side` went well where it could have been refused.
    pub fn lift(&self, side: Side) {
        self.end(side, Trouble::Refused);
    }

    /// Carries out a call to `side` once it is not away, and notes how it went.
    pub(super) async fn through<T>(&self, side: Side, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.admit(side, Trouble::Away).await;
        let outcome = call.await;
        self.note(side, outcome.as_ref().err());
        outcome
    }

    /// Notes how a call to `side` went: many faults in a row, and it is away; any other answer, and it is there.
    pub(super) fn note(&self, side: Side, fault: Option<&Fault>) {
        let Some(fault) = fault.filter(|fault| says_away(&fault.kind)) else {
            // Reading first keeps the happy path free of the write lock.
            if self.state.borrow().rows.contains_key(&side) {
                self.state.send_if_modified(|state| {
                    state.rows.remove(&side);
                    false
                });
            }
            return self.end(side, Trouble::Away);
        };
        let mut row = None;
        self.state.send_if_modified(|state| {
            row = Some(state.row(side, Instant::now()));
            false
        });
        if row.is_some_and(|row| row.faults >= AWAY_FAULTS && row.last.duration_since(row.first) >= AWAY_AFTER) {
            self.begin(side, Trouble::Away, format!("{} is away: {}", side.name(), fault.chain()));
        }
    }

    /// Waits while `side` has this trouble, except for one caller per [`SUSPEND_PROBE`], who goes through as the probe.
    pub(super) async fn admit(&self, side: Side, trouble: Trouble) {
        let mut state = self.state.subscribe();
        while let Some(next_probe) = self.wait_for_probe(side, trouble) {
            tokio::select! {
                biased;
                _ = state.changed() => {}
                () = tokio::time::sleep_until(next_probe) => {}
            }
        }
    }

    /// Waits while `side` refuses us, and then while it is away.
    pub(super) async fn admit_at_all(&self, side: Side) {
        for trouble in [Trouble::Refused, Trouble::Away] {
            self.admit(side, trouble).await;
        }
    }

    /// When to ask again; `None` to go ahead.
    fn wait_for_probe(&self, side: Side, trouble: Trouble) -> Option<Instant> {
        let now = Instant::now();
        let next_probe = self.state.borrow().in_force.get(&(side, trouble))?.next_probe;
        if now < next_probe {
            return Some(next_probe);
        }
        let mut wait = None;
        self.state.send_if_modified(|state| {
            if let Some(in_force) = state.in_force.get_mut(&(side, trouble)) {
                if now < in_force.next_probe {
                    wait = Some(in_force.next_probe);
                } else {
                    in_force.next_probe = now + SUSPEND_PROBE;
                }
            }
            false
        });
        wait
    }

    fn begin(&self, side: Side, trouble: Trouble, text: String) {
        let now = Instant::now();
        let mut began = false;
        let cause = Cause { side, trouble, text };
        self.state.send_if_modified(|state| {
            state.since.get_or_insert(now);
            match state.in_force.get_mut(&(side, trouble)) {
                Some(in_force) => in_force.cause = cause.clone(),
                None => {
                    let in_force = InForce { cause: cause.clone(), next_probe: now + SUSPEND_PROBE };
                    state.in_force.insert((side, trouble), in_force);
                    began = true;
                }
            }
            began
        });
        if began {
            error!(cause = cause.text, "suspended: no new jobs are taken until this is mended; no job fails for it");
            self.observer.notice(&Notice::Suspended { side, trouble, cause: &cause.text });
        }
    }

    fn end(&self, side: Side, trouble: Trouble) {
        // Reading first keeps the happy path free of the write lock.
        if !self.state.borrow().in_force.contains_key(&(side, trouble)) {
            return;
        }
        let ended = self.state.send_if_modified(|state| {
            let ended = state.in_force.remove(&(side, trouble)).is_some();
            if state.in_force.is_empty() {
                state.close(Instant::now());
            }
            ended
        });
        if ended {
            match trouble {
                Trouble::Refused => info!("resumed: {} accepts us again", side.name()),
                Trouble::Away => info!("resumed: {} is back", side.name()),
            }
            self.observer.notice(&Notice::Resumed { side, trouble });
        }
    }

    /// Waits until intake may go on.
    pub async fn lifted(&self) {
        let mut state = self.state.subscribe();
        // The sender lives as long as `self`, so this ends only when the condition holds.
        let _ = state.wait_for(|state| state.in_force.is_empty()).await;
    }

    /// Waits for the next suspension, unless one is in force.
    pub(super) async fn begun(&self) {
        let mut state = self.state.subscribe();
        let _ = state.wait_for(|state| !state.in_force.is_empty()).await;
    }

    /// Whether intake is stopped.
    pub(super) fn is_in_force(&self) -> bool {
        !self.state.borrow().in_force.is_empty()
    }

    /// For how long in all we were suspended from `from` until now.
    pub(super) fn suspended_since(&self, from: Instant) -> Duration {
        let state = self.state.borrow();
        let present = state.since.map(|since| (since, Instant::now()));
        let all = state.past.iter().copied().chain(present);
        all.map(|(began, ended)| ended.saturating_duration_since(began.max(from))).sum()
    }

    /// For how long in all we were suspended until now.
    pub(super) fn suspended_in_all(&self) -> Duration {
        let state = self.state.borrow();
        state.total + state.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The causes in force.
    pub fn causes(&self) -> Vec<Cause> {
        self.state.borrow().in_force.values().map(|in_force| in_force.cause.clone()).collect()
    }
}

impl State {
    /// Adds a fault to the row of its side.
    fn row(&mut self, side: Side, now: Instant) -> Row {
        let row = self.rows.entry(side).or_insert(Row { faults: 0, first: now, last: now });
        if now.duration_since(row.last) > ROW_GAP {
            *row = Row { faults: 0, first: now, last: now };
        }
        row.faults = row.faults.saturating_add(1);
        row.last = now;
        *row
    }

    /// Ends the present suspension.
    fn close(&mut self, now: Instant) {
        let Some(since) = self.since.take() else { return };
        if self.past.len() == PAST_MAX {
            self.past.pop_front();
        }
        self.past.push_back((since, now));
        self.total += now.saturating_duration_since(since);
    }
}

/// Whether a fault of this kind speaks for its side being away. What was refused, throttled or our own bug was answered.
fn says_away(kind: &FaultKind) -> bool {
    match kind {
        FaultKind::NotSent | FaultKind::Ambiguous | FaultKind::Unavailable | FaultKind::Malformed => true,
        FaultKind::Throttled { .. } | FaultKind::Rejected { .. } | FaultKind::Denied | FaultKind::Bug => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: FaultKind) -> Fault {
        Fault::new(kind, "calling")
    }

    #[test]
    fn only_the_side_that_refused_us_can_lift_a_suspension() {
        let suspension = Suspension::default();
        suspension.raise(Side::Submissions, &fault(FaultKind::Denied));
        for other in [Side::Ledger, Side::Signing, Side::Videos, Side::Questions, Side::Events] {
            suspension.lift(other);
        }
        suspension.note(Side::Submissions, None);
        assert_eq!(suspension.causes().len(), 1, "that it answers does not mean that it accepts us");
        suspension.lift(Side::Submissions);
        assert_eq!(suspension.causes(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn a_blip_is_no_outage_however_many_calls_it_hits() {
        let suspension = Suspension::default();
        for _ in 0..1000 {
            suspension.note(Side::Ledger, Some(&fault(FaultKind::Unavailable)));
        }
        tokio::time::advance(Duration::from_secs(4)).await;
        suspension.note(Side::Ledger, Some(&fault(FaultKind::Unavailable)));
        suspension.note(Side::Ledger, None);
        tokio::time::advance(Duration::from_secs(4)).await;
        for _ in 0..1000 {
            suspension.note(Side::Ledger, Some(&fault(FaultKind::Unavailable)));
        }
        assert_eq!(suspension.causes(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn faults_in_a_row_make_a_side_away_until_it_answers() {
        for answer in [None, Some(fault(FaultKind::Throttled { after: None }))] {
            let suspension = Suspension::default();
            for _ in 0..6 {
                suspension.note(Side::Videos, Some(&fault(FaultKind::NotSent)));
                tokio::time::advance(Duration::from_secs(1)).await;
            }
            let causes = suspension.causes();
            assert!(causes[0].text.starts_with("the object store (videos) is away: "), "{causes:?}");
            suspension.note(Side::Videos, answer.as_ref());
            assert_eq!(suspension.causes(), []);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn faults_far_apart_are_no_row() {
        let suspension = Suspension::default();
        for _ in 0..20 {
            suspension.note(Side::Events, Some(&fault(FaultKind::Ambiguous)));
            tokio::time::advance(ROW_GAP * 2).await;
        }
        assert_eq!(suspension.causes(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn one_caller_in_ten_seconds_goes_through_as_the_probe_and_all_when_it_is_lifted() {
        let suspension = Suspension::default();
        suspension.raise(Side::Ledger, &fault(FaultKind::Denied));
        let admitted = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let count = || admitted.load(std::sync::atomic::Ordering::SeqCst);
        for _ in 0..100 {
            let (suspension, admitted) = (suspension.clone(), admitted.clone());
            tokio::spawn(async move {
                suspension.admit(Side::Ledger, Trouble::Refused).await;
                admitted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            });
        }
        tokio::time::sleep(SUSPEND_PROBE * 3 + Duration::from_secs(1)).await;
        assert_eq!(count(), 3);
        suspension.lift(Side::Ledger);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(count(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn suspensions_that_overlap_count_once() {
        let suspension = Suspension::default();
        let begin = Instant::now();
        suspension.raise(Side::Ledger, &fault(FaultKind::Denied));
        tokio::time::advance(Duration::from_secs(10)).await;
        suspension.raise(Side::Videos, &fault(FaultKind::Denied));
        tokio::time::advance(Duration::from_secs(10)).await;
        suspension.lift(Side::Ledger);
        tokio::time::advance(Duration::from_secs(10)).await;
        suspension.lift(Side::Videos);
        tokio::time::advance(Duration::from_secs(100)).await;
        assert_eq!(suspension.suspended_since(begin), Duration::from_secs(30));
        assert_eq!(suspension.suspended_since(begin + Duration::from_secs(25)), Duration::from_secs(5));
        suspension.raise(Side::Ledger, &fault(FaultKind::Denied));
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(suspension.suspended_since(begin), Duration::from_secs(37));
    }
}
