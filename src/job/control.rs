//! Control messages: what is asked of the workers about a job. They come on the jobs queue, beside the jobs, and are told
//! by their `control` at the top.

use serde_json::json;

use super::fields::{Fields, Problems};
use super::ids::JobId;
use super::order::{Order, OrderRules, Refused, read_object};

/// The word in `control` that stops a job.
pub const CANCEL: &str = "job.cancel";

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
        let (job_id, control) = read_control(Fields::new(top, "", &mut problems));
        match control {
            Some(control) if problems.is_empty() => Ok(Message::Control(control)),
            _ => Err(Refused { job_id, problems: problems.into_vec() }),
        }
    }
}

impl ControlMessage {
    /// Reads what a worker told the others; `None` when it is from another release and not understood.
    pub fn read(message: &[u8]) -> Option<ControlMessage> {
        read_control(Fields::new(read_object(message).ok()?, "", &mut Problems::default())).1
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

fn read_control(mut fields: Fields<'_>) -> (Option<JobId>, Option<ControlMessage>) {
    let control = fields.choice("control", &[CANCEL]);
    let job_id = fields
        .required_string("jobId")
        .and_then(|text| JobId::parse(&text).map_err(|why| fields.problem("jobId", why)).ok());
    fields.finish();
    let message = control.and(job_id.clone()).map(|job_id| ControlMessage::CancelJob { job_id });
    (job_id, message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::job::guard::Guard;
    use crate::job::template::KeyTemplate;

    fn rules() -> OrderRules {
        OrderRules {
            models: Vec::new(),
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
        assert!(refused.problems[0].problem.contains("must be job.cancel"), "{:?}", refused.problems);
        for text in [r#"{"control": 7, "jobId": "j"}"#, r#"{"control": "job.cancel"}"#, r#"{"control": null}"#] {
            assert!(Message::parse(text.as_bytes(), &rules()).is_err(), "{text}");
        }
        let named = Message::parse(br#"{"control": "job.pause", "jobId": "j"}"#, &rules()).unwrap_err();
        assert_eq!(named.job_id, JobId::parse("j").ok());
    }
}
