//! Answers one POST from the table of tasks: the vendor's behaviour without sockets, clocks or renders.
//!
//! What has to be done about it comes back as a value: the tasks that were accepted and must be rendered.

use axum::http::StatusCode;
use jiff::Timestamp;

use super::batch::{self, Call};
use super::errors::ApiError;
use super::request::VideoRequest;
use super::tasks::TaskTable;
use super::wire::{Item, Reply};

/// The reply to a POST, and the work it started.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) accepted: Vec<VideoRequest>,
}

/// Answers `body`, sent with `bearer` as the key of its header. `right_key` is the only key taken; without it any is.
pub(super) fn answer(
    table: &mut TaskTable,
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
        answer.perform(call, table, now);
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
    fn perform(&mut self, call: Call, table: &mut TaskTable, now: Timestamp) {
        let reply = &mut self.reply;
        match call {
            Call::Ping => reply.answer([Item::pong()]),
            Call::GetResponse(id) => {
                let (items, failure) = table.poll(id.uuid, now);
                reply.answer(items);
                reply.refuse(failure);
            }
            Call::GetTaskDetails(id) => match table.details(&id, now) {
                Ok(item) => reply.answer([item]),
                Err(error) => reply.refuse([error]),
            },
            Call::Submit { request, sent } => match table.submit(now, &request, sent) {
                Ok(item) => {
                    reply.answer([item]);
                    self.accepted.push(*request);
                }
                Err(error) => reply.refuse([error]),
            },
            Call::Refused { task: Some(id), errors, sent } => reply.refuse(table.refuse(&id, errors, sent)),
            Call::Refused { task: None, errors, .. } => reply.refuse(errors),
        }
    }
}
