//! Answers calls from what is remembered: the vendor's behaviour without sockets, clocks or renders.
//!
//! What has to be done about it comes back as a value: the tasks that were accepted and must be rendered. Both transports
//! end here; they differ in who proves when who they are, and in how many calls are answered together.

use axum::http::StatusCode;
use jiff::Timestamp;

use super::batch::{self, Call};
use super::errors::ApiError;
use super::request::VideoRequest;
use super::scenario::Subject;
use super::scenario::switches::Behaviour;
use super::state::State;
use super::wire::{Item, Reply};

/// The reply to some calls, and the work they started.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) accepted: Vec<Accepted>,
}

/// A task that was accepted, and how it is to be carried out.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) request: VideoRequest,
    pub(super) behaviour: Behaviour,
}

/// Answers the body of a POST, sent with `bearer` as the key of its header. `right_key` is the only key taken; without it
/// any is.
pub(super) fn answer(
    state: &mut State,
    body: &[u8],
    bearer: Option<&str>,
    right_key: Option<&str>,
    now: Timestamp,
) -> Answer {
    let batch = match batch::read(body) {
        Ok(batch) => batch,
        Err(error) => return Answer::of_error(error),
    };
    let key = batch.authentication.as_ref().map(|authentication| authentication.api_key.as_str());
    match authenticate(bearer.or(key), right_key) {
        Ok(()) => answer_calls(state, batch.calls, now),
        Err(error) => Answer::of_error(error),
    }
}

/// Answers calls of a client that is known, in one reply.
pub(super) fn answer_calls(state: &mut State, calls: impl IntoIterator<Item = Call>, now: Timestamp) -> Answer {
    let mut answer = Answer::default();
    for call in calls {
        answer.perform(call, state, now);
    }
    answer
}

/// Takes a key, or says why not. `right_key` is the only one taken; without it any is that is not empty.
pub(super) fn authenticate(key: Option<&str>, right_key: Option<&str>) -> Result<(), ApiError> {
    match (key, right_key) {
        (None, _) => Err(missing_key()),
        (Some(key), Some(right)) if key != right => Err(unauthorized("invalidApiKey", "The API key is not valid.")),
        (Some(""), None) => Err(unauthorized("invalidApiKey", "The API key is empty.")),
        (Some(_), _) => Ok(()),
    }
}

/// What somebody is told who did not authenticate.
pub(super) fn missing_key() -> ApiError {
    unauthorized("missingApiKey", "No API key was sent.")
}

fn unauthorized(code: &str, message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, message).about("apiKey").of_task(Some("authentication"), None)
}

impl Answer {
    /// An answer that is one error.
    pub(super) fn of_error(error: ApiError) -> Self {
        Self { reply: Reply::of_error(error), accepted: Vec::new() }
    }

    fn perform(&mut self, call: Call, state: &mut State, now: Timestamp) {
        let reply = &mut self.reply;
        match call {
            Call::Ping => reply.answer([Item::pong()]),
            Call::GetResponse(id) => {
                let (items, failure) = state.tasks.poll(id.uuid, now);
                reply.answer(items);
                reply.refuse(failure);
            }
            Call::GetTaskDetails(id) => match state.tasks.details(&id, now) {
                Ok(item) => reply.answer([item]),
                Err(error) => reply.refuse([error]),
            },
            Call::AccountDetails(id) => reply.answer([state.account.details(&id, now)]),
            Call::Submit { request, sent } => {
                let subject = Subject { uuid: request.id.uuid, sent: sent.as_object(), marker: Some(&request.marker) };
                let behaviour = state.scenario.task(subject);
                match state.submit(now, &request, &behaviour, sent) {
                    Ok(item) => {
                        reply.answer([item]);
                        self.accepted.push(Accepted { request: *request, behaviour });
                    }
                    Err(errors) => reply.refuse(errors),
                }
            }
            Call::Refused { task: Some(id), errors, sent } => reply.refuse(state.tasks.refuse(&id, errors, sent)),
            Call::Refused { task: None, errors, .. } => reply.refuse(errors),
        }
    }
}
