//! Everything that the emulator remembers, behind one lock.
//!
//! No holder of the lock waits for anything: it reads or writes values and lets go.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::account::{self, Account};
use super::answer::Accepted;
use super::avatars;
use super::errors::ApiError;
use super::journal::Journal;
use super::media::MediaStorage;
use super::picture;
use super::record::{Change, Saved, written};
use super::request::{self, Input, Picture, VideoRequest};
use super::scenario::switches::Behaviour;
use super::scenario::values::{Fate, Sizes};
use super::scenario::{Scenario, Subject};
use super::session::Sessions;
use super::task::{self, Run};
use super::tasks::TaskTable;
use super::wire::Item;

/// What is remembered. Pure: time comes in as a parameter.
pub(super) struct State {
    /// What became of each task.
    pub(super) tasks: TaskTable,
    /// How the provider is to behave.
    pub(super) scenario: Scenario,
    /// Who talks over a WebSocket, or did a moment ago.
    pub(super) sessions: Sessions,
    /// Who pays.
    pub(super) account: Account,
    /// Pictures that were uploaded.
    pub(super) media: MediaStorage,
    /// Whether only listed presets are taken.
    pub(super) strict_avatars: bool,
}

impl State {
    /// Nothing submitted yet. No task looks further along than `render_time` allows.
    pub(super) fn new(render_time: Duration, scenario: Scenario) -> Self {
        Self {
            tasks: TaskTable::new(render_time),
            scenario,
            sessions: Sessions::default(),
            account: Account::default(),
            media: MediaStorage::default(),
            strict_avatars: false,
        }
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
        if let Some(error) = self.refusal_of_input(request).or_else(|| self.refusal_of_size(request, sent)) {
            return Err(self.tasks.refuse(now, &request.id, vec![error], sent.clone()));
        }
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
                Some(Accepted { run, request: request.clone(), behaviour, accepted_at: now, already: 0 })
            }
            Fate::Lost => None,
        };
        Ok((item, accepted))
    }

    /// What changed since the last time and has to be written down. Whatever costs or gives back money changes a task.
    fn take_changes(&mut self) -> Vec<Change> {
        let mut changes = self.tasks.take_changes();
        if !changes.is_empty() {
            changes.push(Change::Account(written(&self.account)));
        }
        changes.extend(self.media.take_changes());
        changes
    }

    /// Takes up what was written down, and returns the tasks that somebody still has to work on. The error is for people.
    pub(super) fn restore(&mut self, mut saved: Saved) -> Result<Vec<Accepted>, String> {
        self.tasks.restore(&mut saved)?;
        if let Some(account) = saved.account {
            self.account = account;
        }
        self.media.restore(saved.pictures)?;
        let under_way = self.tasks.under_way().into_iter().map(|(run, task)| Accepted {
            run,
            request: task.request.clone(),
            behaviour: task.behaviour.clone(),
            accepted_at: task.accepted_at,
            already: u32::try_from(task.results.len()).unwrap_or(u32::MAX),
        });
        Ok(under_way.collect())
    }

    /// What is wrong with an input as far as it depends on more than the request.
    fn refusal_of_input(&self, request: &VideoRequest) -> Option<ApiError> {
        match &request.input {
            Input::Image(Picture::Stored(uuid)) if self.media.find(*uuid).is_none() => {
                Some(picture::not_stored(&request.id))
            }
            Input::Avatar(name) if self.strict_avatars && !avatars::PRESETS.contains(&name.as_str()) => {
                Some(avatars::unknown(&request.id))
            }
            Input::Chosen | Input::Avatar(_) | Input::Image(_) => None,
        }
    }

    /// What is wrong with the size that was asked for, as the scenario has it. A request has it made even already.
    fn refusal_of_size(&self, request: &VideoRequest, sent: &Value) -> Option<ApiError> {
        let side = |name: &str| sent.get(name)?.as_u64();
        let is_supported = match (self.scenario.habits().sizes, side("width").zip(side("height"))) {
            (Sizes::Any, _) | (Sizes::Family, None) => true,
            (Sizes::Family, Some(size)) => request::FAMILY_SIZES_PX.contains(&size),
        };
        (!is_supported).then(|| request::unsupported_size(&request.id))
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
pub(super) struct SharedState(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    journal: Option<Journal>,
}

impl SharedState {
    /// Puts `state` behind a lock. What changes is written to `journal`, if there is one.
    pub(super) fn new(mut state: State, journal: Option<Journal>) -> Self {
        if journal.is_some() {
            state.tasks.note_changes();
            state.media.note_changes();
        }
        Self(Arc::new(Shared { state: Mutex::new(state), journal }))
    }

    /// Waits for the lock. A holder that panicked left values behind that are still whole: each change is one statement.
    pub(super) fn lock(&self) -> Locked<'_> {
        let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        Locked { state, journal: self.0.journal.as_ref() }
    }

    /// Waits until everything that was changed so far would survive a crash. Before that nobody is answered.
    pub(super) async fn written(&self) {
        if let Some(journal) = &self.0.journal {
            journal.written().await;
        }
    }

    /// Writes down what has changed so far, and nothing more.
    pub(super) fn close(&self) {
        if let Some(journal) = &self.0.journal {
            journal.close();
        }
    }
}

/// The state, while nobody else has it. What was changed is appended to the journal before others see it, so that the
/// journal has it in the order in which it happened.
pub(super) struct Locked<'a> {
    state: MutexGuard<'a, State>,
    journal: Option<&'a Journal>,
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let Some(journal) = self.journal else { return };
        let changes = self.state.take_changes();
        if !changes.is_empty() {
            journal.append(changes);
        }
    }
}

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}
