//! Everything that the emulator remembers, behind one lock.
//!
//! No holder of the lock waits for anything: it reads or writes values and lets go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::account::{self, Account};
use super::errors::ApiError;
use super::request::VideoRequest;
use super::scenario::Scenario;
use super::scenario::switches::Behaviour;
use super::task;
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
    /// the account: who replays a task after an answer that was lost has to learn that it was bought.
    pub(super) fn submit(
        &mut self,
        now: Timestamp,
        request: &VideoRequest,
        behaviour: &Behaviour,
        sent: Value,
    ) -> Result<Item, Vec<ApiError>> {
        let price_micro_usd = task::price_micro_usd(request);
        if !self.account.covers(price_micro_usd) {
            return Err(self.tasks.refuse(now, &request.id, vec![account::no_credit(&request.id)], sent));
        }
        let item = self.tasks.submit(now, request, behaviour, sent).map_err(|error| vec![error])?;
        self.account.charge(now, price_micro_usd);
        Ok(item)
    }

    /// Ends a task without further results and gives back what they would have cost. Returns what polls tell of it from
    /// now on, if the task is known.
    pub(super) fn fail(&mut self, now: Timestamp, task: Uuid, error: ApiError) -> Option<ApiError> {
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
