//! Everything that the emulator remembers, behind one lock.
//!
//! No holder of the lock waits for anything: it reads or writes values and lets go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::account::{self, Account};
use super::answer::Accepted;
use super::errors::ApiError;
use super::request::VideoRequest;
use super::scenario::switches::Behaviour;
use super::scenario::values::Fate;
use super::scenario::{Scenario, Subject};
use super::task::{self, Run};
use super::tasks::TaskTable;
use super::wire::Item;

/// What is remembered. Pure: time comes in as a parameter.
pub(super) struct State {
    /// What became of each task.
    pub(super) tasks: TaskTable,
    /// How the provider is to behave.
    pub(super) scenario: Scenario,
    /// Who pays.
    pub(super) account: Account,
}

impl State {
    /// Nothing submitted yet. No task looks further along than `render_time` allows.
    pub(super) fn new(render_time: Duration, scenario: Scenario) -> Self {
        Self { tasks: TaskTable::new(render_time), scenario, account: Account::default() }
    }

    /// Accepts a checked task and takes the money for it, or says why not. A used UUID is a conflict whatever is left on
    /// the account: who replays a task after an answer that was lost has to learn that it was bought. What comes back is
    /// to be worked on, unless the task is lost.
    pub(super) fn submit(
        &mut self,
        now: Timestamp,
        request: &VideoRequest,
        sent: &Value,
    ) -> Result<(Item, Option<Accepted>), Vec<ApiError>> {
        let price_micro_usd = task::price_micro_usd(request);
        if !self.account.covers(price_micro_usd) {
            let error = account::no_credit(&request.id);
            return Err(self.tasks.refuse(now, &request.id, vec![error], sent.clone()));
        }
        let mut behaviour = Behaviour::default();
        let submitted = self.tasks.submit(now, request, sent.clone(), || {
            behaviour = self.scenario.task(Subject::of(request, sent));
            behaviour.clone()
        });
        let (run, item) = submitted.map_err(|error| vec![error])?;
        let accepted = match behaviour.fate {
            Fate::Kept => {
                self.account.charge(now, price_micro_usd);
                Some(Accepted { run, request: request.clone(), behaviour })
            }
            Fate::Lost => None,
        };
        Ok((item, accepted))
    }

    /// Ends a task without further results and gives back what they would have cost. Returns what polls tell of it from
    /// now on, if the task is known.
    pub(super) fn fail(&mut self, now: Timestamp, task: Run, error: ApiError) -> Option<ApiError> {
        let (error, credit_micro_usd) = self.tasks.fail(now, task, error)?;
        self.account.credit(now, credit_micro_usd);
        Some(error)
    }
}

/// A handle to the state; clones share it.
#[derive(Clone)]
pub(super) struct SharedState(Arc<Mutex<State>>);

impl SharedState {
    /// Puts `state` behind a lock.
    pub(super) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// Waits for the lock. A holder that panicked left values behind that are still whole: each change is one statement.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
