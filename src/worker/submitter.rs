//! The submitter: gathers the submissions of all jobs into few calls.
//!
//! A submission on its way is kept even when the job that asked for it goes away meanwhile (parked, cancelled): the job's
//! next life finds out by asking. One that still waits for its call is dropped: a job whose deadline passed in line must
//! not be bought after it was announced as failed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::job::fault::{Fault, FaultKind};
use crate::ports::{Submission, Submitted, TaskApi};

/// Calls under way at once. The vendor advises a steady 2 to 4; more meets its queue limits sooner.
const CALLS_AT_ONCE: usize = 3;

/// Submissions waiting for the gatherer. Jobs beyond that wait in line themselves.
const QUEUE: usize = 256;

/// What became of a submission: the answer about its task, or a fault of the call that many tasks may share.
pub(super) type Answer = Result<Submitted, Arc<Fault>>;

/// The gatherer, which ends when this is dropped.
pub(super) struct Submitter {
    queue: mpsc::Sender<Request>,
}

struct Request {
    submission: Submission,
    /// Sent in a call of its own, so that the whole answer is about this task.
    alone: bool,
    answer: oneshot::Sender<Answer>,
}

impl Submitter {
    /// Starts the gatherer.
    pub(super) fn start(api: Arc<dyn TaskApi>, gather: Duration) -> Submitter {
        let (queue, requests) = mpsc::channel(QUEUE);
        tokio::spawn(gather_and_send(api, gather, requests));
        Submitter { queue }
    }

    /// Submits one task, together with others unless `alone`.
    pub(super) async fn submit(&self, submission: Submission, alone: bool) -> Answer {
        let (answer, answered) = oneshot::channel();
        let gone = |_| Arc::new(Fault::new(FaultKind::Ambiguous, "submitting a task: its answer was lost on the way"));
        if self.queue.send(Request { submission, alone, answer }).await.is_err() {
            return Err(gone(()));
        }
        answered.await.unwrap_or_else(|_| Err(gone(())))
    }
}

async fn gather_and_send(api: Arc<dyn TaskApi>, gather: Duration, mut requests: mpsc::Receiver<Request>) {
    let calls = Arc::new(Semaphore::new(CALLS_AT_ONCE));
    while let Some(first) = requests.recv().await {
        let mut batch = vec![first];
        let mut single = Vec::new();
        let window = tokio::time::sleep(gather);
        tokio::pin!(window);
        while !batch[0].alone && batch.len() < api.batch_max() {
            tokio::select! {
                // In order everywhere, not by chance: a simulated history must go the same way again.
                biased;
                next = requests.recv() => match next {
                    Some(next) if next.alone => single.push(vec![next]),
                    Some(next) => batch.push(next),
                    None => break,
                },
                () = &mut window => break,
            }
        }
        single.push(batch);
        for batch in single {
            let Ok(call) = calls.clone().acquire_owned().await else { return };
            let api = api.clone();
            tokio::spawn(async move {
                send(&*api, batch).await;
                drop(call);
            });
        }
    }
}

async fn send(api: &dyn TaskApi, mut batch: Vec<Request>) {
    batch.retain(|request| !request.answer.is_closed());
    if batch.is_empty() {
        return;
    }
    let submissions: Vec<Submission> = batch.iter().map(|request| request.submission.clone()).collect();
    let outcome = api.submit(&submissions).await.map_err(Arc::new);
    for request in batch {
        let answer = match &outcome {
            Ok(answers) => Ok(answers.get(&request.submission.task_uuid).cloned().unwrap_or(Submitted::Unclear)),
            Err(fault) => Err(fault.clone()),
        };
        // A job that no longer waits asks the provider in its next life.
        let _ = request.answer.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use async_trait::async_trait;
    use serde_json::Map;

    use super::*;
    use crate::job::fault::Outcome;
    use crate::job::ids::{PresignedUrl, TaskUuid};
    use crate::ports::{Observed, Recalled};

    /// Accepts everything and remembers it.
    #[derive(Default)]
    struct Accepting(Mutex<Vec<TaskUuid>>);

    #[async_trait]
    impl TaskApi for Accepting {
        fn batch_max(&self) -> usize {
            10
        }

        async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
            let mut seen = self.0.lock().expect("no holder panics");
            seen.extend(tasks.iter().map(|task| task.task_uuid));
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
        let submitter = Submitter::start(api.clone(), Duration::from_secs(1));
        let late = submitter.submit(submission("late"), false);
        assert!(tokio::time::timeout(Duration::from_millis(100), late).await.is_err());
        let answer = submitter.submit(submission("in time"), false).await;
        assert!(matches!(answer, Ok(Submitted::Accepted)));
        assert_eq!(*api.0.lock().expect("no holder panics"), [TaskUuid::derive(&["in time"])]);
    }
}
