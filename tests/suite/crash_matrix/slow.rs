//! Every row of the matrix: some two minutes.

use std::collections::VecDeque;
use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use landfall::job::control::ControlMessage;
use landfall::job::event::EventType;
use landfall::job::ids::JobId;
use landfall::job::regeneration::Regeneration;
use tokio::time::{Instant, sleep};

use super::{SCENARIOS, Scenario, Times};
use crate::support::binary::{LOOK, PATIENCE, Role, WorkerProcess};
use crate::support::doomed;
use crate::support::mortal::{Call, Death, Side};
use crate::support::stack::{END_WITHIN, Stack, ended};

const WITHIN: Duration = Duration::from_secs(120);

/// Rows under way at once. Each mostly waits: for polls, for an upload, for the broker.
const LANES: usize = 6;

/// With two workers on a queue, the one that is to die may get nothing of the first messages.
const TRIES: usize = 4;

/// Who goes on with the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heir {
    /// A worker that is started after the death.
    Next,
    /// A second one that was running all the time.
    Beside,
}

/// One death.
#[derive(Clone, Copy)]
struct Row {
    number: usize,
    scenario: &'static Scenario,
    call: Call,
    side: Side,
    heir: Heir,
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.side == Side::Before { "before" } else { "after" };
        let heir = if self.heir == Heir::Next { "the next worker" } else { "a second worker" };
        write!(out, "{:<17} {side:<6} {:<20} {heir}", self.scenario.name, self.call.to_string())
    }
}

/// What a row showed.
struct Shown {
    jobs: usize,
    bought: usize,
    took: Duration,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for scenario in &SCENARIOS {
        for (name, times) in scenario.calls {
            let (Times::Exactly(count) | Times::AtLeast(count)) = *times;
            for call in (1..=count).map(|occurrence| Call { name, occurrence }) {
                for (side, heir) in [
                    (Side::Before, Heir::Next),
                    (Side::Before, Heir::Beside),
                    (Side::After, Heir::Next),
                    (Side::After, Heir::Beside),
                ] {
                    // Before it is taken, the job is in nobody's hands.
                    let untaken = (call.name, side) == ("intake.next", Side::Before);
                    // An earlier life's job and a word about one go to whoever comes first, so only one worker may be there.
                    let first_come = scenario.earlier.is_some() || scenario.cancelled_at.is_some() || scenario.anew;
                    let undecided = first_come && heir == Heir::Beside;
                    if !untaken && !undecided {
                        rows.push(Row { number: rows.len(), scenario, call, side, heir });
                    }
                }
            }
        }
    }
    rows
}

/// A stack with the rows that it sees one after the other, and all that they left behind.
struct Lane {
    stack: Stack,
    messages: usize,
    /// Jobs that were to be cancelled.
    cancelled: usize,
    bought: usize,
}

impl Lane {
    /// Puts jobs of the scenario, and their videos where the test is to upload them.
    async fn put(&mut self, scenario: &Scenario, count: usize) {
        for _ in 0..count {
            self.messages += 1;
            self.cancelled += usize::from(scenario.cancelled_at.is_some());
            let id = format!("job-{}", self.messages);
            let message = (scenario.message)(&id);
            self.stack.put(&message).await;
            if scenario.anew {
                self.see_first_generation_through().await;
                let id = JobId::parse(&id).expect("an id");
                self.stack.put(Regeneration::message(&id, 1, message.as_bytes())).await;
                self.messages += 1;
            }
        }
    }

    async fn see_first_generation_through(&mut self) {
        let mut worker = self.stack.worker(&settings(&[])).await;
        self.stack.until_ended(self.messages, WITHIN).await;
        assert_eq!(worker.stop(END_WITHIN).await.code(), Some(0), "{}", worker.role.log());
    }

    async fn upload(&self, scenario: &Scenario, count: usize) {
        if scenario.by_hand {
            for number in self.messages + 1 - count..=self.messages {
                self.stack.upload_by_hand(&format!("job-{number}"), video_with_its_index_at_the_end()).await;
            }
        }
    }

    /// A worker of the scenario, with the earlier life behind it where there is one.
    async fn begin(&mut self, scenario: &Scenario, death: Death) -> Role {
        let quiet = settings(scenario.settings);
        if let Some(earlier) = scenario.earlier {
            let mut first = self.stack.doomed_worker(earlier, &quiet);
            let status = first.end(PATIENCE).await;
            assert_eq!(status.signal(), Some(9), "the earlier life ended with {status}:\n{}", first.log());
        }
        self.stack.doomed_worker(death, &quiet)
    }

    /// A life without a death: which calls it makes.
    async fn record(&mut self, scenario: &Scenario) -> Vec<Call> {
        self.put(scenario, 1).await;
        let mut worker = self.begin(scenario, Death::Never).await;
        self.upload(scenario, 1).await;
        self.interfere(scenario, &mut worker).await;
        if scenario.stopped_at.is_none() {
            self.until_called(&mut worker, |call| call.name.starts_with("delivery.")).await;
            worker.terminate();
        }
        let status = worker.end(END_WITHIN).await;
        assert_eq!(status.code(), Some(0), "{}", worker.log());
        let calls = doomed::calls(&worker.log());
        self.conclude(scenario, 1, None).await;
        calls
    }

    async fn until_called(&self, worker: &mut Role, is: impl Fn(&Call) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !doomed::calls(&worker.log()).iter().any(&is) {
            assert!(Instant::now() < deadline && worker.ended().is_none(), "its call does not come:\n{}", worker.log());
            sleep(LOOK).await;
        }
    }

    /// Tells the worker to do what the scenario asks of it on its way.
    async fn interfere(&self, scenario: &Scenario, worker: &mut Role) {
        if let Some(name) = scenario.cancelled_at {
            self.until_called(worker, |call| call.name == name).await;
            let job_id = JobId::parse(&format!("job-{}", self.messages)).expect("an id");
            self.stack.put(ControlMessage::CancelJob { job_id }.to_json()).await;
        }
        self.stop_in_time(scenario, worker).await;
    }

    async fn stop_in_time(&self, scenario: &Scenario, worker: &mut Role) {
        if let Some(name) = scenario.stopped_at {
            self.until_called(worker, |call| call.name == name).await;
            worker.terminate();
        }
    }

    /// Dies, and lets the heir go on.
    async fn run(&mut self, row: Row) -> Shown {
        let began = Instant::now();
        let death = Death::At(row.call, row.side);
        let (jobs, heir) = match row.heir {
            Heir::Next => {
                self.put(row.scenario, 1).await;
                let mut doomed = self.begin(row.scenario, death).await;
                if row.call.name != "intake.next" {
                    self.upload(row.scenario, 1).await;
                }
                self.interfere(row.scenario, &mut doomed).await;
                let status = doomed.end(PATIENCE).await;
                assert_eq!(status.signal(), Some(9), "{row}: ended with {status}:\n{}", doomed.log());
                (1, None)
            }
            Heir::Beside => {
                let heir = self.stack.worker(&settings(row.scenario.heirs)).await;
                let doomed = self.begin(row.scenario, death).await;
                let doomed = WorkerProcess::begun(doomed).await;
                doomed.ready_with(200).await;
                (self.until_struck(row, doomed).await, Some(heir))
            }
        };
        let bought = self.conclude(row.scenario, jobs, heir).await;
        Shown { jobs, bought, took: began.elapsed() }
    }

    /// Puts jobs for two workers until the one that is to die got one and died of it. Answers with how many.
    async fn until_struck(&mut self, row: Row, mut doomed: WorkerProcess) -> usize {
        for tries in 1..=TRIES {
            self.put(row.scenario, 2).await;
            self.upload(row.scenario, 2).await;
            let deadline = Instant::now() + PATIENCE;
            let mut told = false;
            loop {
                if let Some(status) = doomed.role.ended() {
                    assert_eq!(status.signal(), Some(9), "{row}: ended with {status}:\n{}", doomed.role.log());
                    return 2 * tries;
                }
                let calls = doomed::calls(&doomed.role.log());
                if !told && calls.iter().any(|call| Some(call.name) == row.scenario.stopped_at) {
                    told = true;
                    doomed.role.terminate();
                }
                let idle = !calls.contains(&Call { name: "intake.next", occurrence: 2 });
                self.stack.look().await;
                if idle && ended(&self.stack.seen) == self.messages {
                    break;
                }
                assert!(Instant::now() < deadline, "{row}: lives:\n{}", doomed.role.log());
                sleep(LOOK).await;
            }
        }
        panic!("{row}: the other worker got all jobs");
    }

    /// Every message so far has ended and every invariant holds; answers with what was bought since the last time.
    async fn conclude(&mut self, scenario: &Scenario, jobs: usize, heir: Option<WorkerProcess>) -> usize {
        self.stack.rest(heir.into_iter().collect(), self.messages, &settings(scenario.heirs)).await;
        let (evidence, tasks) = self.stack.check(Vec::new(), self.messages, WITHIN).await;
        let failed = evidence.count(EventType::Failed);
        assert!(failed <= self.cancelled, "{failed} failed");
        let accepted = tasks.iter().filter(|task| task.accepted > 0).count();
        let bought = accepted - std::mem::replace(&mut self.bought, accepted);
        assert_eq!(bought, jobs * scenario.videos, "purchases");
        bought
    }
}

/// The scenario's, and logs that do not grow with every row.
fn settings<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut settings = more.to_vec();
    settings.push(("LANDFALL_LOG__FILTER", "info"));
    settings
}

/// A real video whose index stands behind more bytes than a first look reads.
fn video_with_its_index_at_the_end() -> Bytes {
    const GAP_BYTES: u32 = 128 * 1024;
    let video = include_bytes!("../../golden/media/h264-aac-moov-last.mp4");
    let moov = video.windows(4).position(|name| name == b"moov").expect("an index") - 4;
    let mut gap = GAP_BYTES.to_be_bytes().to_vec();
    gap.extend(b"free");
    gap.resize(usize::try_from(GAP_BYTES).expect("small"), 0);
    [&video[..moov], &gap, &video[moov..]].concat().into()
}

/// Calls between taking the job and settling it.
fn between(calls: &[Call]) -> &[Call] {
    let settled = calls.iter().position(|call| call.name.starts_with("delivery."));
    &calls[..=settled.expect("the job is settled")]
}

/// Where a scenario's list differs from what its life does.
fn differences(scenario: &Scenario, recorded: &[Call]) -> Option<String> {
    let mut wrong = Vec::new();
    for (name, listed) in scenario.calls {
        let count = recorded.iter().filter(|call| call.name == *name).count();
        let right = match *listed {
            Times::Exactly(times) => u32::try_from(count) == Ok(times),
            Times::AtLeast(times) => u32::try_from(count).is_ok_and(|count| count >= times),
        };
        if !right {
            wrong.push(format!("{name} is called {count} times, not {listed:?}"));
        }
    }
    let listed = |call: &Call| scenario.calls.iter().any(|(name, _)| *name == call.name);
    let unlisted = recorded.iter().filter(|call| scenario.whole && !listed(call));
    wrong.extend(unlisted.map(|call| format!("{call} has no row")));
    let told: Vec<String> = recorded.iter().map(ToString::to_string).collect();
    let told = told.join(" ");
    (!wrong.is_empty()).then(|| format!("{}: {}; it calls {told}", scenario.name, wrong.join(", ")))
}

#[tokio::test]
async fn a_worker_killed_at_any_call_is_followed_by_another_and_nothing_is_lost_or_bought_twice() {
    let Some(stacks) = Stack::several(LANES).await else { return };
    let mut lanes: Vec<Lane> =
        stacks.into_iter().map(|stack| Lane { stack, messages: 0, cancelled: 0, bought: 0 }).collect();
    let mut wrong = Vec::new();
    for scenario in &SCENARIOS {
        let calls = lanes[0].record(scenario).await;
        wrong.extend(differences(scenario, between(&calls)));
    }
    assert!(wrong.is_empty(), "the lists of calls are out of date:\n{}", wrong.join("\n"));

    let rows: Mutex<VecDeque<Row>> = Mutex::new(rows().into());
    let next = || rows.lock().expect("no holder panics").pop_front();
    let mut shown: Vec<(Row, Option<Shown>)> = join_all(lanes.into_iter().map(|mut lane| async move {
        let mut shown = Vec::new();
        while let Some(row) = next() {
            let outcome = AssertUnwindSafe(lane.run(row)).catch_unwind().await.ok();
            let failed = outcome.is_none();
            shown.push((row, outcome));
            if failed {
                // What a failed row left behind would fail the next ones.
                break;
            }
        }
        shown
    }))
    .await
    .into_iter()
    .flatten()
    .collect();
    shown.sort_by_key(|(row, _)| row.number);
    report(&shown);
    assert!(next().is_none(), "all lanes failed");
}

/// The matrix as a table; fails when a row did.
fn report(shown: &[(Row, Option<Shown>)]) {
    println!("{:<17} {:<6} {:<20} {:<16} jobs bought   took", "scenario", "killed", "at", "finished by");
    for (row, outcome) in shown {
        match outcome {
            Some(Shown { jobs, bought, took }) => {
                println!("{row} {jobs:>5} {bought:>6} {:>5.1}s", took.as_secs_f64());
            }
            None => println!("{row}  FAILED"),
        }
    }
    let failed = shown.iter().filter(|(_, outcome)| outcome.is_none()).count();
    println!("{} deaths, {failed} rows failed", shown.len());
    assert_eq!(failed, 0, "rows of the crash matrix failed, see the table");
}
