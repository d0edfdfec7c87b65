//! Everything that the emulator remembers, behind one lock.
//!
//! No holder of the lock waits for anything: it reads or writes values and lets go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::scenario::Scenario;
use super::session::Sessions;
use super::tasks::TaskTable;

/// What is remembered. Pure: time comes in as a parameter.
pub(super) struct State {
    /// What became of each task.
    pub(super) tasks: TaskTable,
    /// How the provider is to behave.
    pub(super) scenario: Scenario,
    /// Who talks over a WebSocket, or did a moment ago.
    pub(super) sessions: Sessions,
}

impl State {
    /// Nothing submitted yet. No task looks further along than `render_time` allows.
    pub(super) fn new(render_time: Duration, scenario: Scenario) -> Self {
        Self { tasks: TaskTable::new(render_time), scenario, sessions: Sessions::default() }
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
