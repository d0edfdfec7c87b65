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
        Ok(tasks.iter().map(|task| (*task, success())).collect())
    }

    async fn recall(&self, _task: TaskUuid) -> Outcome<Recalled> {
        Ok(Recalled::Nothing)
    }
}

fn watched(name: &str) -> Watch {
    Watch {
        task_uuid: TaskUuid::derive(&[name]),
        job_id: JobId::parse("j").expect("an id"),
        index: 0,
        kind: VideoKind { model: "m".to_owned(), duration_s: 5 },
        resumed: false,
        progress: watch::channel(None).0,
        span: tracing::Span::none(),
    }
}

fn success() -> Observed {
    Observed::Succeeded(TaskSuccess::default())
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_question_does_not_end_the_schedule() {
    let second = Duration::from_secs(1);
    let settings = PollSettings { first_delay: None, interval_min: second, interval_max: second };
    let api = Arc::new(Tripping(AtomicU32::new(0)));
    let poller = Poller::start(api, settings, Suspension::default(), Arc::new(NoObserver));
    let watch = watched("t");
    let ended = tokio::time::timeout(Duration::from_secs(60), poller.ended(watch)).await;
    assert!(ended.is_ok_and(|ended| ended.is_ok()));
}

/// Takes a minute for every call about `slow`, and answers any other at once.
struct Slow(TaskUuid);

#[async_trait]
impl TaskApi for Slow {
    fn batch_max(&self) -> usize {
        1
    }

    async fn submit(&self, _tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        Ok(HashMap::new())
    }

    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        if tasks.contains(&self.0) {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        Ok(tasks.iter().map(|task| (*task, success())).collect())
    }

    async fn recall(&self, _task: TaskUuid) -> Outcome<Recalled> {
        Ok(Recalled::Nothing)
    }
}

#[tokio::test(start_paused = true)]
async fn no_question_waits_for_the_answer_to_another() {
    let second = Duration::from_secs(1);
    let settings = PollSettings { first_delay: None, interval_min: second, interval_max: second };
    let slow = Arc::new(Slow(TaskUuid::derive(&["slow"])));
    let poller = Poller::start(slow, settings, Suspension::default(), Arc::new(NoObserver));
    let began = Instant::now();
    let (_, elapsed) = tokio::join!(poller.ended(watched("slow")), async {
        for name in ["a", "b", "c"] {
            assert!(poller.ended(watched(name)).await.is_ok());
            assert_eq!(poller.ask(TaskUuid::derive(&[name])).await, success());
        }
        began.elapsed()
    });
    assert!(elapsed < second * 10, "{elapsed:?}");
    assert!(began.elapsed() >= second * 60);
}

/// Refuses every call about more than one task.
struct Narrow;

#[async_trait]
impl TaskApi for Narrow {
    fn batch_max(&self) -> usize {
        50
    }

    async fn submit(&self, _tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        Ok(HashMap::new())
    }

    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        if tasks.len() > 1 {
            return Err(Fault::new(FaultKind::Rejected { code: "arrayTooLarge".to_owned() }, "too many tasks"));
        }
        Ok(tasks.iter().map(|task| (*task, success())).collect())
    }

    async fn recall(&self, _task: TaskUuid) -> Outcome<Recalled> {
        Ok(Recalled::Nothing)
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_takes_fewer_tasks_in_a_call_is_asked_for_fewer() {
    let second = Duration::from_secs(1);
    let settings = PollSettings { first_delay: None, interval_min: second, interval_max: second };
    let poller = Poller::start(Arc::new(Narrow), settings, Suspension::default(), Arc::new(NoObserver));
    let all = futures_util::future::join_all((0..20).map(|number| poller.ended(watched(&number.to_string()))));
    let ended = tokio::time::timeout(Duration::from_secs(300), all).await.expect("all end");
    assert!(ended.iter().all(Result::is_ok));
}
