//! The submitter: gathers the submissions of all jobs into few calls, at a pace that the provider can bear.
//!
//! A submission on its way is kept even when the job that asked for it goes away meanwhile (parked, cancelled): the job's
//! next life finds out by asking. One that still waits for its call is dropped: a job whose deadline passed in line must
//! not be bought after it was announced as failed.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use tracing::{Instrument, Span, debug};

use super::spans;
use super::suspension::{Side, Suspension};
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::TaskUuid;
use crate::job::pacing::SubmitPace;
use crate::ports::{ErrorFamily, Submission, Submitted, TaskApi};

/// Calls under way at once. The vendor advises a steady 2 to 4; more meets its queue limits sooner.
const CALLS_AT_ONCE: u32 = 3;

/// Submissions waiting for the gatherer. Jobs beyond that wait in line themselves.
const QUEUE: usize = 256;

/// What became of a submission: the answer about its task, or a fault of the call that many tasks may share.
pub(super) type Answer = Result<Submitted, Arc<Fault>>;

/// The gatherer, which ends when this is dropped.
pub(super) struct Submitter {
    queue: mpsc::Sender<Request>,
}

/// Whether a task left for the provider. Of sending it and taking it back exactly one comes first.
#[derive(Debug, Clone, Default)]
pub(super) struct Ticket(Arc<AtomicU8>);

impl Ticket {
    const WAITING: u8 = 0;
    const SENT: u8 = 1;
    const WITHDRAWN: u8 = 2;

    /// Takes the task back. `true`: it was never sent, and never will be.
    pub(super) fn withdraw(&self) -> bool {
        self.turn_to(Ticket::WITHDRAWN)
    }

    /// Before every call with the task. `false`: it was taken back.
    fn send(&self) -> bool {
        self.turn_to(Ticket::SENT)
    }

    fn turn_to(&self, next: u8) -> bool {
        let was = self.0.compare_exchange(Ticket::WAITING, next, Ordering::SeqCst, Ordering::SeqCst);
        was.is_ok() || was == Err(next)
    }
}

struct Request {
    submission: Submission,
    ticket: Ticket,
    /// Sent in a call of its own, so that the whole answer is about this task.
    alone: bool,
    answer: oneshot::Sender<Answer>,
    span: Span,
}

impl Submitter {
    /// Starts the gatherer.
    pub(super) fn start(api: Arc<dyn TaskApi>, gather: Duration, suspension: Suspension) -> Submitter {
        let (queue, requests) = mpsc::channel(QUEUE);
        let pace = Mutex::new(SubmitPace::new(api.batch_max()));
        let line = Arc::new(Line { api, suspension, pace, began: Instant::now() });
        tokio::spawn(gather_and_send(line, gather, requests));
        Submitter { queue }
    }

    /// Submits one task, together with others unless `alone`.
    pub(super) async fn submit(&self, submission: Submission, alone: bool, ticket: Ticket) -> Answer {
        let (answer, answered) = oneshot::channel();
        let gone = |_| Arc::new(Fault::new(FaultKind::Ambiguous, "submitting a task: its answer was lost on the way"));
        let request = Request { submission, ticket, alone, answer, span: spans::current() };
        if self.queue.send(request).await.is_err() {
            return Err(gone(()));
        }
        answered.await.unwrap_or_else(|_| Err(gone(())))
    }
}

/// The one line in which all submissions of a worker stand.
struct Line {
    api: Arc<dyn TaskApi>,
    suspension: Suspension,
    pace: Mutex<SubmitPace>,
    began: Instant,
}

impl Line {
    fn pace(&self) -> MutexGuard<'_, SubmitPace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a call may begin, and takes its place. At less than full speed calls do not overlap.
    async fn turn(&self, calls: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        let at_once = if self.pace().is_full() { 1 } else { CALLS_AT_ONCE };
        let call = calls.clone().acquire_many_owned(at_once).await.ok()?;
        loop {
            let next_call = self.began + self.pace().next_call();
            if Instant::now() >= next_call {
                return Some(call);
            }
            tokio::time::sleep_until(next_call).await;
        }
    }

    async fn send(&self, batch: Vec<Request>) {
        let called = self.began.elapsed();
        self.pace().called(called);
        let submissions: Vec<Submission> = batch.iter().map(|request| request.submission.clone()).collect();
        let callers: Vec<Span> = batch.iter().map(|request| request.span.clone()).collect();
        let call = spans::of_call(&callers);
        spans::link_back(&callers, &call);
        let outcome = self.api.submit(&submissions).instrument(call).await;
        drop(callers);
        self.heed(&outcome, called);
        let outcome = outcome.map_err(Arc::new);
        for request in batch {
            let answer = match &outcome {
                Ok(answers) => Ok(answers.get(&request.submission.task_uuid).cloned().unwrap_or(Submitted::Unclear)),
                Err(fault) => Err(fault.clone()),
            };
            // A job that no longer waits asks the provider in its next life.
            let _ = request.answer.send(answer);
        }
    }

    /// Learns from an answer how fast to go on, and whether the provider is there.
    fn heed(&self, outcome: &Outcome<HashMap<TaskUuid, Submitted>>, called: Duration) {
        let after = match outcome {
            Ok(answers) if answers.values().any(|answer| refused_as(answer, ErrorFamily::RateLimit)) => Some(None),
            Err(Fault { kind: FaultKind::Throttled { after }, .. }) => Some(*after),
            Ok(_) | Err(_) => None,
        };
        match after {
            Some(after) => {
                let mut pace = self.pace();
                pace.throttled(called, self.began.elapsed(), after);
                debug!(tasks_per_call = pace.tasks_per_call(), "asked to slow down");
            }
            None if outcome.is_ok() => self.pace().went_well(),
            None => {}
        }
        match outcome {
            // Answers with nothing but the provider's own trouble are no better than none.
            Ok(answers)
                if !answers.is_empty() && answers.values().all(|answer| refused_as(answer, ErrorFamily::Server)) =>
            {
                let trouble = Fault::new(FaultKind::Unavailable, "submitting tasks: the provider's own trouble");
                self.suspension.note(Side::Submissions, Some(&trouble));
            }
            Ok(_) => self.suspension.note(Side::Submissions, None),
            Err(fault) => self.suspension.note(Side::Submissions, Some(fault)),
        }
    }
}

fn refused_as(answer: &Submitted, family: ErrorFamily) -> bool {
    match answer {
        Submitted::Refused(refusal) => refusal.family == family,
        Submitted::Accepted | Submitted::Conflict | Submitted::Unclear => false,
    }
}

async fn gather_and_send(line: Arc<Line>, gather: Duration, mut requests: mpsc::Receiver<Request>) {
    let calls = Arc::new(Semaphore::new(CALLS_AT_ONCE as usize));
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Some(first) = requests.recv().await else { return };
            waiting.push_back(first);
        }
        let Some(call) = line.turn(&calls).await else { return };
        let most = line.pace().tasks_per_call();
        let window = tokio::time::sleep(gather);
        tokio::pin!(window);
        while waiting.len() < most && !waiting.front().is_some_and(|first: &Request| first.alone) {
            tokio::select! {
                // In order everywhere, not by chance: a simulated history must go the same way again.
                biased;
                next = requests.recv() => match next {
                    Some(next) => waiting.push_back(next),
                    None => break,
                },
                () = &mut window => break,
            }
        }
        let batch = next_batch(&mut waiting, most);
        if batch.is_empty() {
            continue;
        }
        let line = line.clone();
        tokio::spawn(async move {
            line.send(batch).await;
            drop(call);
        });
    }
}

/// Takes the tasks of the next call out of the line. Those that nobody waits for any more are dropped. A task that two
/// lives of a job want is never twice in one call: the provider tells repeats from the calls before.
fn next_batch(waiting: &mut VecDeque<Request>, most: usize) -> Vec<Request> {
    waiting.retain(|request| !request.answer.is_closed());
    let alone = waiting.front().is_some_and(|first| first.alone);
    let most = if alone { 1 } else { most };
    let mut batch = Vec::new();
    let mut rest = VecDeque::new();
    for request in waiting.drain(..) {
        let task_uuid = request.submission.task_uuid;
        let twice = batch.iter().any(|other: &Request| other.submission.task_uuid == task_uuid);
        let fits = batch.len() < most && request.alone == alone && !twice;
        if !fits {
            rest.push_back(request);
        } else if request.ticket.send() {
            batch.push(request);
        }
    }
    *waiting = rest;
    batch
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use serde_json::Map;

    use super::*;
    use crate::job::ids::PresignedUrl;
    use crate::ports::{Observed, Recalled};

    /// Accepts everything and remembers it.
    #[derive(Default)]
    struct Accepting(Mutex<Vec<Vec<TaskUuid>>>);

    #[async_trait]
    impl TaskApi for Accepting {
        fn batch_max(&self) -> usize {
            10
        }

        async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
            let mut seen = self.0.lock().expect("no holder panics");
            seen.push(tasks.iter().map(|task| task.task_uuid).collect());
            Ok(tasks.iter().map(|task| (task.task_uuid, Submitted::Accepted)).collect())
        }

        async fn observe(&self, _tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
            Ok(HashMap::new())
        }

        async fn recall(&self, _task: TaskUuid) -> Outcome<Recalled> {
            Ok(Recalled::Nothing)
        }
    }

    fn submission(name: &str) -> Submission {
        let upload = PresignedUrl::new("memory://slot".to_owned());
        Submission { task_uuid: TaskUuid::derive(&[name]), fields: Map::new(), upload }
    }

    #[tokio::test(start_paused = true)]
    async fn what_its_job_gave_up_in_line_is_not_bought() {
        let api = Arc::new(Accepting::default());
        let submitter = Submitter::start(api.clone(), Duration::from_secs(1), Suspension::default());
        let late = submitter.submit(submission("late"), false, Ticket::default());
        assert!(tokio::time::timeout(Duration::from_millis(100), late).await.is_err());
        let answer = submitter.submit(submission("in time"), false, Ticket::default()).await;
        assert!(matches!(answer, Ok(Submitted::Accepted)));
        assert_eq!(*api.0.lock().expect("no holder panics"), [[TaskUuid::derive(&["in time"])]]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_two_lives_of_a_job_want_is_never_twice_in_one_call() {
        let api = Arc::new(Accepting::default());
        let submitter = Submitter::start(api.clone(), Duration::from_secs(1), Suspension::default());
        let lives = ["same", "same", "other"];
        let submitted = lives.map(|name| submitter.submit(submission(name), false, Ticket::default()));
        futures_util::future::join_all(submitted).await;
        let [same, other] = ["same", "other"].map(|name| TaskUuid::derive(&[name]));
        assert_eq!(*api.0.lock().expect("no holder panics"), [vec![same, other], vec![same]]);
    }
}
