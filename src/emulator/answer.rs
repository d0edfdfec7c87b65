//! Answers one POST from what is remembered: the vendor's behaviour without sockets, clocks or renders.
//!
//! What has to be done about it comes back as a value: the tasks that were accepted and must be rendered.

use axum::http::StatusCode;
use jiff::Timestamp;

use super::batch::{self, Call};
use super::errors::ApiError;
use super::request::VideoRequest;
use super::scenario::Subject;
use super::scenario::switches::Behaviour;
use super::state::State;
use super::wire::{Item, Reply};

/// The reply to a POST, and the work it started.
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

/// Answers `body`, sent with `bearer` as the key of its header. `right_key` is the only key taken; without it any is.
pub(super) fn answer(
    state: &mut State,
    body: &[u8],
    bearer: Option<&str>,
    right_key: Option<&str>,
    now: Timestamp,
) -> Answer {
    let batch = match batch::read(body) {
        Ok(batch) => batch,
        Err(error) => return Answer { reply: Reply::of_error(error), accepted: Vec::new() },
    };
    if let Err(error) = authenticate(bearer.or(batch.api_key.as_deref()), right_key) {
        return Answer { reply: Reply::of_error(error), accepted: Vec::new() };
    }
    let mut answer = Answer::default();
    for call in batch.calls {
        answer.perform(call, state, now);
    }
    answer
}

fn authenticate(key: Option<&str>, right_key: Option<&str>) -> Result<(), ApiError> {
    let refused = |code, message| {
        Err(ApiError::new(StatusCode::UNAUTHORIZED, code, message)
            .about("apiKey")
            .of_task(Some("authentication"), None))
    };
    match (key, right_key) {
        (None, _) => refused("missingApiKey", "No API key was sent."),
        (Some(key), Some(right)) if key != right => refused("invalidApiKey", "The API key is not valid."),
        (Some(""), None) => refused("invalidApiKey", "The API key is empty."),
        (Some(_), _) => Ok(()),
    }
}

impl Answer {
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
            Call::Refused { task: Some(id), errors, sent } => reply.refuse(state.tasks.refuse(now, &id, errors, sent)),
            Call::Refused { task: None, errors, .. } => reply.refuse(errors),
        }
    }
}
