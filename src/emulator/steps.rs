//! Tasks that somebody moves forward by hand, with `pace=stepped`.
//!
//! The vendor has nothing like it. A stepped task waits before everything that a client could notice: each render, each
//! upload, each result that is told, each call of the webhook, and a failure that the scenario has for it. One step lets
//! it do one of these. What it has done so far is what it would have done by itself; only time stands still in between.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use super::request::TaskId;
use super::scenario::values::Pace;
use super::task::Run;

/// How long a step waits for tasks that are at work, before and after: longer than rendering a small video takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a stepped task does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Render a result.
    Render,
    /// PUT a result to `uploadEndpoint`.
    Upload,
    /// Tell a result in polls.
    Finish,
    /// Call `webhookURL`.
    Webhook,
    /// Fail as the scenario has it.
    Fail,
}

/// Where a stepped task stands, as told by `/_emulator/step`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    /// As the client wrote it.
    #[serde(rename = "taskUUID")]
    pub task_uuid: String,
    /// What this step let it do, if there was one.
    pub did: Option<Step>,
    /// What it waits to do. Nothing when it is at work still, or at its end.
    pub next: Option<Step>,
    /// Whether nothing more will happen to it.
    pub is_done: bool,
}

/// All stepped tasks that are not at their end.
#[derive(Default)]
pub(super) struct Steps {
    tasks: Mutex<Vec<Standing>>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Clone)]
struct Standing {
    run: Run,
    id: TaskId,
    /// What it waits to do; nothing while it is at work.
    next: Option<Step>,
}

/// The way of one task. A task of automatic pace is never held up on it.
pub(super) struct Walk {
    run: Run,
    steps: Option<Arc<Steps>>,
}

impl Steps {
    /// The way of a task that was just accepted.
    pub(super) fn walk(self: &Arc<Self>, run: Run, id: &TaskId, pace: Pace) -> Walk {
        let steps = match pace {
            Pace::Automatic => None,
            Pace::Stepped => {
                self.lock().push(Standing { run, id: id.clone(), next: None });
                Some(Arc::clone(self))
            }
        };
        Walk { run, steps }
    }

    /// Lets one task or all of them do what they wait for, and tells where they stand then. Tasks that are at work are
    /// waited for, before and after. Nothing comes back when there is no such task.
    pub(super) async fn step(&self, task: Option<Uuid>) -> Vec<StepReport> {
        let is_meant = |standing: &Standing| task.is_none_or(|task| standing.run.uuid == task);
        self.settle(is_meant).await;
        let mut walked: Vec<Standing> = Vec::new();
        for standing in self.lock().iter_mut().filter(|standing| is_meant(standing)) {
            walked.push(standing.clone());
            standing.next = None;
        }
        self.changed.send_replace(());
        self.settle(|standing| walked.iter().any(|before| before.run == standing.run)).await;
        let now = self.lock().clone();
        walked
            .into_iter()
            .map(|before| {
                let after = now.iter().find(|standing| standing.run == before.run);
                StepReport {
                    task_uuid: before.id.text,
                    did: before.next,
                    next: after.and_then(|standing| standing.next),
                    is_done: after.is_none(),
                }
            })
            .collect()
    }

    /// Where every stepped task stands.
    pub(super) fn report(&self) -> Vec<StepReport> {
        let report = |standing: &Standing| StepReport {
            task_uuid: standing.id.text.clone(),
            did: None,
            next: standing.next,
            is_done: false,
        };
        self.lock().iter().map(report).collect()
    }

    /// Waits until none of these tasks is at work, or patience ends.
    async fn settle(&self, is_meant: impl Fn(&Standing) -> bool) {
        let mut changes = self.changed.subscribe();
        let settled = changes.wait_for(|()| self.lock().iter().all(|task| task.next.is_some() || !is_meant(task)));
        if tokio::time::timeout(PATIENCE, settled).await.is_err() {
            tracing::warn!("a step did not wait for all tasks that are at work");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Standing>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Walk {
    /// Waits until the task may do this.
    pub(super) async fn before(&self, step: Step) {
        let Some(steps) = &self.steps else { return };
        let mut changes = steps.changed.subscribe();
        self.stand(steps, step);
        let is_free = |task: &Standing| task.run != self.run || task.next.is_none();
        // The sender is in `steps` and cannot be gone.
        let _ = changes.wait_for(|()| steps.lock().iter().all(is_free)).await;
    }

    /// Whether somebody moves the task by hand.
    pub(super) fn is_stepped(&self) -> bool {
        self.steps.is_some()
    }

    fn stand(&self, steps: &Steps, step: Step) {
        if let Some(task) = steps.lock().iter_mut().find(|task| task.run == self.run) {
            task.next = Some(step);
        }
        steps.changed.send_replace(());
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        if let Some(steps) = &self.steps {
            steps.lock().retain(|task| task.run != self.run);
            steps.changed.send_replace(());
        }
    }
}
