//! Messages on the jobs queue: what passes stays within its prefixes and forges nothing; what does not is told briefly.

use std::collections::HashSet;

use jiff::Timestamp;
use landfall::job::control::{ControlMessage, Message};
use landfall::job::destination::OWN_METADATA_PREFIX;
use landfall::job::fields::PROBLEMS_MAX;
use landfall::job::guard::Guard;
use landfall::job::ids::{JobId, ObjectKey, ObjectRef};
use landfall::job::order::{Order, OrderRules, Refused};
use landfall::job::plan::{Nonce, PlanScope, plan};
use landfall::job::request::VIDEO_AGENT;
use landfall::job::template::KeyTemplate;
use serde_json::{Value, json};

/// Parameters that only the worker may set.
const WORKER_OWNED: [&str; 6] =
    ["taskUUID", "uploadEndpoint", "deliveryMethod", "outputType", "includeCost", "numberResults"];

/// A problem repeats at most a model's name or a bounded excerpt.
const PROBLEM_MAX_CHARS: usize = 600;

fn rules() -> OrderRules {
    OrderRules {
        models: vec![VIDEO_AGENT.to_owned(), "other:model@1".to_owned()],
        buckets: vec!["archive".to_owned()],
        default_bucket: "media".to_owned(),
        default_key: KeyTemplate::parse("{jobId}/{index}.{ext}").expect("a template"),
        reserved: ["landfall/ledger", "landfall/staging"].map(reserved).to_vec(),
        urls: Guard::public(false),
    }
}

fn reserved(prefix: &str) -> ObjectRef {
    ObjectRef { bucket: "media".to_owned(), key: ObjectKey::parse(prefix).expect("a key") }
}

/// `input` is a message.
pub fn check(input: &[u8]) {
    let rules = rules();
    match Message::parse(input, &rules) {
        Ok(Message::Control(control)) => {
            assert_eq!(ControlMessage::read(&control.to_json()), Some(control), "the word is another one when told on");
        }
        Ok(Message::Order(order)) => {
            check_order(&order, &rules);
            check_repeats(input, &order, &rules);
        }
        Ok(Message::Regenerate(wish)) => {
            assert!(wish.generation > 0, "the first generation is nobody's wish");
            check_order(&wish.order, &rules);
        }
        Err(refused) => check_refusal(&refused),
    }
}

fn check_order(order: &Order, rules: &OrderRules) {
    check_places(order, rules);
    check_attributes(order);
    for name in WORKER_OWNED {
        assert!(!order.request.fields.contains_key(name), "{name} is the worker's");
    }
}

fn check_places(order: &Order, rules: &OrderRules) {
    assert_eq!(JobId::parse(order.job_id.as_str()).as_ref(), Ok(&order.job_id));
    let bucket = &order.destination.bucket;
    assert!(*bucket == rules.default_bucket || rules.buckets.contains(bucket), "{bucket} is nobody's");
    let scope = PlanScope {
        staging_bucket: "media".to_owned(),
        staging_prefix: "landfall/staging".to_owned(),
        ledger: "media/landfall/ledger".to_owned(),
    };
    let tasks = plan(order, 0, Timestamp::UNIX_EPOCH, Nonce([0xab; 16]), &scope).expect("what passed can be planned");
    assert_eq!(tasks.len(), usize::try_from(order.request.results).expect("a few"));
    let (mut finals, mut names) = (HashSet::new(), HashSet::new());
    for task in tasks {
        let (staging, key) = (task.staging.key.as_str(), task.destination.key.as_str());
        let within = format!("landfall/staging/{}/0-{}-", order.job_id, task.index);
        assert!(staging.starts_with(&within) && staging.split('/').count() == 4, "{staging} left its prefix");
        for text in [staging, key] {
            assert!(text.len() <= 1024 && !text.chars().any(char::is_control), "{text:?}");
            assert!(!text.split('/').any(|part| matches!(part, "" | "." | "..")), "{text} can leave its place");
        }
        for own in rules.reserved.iter().filter(|own| own.bucket == task.destination.bucket) {
            assert!(!key.starts_with(&format!("{}/", own.key)), "{key} is in the worker's own prefix");
        }
        assert!(finals.insert(task.destination.clone()), "{key} holds two results");
        assert!(names.insert(task.task_uuid), "two tasks are called {}", task.task_uuid);
    }
}

/// What becomes a header cannot end it and begin another.
fn check_attributes(order: &Order) {
    let printable = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let destination = &order.destination;
    let mut bytes = 0;
    for (name, value) in &destination.metadata {
        bytes += name.len() + value.len();
        let token =
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
        assert!(token && !name.is_empty() && !name.starts_with(OWN_METADATA_PREFIX), "metadata {name:?}");
        assert!(printable(value), "metadata {value:?}");
    }
    assert!(bytes <= 2048, "{bytes} bytes of metadata");
    assert!(destination.tags.len() <= 10, "{} tags", destination.tags.len());
    for (name, value) in &destination.tags {
        assert!((1..=128).contains(&name.chars().count()) && value.chars().count() <= 256, "tag {name:?} {value:?}");
        assert!(!name.chars().chain(value.chars()).any(char::is_control), "tag {name:?} {value:?}");
    }
    if let Some(text) = &destination.cache_control {
        assert!(printable(text) && (1..=256).contains(&text.len()), "cacheControl {text:?}");
    }
    if let Some(tenant) = &order.tenant {
        assert!(tenant.len() <= 64 && !tenant.starts_with('.'), "tenant {tenant:?}");
        assert!(tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "tenant {tenant:?}");
    }
}

/// The same content in other words is the same job: as JSON writes it, and with the request as it was understood.
fn check_repeats(input: &[u8], order: &Order, rules: &OrderRules) {
    let mut message: Value = serde_json::from_slice(input).expect("it was read before");
    let again = Order::parse(message.to_string().as_bytes(), rules);
    assert_eq!(again.as_ref(), Ok(order), "written anew it is another job");

    let mut request = Value::Object(order.request.fields.clone());
    request["numberResults"] = json!(order.request.results);
    if order.task_uuid.is_some() {
        request["taskUUID"] = json!(order.job_id);
        message = request;
    } else {
        message["request"] = request;
    }
    let understood = Order::parse(message.to_string().as_bytes(), rules).expect("what was understood passes");
    assert_eq!(understood.fingerprint, order.fingerprint, "understood, it is another job");
}

fn check_refusal(refused: &Refused) {
    assert!((1..=PROBLEMS_MAX).contains(&refused.problems.len()), "{} problems", refused.problems.len());
    for problem in &refused.problems {
        super::assert_fit_to_show("a problem", &problem.to_string(), PROBLEM_MAX_CHARS);
    }
}
