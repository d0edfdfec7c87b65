//! Control messages: what is asked of the workers about a job. They come on the jobs queue, beside the jobs, and are told
//! by their `control` at the top.

use serde_json::{Map, Value, json};

use super::fields::{Fields, Problem, Problems};
use super::ids::JobId;
use super::order::{Order, OrderRules, Refused, read_object};
use super::regeneration::{GENERATION_MAX, Regeneration};

/// The word in `control` that stops a job.
pub const CANCEL: &str = "job.cancel";

/// The word in `control` that buys a job anew.
pub const REGENERATE: &str = "job.regenerate";

/// The field of the job that is to be bought anew.
const JOB: &str = "job";

/// A checked control message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlMessage {
    /// Stop what has not been bought of this job, and wait no longer for what has.
    CancelJob {
        /// The job.
        job_id: JobId,
    },
}

/// What a message on the jobs queue asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A job.
    Order(Box<Order>),
    /// A job that has ended, and is to be bought anew.
    Regenerate(Box<Regeneration>),
    /// Something about a job.
    Control(ControlMessage),
}

impl Message {
    /// Reads and checks a message. Never panics, whatever the bytes.
    pub fn parse(message: &[u8], rules: &OrderRules) -> Result<Message, Refused> {
        let top = read_object(message)?;
        if !top.contains_key("control") {
            return Order::check(top, rules).map(|order| Message::Order(Box::new(order)));
        }
        let mut problems = Problems::default();
        let (job_id, message) = read(top, rules, &mut problems);
        match message {
            Some(message) if problems.is_empty() => Ok(message),
            _ => Err(Refused { job_id, problems: problems.into_vec() }),
        }
    }
}

impl ControlMessage {
    /// Reads what a worker told the others; `None` when it is from another release and not understood.
    pub fn read(message: &[u8]) -> Option<ControlMessage> {
        let mut problems = Problems::default();
        let mut fields = Fields::new(read_object(message).ok()?, "", &mut problems);
        fields.choice("control", &[CANCEL])?;
        read_job_id(&mut fields).map(|job_id| ControlMessage::CancelJob { job_id })
    }

    /// The message as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        match self {
            ControlMessage::CancelJob { job_id } => {
                json!({ "control": CANCEL, "jobId": job_id }).to_string().into_bytes()
            }
        }
    }
}

/// Reads a message that has a `control`.
fn read(top: Map<String, Value>, rules: &OrderRules, problems: &mut Problems) -> (Option<JobId>, Option<Message>) {
    let mut fields = Fields::new(top, "", problems);
    let control = fields.choice("control", &[CANCEL, REGENERATE]);
    let job_id = read_job_id(&mut fields);
    if control.as_deref() != Some(REGENERATE) {
        fields.finish();
        let message = control.and(job_id.clone()).map(|job_id| Message::Control(ControlMessage::CancelJob { job_id }));
        return (job_id, message);
    }
    let generation = fields.required_integer("generation", 1, GENERATION_MAX.into());
    let job = fields.required_object("job");
    fields.finish();
    let order = job.and_then(|job| read_job(job, job_id.as_ref(), rules, problems));
    let generation = generation.and_then(|generation| u32::try_from(generation).ok());
    let message = order
        .zip(generation)
        .map(|(order, generation)| Message::Regenerate(Box::new(Regeneration { order, generation })));
    (job_id, message)
}

fn read_job_id(fields: &mut Fields<'_>) -> Option<JobId> {
    let text = fields.required_string("jobId")?;
    JobId::parse(&text).map_err(|why| fields.problem("jobId", why)).ok()
}

/// Reads the job inside of a control message: all of it, as if it had come by itself.
fn read_job(
    job: Map<String, Value>,
    job_id: Option<&JobId>,
    rules: &OrderRules,
    problems: &mut Problems,
) -> Option<Order> {
    let order = match Order::check(job, rules) {
        Ok(order) => order,
        Err(refused) => {
            for Problem { field, problem } in refused.problems {
                let path = if field.is_empty() { JOB.to_owned() } else { format!("{JOB}.{field}") };
                problems.add(&path, problem);
            }
            return None;
        }
    };
    if let Some(named) = job_id.filter(|named| **named != order.job_id) {
        problems.add(JOB, format!("is {}, and jobId says {named}", order.job_id));
    }
    Some(order)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::job::guard::Guard;
    use crate::job::request::VIDEO_AGENT;
    use crate::job::template::KeyTemplate;

    fn rules() -> OrderRules {
        OrderRules {
            models: vec![VIDEO_AGENT.to_owned()],
            buckets: Vec::new(),
            default_bucket: "media".to_owned(),
            default_key: KeyTemplate::parse("{jobId}/{index}.{ext}").unwrap(),
            reserved: Vec::new(),
            urls: Guard::public(false),
        }
    }

    fn cancel(job_id: &str) -> ControlMessage {
        ControlMessage::CancelJob { job_id: JobId::parse(job_id).unwrap() }
    }

    #[test]
    fn a_control_message_is_told_from_a_job_and_survives_the_wire() {
        let message = cancel("lesson-3").to_json();
        assert_eq!(Message::parse(&message, &rules()), Ok(Message::Control(cancel("lesson-3"))));
        assert_eq!(ControlMessage::read(&message), Some(cancel("lesson-3")));
    }

    #[test]
    fn all_problems_of_a_control_message_are_reported_together() {
        let text = br#"{"control": "job.pause", "jobId": "..", "request": {}, "taskType": "videoInference"}"#;
        let refused = Message::parse(text, &rules()).unwrap_err();
        let fields: Vec<&str> = refused.problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["control", "jobId", "request", "taskType"]);
        assert!(refused.problems[0].problem.contains("must be job.cancel or job.regenerate"), "{:?}", refused.problems);
        for text in [r#"{"control": 7, "jobId": "j"}"#, r#"{"control": "job.cancel"}"#, r#"{"control": null}"#] {
            assert!(Message::parse(text.as_bytes(), &rules()).is_err(), "{text}");
        }
        let named = Message::parse(br#"{"control": "job.pause", "jobId": "j"}"#, &rules()).unwrap_err();
        assert_eq!(named.job_id, JobId::parse("j").ok());
    }

    const JOB_MESSAGE: &str = r#"{"jobId": "lesson-3", "request": {"taskType": "videoInference",
        "model": "heygen:video-agent@0", "positivePrompt": "A potter throws a bowl."}}"#;

    #[test]
    fn a_job_that_is_to_be_bought_anew_comes_whole_and_says_which_generation_it_is_to_be() {
        let job_id = JobId::parse("lesson-3").unwrap();
        let message = Regeneration::message(&job_id, 2, JOB_MESSAGE.as_bytes());
        let order = Order::parse(JOB_MESSAGE.as_bytes(), &rules()).unwrap();
        let meant = Message::Regenerate(Box::new(Regeneration { order, generation: 2 }));
        assert_eq!(Message::parse(&message, &rules()), Ok(meant));
        assert_eq!(ControlMessage::read(&message), None, "workers do not tell one another so");
    }

    #[test]
    fn all_problems_of_a_job_inside_are_reported_with_its_field_before_them() {
        let problems = |text: &str| {
            let refused = Message::parse(text.as_bytes(), &rules()).unwrap_err();
            refused.problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        let start = r#"{"control": "job.regenerate""#;
        assert_eq!(problems(&format!("{start}}}")), ["jobId", "generation", "job"]);
        assert_eq!(problems(&format!(r#"{start}, "jobId": "a", "generation": 1, "job": {JOB_MESSAGE}}}"#)), ["job"]);
        let zero = format!(r#"{start}, "jobId": "lesson-3", "generation": 0, "job": {JOB_MESSAGE}}}"#);
        assert_eq!(problems(&zero), ["generation"]);
        let inside =
            format!(r#"{start}, "jobId": "a", "generation": 1, "yes": 1, "job": {{"jobId": "a", "request": {{}}}}}}"#);
        assert_eq!(problems(&inside)[..2], ["yes", "job.request.taskType"]);
        let cancel = r#"{"control": "job.cancel", "jobId": "a", "generation": 1}"#;
        assert_eq!(problems(cancel), ["generation"]);
    }
}
