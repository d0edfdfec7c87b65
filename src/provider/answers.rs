//! Answers: what a reply says about the tasks we asked about, matched by UUID and never by position.
//!
//! Where a reply contradicts itself, the reading wins that cannot lead to a second purchase: an acknowledgement over a
//! conflict, a conflict over an unclear fate, that over a refusal; a video over a failure, a failure over progress.

use std::collections::{HashMap, HashSet};

use super::wire::{About, ErrorItem, Reply, State};
use crate::job::ids::TaskUuid;
use crate::ports::{ErrorFamily, Observed, Recalled, Refusal, Submitted};

/// Why a reply holds no answer.
#[derive(Debug, PartialEq)]
pub(super) enum NoAnswer {
    /// It says nothing of our tasks at all.
    Silent,
    /// The call as a whole was refused.
    Refused(Refusal),
}

/// What became of submitted tasks. `status` is the HTTP status.
///
/// An error that names no task is about the call. Of a call with a single task it is that task's refusal, where its
/// family says that the request was looked into and refused; of a call with several it cannot be told whose it is.
/// An error about us (key, credit, rate) that turned away every task is about the call, whatever tasks it names.
pub(super) fn submitted(
    asked: &[TaskUuid],
    status: u16,
    reply: Reply,
) -> Result<HashMap<TaskUuid, Submitted>, NoAnswer> {
    let ours: HashSet<TaskUuid> = asked.iter().copied().collect();
    let mut answers = HashMap::new();
    let mut about_the_call = Vec::new();
    for ErrorItem { about, refusal, .. } in reply.errors {
        match about {
            About::Task(task) if ours.contains(&task) => {
                keep_better(&mut answers, task, of_error(refusal), is_safer);
            }
            About::Call => about_the_call.push(refusal),
            About::Task(_) | About::Stranger => {}
        }
    }
    for task in reply.items.into_iter().filter_map(|item| item.task).filter(|task| ours.contains(task)) {
        keep_better(&mut answers, task, Submitted::Accepted, is_safer);
    }
    if let Some(refusal) = ours_alone(&answers, ours.len()) {
        return Err(NoAnswer::Refused(refusal));
    }
    if !answers.is_empty() {
        return Ok(answers);
    }
    let refusal = gravest(about_the_call).ok_or(NoAnswer::Silent)?;
    match asked {
        [task] if is_the_tasks_own(refusal.family, status) => Ok(HashMap::from([(*task, of_error(refusal))])),
        _ => Err(NoAnswer::Refused(refusal)),
    }
}

/// What an error of a submit means for its task. A server's failure or a time-out leaves open whether it was accepted.
fn of_error(refusal: Refusal) -> Submitted {
    match refusal.family {
        ErrorFamily::Conflict => Submitted::Conflict,
        ErrorFamily::Server | ErrorFamily::Timeout => Submitted::Unclear,
        ErrorFamily::Auth
        | ErrorFamily::Quota
        | ErrorFamily::RateLimit
        | ErrorFamily::Safety
        | ErrorFamily::Provider
        | ErrorFamily::NotFound
        | ErrorFamily::Validation
        | ErrorFamily::Unknown => Submitted::Refused(refusal),
    }
}

fn is_the_tasks_own(family: ErrorFamily, status: u16) -> bool {
    match family {
        ErrorFamily::Conflict | ErrorFamily::Safety | ErrorFamily::NotFound | ErrorFamily::Validation => true,
        ErrorFamily::Provider | ErrorFamily::Unknown => {
            (400..=499).contains(&status) && !matches!(status, 401..=403 | 429)
        }
        ErrorFamily::Auth
        | ErrorFamily::Quota
        | ErrorFamily::RateLimit
        | ErrorFamily::Server
        | ErrorFamily::Timeout => false,
    }
}

/// The error that turned every task away for what we are: then it is the call that was refused.
fn ours_alone(answers: &HashMap<TaskUuid, Submitted>, asked: usize) -> Option<Refusal> {
    let about_us = answers.values().filter_map(|answer| match answer {
        Submitted::Refused(refusal) if is_about_us(refusal.family) => Some(refusal),
        Submitted::Refused(_) | Submitted::Accepted | Submitted::Conflict | Submitted::Unclear => None,
    });
    let about_us: Vec<Refusal> = about_us.cloned().collect();
    if about_us.len() == asked { gravest(about_us) } else { None }
}

fn is_about_us(family: ErrorFamily) -> bool {
    match family {
        ErrorFamily::Auth | ErrorFamily::Quota | ErrorFamily::RateLimit => true,
        ErrorFamily::Safety
        | ErrorFamily::Timeout
        | ErrorFamily::Provider
        | ErrorFamily::Server
        | ErrorFamily::NotFound
        | ErrorFamily::Validation
        | ErrorFamily::Conflict
        | ErrorFamily::Unknown => false,
    }
}

fn is_safer(answer: &Submitted, kept: &Submitted) -> bool {
    let safety = |answer: &Submitted| match answer {
        Submitted::Accepted => 3,
        Submitted::Conflict => 2,
        Submitted::Unclear => 1,
        Submitted::Refused(_) => 0,
    };
    safety(answer) > safety(kept)
}

/// How tasks stand.
///
/// Errors about us (key, credit, rate) say nothing of the task they name. When the reply tells of other tasks, those
/// answers are kept and the named task stays unseen; when it tells of none, the error is the call's. An error that a
/// task is unknown proves nothing either.
pub(super) fn observed(asked: &[TaskUuid], reply: Reply) -> Result<HashMap<TaskUuid, Observed>, NoAnswer> {
    let ours: HashSet<TaskUuid> = asked.iter().copied().collect();
    let mut answers = HashMap::new();
    let mut about_the_call = Vec::new();
    let mut unknown_tasks = false;
    for ErrorItem { about, ended, refusal } in reply.errors {
        match (about, error_means(refusal.family, ended)) {
            (About::Task(task), ErrorMeans::TaskFailed) if ours.contains(&task) => {
                keep_better(&mut answers, task, Observed::Failed(refusal), is_further);
            }
            (About::Task(task), ErrorMeans::Nothing) => unknown_tasks |= ours.contains(&task),
            (About::Call, ErrorMeans::Nothing) => unknown_tasks = true,
            (About::Task(_) | About::Stranger, ErrorMeans::CallRefused)
            | (About::Call, ErrorMeans::CallRefused | ErrorMeans::TaskFailed) => about_the_call.push(refusal),
            (About::Task(_) | About::Stranger, ErrorMeans::TaskFailed) | (About::Stranger, ErrorMeans::Nothing) => {}
        }
    }
    for item in reply.items {
        if let Some(task) = item.task.filter(|task| ours.contains(task)) {
            let answer = match item.state {
                State::Running { progress } => Observed::Running { progress },
                State::Succeeded(success) => Observed::Succeeded(success),
            };
            keep_better(&mut answers, task, answer, is_further);
        }
    }
    match gravest(about_the_call) {
        Some(refusal) if answers.is_empty() => Err(NoAnswer::Refused(refusal)),
        None if answers.is_empty() && !unknown_tasks => Err(NoAnswer::Silent),
        Some(_) | None => Ok(answers),
    }
}

/// What an error in the answer to a question says.
enum ErrorMeans {
    /// The task ended badly.
    TaskFailed,
    /// The question was refused.
    CallRefused,
    /// Not even that the task is unknown.
    Nothing,
}

fn error_means(family: ErrorFamily, ended: bool) -> ErrorMeans {
    match family {
        ErrorFamily::Auth | ErrorFamily::Quota | ErrorFamily::RateLimit => ErrorMeans::CallRefused,
        ErrorFamily::NotFound => ErrorMeans::Nothing,
        // Without the status of an ended task it is the API that failed, not the task.
        ErrorFamily::Server if !ended => ErrorMeans::CallRefused,
        // Only a submission can conflict.
        ErrorFamily::Conflict => ErrorMeans::Nothing,
        ErrorFamily::Server
        | ErrorFamily::Safety
        | ErrorFamily::Timeout
        | ErrorFamily::Provider
        | ErrorFamily::Validation
        | ErrorFamily::Unknown => ErrorMeans::TaskFailed,
    }
}

/// Replies are cumulative and their order is not promised, so of several videos it is always the one with the smallest
/// name.
fn is_further(answer: &Observed, kept: &Observed) -> bool {
    if let (Observed::Succeeded(one), Observed::Succeeded(other)) = (answer, kept) {
        return one.video_uuid < other.video_uuid;
    }
    let progress = |answer: &Observed| match answer {
        Observed::Succeeded(_) => 3,
        Observed::Failed(_) => 2,
        Observed::Running { .. } => 1,
        Observed::Unseen => 0,
    };
    progress(answer) > progress(kept)
}

/// What the archive holds of a task. An archived refusal counts as well: it may be that of a repeat.
pub(super) fn recalled(asked: TaskUuid, reply: Reply) -> Result<Recalled, NoAnswer> {
    if reply.items.iter().any(|item| item.task == Some(asked) && item.archived) {
        return Ok(Recalled::Known);
    }
    let mut about_the_call = Vec::new();
    let mut unknown = !reply.items.is_empty();
    for ErrorItem { about, refusal, .. } in reply.errors {
        match (about, refusal.family) {
            (About::Task(_) | About::Stranger | About::Call, ErrorFamily::NotFound) => unknown = true,
            (About::Task(_) | About::Stranger | About::Call, _) => about_the_call.push(refusal),
        }
    }
    match gravest(about_the_call) {
        Some(refusal) => Err(NoAnswer::Refused(refusal)),
        None if unknown => Ok(Recalled::Nothing),
        None => Err(NoAnswer::Silent),
    }
}

fn keep_better<T>(answers: &mut HashMap<TaskUuid, T>, task: TaskUuid, answer: T, is_better: fn(&T, &T) -> bool) {
    if answers.get(&task).is_none_or(|kept| is_better(&answer, kept)) {
        answers.insert(task, answer);
    }
}

/// Of several errors about one call, the one whose consequences are the widest; the first of equals.
fn gravest(errors: Vec<Refusal>) -> Option<Refusal> {
    errors.into_iter().min_by_key(|error| match error.family {
        ErrorFamily::Server
        | ErrorFamily::Timeout
        | ErrorFamily::Provider
        | ErrorFamily::Unknown
        | ErrorFamily::Conflict => 0,
        ErrorFamily::Auth | ErrorFamily::Quota => 1,
        ErrorFamily::RateLimit => 2,
        ErrorFamily::Safety | ErrorFamily::NotFound | ErrorFamily::Validation => 3,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use serde_json::{Value, json};

    use super::{NoAnswer, observed, submitted};
    use crate::job::ids::TaskUuid;
    use crate::ports::{ErrorFamily, Observed, Submitted};
    use crate::provider::wire::Reply;

    const ONE: &str = "86e70d5b-f263-4e53-91ea-e82552155a19";
    const TWO: &str = "43c178fb-21ac-412f-bd55-41ff237dff22";
    const THREE: &str = "2f01f65c-c0bb-498f-aa6b-60bf7279f6bb";

    fn uuid(text: &str) -> TaskUuid {
        TaskUuid::parse(text).unwrap()
    }

    fn reply(body: Value) -> Reply {
        Reply::of(&body).unwrap()
    }

    fn refused_family<T: std::fmt::Debug>(answer: Result<T, NoAnswer>) -> ErrorFamily {
        match answer {
            Err(NoAnswer::Refused(refusal)) => refusal.family,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn a_contradictory_answer_is_read_so_that_nothing_is_bought_twice() {
        for (data, codes, expected) in [
            (true, vec!["invalidModel"], "accepted"),
            (true, vec!["conflictTaskUUID"], "accepted"),
            (false, vec!["invalidModel", "conflictTaskUUID"], "conflict"),
            (false, vec!["conflictTaskUUID", "invalidModel"], "conflict"),
            (false, vec!["invalidModel", "internalServerError"], "unclear"),
            (false, vec!["invalidModel"], "refused"),
        ] {
            let data = if data { json!([{"taskUUID": ONE}]) } else { json!([]) };
            let errors: Vec<Value> = codes.iter().map(|code| json!({"code": code, "taskUUID": ONE})).collect();
            let answers = submitted(&[uuid(ONE)], 400, reply(json!({"data": data, "errors": errors}))).unwrap();
            let found = match &answers[&uuid(ONE)] {
                Submitted::Accepted => "accepted",
                Submitted::Conflict => "conflict",
                Submitted::Unclear => "unclear",
                Submitted::Refused(_) => "refused",
            };
            assert_eq!(found, expected, "{codes:?}");
        }
    }

    #[test]
    fn an_error_about_us_keeps_to_its_task_while_others_fared_differently() {
        let body = json!({
            "data": [{"taskUUID": ONE}],
            "errors": [{"code": "insufficientCredits", "taskUUID": TWO}, {"code": "exceededRateLimit"}],
        });
        let answers = submitted(&[uuid(ONE), uuid(TWO), uuid(THREE)], 200, reply(body)).unwrap();
        assert_eq!(answers[&uuid(ONE)], Submitted::Accepted);
        assert!(matches!(&answers[&uuid(TWO)], Submitted::Refused(refusal) if refusal.family == ErrorFamily::Quota));
        assert_eq!(answers.get(&uuid(THREE)), None);
    }

    #[test]
    fn an_error_about_us_that_turned_every_task_away_is_about_the_call() {
        let body = json!({"errors": [
            {"code": "exceededRateLimit", "taskUUID": ONE}, {"code": "insufficientCredits", "taskUUID": TWO}
        ]});
        let tasks = [uuid(ONE), uuid(TWO)];
        assert_eq!(refused_family(submitted(&tasks, 429, reply(body))), ErrorFamily::Quota);
    }

    #[test]
    fn a_nameless_error_is_a_lone_tasks_own_only_where_it_was_looked_into() {
        for (code, status, own) in [
            ("invalidModel", 400, true),
            ("invalidModel", 500, true),
            ("conflictTaskUUID", 400, true),
            ("promptBlocked", 200, true),
            ("modelUnavailable", 400, true),
            ("modelUnavailable", 500, false),
            ("neverSeen", 422, true),
            ("neverSeen", 200, false),
            ("neverSeen", 403, false),
            ("neverSeen", 429, false),
            ("internalServerError", 400, false),
            ("providerTimeout", 504, false),
            ("invalidApiKey", 400, false),
        ] {
            let answer = submitted(&[uuid(ONE)], status, reply(json!({"errors": [{"code": code}]})));
            assert_eq!(answer.is_ok(), own, "{code} under {status}");
        }
    }

    #[test]
    fn every_word_of_waiting_is_running() {
        for status in ["processing", "pending", "queued", "waiting", "scheduled", "PROCESSING", "neverSeen"] {
            let body = json!({"data": [{"taskUUID": ONE, "status": status}]});
            let answers = observed(&[uuid(ONE)], reply(body)).unwrap();
            assert_eq!(answers[&uuid(ONE)], Observed::Running { progress: None }, "{status}");
        }
    }

    #[test]
    fn of_several_videos_the_one_with_the_smallest_name_is_taken_in_any_order() {
        let video = |name: &str| json!({"taskUUID": ONE, "status": "success", "videoUUID": name});
        for data in [json!([video("b"), video("a"), video("c")]), json!([video("c"), video("b"), video("a")])] {
            let answers = observed(&[uuid(ONE)], reply(json!({"data": data}))).unwrap();
            assert!(
                matches!(&answers[&uuid(ONE)], Observed::Succeeded(video) if video.video_uuid.as_deref() == Some("a"))
            );
        }
    }

    #[test]
    fn an_error_about_us_while_polling_is_never_a_tasks_failure() {
        for code in ["invalidApiKey", "insufficientCredits", "exceededRateLimit"] {
            let error = json!({"code": code, "taskUUID": ONE, "status": "error"});
            let alone = observed(&[uuid(ONE)], reply(json!({"errors": [error.clone()]})));
            assert!(matches!(alone, Err(NoAnswer::Refused(_))), "{code}");
            let body = json!({"errors": [error], "data": [{"taskUUID": TWO, "status": "processing"}]});
            let answers = observed(&[uuid(ONE), uuid(TWO)], reply(body)).unwrap();
            assert_eq!((answers.get(&uuid(ONE)), answers.len()), (None, 1), "{code}");
        }
    }

    #[test]
    fn an_unknown_task_is_unseen_and_proves_nothing() {
        for error in [json!({"code": "taskNotFound", "taskUUID": ONE}), json!({"code": "taskFailedOrNotFound"})] {
            assert!(observed(&[uuid(ONE)], reply(json!({"errors": [error]}))).unwrap().is_empty());
        }
        assert_eq!(observed(&[uuid(ONE)], reply(json!({"data": []}))), Err(NoAnswer::Silent));
    }

    #[test]
    fn a_server_failure_ends_a_task_only_when_it_says_so() {
        let ended = json!({"errors": [{"code": "internalServerError", "taskUUID": ONE, "status": "error"}]});
        let answers = observed(&[uuid(ONE)], reply(ended)).unwrap();
        assert!(matches!(&answers[&uuid(ONE)], Observed::Failed(_)));
        let failed = json!({"errors": [{"code": "internalServerError", "taskUUID": ONE}]});
        assert_eq!(refused_family(observed(&[uuid(ONE)], reply(failed))), ErrorFamily::Server);
    }
}
