//! Checking the jobs of a file before any of them is sent, with the rules of the worker.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::reading::jobs_of;
use crate::job::control::{ControlMessage, Message};
use crate::job::fields::Problem;
use crate::job::ids::{Fingerprint, JobId};
use crate::job::order::OrderRules;

/// Stands for the default bucket where the configuration names none; no bucket can be called so.
const UNKNOWN_BUCKET: &str = "?";

/// A job of the file that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) line: usize,
    pub(super) id: JobId,
    pub(super) text: Bytes,
    /// Of the text: a refusal names it.
    pub(super) sha256: String,
}

/// What is not sent, and everything that is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) line: usize,
    pub(super) job_id: Option<JobId>,
    pub(super) problems: Vec<Problem>,
}

/// The rules of the worker, as far as they are known here.
pub(super) struct Rules {
    /// With a stand-in for the default bucket.
    pub(super) rules: OrderRules,
    /// Whether the configuration names the default bucket. If not, only the worker knows which buckets jobs may name.
    pub(super) bucket_is_known: bool,
}

impl Rules {
    /// The bucket to make rules for when none is configured.
    pub(super) fn bucket_or_unknown(bucket: Option<&str>) -> &str {
        bucket.unwrap_or(UNKNOWN_BUCKET)
    }

    fn parse(&self, text: &[u8]) -> Result<Message, crate::job::order::Refused> {
        if self.bucket_is_known {
            return Message::parse(text, &self.rules);
        }
        let mut rules = self.rules.clone();
        let value: Option<Value> = serde_json::from_slice(text).ok();
        let named = value.as_ref().and_then(|job| job.pointer("/destination/bucket")?.as_str());
        rules.buckets.extend(named.map(str::to_owned));
        Message::parse(text, &rules)
    }
}

/// Checks everything in the file, in its order.
pub(super) fn check(file: &[u8], rules: &Rules) -> Vec<Result<Job, Bad>> {
    let mut ids: HashMap<JobId, (usize, Fingerprint)> = HashMap::new();
    let mut checked = Vec::new();
    for found in jobs_of(file) {
        let line = found.line;
        let bad = |job_id, problems| Err(Bad { line, job_id, problems });
        checked.push(match found.text {
            Err(why) => bad(None, vec![whole(why)]),
            Ok(text) => match rules.parse(text) {
                Ok(Message::Order(order)) => match ids.get(&order.job_id) {
                    Some((earlier, content)) if *content != order.fingerprint => {
                        let field = if order.task_uuid.is_some() { "taskUUID" } else { "jobId" };
                        bad(Some(order.job_id), vec![id_is_used(field, *earlier)])
                    }
                    Some(_) | None => {
                        ids.entry(order.job_id.clone()).or_insert((line, order.fingerprint));
                        let sha256 = format!("{:x}", Sha256::digest(text));
                        Ok(Job { line, id: order.job_id, text: Bytes::copy_from_slice(text), sha256 })
                    }
                },
                Ok(Message::Control(ControlMessage::CancelJob { job_id })) => {
                    let way_out = format!("is not a job's: to cancel a job, run `landfall jobs cancel {job_id}`");
                    bad(Some(job_id), vec![Problem { field: "control".to_owned(), problem: way_out }])
                }
                Ok(Message::Regenerate(wish)) => {
                    let job_id = wish.order.job_id;
                    let way_out = format!(
                        "is not a job's: to buy a job anew, run `landfall jobs regenerate {job_id} --from FILE`, which \
                         asks before it does"
                    );
                    bad(Some(job_id), vec![Problem { field: "control".to_owned(), problem: way_out }])
                }
                Err(refused) => {
                    let problems = refused.problems.into_iter().map(with_an_id_to_copy).collect();
                    bad(refused.job_id, problems)
                }
            },
        });
    }
    checked
}

fn whole(problem: String) -> Problem {
    Problem { field: String::new(), problem }
}

fn id_is_used(field: &str, earlier: usize) -> Problem {
    let problem = format!("is also that of the job on line {earlier}, whose request or destination differ");
    Problem { field: field.to_owned(), problem }
}

/// Ids are the producer's: a job that is sent twice is known by them. Where one is missing, a new one is offered.
fn with_an_id_to_copy(mut problem: Problem) -> Problem {
    if problem.problem == "is required" && matches!(problem.field.as_str(), "jobId" | "taskUUID") {
        let id = Uuid::new_v4();
        problem.problem =
            format!("is required: it is how a repeat is known; for example \"{}\": \"{id}\"", problem.field);
    }
    problem
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;
    use crate::config::{Sources, load};

    fn rules(bucket: Option<&str>) -> Rules {
        let config = load(&Sources::default()).unwrap().config;
        let rules = config.worker_settings(Rules::bucket_or_unknown(bucket)).unwrap().rules;
        Rules { rules, bucket_is_known: bucket.is_some() }
    }

    fn job(id: &str, prompt: &str) -> Value {
        let request =
            json!({ "taskType": "videoInference", "model": "heygen:video-agent@0", "positivePrompt": prompt });
        json!({ "jobId": id, "request": request })
    }

    fn problems(file: &str, bucket: Option<&str>) -> Vec<String> {
        let bad = check(file.as_bytes(), &rules(bucket)).into_iter().filter_map(Result::err);
        bad.flat_map(|bad| bad.problems).map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn a_job_without_an_id_is_offered_one_that_is_valid() {
        let mut bare = job("x", "A potter throws a bowl.")["request"].take();
        let told = problems(&bare.to_string(), None);
        let offered = told[0].rsplit('"').nth(1).unwrap();
        assert!(told[0].starts_with("taskUUID is required") && told.len() == 1, "{told:?}");
        bare["taskUUID"] = json!(offered);
        assert!(problems(&bare.to_string(), None).is_empty());
    }

    #[test]
    fn two_jobs_of_one_id_with_other_content_are_refused_and_a_repeat_is_not() {
        let (one, other) = (job("a", "A potter throws a bowl."), job("a", "A potter throws a cup."));
        assert!(problems(&format!("{one}\n{one}"), None).is_empty());
        let told = problems(&format!("{one}\n{other}"), None);
        assert!(told[0].contains("line 1"), "{told:?}");
    }

    #[test]
    fn a_control_message_is_refused_with_the_way_out() {
        let told = problems(r#"{"control": "job.cancel", "jobId": "lesson-3"}"#, None);
        assert!(told[0].contains("`landfall jobs cancel lesson-3`"), "{told:?}");
    }

    #[test]
    fn buckets_are_checked_where_it_is_known_which_there_are() {
        let mut job = job("a", "A potter throws a bowl.");
        job["destination"] = json!({ "bucket": "films" });
        assert!(problems(&job.to_string(), None).is_empty());
        assert!(problems(&job.to_string(), Some("films")).is_empty());
        assert!(problems(&job.to_string(), Some("media"))[0].contains("s3.allowed_buckets"));
    }
}
