//! Answers calls from what is remembered: the vendor's behaviour without sockets, clocks or renders.
//!
//! What has to be done about it comes back as a value: the tasks that were accepted and must be rendered, and the fault
//! that the answer meets on its way. Both transports end here; they differ in who proves when who they are, and in how many
//! calls are answered together.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::account;
use super::batch::{self, Batch, Call};
use super::catalogue;
use super::errors::ApiError;
use super::faults::{self, Outcome};
use super::media::{self, Order, Upload};
use super::request::{self, VideoRequest};
use super::scenario::switches::Behaviour;
use super::scenario::values::{Acceptance, CallFault, Limit, MixedStatus, UnknownTask};
use super::scenario::{self, CallPlan, Habits, Subject};
use super::state::State;
use super::task::Run;
use super::tasks::TaskTable;
use super::wire::{Item, Reply};

/// The reply to some calls, and the work they started.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) accepted: Vec<Accepted>,
    /// What is to be kept: each of them has an item or an error coming.
    pub(super) uploads: Vec<Upload>,
    /// What the reply meets on its way.
    pub(super) fault: CallFault,
    submissions: Submissions,
}

/// How the new tasks of a POST are answered.
#[derive(Default)]
struct Submissions {
    accepted: bool,
    refused: bool,
}

impl Submissions {
    fn are_mixed(&self) -> bool {
        self.accepted && self.refused
    }
}

/// A task that was accepted, and how it is to be carried out.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) run: Run,
    pub(super) request: VideoRequest,
    pub(super) behaviour: Behaviour,
    pub(super) accepted_at: Timestamp,
    /// Results that an earlier life of the emulator finished.
    pub(super) already: u32,
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
    let batch = match read(state, body) {
        Ok(batch) => batch,
        Err(error) => return Answer::of_error(error),
    };
    let key = batch.authentication.as_ref().map(|authentication| authentication.api_key.as_str());
    match authenticate(bearer.or(key), right_key) {
        Ok(()) => answer_calls(state, &batch.calls, now),
        Err(error) => Answer::of_error(error),
    }
}

/// Reads the body of a POST or a message over a WebSocket, if it is not larger than the scenario allows.
pub(super) fn read(state: &State, body: &[u8]) -> Result<Batch, ApiError> {
    let Habits { max_body, max_tasks, .. } = state.scenario.habits();
    if max_body.is_passed_by(body.len()) {
        return Err(too_large(max_body));
    }
    let batch = batch::read(body)?;
    if max_tasks.is_passed_by(batch.calls.len()) { Err(batch::too_many(max_tasks)) } else { Ok(batch) }
}

/// Answers calls of a client that is known, in one reply.
pub(super) fn answer_calls(state: &mut State, calls: &[Call], now: Timestamp) -> Answer {
    let habits = state.scenario.habits();
    let plan = met_by(calls, state);
    let mut answer = carried_out(calls, &plan, &habits, state, now);
    if let Some(code) = faults::ordered_code(&plan.fault) {
        answer.reply = Reply::within(habits.envelope);
        answer.reply.refuse(errors_about(calls, code));
        answer.uploads.clear();
    }
    Answer { fault: plan.fault, ..answer }
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

fn too_large(limit: Limit) -> ApiError {
    let message = format!("The body is larger than {limit} bytes.");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "invalidRequestSize", message)
}

/// What a POST meets. It has one answer and so meets one fault, whatever it mixes: the first that is ordered of those for
/// its submissions, its polls and its questions for details, in this order. The others are not used up.
fn met_by(calls: &[Call], state: &mut State) -> CallPlan {
    let mut plan = CallPlan::default();
    for kind in [scenario::Call::Submit, scenario::Call::Poll, scenario::Call::Details] {
        let tasks: Vec<Subject<'_>> = calls.iter().filter_map(|call| subject(call, kind, &state.tasks)).collect();
        if tasks.is_empty() || plan.fault != CallFault::None {
            continue;
        }
        let met = state.scenario.call(kind, &tasks);
        plan.fault = met.fault;
        if kind == scenario::Call::Submit {
            plan.acceptance = met.acceptance;
        }
    }
    plan
}

/// The task of a call, if the call is of this kind.
fn subject<'a>(call: &'a Call, kind: scenario::Call, tasks: &'a TaskTable) -> Option<Subject<'a>> {
    match (call, kind) {
        (Call::Submit { request, sent }, scenario::Call::Submit) => Some(Subject::of(request, sent)),
        (Call::Refused { task, sent, .. }, scenario::Call::Submit) if is_submission(sent) => Some(Subject {
            uuid: task.as_ref().map_or(Uuid::nil(), |id| id.uuid),
            sent: sent.as_object(),
            marker: None,
        }),
        (Call::GetResponse(id), scenario::Call::Poll) | (Call::GetTaskDetails(id), scenario::Call::Details) => {
            Some(tasks.subject(id.uuid))
        }
        (
            Call::Ping
            | Call::AccountDetails(_)
            | Call::MediaStorage(_)
            | Call::ModelSearch(_)
            | Call::GetResponse(_)
            | Call::GetTaskDetails(_)
            | Call::Submit { .. }
            | Call::Refused { .. },
            scenario::Call::Submit | scenario::Call::Poll | scenario::Call::Details,
        ) => None,
    }
}

fn is_submission(sent: &Value) -> bool {
    sent.get("taskType").and_then(Value::as_str) == Some(request::TASK_TYPE)
}

/// An error with this code about every task of a POST; one alone when it is about none of them.
fn errors_about(calls: &[Call], code: &str) -> Vec<ApiError> {
    let error = |task_type, uuid| ApiError::of_code(code, task_type, uuid);
    let mut errors: Vec<ApiError> = calls
        .iter()
        .filter_map(|call| match call {
            Call::Ping => None,
            Call::GetResponse(id) => Some(error(Some("getResponse"), Some(&id.text))),
            Call::AccountDetails(id) => Some(error(Some(account::TASK_TYPE), Some(&id.text))),
            Call::MediaStorage(Order::Upload(Upload { id, .. }) | Order::Delete { id, .. }) => {
                Some(error(Some(media::TASK_TYPE), Some(&id.text)))
            }
            Call::ModelSearch(query) => Some(error(Some(catalogue::TASK_TYPE), Some(&query.id.text))),
            Call::GetTaskDetails(id) => Some(error(Some("getTaskDetails"), Some(&id.text))),
            Call::Submit { request, .. } => Some(error(Some(request::TASK_TYPE), Some(&request.id.text))),
            Call::Refused { sent, .. } => {
                let text = |name| sent.get(name).and_then(Value::as_str);
                Some(error(text("taskType"), text("taskUUID")))
            }
        })
        .collect();
    if errors.iter().all(|error| !error.names_task()) {
        errors.truncate(1);
    }
    errors
}

/// What a POST does about its tasks.
#[derive(Debug, Clone, Copy)]
enum Effect<'a> {
    /// What its answer says.
    Plain,
    /// Nothing, but its answer says that it did.
    Pretended,
    /// Nothing, and its answer is this code.
    TurnedAway(&'a str),
}

fn carried_out(calls: &[Call], plan: &CallPlan, habits: &Habits, state: &mut State, now: Timestamp) -> Answer {
    let ordered_code = faults::ordered_code(&plan.fault);
    let (effect, rounds) = match (plan.acceptance, ordered_code) {
        (Acceptance::AsAnswered | Acceptance::Never, Some(code)) => (Effect::TurnedAway(code), 1),
        (Acceptance::Never, None) => (Effect::Pretended, 1),
        (Acceptance::AsAnswered, None) | (Acceptance::Always, _) => (Effect::Plain, 1),
        (Acceptance::Twice, _) => (Effect::Plain, 2),
    };
    let mut answer = Answer::default();
    for _ in 0..rounds {
        answer.reply = Reply::within(habits.envelope);
        answer.submissions = Submissions::default();
        answer.uploads.clear();
        for call in calls {
            answer.perform(call, effect, habits, state, now);
        }
    }
    if answer.submissions.are_mixed() {
        answer.reply.is_partial(match habits.mixed_status {
            MixedStatus::Ok => StatusCode::OK,
            MixedStatus::MultiStatus => StatusCode::MULTI_STATUS,
            MixedStatus::BadRequest => StatusCode::BAD_REQUEST,
        });
    }
    answer
}

impl Answer {
    /// An answer that is one error.
    pub(super) fn of_error(error: ApiError) -> Self {
        Self { reply: Reply::of_error(error), ..Self::default() }
    }

    /// An answer that is one item.
    pub(super) fn of_item(item: Item) -> Self {
        let mut reply = Reply::default();
        reply.answer([item]);
        Self { reply, ..Self::default() }
    }

    /// What becomes of the reply on its way.
    pub(super) fn outcome(self) -> Outcome {
        faults::outcome(self.reply, &self.fault)
    }

    fn perform(&mut self, call: &Call, effect: Effect<'_>, habits: &Habits, state: &mut State, now: Timestamp) {
        match (call, effect) {
            (Call::Submit { request, sent }, _) => self.submit(request, sent, effect, state, now),
            (Call::Refused { task: Some(id), sent, .. }, Effect::TurnedAway(code)) => {
                state.tasks.turn_away(now, id, code, sent.clone());
            }
            (_, Effect::TurnedAway(_)) => {}
            (Call::Refused { task, errors, sent }, Effect::Plain | Effect::Pretended) => {
                let errors = match task {
                    Some(id) => state.tasks.refuse(now, id, errors.clone(), sent.clone()),
                    None => errors.clone(),
                };
                self.submissions.refused |= is_submission(sent);
                self.reply.refuse(errors);
            }
            (Call::Ping, Effect::Plain | Effect::Pretended) => self.reply.answer([Item::pong()]),
            (Call::AccountDetails(id), Effect::Plain | Effect::Pretended) => {
                self.reply.answer([state.account.details(id, now)]);
            }
            (Call::ModelSearch(query), Effect::Plain | Effect::Pretended) => {
                self.reply.answer([catalogue::search(query)]);
            }
            (Call::MediaStorage(order), Effect::Plain | Effect::Pretended) => match order {
                Order::Upload(upload) => self.uploads.push(upload.clone()),
                Order::Delete { id, media } => match state.media.delete(id, *media) {
                    Ok(item) => self.reply.answer([item]),
                    Err(error) => self.reply.refuse([error]),
                },
            },
            (Call::GetResponse(id), Effect::Plain | Effect::Pretended) => {
                match (state.tasks.poll(id.uuid, now), habits.unknown_task) {
                    (Some((items, failure)), _) => {
                        self.reply.answer(items);
                        self.reply.refuse(failure);
                    }
                    (None, UnknownTask::Empty) => self.reply.answer([]),
                    (None, UnknownTask::NotFound) => {
                        self.reply.refuse([ApiError::of_code("taskNotFound", Some("getResponse"), Some(&id.text))]);
                    }
                }
            }
            (Call::GetTaskDetails(id), Effect::Plain | Effect::Pretended) => match state.tasks.details(id, now) {
                Ok(item) => self.reply.answer([item]),
                Err(error) => self.reply.refuse([error]),
            },
        }
    }

    fn submit(&mut self, request: &VideoRequest, sent: &Value, effect: Effect<'_>, state: &mut State, now: Timestamp) {
        let outcome = match effect {
            Effect::TurnedAway(code) => return state.tasks.turn_away(now, &request.id, code, sent.clone()),
            Effect::Pretended => state.tasks.pretend(now, &request.id, sent.clone()).map_err(|error| vec![error]),
            Effect::Plain => state.submit(now, request, sent).map(|(item, accepted)| {
                self.accepted.extend(accepted);
                item
            }),
        };
        match outcome {
            Ok(item) => {
                self.submissions.accepted = true;
                self.reply.answer([item]);
            }
            Err(errors) => {
                self.submissions.refused = true;
                self.reply.refuse(errors);
            }
        }
    }
}
