//! Orders: the checked content of a delivery.
//!
//! A job comes in two forms, told apart by `taskType` at the top: the vendor's task itself, or an envelope around one.
//! [`Order::parse`] checks all of it at once and reports every problem together, each with the field it is about.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::destination::{Destination, read_destination};
use super::fields::{Fields, Problem, Problems, kind};
use super::ids::{Fingerprint, JobId, ObjectKey, ObjectRef, TaskUuid};
use super::request::{self, DURATION_S, Form, Request};
use super::template::KeyTemplate;

/// Largest message, in bytes. Larger ones are dead-lettered unread.
pub const MESSAGE_MAX_BYTES: usize = 256 * 1024;

/// Largest `context`, in bytes of compact JSON. It is repeated in every event of the job.
pub const CONTEXT_MAX_BYTES: usize = 4 * 1024;

/// Longest tenant name, in characters. It becomes a metric's label and part of keys.
pub(super) const TENANT_MAX_CHARS: usize = 64;

/// What an operator allows orders to hold.
#[derive(Debug, Clone)]
pub struct OrderRules {
    /// Models that may be bought.
    pub models: Vec<String>,
    /// Buckets a destination may name; the default one is always allowed.
    pub buckets: Vec<String>,
    /// Where videos land when the job names no bucket.
    pub default_bucket: String,
    /// How final keys are made when the job gives no template.
    pub default_key: KeyTemplate,
    /// Where ledger and staging stand: no video may land there. A job that could write into the ledger could make the
    /// worker forget, or take for its own, what another job bought.
    pub reserved: Vec<ObjectRef>,
}

/// A job that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The idempotency key.
    pub job_id: JobId,
    /// The producer's own task UUID, when the job is a bare task.
    pub task_uuid: Option<TaskUuid>,
    /// What to buy.
    pub request: Request,
    /// Where it goes.
    pub destination: Destination,
    /// When it stops being worth anything.
    pub deadline: Option<Deadline>,
    /// The most it may cost, in US dollars.
    pub max_cost_usd: Option<f64>,
    /// For limits, budgets and labels.
    pub tenant: Option<String>,
    /// Echoed in every event.
    pub context: Option<Value>,
    /// Tells this job's content from another's under the same id.
    pub fingerprint: Fingerprint,
}

/// A job's deadline as its producer gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// At an instant.
    At(Timestamp),
    /// So long after the job was first taken.
    After(Duration),
}

/// Why a message is no valid job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The job id, when that much could be read.
    pub job_id: Option<JobId>,
    /// Everything that is wrong, at least one problem.
    pub problems: Vec<Problem>,
}

impl Order {
    /// Reads and checks a message. Never panics, whatever the bytes.
    pub fn parse(message: &[u8], rules: &OrderRules) -> Result<Order, Refused> {
        let mut problems = Problems::default();
        let top = match read_object(message) {
            Ok(top) => top,
            Err(why) => {
                problems.add("", why);
                return Err(Refused { job_id: None, problems: problems.into_vec() });
            }
        };
        let bare = top.contains_key("taskType");
        let fields = Fields::new(top, "", &mut problems);
        let (job_id, order) = if bare { read_bare(fields, rules) } else { read_envelope(fields, rules) };
        if let Some(order) = &order {
            check_key(&mut problems, order, rules);
        }
        match order {
            Some(order) if problems.is_empty() => Ok(order),
            _ => Err(Refused { job_id, problems: problems.into_vec() }),
        }
    }

    /// What the job may cost at most, in US dollars, at a price per second of video.
    ///
    /// A request without a duration is counted at the longest the model makes.
    pub fn estimate_usd(&self, usd_per_second: f64) -> f64 {
        f64::from(self.request.results) * f64::from(self.request.duration_s.unwrap_or(DURATION_S.1)) * usd_per_second
    }
}

fn read_object(message: &[u8]) -> Result<Map<String, Value>, String> {
    if message.len() > MESSAGE_MAX_BYTES {
        return Err(format!("message must have at most {MESSAGE_MAX_BYTES} bytes, has {}", message.len()));
    }
    match serde_json::from_slice(message) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(other) => Err(format!("message must be a JSON object, is {}", kind(&other))),
        Err(why) => Err(format!("message must be JSON: {why}")),
    }
}

fn read_bare(fields: Fields<'_>, rules: &OrderRules) -> (Option<JobId>, Option<Order>) {
    let (request, task_uuid) = request::check(fields, Form::Bare, &rules.models);
    let job_id = task_uuid.and_then(|uuid| JobId::parse(&uuid.to_string()).ok());
    let order = job_id.clone().zip(request).map(|(job_id, request)| {
        let destination = Destination::plain(rules);
        let fingerprint = fingerprint(&request, &destination, &Map::new());
        Order {
            job_id,
            task_uuid,
            request,
            destination,
            deadline: None,
            max_cost_usd: None,
            tenant: None,
            context: None,
            fingerprint,
        }
    });
    (job_id, order)
}

fn read_envelope(mut fields: Fields<'_>, rules: &OrderRules) -> (Option<JobId>, Option<Order>) {
    let job_id = fields
        .required_string("jobId")
        .and_then(|text| JobId::parse(&text).map_err(|why| fields.problem("jobId", why)).ok());
    let tenant = read_tenant(&mut fields);
    let request = fields
        .required_object("request")
        .and_then(|map| request::check(fields.nested("request", map), Form::Enveloped, &rules.models).0);
    let said = fields.object("destination");
    let destination = match said.clone() {
        Some(map) => read_destination(fields.nested("destination", map), rules),
        None => Destination::plain(rules),
    };
    let deadline = read_deadline(&mut fields);
    let max_cost_usd = read_max_cost(&mut fields);
    let context = read_context(&mut fields);
    fields.finish();

    let order = job_id.clone().zip(request).map(|(job_id, request)| {
        let fingerprint = fingerprint(&request, &destination, &said.unwrap_or_default());
        Order { job_id, task_uuid: None, request, destination, deadline, max_cost_usd, tenant, context, fingerprint }
    });
    (job_id, order)
}

fn read_tenant(fields: &mut Fields<'_>) -> Option<String> {
    let tenant = fields.string("tenant")?;
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fits =
        (1..=TENANT_MAX_CHARS).contains(&tenant.len()) && tenant.bytes().all(alphabet) && !tenant.starts_with('.');
    if !fits {
        let allowed = format!("must be 1 to {TENANT_MAX_CHARS} of A–Z a–z 0–9 . _ - and not start with a dot");
        fields.problem("tenant", allowed);
        return None;
    }
    Some(tenant)
}

fn read_deadline(fields: &mut Fields<'_>) -> Option<Deadline> {
    let text = fields.string("deadline")?;
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(Deadline::At(instant));
    }
    let after = text
        .parse::<jiff::Span>()
        .ok()
        .filter(|_| text.starts_with('P'))
        .and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok())
        .and_then(|duration| Duration::try_from(duration).ok())
        .filter(|duration| !duration.is_zero());
    if after.is_none() {
        fields.problem(
            "deadline",
            "must be an RFC 3339 instant like 2031-01-31T12:00:00Z or an ISO 8601 duration like PT30M, without months and years",
        );
    }
    after.map(Deadline::After)
}

fn read_max_cost(fields: &mut Fields<'_>) -> Option<f64> {
    let value = fields.value("maxCostUsd")?;
    let usd = value.as_f64().filter(|usd| *usd >= 0.0);
    if usd.is_none() {
        fields.problem("maxCostUsd", "must be a number of US dollars, 0 or more");
    }
    usd
}

fn read_context(fields: &mut Fields<'_>) -> Option<Value> {
    // Null is how many languages write that there is none, and what it would become in a record read back.
    let context = fields.value("context").filter(|context| !context.is_null())?;
    let bytes = context.to_string().len();
    if bytes > CONTEXT_MAX_BYTES {
        fields.problem("context", format!("must have at most {CONTEXT_MAX_BYTES} bytes as JSON, has {bytes}"));
    }
    Some(context)
}

/// A template is only as good as the keys it makes: all of them must be valid, different, and outside of what is the
/// worker's own.
fn check_key(problems: &mut Problems, order: &Order, rules: &OrderRules) {
    const FIELD: &str = "destination.key";
    let Order { destination, request, .. } = order;
    if request.results > 1 && !destination.key.tells_results_apart() {
        problems.add(FIELD, "needs {index}: the job asks for several results");
    }
    // Any date has the same length and alphabet as this one.
    let (tenant, day) = (order.tenant.as_deref(), Timestamp::UNIX_EPOCH);
    match destination.key.render(&order.job_id, tenant, request.results, request.format, day) {
        Err(why) => problems.add(FIELD, why),
        Ok(key) => {
            let holds = |own: &&ObjectRef| own.bucket == destination.bucket && is_below(&key, &own.key);
            if let Some(own) = rules.reserved.iter().find(holds) {
                problems.add(FIELD, format!("must not be below {}, which is the worker's own", own.key));
            }
        }
    }
}

fn is_below(key: &ObjectKey, prefix: &ObjectKey) -> bool {
    key.as_str().strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

/// What is bought and where it lands decide whether two jobs of one id are the same; deadline, price limit, tenant and
/// context may differ between repeats. Bucket and key count as the message `said` them, not as the settings fill them in:
/// an operator who changes a default would else turn every job under way into another one.
fn fingerprint(request: &Request, destination: &Destination, said: &Map<String, Value>) -> Fingerprint {
    let content = json!({
        "request": request.fields,
        "results": request.results,
        "bucket": said.get("bucket"),
        "key": said.get("key"),
        "metadata": destination.metadata,
        "tags": destination.tags,
        "cacheControl": destination.cache_control,
        "overwrite": destination.overwrite,
    });
    let mut canonical = String::new();
    write_canonical(&content, &mut canonical);
    Fingerprint::of(canonical.as_bytes())
}

/// Compact JSON with sorted names, so that the order of fields in a message makes no difference.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            out.push('{');
            for (at, (name, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn rules() -> OrderRules {
        OrderRules {
            models: vec![request::VIDEO_AGENT.to_owned(), "other:model@1".to_owned()],
            buckets: vec!["archive".to_owned()],
            default_bucket: "media".to_owned(),
            default_key: KeyTemplate::parse("{jobId}/{index}.{ext}").unwrap(),
            reserved: vec![ObjectRef { bucket: "media".to_owned(), key: ObjectKey::parse("landfall/ledger").unwrap() }],
        }
    }

    fn bare() -> Value {
        json!({
            "taskType": "videoInference",
            "taskUUID": "0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11",
            "model": "heygen:video-agent@0",
            "positivePrompt": "A potter shows how a bowl is thrown.",
        })
    }

    fn envelope() -> Value {
        let mut request = bare();
        request.as_object_mut().unwrap().remove("taskUUID");
        json!({ "jobId": "bowl-1", "request": request })
    }

    fn with(mut job: Value, pointer: &str, value: Value) -> Value {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        job.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
        job
    }

    fn parse(job: &Value) -> Result<Order, Refused> {
        Order::parse(job.to_string().as_bytes(), &rules())
    }

    /// The fields that a job's problems are about.
    fn blamed(job: &Value) -> Vec<String> {
        parse(job).unwrap_err().problems.into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn a_bare_task_is_its_own_job() {
        let order = parse(&bare()).unwrap();
        assert_eq!(order.job_id.as_str(), "0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11");
        assert_eq!(order.task_uuid.unwrap().to_string(), order.job_id.as_str());
        assert_eq!((order.request.results, order.request.format), (1, request::OutputFormat::Mp4));
        assert_eq!(order.destination.bucket, "media");
    }

    #[test]
    fn every_documented_parameter_is_accepted_within_its_bounds() {
        let cases = [
            ("/outputType", json!("URL")),
            ("/outputFormat", json!("MOV")),
            ("/outputQuality", json!(20)),
            ("/outputQuality", json!(99)),
            ("/webhookURL", json!("https://hooks.example/landed?token=1")),
            ("/deliveryMethod", json!("async")),
            ("/safety", json!({ "checkContent": true, "mode": "full" })),
            ("/ttl", json!(60)),
            ("/includeCost", json!(true)),
            ("/numberResults", json!(4)),
            ("/duration", json!(5)),
            ("/duration", json!(300)),
            ("/inputs", json!({ "avatar": "Some_Avatar_public" })),
            ("/inputs", json!({ "image": "https://pictures.example/face.png" })),
            ("/routing", json!({})),
            ("/positivePrompt", json!("é".repeat(10_000))),
        ];
        for (pointer, value) in cases {
            let job = with(bare(), pointer, value.clone());
            assert!(parse(&job).is_ok(), "{pointer} {value}: {:?}", parse(&job));
        }
        assert!(parse(&with(with(bare(), "/width", json!(1280)), "/height", json!(720))).is_ok());
    }

    #[test]
    fn every_parameter_out_of_bounds_is_blamed_by_name() {
        let cases = [
            ("/taskType", json!("imageInference"), "taskType"),
            ("/taskUUID", json!("7d444840-9dc0-11d1-b245-5ffdce74fad2"), "taskUUID"),
            ("/taskUUID", json!(7), "taskUUID"),
            ("/outputType", json!("base64Data"), "outputType"),
            ("/outputFormat", json!("mp4"), "outputFormat"),
            ("/outputQuality", json!(19), "outputQuality"),
            ("/outputQuality", json!(100), "outputQuality"),
            ("/outputQuality", json!(95.5), "outputQuality"),
            ("/webhookURL", json!("ftp://hooks.example"), "webhookURL"),
            ("/webhookURL", json!("/relative"), "webhookURL"),
            ("/deliveryMethod", json!("sync"), "deliveryMethod"),
            ("/uploadEndpoint", json!("https://mine.example/put"), "uploadEndpoint"),
            ("/safety", json!({ "mode": "slow" }), "safety.mode"),
            ("/safety", json!({ "checkContent": "yes" }), "safety.checkContent"),
            ("/safety", json!({ "level": 1 }), "safety.level"),
            ("/safety", json!(true), "safety"),
            ("/ttl", json!(59), "ttl"),
            ("/includeCost", json!(1), "includeCost"),
            ("/numberResults", json!(0), "numberResults"),
            ("/numberResults", json!(5), "numberResults"),
            ("/model", json!("someone:else@1"), "model"),
            ("/positivePrompt", json!(""), "positivePrompt"),
            ("/positivePrompt", json!("x".repeat(10_001)), "positivePrompt"),
            ("/positivePrompt", json!(["x"]), "positivePrompt"),
            ("/width", json!(1280), "height"),
            ("/height", json!(720), "width"),
            ("/duration", json!(4), "duration"),
            ("/duration", json!(30.5), "duration"),
            ("/duration", json!(301), "duration"),
            ("/duration", json!("30"), "duration"),
            ("/inputs", json!({ "avatar": "" }), "inputs.avatar"),
            ("/inputs", json!({ "image": "not a url" }), "inputs.image"),
            ("/inputs", json!({ "avatar": "a", "image": "https://p.example/x.png" }), "inputs.image"),
            ("/inputs", json!({ "voice": "a" }), "inputs.voice"),
            ("/seed", json!(7), "seed"),
            ("/negativePrompt", json!("x"), "negativePrompt"),
            ("/fps", json!(24), "fps"),
            ("/jobId", json!("also"), "jobId"),
        ];
        for (pointer, value, field) in cases {
            assert_eq!(blamed(&with(bare(), pointer, value.clone())), [field], "{pointer} {value}");
        }
        for required in ["taskUUID", "model", "positivePrompt"] {
            let mut job = bare();
            job.as_object_mut().unwrap().remove(required);
            assert_eq!(blamed(&job), [required]);
        }
    }

    #[test]
    fn an_envelope_says_where_when_and_for_whom() {
        let mut job = with(envelope(), "/deadline", json!("PT20M"));
        job = with(job, "/tenant", json!("acme"));
        job = with(job, "/maxCostUsd", json!(2.5));
        job = with(job, "/context", json!({ "order": 7 }));
        job = with(
            job,
            "/destination",
            json!({
                "bucket": "archive",
                "key": "{tenant}/{date}/{jobId}.{ext}",
                "metadata": { "campaign": "spring" },
                "tags": { "team": "film/eu" },
                "cacheControl": "max-age=60",
                "overwrite": true,
            }),
        );
        let order = parse(&job).unwrap();
        assert_eq!(order.deadline, Some(Deadline::After(Duration::from_secs(1200))));
        assert_eq!(order.destination.bucket, "archive");
        assert_eq!(order.destination.metadata["campaign"], "spring");
        assert!(order.destination.overwrite);
        assert_eq!(order.task_uuid, None);
    }

    #[test]
    fn every_field_of_an_envelope_is_checked() {
        let cases = [
            ("/jobId", json!("../x"), "jobId"),
            ("/jobId", json!(7), "jobId"),
            ("/tenant", json!("a b"), "tenant"),
            ("/deadline", json!("tomorrow"), "deadline"),
            ("/deadline", json!("P1M"), "deadline"),
            ("/deadline", json!("-PT1M"), "deadline"),
            ("/maxCostUsd", json!(-1), "maxCostUsd"),
            ("/context", json!("x".repeat(5000)), "context"),
            ("/extra", json!(1), "extra"),
            ("/request", json!("x"), "request"),
            ("/request/taskUUID", json!("0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11"), "request.taskUUID"),
            ("/request/deliveryMethod", json!("async"), "request.deliveryMethod"),
            ("/request/uploadEndpoint", json!("https://x.example"), "request.uploadEndpoint"),
            ("/request/fps", json!(24), "request.fps"),
            ("/destination", json!({ "bucket": "secret" }), "destination.bucket"),
            ("/destination", json!({ "key": "../{jobId}" }), "destination.key"),
            ("/destination", json!({ "key": "{tenant}/{jobId}" }), "destination.key"),
            ("/destination", json!({ "key": "{nope}" }), "destination.key"),
            ("/destination", json!({ "key": "landfall/ledger/ab/other.json" }), "destination.key"),
            ("/destination", json!({ "metadata": { "a": "b\r\nx-amz-acl: public-read" } }), "destination.metadata.a"),
            (
                "/destination",
                json!({ "metadata": { "landfall-job-id": "forged" } }),
                "destination.metadata.landfall-job-id",
            ),
            ("/destination", json!({ "metadata": { "A": "b" } }), "destination.metadata.A"),
            ("/destination", json!({ "metadata": { "a": "b".repeat(3000) } }), "destination.metadata"),
            ("/destination", json!({ "tags": { "a": "b&c=d" } }), "destination.tags.a"),
            ("/destination", json!({ "cacheControl": "a\r\nb" }), "destination.cacheControl"),
            ("/destination", json!({ "public": true }), "destination.public"),
        ];
        for (pointer, value, field) in cases {
            assert_eq!(blamed(&with(envelope(), pointer, value.clone())), [field], "{pointer} {value}");
        }
    }

    #[test]
    fn several_results_need_keys_that_differ() {
        let job = with(envelope(), "/request/numberResults", json!(3));
        assert!(parse(&job).is_ok());
        assert_eq!(blamed(&with(job, "/destination", json!({ "key": "{jobId}.{ext}" }))), ["destination.key"]);
    }

    #[test]
    fn what_only_looks_like_the_workers_own_may_be_written_to() {
        for destination in [
            json!({ "bucket": "archive", "key": "landfall/ledger/{jobId}" }),
            json!({ "key": "landfall/ledgers/{jobId}" }),
        ] {
            assert!(parse(&with(envelope(), "/destination", destination)).is_ok());
        }
    }

    #[test]
    fn a_bare_task_is_refused_where_its_key_cannot_be_made() {
        let rules = OrderRules { default_key: KeyTemplate::parse("{tenant}/{jobId}/{index}").unwrap(), ..rules() };
        let refused = Order::parse(bare().to_string().as_bytes(), &rules).unwrap_err();
        assert_eq!(refused.problems[0].field, "destination.key");
        assert!(refused.problems[0].problem.contains("names no tenant"), "{:?}", refused.problems);
    }

    #[test]
    fn all_problems_are_reported_together() {
        let mut job = with(envelope(), "/request/width", json!(1));
        job = with(job, "/request/ttl", json!(1));
        job = with(job, "/tenant", json!(""));
        job = with(job, "/what", json!(""));
        let mut fields = blamed(&job);
        fields.sort();
        assert_eq!(fields, ["request.height", "request.ttl", "tenant", "what"]);
    }

    #[test]
    fn another_allowed_model_passes_its_own_parameters_through() {
        let mut job = with(bare(), "/model", json!("other:model@1"));
        job = with(job, "/settings", json!({ "audio": true }));
        job = with(job, "/seed", json!(7));
        let order = parse(&job).unwrap();
        assert_eq!(order.request.fields["settings"], json!({ "audio": true }));
        assert_eq!(blamed(&with(job, "/outputQuality", json!(5))), ["outputQuality"]);
    }

    #[test]
    fn the_fingerprint_follows_what_is_bought_and_where_it_lands() {
        let order = parse(&envelope()).unwrap();
        let with_other_deadline = parse(&with(envelope(), "/deadline", json!("PT1H"))).unwrap();
        let with_other_prompt = parse(&with(envelope(), "/request/positivePrompt", json!("Another."))).unwrap();
        let with_other_key = parse(&with(envelope(), "/destination", json!({ "key": "x/{jobId}" }))).unwrap();
        assert_eq!(order.fingerprint, with_other_deadline.fingerprint);
        assert_ne!(order.fingerprint, with_other_prompt.fingerprint);
        assert_ne!(order.fingerprint, with_other_key.fingerprint);
    }

    #[test]
    fn the_fingerprint_does_not_follow_the_settings() {
        let moved = OrderRules {
            default_bucket: "elsewhere".to_owned(),
            default_key: KeyTemplate::parse("films/{jobId}/{index}").unwrap(),
            ..rules()
        };
        for job in [bare(), envelope()] {
            let order = Order::parse(job.to_string().as_bytes(), &moved).unwrap();
            assert_eq!(order.fingerprint, parse(&job).unwrap().fingerprint);
        }
    }

    #[test]
    fn what_is_no_job_at_all_is_refused_in_words() {
        for (message, word) in [
            (b"".to_vec(), "must be JSON"),
            (b"\xff\xfe".to_vec(), "must be JSON"),
            (b"[]".to_vec(), "must be a JSON object, is an array"),
            (b"7".to_vec(), "is a number"),
            (vec![b'['; 100_000], "must be JSON"),
            (vec![b' '; MESSAGE_MAX_BYTES + 1], "at most 262144 bytes"),
        ] {
            let refused = Order::parse(&message, &rules()).unwrap_err();
            assert!(refused.problems[0].problem.contains(word), "{:?}", refused.problems);
        }
    }

    #[test]
    fn a_thousand_unknown_fields_make_a_bounded_report() {
        let mut job = envelope();
        for at in 0..1000 {
            job = with(job, &format!("/unknown{at}"), json!(1));
        }
        assert_eq!(blamed(&job).len(), super::super::fields::PROBLEMS_MAX);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(message in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = Order::parse(&message, &rules());
        }

        #[test]
        fn no_damaged_job_makes_it_panic(at in 0_usize..400, byte in any::<u8>(), enveloped in any::<bool>()) {
            let mut message = if enveloped { envelope() } else { bare() }.to_string().into_bytes();
            let len = message.len();
            message[at % len] = byte;
            let _ = Order::parse(&message, &rules());
        }
    }
}
