//! Provider replies: nothing is believed of a task that the reply does not name, and nothing secret is repeated.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use landfall::job::fault::{Fault, Outcome};
use landfall::job::ids::TaskUuid;
use landfall::ports::{Observed, Recalled, Refusal, Submitted};
use landfall::provider::{ApiKey, ProviderOptions, RunwareApi};
use serde_json::{Value, json};

/// What the account's key looks like here: the slash may come back escaped.
const KEY: &str = "fuzzedKey/0123456789+abcdefgh";

/// A task that replies name by chance only.
const STRANGER: &str = "11111111-1111-4111-8111-111111111111";

/// A task that is always asked about; some seeds name it.
const OURS: &str = "86e70d5b-f263-4e53-91ea-e82552155a19";

const STATUSES: [u16; 6] = [302, 400, 401, 409, 429, 503];

/// A code, a message and what we say around them.
const SHOWN_MAX_CHARS: usize = 1000;

fn api() -> &'static RunwareApi {
    static API: OnceLock<RunwareApi> = OnceLock::new();
    API.get_or_init(|| {
        let url = "http://127.0.0.1:9/v1".parse().expect("a URL");
        let key = ApiKey::parse(KEY).expect("a key");
        RunwareApi::new(ProviderOptions::new(url, key)).expect("the options are complete")
    })
}

/// `input` is a reply's body.
pub fn check(input: &[u8]) {
    let body: Option<Value> = serde_json::from_slice(input).ok();
    let mut named = BTreeSet::new();
    if let Some(body) = &body {
        names(body, &mut named);
    }
    let known = [OURS, STRANGER].map(|text| TaskUuid::parse(text).expect("a UUID"));
    let batch: Vec<TaskUuid> =
        known.into_iter().chain(named.iter().copied().filter(|task| !known.contains(task)).take(2)).collect();
    // All statuses for each input would leave time for a third of the inputs.
    for status in [200, STATUSES[input.len() % STATUSES.len()]] {
        check_submitted(&batch, status, input, &named);
        check_submitted(&batch[..1], status, input, &named);
        check_observed(&batch, status, input, &named);
        check_recalled(batch[0], status, input, &named);
        if let Some(Value::Object(_)) = &body {
            acknowledged_is_accepted(batch[0], status, body.clone().expect("an object"));
        }
    }
}

/// Every UUID that stands anywhere in the reply.
fn names(value: &Value, found: &mut BTreeSet<TaskUuid>) {
    match value {
        Value::String(text) => found.extend(TaskUuid::parse(text)),
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Object(map) => map.values().for_each(|item| names(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn check_submitted(asked: &[TaskUuid], status: u16, body: &[u8], named: &BTreeSet<TaskUuid>) {
    let Some(answers) = answer(api().read_submitted(asked, status, body.to_vec())) else { return };
    for (task, answer) in answers {
        assert!(asked.contains(&task), "{task} was not asked about");
        // Of a call with one task, an error without a name can only mean that one.
        let meant = named.contains(&task) || asked.len() == 1;
        match answer {
            Submitted::Accepted => assert!(named.contains(&task), "{task} is accepted and not named"),
            Submitted::Conflict | Submitted::Unclear => assert!(meant, "{task} is answered and not named"),
            Submitted::Refused(refusal) => {
                assert!(meant, "{task} is refused and not named");
                check_refusal(&refusal);
            }
        }
    }
}

fn check_observed(asked: &[TaskUuid], status: u16, body: &[u8], named: &BTreeSet<TaskUuid>) {
    let Some(answers) = answer(api().read_observed(asked, status, body.to_vec())) else { return };
    for (task, answer) in answers {
        assert!(asked.contains(&task) && named.contains(&task), "{task} was not asked about, or is not named");
        match answer {
            Observed::Running { progress } => assert!(progress.is_none_or(|percent| percent <= 100)),
            Observed::Succeeded(success) => {
                check_shown(&format!("{success:?}"));
                assert!(success.cost_usd.is_none_or(|usd| usd.is_finite() && usd > 0.0));
            }
            Observed::Failed(refusal) => check_refusal(&refusal),
            Observed::Unseen => {}
        }
    }
}

fn check_recalled(asked: TaskUuid, status: u16, body: &[u8], named: &BTreeSet<TaskUuid>) {
    match answer(api().read_recalled(asked, status, body.to_vec())) {
        Some(Recalled::Known) => assert!(named.contains(&asked), "{asked} is known and not named"),
        Some(Recalled::Nothing) | None => {}
    }
}

/// An acknowledgement outranks whatever else a reply says: taking it for a refusal would buy the task again.
fn acknowledged_is_accepted(task: TaskUuid, status: u16, mut body: Value) {
    let acknowledged = json!({ "taskType": "videoInference", "taskUUID": task });
    match &mut body["data"] {
        Value::Array(items) => items.push(acknowledged),
        Value::Null | Value::Bool(false) => body["data"] = json!([acknowledged]),
        one => *one = json!([one.clone(), acknowledged]),
    }
    let answers = api().read_submitted(&[task], status, body.to_string().into_bytes());
    assert_eq!(answers.expect("a reply").get(&task), Some(&Submitted::Accepted), "under {status}");
}

fn answer<T>(outcome: Outcome<T>) -> Option<T> {
    match outcome {
        Ok(answer) => Some(answer),
        Err(fault) => {
            check_fault(&fault);
            None
        }
    }
}

fn check_fault(fault: &Fault) {
    check_shown(&fault.chain());
    check_shown(&format!("{:?}", fault.kind));
}

fn check_refusal(refusal: &Refusal) {
    for text in [&refusal.code, &refusal.message].into_iter().chain(&refusal.parameters) {
        check_shown(text);
    }
}

fn check_shown(text: &str) {
    super::assert_fit_to_show("a fault", text, SHOWN_MAX_CHARS);
    assert!(!text.contains(KEY), "the key is told: {text}");
    let lower = text.to_ascii_lowercase();
    for mark in ["x-amz-", "signature=", "token="] {
        assert!(!lower.contains(mark), "a signature is told: {text}");
    }
}
