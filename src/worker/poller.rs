//! The poller: one scheduler that asks for all running tasks, in batches.
//!
//! Every task has an instant at which its next question is due. When one comes due, those that are due soon go along, so
//! that a thousand tasks cost few calls. No call waits for another one's answer, up to a few at once. A fault of a call
//! says nothing about its tasks: they are asked for again.
//!
//! Single questions (how does this task of an earlier life stand?) go along in the same calls.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Notify, Semaphore, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{debug, warn};

use super::suspension::{Side, Suspension, Trouble};
use super::{Notice, Observer};
use crate::job::fault::{Fault, FaultKind};
use crate::job::ids::{JobId, TaskUuid};
use crate::job::pacing::{Experience, PollSettings, VideoKind, next_interval};
use crate::job::verdict::{SUSPEND_PROBE, Stage, Verdict, verdict};
use crate::ports::{Observed, Refusal, TaskApi, TaskSuccess};

/// Calls under way at once.
const CALLS_AT_ONCE: usize = 4;

/// How long a single question waits for others to share its call: after a crash many jobs are adopted at once.
const QUESTION_GATHER: Duration = Duration::from_millis(50);

/// How a task ended.
pub(super) type Ended = Result<TaskSuccess, Refusal>;

/// The scheduler, which ends when this is dropped.
pub(super) struct Poller {
    state: Arc<State>,
    _open: DropGuard,
}

struct State {
    table: Mutex<Table>,
    changed: Notify,
    settings: PollSettings,
    observer: Arc<dyn Observer>,
}

#[derive(Default)]
struct Table {
    /// Ordered, so that the same tasks always go into the same calls.
    tasks: BTreeMap<TaskUuid, Entry>,
    questions: BTreeMap<TaskUuid, Question>,
    experience: Experience,
    faults_in_a_row: u32,
    /// We were asked to slow down: no call begins before.
    not_before: Option<Instant>,
    /// Most tasks that a call may be about, once a larger one was refused as a whole.
    most_per_call: Option<usize>,
}

/// A question of which one answer is wanted, whatever it says.
struct Question {
    due: Instant,
    /// A call about it is under way.
    asking: bool,
    waiting: Vec<oneshot::Sender<Observed>>,
}

struct Entry {
    watch: Watch,
    since: Instant,
    due: Instant,
    /// A call about it is under way.
    asking: bool,
    interval: Option<Duration>,
    /// Calls about it that were answered.
    polls: u32,
    /// Who waits: more than one when a message came twice to the same worker.
    waiting: Vec<oneshot::Sender<Ended>>,
}

/// A task to watch.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    pub(super) task_uuid: TaskUuid,
    pub(super) job_id: JobId,
    pub(super) index: u32,
    pub(super) kind: VideoKind,
    /// The task may have been running for long (another life submitted it): ask soon, and learn nothing from it.
    pub(super) resumed: bool,
    /// Where its progress is told, in percent, once the provider says any.
    pub(super) progress: watch::Sender<Option<u8>>,
}

impl Poller {
    /// Starts the scheduler.
    pub(super) fn start(
        api: Arc<dyn TaskApi>,
        settings: PollSettings,
        suspension: Suspension,
        observer: Arc<dyn Observer>,
    ) -> Poller {
        let state = Arc::new(State { table: Mutex::default(), changed: Notify::new(), settings, observer });
        let open = CancellationToken::new();
        tokio::spawn(open.clone().run_until_cancelled_owned(schedule(api, state.clone(), suspension)));
        Poller { state, _open: open.drop_guard() }
    }

    /// Waits until the task ends. Dropping the future stops the questions.
    pub(super) async fn ended(&self, watch: Watch) -> Ended {
        let _leave = Leave { state: &self.state, task_uuid: watch.task_uuid };
        match self.state.enter(watch).await {
            Ok(ended) => ended,
            // The scheduler ends with the worker, and the worker outlives its jobs.
            Err(_) => std::future::pending().await,
        }
    }

    /// Asks once how a task stands, however long the provider takes to give any answer.
    pub(super) async fn ask(&self, task_uuid: TaskUuid) -> Observed {
        match self.state.question(task_uuid).await {
            Ok(observed) => observed,
            // As above.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Takes a task off the table when nobody waits for it any more.
struct Leave<'a> {
    state: &'a State,
    task_uuid: TaskUuid,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let mut table = self.state.lock();
        if let Some(entry) = table.tasks.get_mut(&self.task_uuid) {
            entry.waiting.retain(|waiting| !waiting.is_closed());
            if entry.waiting.is_empty() {
                table.tasks.remove(&self.task_uuid);
            }
        }
    }
}

impl State {
    fn lock(&self) -> std::sync::MutexGuard<'_, Table> {
        // No code between lock and unlock can leave the table half changed.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, watch: Watch) -> oneshot::Receiver<Ended> {
        let (sender, receiver) = oneshot::channel();
        let now = Instant::now();
        let mut table = self.lock();
        let delay = if watch.resumed {
            self.settings.interval_min
        } else {
            table.experience.first_delay(&watch.kind, &self.settings)
        };
        let entry = table.tasks.entry(watch.task_uuid).or_insert_with(|| Entry {
            since: now,
            due: now + delay,
            asking: false,
            interval: None,
            polls: 0,
            waiting: Vec::new(),
            watch,
        });
        entry.waiting.push(sender);
        drop(table);
        self.changed.notify_one();
        receiver
    }

    fn question(&self, task_uuid: TaskUuid) -> oneshot::Receiver<Observed> {
        let (sender, receiver) = oneshot::channel();
        let due = Instant::now() + QUESTION_GATHER;
        let unasked = || Question { due, asking: false, waiting: Vec::new() };
        self.lock().questions.entry(task_uuid).or_insert_with(unasked).waiting.push(sender);
        self.changed.notify_one();
        receiver
    }

    /// What to ask for now, at most `most`: what is due, and then what is due so soon that a call of its own would be a
    /// waste. It counts as being asked for until the answer is noted. Empty when nothing is due, and then with the
    /// instant at which something will be.
    fn take_due(&self, most: usize) -> Result<Vec<TaskUuid>, Option<Instant>> {
        let now = Instant::now();
        let mut table = self.lock();
        let table = &mut *table;
        table.questions.retain(|_, question| {
            question.waiting.retain(|waiting| !waiting.is_closed());
            question.asking || !question.waiting.is_empty()
        });
        let questions = table.questions.iter().filter(|(_, question)| !question.asking);
        let tasks = table.tasks.iter().filter(|(_, entry)| !entry.asking);
        let all = questions
            .map(|(uuid, question)| (question.due, *uuid))
            .chain(tasks.map(|(uuid, entry)| (entry.due, *uuid)));
        let mut all: Vec<(Instant, TaskUuid)> = all.collect();
        let Some(first) = all.iter().map(|(due, _)| *due).min() else { return Err(None) };
        let most = table.most_per_call.map_or(most, |learned| learned.min(most));
        let begin = table.not_before.map_or(first, |not_before| first.max(not_before));
        if now < begin {
            return Err(Some(begin));
        }
        all.retain(|(due, _)| *due <= now + self.settings.interval_min / 2);
        all.sort_unstable_by_key(|(due, _)| *due);
        let mut taken = Vec::new();
        for (_, task_uuid) in all {
            if taken.len() < most && !taken.contains(&task_uuid) {
                taken.push(task_uuid);
            }
        }
        for task_uuid in &taken {
            if let Some(question) = table.questions.get_mut(task_uuid) {
                question.asking = true;
            }
            if let Some(entry) = table.tasks.get_mut(task_uuid) {
                entry.asking = true;
            }
        }
        Ok(taken)
    }

    /// Notes the answer of a call about `asked`.
    fn answered(&self, asked: &[TaskUuid], mut answers: HashMap<TaskUuid, Observed>) {
        let now = Instant::now();
        let mut table = self.lock();
        table.faults_in_a_row = 0;
        let (mut progressed, mut ended) = (Vec::new(), Vec::new());
        for task_uuid in asked {
            let observed = answers.remove(task_uuid).unwrap_or(Observed::Unseen);
            for waiting in table.questions.remove(task_uuid).into_iter().flat_map(|question| question.waiting) {
                // A job that no longer waits asks again in its next life.
                let _ = waiting.send(observed.clone());
            }
            match observed {
                Observed::Succeeded(success) => ended.extend(table.end(*task_uuid, now, Ok(success))),
                Observed::Failed(refusal) => ended.extend(table.end(*task_uuid, now, Err(refusal))),
                Observed::Running { progress } => {
                    let Some(entry) = table.tasks.get_mut(task_uuid) else { continue };
                    entry.postpone(now, &self.settings);
                    if let Some(percent) = progress
                        && entry.watch.progress.send_replace(progress) != progress
                    {
                        progressed.push((entry.watch.job_id.clone(), entry.watch.index, percent));
                    }
                }
                // Absence proves nothing: the task may not be visible yet.
                Observed::Unseen => {
                    let Some(entry) = table.tasks.get_mut(task_uuid) else { continue };
                    entry.postpone(now, &self.settings);
                }
            }
        }
        drop(table);
        for (job_id, index, percent) in progressed {
            self.observer.notice(&Notice::Progress { job_id: &job_id, index, percent });
        }
        for Over { job_id, index, polls, succeeded } in ended {
            self.observer.notice(&Notice::Generated { job_id: &job_id, index, polls, succeeded });
        }
    }

    /// Notes that a call about `asked` failed, which says nothing about the tasks. A refusal of several together may be due
    /// to their number, of which the provider publishes no limit: from then on fewer are asked for at once.
    fn failed(&self, asked: &[TaskUuid], fault: &Fault, suspension: &Suspension) {
        let now = Instant::now();
        suspension.note_retry(Stage::Generating, fault);
        let mut table = self.lock();
        let attempts = table.faults_in_a_row;
        if matches!(fault.kind, FaultKind::Rejected { .. }) && asked.len() > 1 {
            let fewer = asked.len() / 2;
            table.most_per_call = Some(table.most_per_call.map_or(fewer, |learned| learned.min(fewer)));
        }
        let wait = match verdict(Stage::Generating, &fault.kind, attempts) {
            Verdict::Suspend => {
                suspension.raise(Side::Questions, fault);
                SUSPEND_PROBE
            }
            Verdict::Retry(wait) => {
                table.faults_in_a_row = attempts.saturating_add(1);
                wait
            }
            Verdict::Wait(wait) => {
                table.not_before = Some(now + wait);
                wait
            }
            Verdict::Reconcile | Verdict::Fail(_) => self.settings.interval_max,
        };
        for task_uuid in asked {
            let due = now + wait.max(self.settings.interval_min);
            if let Some(entry) = table.tasks.get_mut(task_uuid) {
                (entry.due, entry.asking) = (due, false);
            }
            if let Some(question) = table.questions.get_mut(task_uuid) {
                (question.due, question.asking) = (due, false);
            }
        }
        drop(table);
        if fault.kind == FaultKind::Bug || attempts >= 3 {
            warn!(attempts, fault = fault.chain(), "asking for tasks keeps failing, will ask again");
        } else {
            debug!(attempts, fault = fault.chain(), "asking for tasks failed, will ask again");
        }
    }
}

impl Entry {
    fn postpone(&mut self, now: Instant, settings: &PollSettings) {
        let interval = next_interval(self.interval, settings);
        self.polls = self.polls.saturating_add(1);
        self.interval = Some(interval);
        self.due = now + interval;
        self.asking = false;
    }
}

impl Table {
    /// Tells those who wait for a task how it ended.
    fn end(&mut self, task_uuid: TaskUuid, now: Instant, ended: Ended) -> Option<Over> {
        let entry = self.tasks.remove(&task_uuid)?;
        if ended.is_ok() && !entry.watch.resumed {
            self.experience.learn(&entry.watch.kind, now.duration_since(entry.since));
        }
        for waiting in entry.waiting {
            // A job that no longer waits asks again in its next life.
            let _ = waiting.send(ended.clone());
        }
        let Watch { job_id, index, .. } = entry.watch;
        Some(Over { job_id, index, polls: entry.polls.saturating_add(1), succeeded: ended.is_ok() })
    }
}

/// A task that is off the table because it ended.
struct Over {
    job_id: JobId,
    index: u32,
    polls: u32,
    succeeded: bool,
}

async fn schedule(api: Arc<dyn TaskApi>, state: Arc<State>, suspension: Suspension) {
    let places = Arc::new(Semaphore::new(CALLS_AT_ONCE));
    // Calls end with the schedule.
    let mut calls = JoinSet::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        while calls.try_join_next().is_some() {}
        let changed = state.changed.notified();
        match state.take_due(api.batch_max()) {
            Ok(batch) => {
                let (api, state, suspension) = (api.clone(), state.clone(), suspension.clone());
                calls.spawn(async move {
                    ask(&*api, &state, &suspension, batch).await;
                    state.changed.notify_one();
                    drop(place);
                });
            }
            Err(Some(due)) => tokio::select! {
                biased;
                () = changed => {}
                () = tokio::time::sleep_until(due) => {}
            },
            Err(None) => changed.await,
        }
    }
}

async fn ask(api: &dyn TaskApi, state: &State, suspension: &Suspension, batch: Vec<TaskUuid>) {
    suspension.admit(Side::Questions, Trouble::Refused).await;
    let asked = AssertUnwindSafe(async {
        let answers = api.observe(&batch).await?;
        suspension.lift(Side::Questions);
        state.answered(&batch, answers);
        Ok(())
    });
    // The schedule is everybody's: one answer that trips over a bug must not end it.
    let bug = |_| Err(Fault::new(FaultKind::Bug, "asking for tasks: a panic"));
    if let Err(fault) = asked.catch_unwind().await.unwrap_or_else(bug) {
        state.failed(&batch, &fault, suspension);
    }
}

#[cfg(test)]
mod tests;
