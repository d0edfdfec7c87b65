//! A provider in memory, for simulations under paused time.
//!
//! It keeps the promises that the real one is known to keep, and no others: a task is accepted once per UUID and any
//! repeat is a conflict; an unknown task and one not yet visible look alike; a finished task uploads to the URL it was
//! submitted with and then answers `success`. What went wrong on purpose is scripted, call by call or task by task, and
//! what happened is counted, so that a test can tell that nothing was bought twice.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use landfall::job::fault::{Fault, FaultKind, Outcome};
use landfall::job::ids::{PresignedUrl, ResultUrl, TaskUuid};
use landfall::ports::{ErrorFamily, Observed, Recalled, Refusal, Submission, Submitted, TaskApi, TaskSuccess};
use tokio::time::Instant;

/// Puts a finished video where the URL says, as the provider's uploader would.
pub(crate) type Upload = Arc<dyn Fn(PresignedUrl, Bytes) -> BoxFuture<'static, ()> + Send + Sync>;

/// How the provider behaves when nothing is scripted.
#[derive(Clone)]
pub(crate) struct MemoryOptions {
    /// Most tasks in one call.
    pub(crate) batch_max: usize,
    /// How long every task takes at least.
    pub(crate) render_base: Duration,
    /// How much longer it takes for every second of video.
    pub(crate) render_per_second: Duration,
    /// How long a task stays invisible after it was accepted.
    pub(crate) visible_after: Duration,
    /// US dollars for every second of video.
    pub(crate) usd_per_second: f64,
    /// Most tasks that are taken in a minute; a call that would exceed them is throttled as a whole.
    pub(crate) tasks_per_minute: Option<u32>,
    /// The bytes of a task's video.
    pub(crate) video: Arc<dyn Fn(&Submission) -> Bytes + Send + Sync>,
    /// What goes wrong with a task that nothing else is scripted for.
    pub(crate) script: Arc<dyn Fn(TaskUuid) -> Option<TaskScript> + Send + Sync>,
}

impl Default for MemoryOptions {
    /// Batches of 50; 20 s and 10 s for every second of video; visible at once; 0.03 USD a second; videos that name
    /// their task.
    fn default() -> MemoryOptions {
        MemoryOptions {
            batch_max: 50,
            render_base: Duration::from_secs(20),
            render_per_second: Duration::from_secs(10),
            visible_after: Duration::ZERO,
            usd_per_second: 0.03,
            tasks_per_minute: None,
            video: Arc::new(|task| Bytes::from(format!("video of {}", task.task_uuid))),
            script: Arc::new(|_| None),
        }
    }
}

/// The calls of the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    /// [`TaskApi::submit`].
    Submit,
    /// [`TaskApi::observe`].
    Observe,
    /// [`TaskApi::recall`].
    Recall,
}

/// What goes wrong with a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TaskScript {
    /// It is refused and costs nothing.
    Refuse(Refusal),
    /// It is accepted, takes its time, and fails.
    Fail(Refusal),
    /// It succeeds, and nothing is uploaded.
    SkipUpload,
    /// It succeeds, and an empty object is uploaded.
    UploadNothing,
    /// It succeeds, and the first half of its video is uploaded.
    UploadCut,
    /// It succeeds, and the upload comes so much later.
    UploadLate(Duration),
    /// It succeeds, and so much later these bytes are uploaded to the same place.
    UploadAgain(Duration, Bytes),
    /// It is accepted, billed, and never heard of again.
    Lose,
}

/// What happened to a task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TaskCounts {
    /// How often it was in a submission that took effect.
    pub(crate) submissions: u32,
    /// How often it was accepted and billed.
    pub(crate) purchases: u32,
    /// How often something was uploaded for it.
    pub(crate) uploads: u32,
}

/// The provider. Clones share everything.
#[derive(Clone)]
pub(crate) struct MemoryProvider {
    options: MemoryOptions,
    upload: Upload,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    tasks: HashMap<TaskUuid, Task>,
    counts: HashMap<TaskUuid, TaskCounts>,
    calls: HashMap<Call, u32>,
    faults: HashMap<Call, VecDeque<ScriptedFault>>,
    standing_faults: HashMap<Call, FaultKind>,
    /// When the tasks of the last minute were taken.
    taken: VecDeque<Instant>,
    throttled: u32,
    scripts: HashMap<TaskUuid, TaskScript>,
    next_scripts: VecDeque<TaskScript>,
}

struct Task {
    accepted_at: Instant,
    ready_at: Instant,
    cost_usd: f64,
    end: End,
}

enum End {
    Rendering,
    Ended(Observed),
    Lost,
}

struct ScriptedFault {
    kind: FaultKind,
    took_effect: bool,
}

impl MemoryProvider {
    /// A provider that uploads through `upload`.
    pub(crate) fn new(options: MemoryOptions, upload: Upload) -> MemoryProvider {
        MemoryProvider { options, upload, state: Arc::default() }
    }

    /// Makes the next call of this kind fail; whether it took effect all the same is the caller's secret. Several
    /// faults of one kind are used up in order.
    pub(crate) fn fail_next(&self, call: Call, kind: FaultKind, took_effect: bool) {
        self.state().faults.entry(call).or_default().push_back(ScriptedFault { kind, took_effect });
    }

    /// Makes these calls fail, without effect, until [`mend`](MemoryProvider::mend).
    pub(crate) fn fail(&self, calls: &[Call], kind: &FaultKind) {
        self.state().standing_faults.extend(calls.iter().map(|call| (*call, kind.clone())));
    }

    /// Ends all failing.
    pub(crate) fn mend(&self) {
        let mut state = self.state();
        state.standing_faults.clear();
        state.faults.clear();
    }

    /// How often a call exceeded `tasks_per_minute`.
    pub(crate) fn throttled(&self) -> u32 {
        self.state().throttled
    }

    /// Scripts the next task that is accepted or refused for the first time and has no script of its own.
    pub(crate) fn script_next(&self, script: TaskScript) {
        self.state().next_scripts.push_back(script);
    }

    /// Scripts one task.
    pub(crate) fn script(&self, task: TaskUuid, script: TaskScript) {
        self.state().scripts.insert(task, script);
    }

    /// Forgets a task, as after a long time: its UUID can be bought again.
    pub(crate) fn forget(&self, task: TaskUuid) {
        self.state().tasks.remove(&task);
    }

    /// How often this call was made.
    pub(crate) fn calls(&self, call: Call) -> u32 {
        self.state().calls.get(&call).copied().unwrap_or_default()
    }

    /// What happened to a task.
    pub(crate) fn counts(&self, task: TaskUuid) -> TaskCounts {
        self.state().counts.get(&task).copied().unwrap_or_default()
    }

    /// What happened to every task that was ever submitted.
    pub(crate) fn all_counts(&self) -> HashMap<TaskUuid, TaskCounts> {
        self.state().counts.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call and carries it out, unless a scripted fault keeps it from taking effect.
    fn call<T>(&self, call: Call, effect: impl FnOnce(&mut State) -> T) -> Outcome<T> {
        let mut state = self.state();
        *state.calls.entry(call).or_default() += 1;
        if let Some(kind) = state.standing_faults.get(&call) {
            return Err(Fault::new(kind.clone(), format!("a scripted {call:?}")));
        }
        match state.faults.get_mut(&call).and_then(VecDeque::pop_front) {
            None => Ok(effect(&mut state)),
            Some(ScriptedFault { kind, took_effect }) => {
                if took_effect {
                    effect(&mut state);
                }
                Err(Fault::new(kind, format!("a scripted {call:?}")))
            }
        }
    }

    /// Refuses a call of so many tasks if it is too much for one minute.
    fn limit(&self, tasks: usize) -> Outcome<()> {
        let Some(most) = self.options.tasks_per_minute else { return Ok(()) };
        let now = Instant::now();
        let mut state = self.state();
        state.taken.retain(|taken| now.duration_since(*taken) < Duration::from_secs(60));
        if state.taken.len() + tasks > most as usize {
            state.throttled += 1;
            return Err(Fault::new(FaultKind::Throttled { after: None }, "submitting too much in a minute"));
        }
        state.taken.extend((0..tasks).map(|_| now));
        Ok(())
    }

    fn take(&self, state: &mut State, submission: &Submission) -> Submitted {
        let task_uuid = submission.task_uuid;
        state.counts.entry(task_uuid).or_default().submissions += 1;
        if state.tasks.contains_key(&task_uuid) {
            return Submitted::Conflict;
        }
        let scripted = state.scripts.remove(&task_uuid).or_else(|| state.next_scripts.pop_front());
        let script = scripted.or_else(|| (self.options.script)(task_uuid));
        if let Some(TaskScript::Refuse(refusal)) = script {
            return Submitted::Refused(refusal);
        }
        let accepted_at = Instant::now();
        let seconds = submission.fields.get("duration").and_then(serde_json::Value::as_f64).unwrap_or(30.0);
        let ready_at = accepted_at + self.options.render_base + self.options.render_per_second.mul_f64(seconds);
        let lost = script == Some(TaskScript::Lose);
        let end = if lost { End::Lost } else { End::Rendering };
        let cost_usd = seconds * self.options.usd_per_second;
        state.tasks.insert(task_uuid, Task { accepted_at, ready_at, cost_usd, end });
        state.counts.entry(task_uuid).or_default().purchases += 1;
        if !lost {
            tokio::spawn(self.clone().render(submission.clone(), script, ready_at));
        }
        Submitted::Accepted
    }

    /// The task's own life, whatever becomes of those who asked for it.
    async fn render(self, submission: Submission, script: Option<TaskScript>, ready_at: Instant) {
        tokio::time::sleep_until(ready_at).await;
        let task_uuid = submission.task_uuid;
        let video = (self.options.video)(&submission);
        let again = if let Some(TaskScript::UploadAgain(after, bytes)) = &script {
            Some((*after, bytes.clone()))
        } else {
            None
        };
        let (bytes, late) = match script {
            Some(TaskScript::Fail(refusal)) => return self.end(task_uuid, Observed::Failed(refusal)),
            Some(TaskScript::SkipUpload | TaskScript::Lose | TaskScript::Refuse(_)) => (None, Duration::ZERO),
            Some(TaskScript::UploadNothing) => (Some(Bytes::new()), Duration::ZERO),
            Some(TaskScript::UploadCut) => (Some(video.slice(..video.len() / 2)), Duration::ZERO),
            Some(TaskScript::UploadLate(late)) => (Some(video), late),
            Some(TaskScript::UploadAgain(..)) | None => (Some(video), Duration::ZERO),
        };
        let success = self.success(task_uuid);
        let Some(bytes) = bytes else {
            return self.end(task_uuid, success);
        };
        if late.is_zero() {
            self.put(task_uuid, submission.upload.clone(), bytes).await;
            self.end(task_uuid, success);
            if let Some((after, bytes)) = again {
                tokio::time::sleep(after).await;
                self.put(task_uuid, submission.upload, bytes).await;
            }
        } else {
            self.end(task_uuid, success);
            tokio::time::sleep(late).await;
            self.put(task_uuid, submission.upload, bytes).await;
        }
    }

    async fn put(&self, task_uuid: TaskUuid, upload: PresignedUrl, bytes: Bytes) {
        (self.upload)(upload, bytes).await;
        self.state().counts.entry(task_uuid).or_default().uploads += 1;
    }

    fn end(&self, task_uuid: TaskUuid, outcome: Observed) {
        if let Some(task) = self.state().tasks.get_mut(&task_uuid) {
            task.end = End::Ended(outcome);
        }
    }

    fn success(&self, task_uuid: TaskUuid) -> Observed {
        let cost_usd = self.state().tasks.get(&task_uuid).map(|task| task.cost_usd);
        Observed::Succeeded(TaskSuccess {
            video_uuid: Some(format!("video-{task_uuid}")),
            video_url: ResultUrl::parse(&format!("https://vm.runware.ai/video/{task_uuid}.mp4")).ok(),
            cost_usd,
        })
    }

    fn see(&self, task: &Task) -> Observed {
        let age = task.accepted_at.elapsed();
        match &task.end {
            End::Lost => Observed::Unseen,
            End::Ended(outcome) => outcome.clone(),
            End::Rendering if age < self.options.visible_after => Observed::Unseen,
            End::Rendering => {
                let whole = task.ready_at.duration_since(task.accepted_at).as_millis().max(1);
                let percent = u8::try_from(age.as_millis() * 100 / whole).unwrap_or(100);
                Observed::Running { progress: Some(percent.min(99)) }
            }
        }
    }
}

#[async_trait]
impl TaskApi for MemoryProvider {
    fn batch_max(&self) -> usize {
        self.options.batch_max
    }

    async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        assert!(tasks.len() <= self.options.batch_max, "{} tasks in one call", tasks.len());
        self.limit(tasks.len())?;
        self.call(Call::Submit, |state| tasks.iter().map(|task| (task.task_uuid, self.take(state, task))).collect())
    }

    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        assert!(tasks.len() <= self.options.batch_max, "{} tasks in one call", tasks.len());
        self.call(Call::Observe, |state| {
            let known = tasks.iter().filter_map(|uuid| Some((*uuid, self.see(state.tasks.get(uuid)?))));
            // Like the real one, it says nothing of a task that cannot be seen.
            known.filter(|(_, seen)| *seen != Observed::Unseen).collect()
        })
    }

    async fn recall(&self, task: TaskUuid) -> Outcome<Recalled> {
        self.call(Call::Recall, |state| match state.tasks.get(&task).map(|task| &task.end) {
            Some(End::Rendering | End::Ended(_)) => Recalled::Known,
            Some(End::Lost) | None => Recalled::Nothing,
        })
    }
}

/// An error of a family, for scripts.
pub(crate) fn refusal(family: ErrorFamily, code: &str) -> Refusal {
    Refusal { family, code: code.to_owned(), message: "scripted".to_owned(), parameters: Vec::new() }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::future::BoxFuture;
    use landfall::job::fault::FaultKind;
    use landfall::job::ids::{PresignedUrl, TaskUuid};
    use landfall::ports::{ErrorFamily, Observed, Recalled, Submission, Submitted, TaskApi};
    use serde_json::json;

    use super::{Call, MemoryOptions, MemoryProvider, TaskCounts, TaskScript, refusal};

    type Landed = Arc<Mutex<Vec<(String, Bytes)>>>;

    fn provider(options: MemoryOptions) -> (MemoryProvider, Landed) {
        let landed = Landed::default();
        let bucket = Arc::clone(&landed);
        let upload = move |url: PresignedUrl, bytes: Bytes| {
            bucket.lock().unwrap().push((url.expose().to_owned(), bytes));
            Box::pin(std::future::ready(())) as BoxFuture<'static, ()>
        };
        (MemoryProvider::new(options, Arc::new(upload)), landed)
    }

    fn task(name: &str) -> Submission {
        Submission {
            task_uuid: TaskUuid::derive(&[name]),
            fields: json!({"duration": 10}).as_object().unwrap().clone(),
            upload: PresignedUrl::new(format!("memory://{name}")),
        }
    }

    async fn submit(provider: &MemoryProvider, task: &Submission) -> Submitted {
        provider.submit(std::slice::from_ref(task)).await.unwrap().remove(&task.task_uuid).unwrap()
    }

    async fn observe(provider: &MemoryProvider, task: &Submission) -> Observed {
        provider.observe(&[task.task_uuid]).await.unwrap().remove(&task.task_uuid).unwrap_or(Observed::Unseen)
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_runs_for_a_time_that_depends_on_its_duration_and_uploads_before_it_succeeds() {
        let (provider, landed) = provider(MemoryOptions::default());
        let task = task("a");
        assert_eq!(submit(&provider, &task).await, Submitted::Accepted);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(observe(&provider, &task).await, Observed::Running { progress: Some(50) });
        assert!(landed.lock().unwrap().is_empty());
        tokio::time::sleep(Duration::from_secs(61)).await;
        assert!(
            matches!(observe(&provider, &task).await, Observed::Succeeded(success) if success.cost_usd == Some(0.3))
        );
        let video = Bytes::from(format!("video of {}", task.task_uuid));
        assert_eq!(*landed.lock().unwrap(), [("memory://a".to_owned(), video)]);
        assert_eq!(provider.counts(task.task_uuid), TaskCounts { submissions: 1, purchases: 1, uploads: 1 });
    }

    #[tokio::test(start_paused = true)]
    async fn a_used_uuid_is_a_conflict_until_it_is_forgotten() {
        let (provider, _landed) = provider(MemoryOptions::default());
        let task = task("a");
        assert_eq!(submit(&provider, &task).await, Submitted::Accepted);
        assert_eq!(submit(&provider, &task).await, Submitted::Conflict);
        provider.forget(task.task_uuid);
        assert_eq!(submit(&provider, &task).await, Submitted::Accepted);
        assert_eq!(provider.all_counts()[&task.task_uuid], TaskCounts { submissions: 3, purchases: 2, uploads: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn a_scripted_fault_takes_effect_or_not_as_told() {
        let (provider, _landed) = provider(MemoryOptions::default());
        let task = task("a");
        provider.fail_next(Call::Submit, FaultKind::NotSent, false);
        provider.fail_next(Call::Submit, FaultKind::Ambiguous, true);
        for (kind, purchases) in [(FaultKind::NotSent, 0), (FaultKind::Ambiguous, 1)] {
            let fault = provider.submit(std::slice::from_ref(&task)).await.unwrap_err();
            assert_eq!((fault.kind, provider.counts(task.task_uuid).purchases), (kind, purchases));
        }
        assert_eq!(submit(&provider, &task).await, Submitted::Conflict);
        assert_eq!(provider.calls(Call::Submit), 3);
        assert_eq!(provider.recall(task.task_uuid).await.unwrap(), Recalled::Known);
    }

    #[tokio::test(start_paused = true)]
    async fn tasks_go_wrong_as_scripted() {
        let (provider, landed) = provider(MemoryOptions::default());
        let blocked = refusal(ErrorFamily::Safety, "promptBlocked");
        let broke = refusal(ErrorFamily::Provider, "providerError");
        provider.script(task("late").task_uuid, TaskScript::UploadLate(Duration::from_secs(5)));
        for script in [
            TaskScript::Refuse(blocked.clone()),
            TaskScript::Fail(broke.clone()),
            TaskScript::SkipUpload,
            TaskScript::UploadNothing,
            TaskScript::Lose,
        ] {
            provider.script_next(script);
        }
        assert_eq!(submit(&provider, &task("late")).await, Submitted::Accepted);
        assert_eq!(submit(&provider, &task("refused")).await, Submitted::Refused(blocked));
        for name in ["failed", "skipped", "empty", "lost"] {
            assert_eq!(submit(&provider, &task(name)).await, Submitted::Accepted);
        }
        tokio::time::sleep(Duration::from_secs(121)).await;
        assert_eq!(observe(&provider, &task("failed")).await, Observed::Failed(broke));
        for name in ["late", "skipped", "empty"] {
            assert!(matches!(observe(&provider, &task(name)).await, Observed::Succeeded(_)), "{name}");
        }
        assert_eq!(observe(&provider, &task("lost")).await, Observed::Unseen);
        assert_eq!(observe(&provider, &task("refused")).await, Observed::Unseen);
        assert_eq!(*landed.lock().unwrap(), [("memory://empty".to_owned(), Bytes::new())]);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(landed.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_may_stay_invisible_for_a_while() {
        let visible_after = Duration::from_secs(3);
        let (provider, _landed) = provider(MemoryOptions { visible_after, ..MemoryOptions::default() });
        let task = task("a");
        submit(&provider, &task).await;
        assert_eq!(observe(&provider, &task).await, Observed::Unseen);
        tokio::time::sleep(visible_after).await;
        assert!(matches!(observe(&provider, &task).await, Observed::Running { .. }));
    }
}
