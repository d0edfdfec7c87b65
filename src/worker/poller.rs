//! The poller: one scheduler that asks for all running tasks, in batches.
//!
//! Every task has an instant at which its next question is due. When one comes due, those that are due soon go along, so
//! that a thousand tasks cost few calls. A fault of a call says nothing about its tasks: they are asked for again.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{debug, warn};

use super::suspension::{Side, Suspension};
use super::{Notice, Observer};
use crate::job::fault::{Fault, FaultKind};
use crate::job::ids::{JobId, TaskUuid};
use crate::job::pacing::{Experience, PollSettings, VideoKind, next_interval};
use crate::job::verdict::{Stage, Verdict, verdict};
use crate::ports::{Observed, Refusal, TaskApi, TaskSuccess};

/// Calls under way at once.
const CALLS_AT_ONCE: usize = 4;

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
    experience: Experience,
    faults_in_a_row: u32,
}

struct Entry {
    watch: Watch,
    since: Instant,
    due: Instant,
    interval: Option<Duration>,
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
            interval: None,
            waiting: Vec::new(),
            watch,
        });
        entry.waiting.push(sender);
        drop(table);
        self.changed.notify_one();
        receiver
    }

    /// Tasks to ask for now: the due ones, and those due so soon that a call of their own would be a waste.
    fn due(&self, now: Instant) -> Vec<TaskUuid> {
        let table = self.lock();
        if !table.tasks.values().any(|entry| entry.due <= now) {
            return Vec::new();
        }
        let soon = now + self.settings.interval_min / 2;
        table.tasks.values().filter(|entry| entry.due <= soon).map(|entry| entry.watch.task_uuid).collect()
    }

    fn next_due(&self) -> Option<Instant> {
        self.lock().tasks.values().map(|entry| entry.due).min()
    }

    /// Notes the answer of a call about `asked`.
    fn answered(&self, asked: &[TaskUuid], mut answers: HashMap<TaskUuid, Observed>) {
        let now = Instant::now();
        let mut table = self.lock();
        table.faults_in_a_row = 0;
        let mut progressed = Vec::new();
        for task_uuid in asked {
            match answers.remove(task_uuid).unwrap_or(Observed::Unseen) {
                Observed::Succeeded(success) => table.end(*task_uuid, now, Ok(success)),
                Observed::Failed(refusal) => table.end(*task_uuid, now, Err(refusal)),
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
    }

    /// Notes that a call about `asked` failed, which says nothing about the tasks.
    fn failed(&self, asked: &[TaskUuid], fault: &Fault, suspension: &Suspension) {
        let now = Instant::now();
        let mut table = self.lock();
        let attempts = table.faults_in_a_row;
        table.faults_in_a_row = attempts.saturating_add(1);
        let wait = match verdict(Stage::Generating, &fault.kind, attempts) {
            Verdict::Suspend(wait) => {
                suspension.raise(Side::Questions, fault);
                wait
            }
            Verdict::Retry(wait) => wait,
            Verdict::Reconcile | Verdict::Fail(_) => self.settings.interval_max,
        };
        for task_uuid in asked {
            if let Some(entry) = table.tasks.get_mut(task_uuid) {
                entry.due = now + wait.max(self.settings.interval_min);
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
        self.interval = Some(interval);
        self.due = now + interval;
    }
}

impl Table {
    fn end(&mut self, task_uuid: TaskUuid, now: Instant, ended: Ended) {
        let Some(entry) = self.tasks.remove(&task_uuid) else { return };
        if ended.is_ok() && !entry.watch.resumed {
            self.experience.learn(&entry.watch.kind, now.duration_since(entry.since));
        }
        for waiting in entry.waiting {
            // A job that no longer waits asks again in its next life.
            let _ = waiting.send(ended.clone());
        }
    }
}

async fn schedule(api: Arc<dyn TaskApi>, state: Arc<State>, suspension: Suspension) {
    loop {
        let changed = state.changed.notified();
        let asked = state.due(Instant::now());
        if asked.is_empty() {
            match state.next_due() {
                Some(due) => tokio::select! {
                    biased;
                    () = changed => {}
                    () = tokio::time::sleep_until(due) => {}
                },
                None => changed.await,
            }
            continue;
        }
        let batches: Vec<Vec<TaskUuid>> = asked.chunks(api.batch_max()).map(<[TaskUuid]>::to_vec).collect();
        let ask = |batch| ask(&*api, &state, &suspension, batch);
        stream::iter(batches).for_each_concurrent(CALLS_AT_ONCE, ask).await;
    }
}

async fn ask(api: &dyn TaskApi, state: &State, suspension: &Suspension, batch: Vec<TaskUuid>) {
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
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::job::fault::Outcome;
    use crate::ports::{Recalled, Submission, Submitted};
    use crate::worker::NoObserver;

    /// Panics at the first question, and answers the next.
    struct Tripping(AtomicU32);

    #[async_trait]
    impl TaskApi for Tripping {
        fn batch_max(&self) -> usize {
            1
        }

        async fn submit(&self, _tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
            Ok(HashMap::new())
        }

        async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
            assert!(self.0.fetch_add(1, Ordering::SeqCst) > 0, "a bug");
            let success = TaskSuccess { video_uuid: None, video_url: None, cost_usd: None };
            Ok(tasks.iter().map(|task| (*task, Observed::Succeeded(success.clone()))).collect())
        }

        async fn recall(&self, _task: TaskUuid) -> Outcome<Recalled> {
            Ok(Recalled::Nothing)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_in_one_question_does_not_end_the_schedule() {
        let second = Duration::from_secs(1);
        let settings = PollSettings { first_delay: None, interval_min: second, interval_max: second };
        let api = Arc::new(Tripping(AtomicU32::new(0)));
        let poller = Poller::start(api, settings, Suspension::default(), Arc::new(NoObserver));
        let watch = Watch {
            task_uuid: TaskUuid::derive(&["t"]),
            job_id: JobId::parse("j").expect("an id"),
            index: 0,
            kind: VideoKind { model: "m".to_owned(), duration_s: 5 },
            resumed: false,
            progress: watch::channel(None).0,
        };
        let ended = tokio::time::timeout(Duration::from_secs(60), poller.ended(watch)).await;
        assert!(ended.is_ok_and(|ended| ended.is_ok()));
    }
}
