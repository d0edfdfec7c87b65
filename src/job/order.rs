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
use super::guard::Guard;
use super::ids::{Fingerprint, JobId, ObjectKey, ObjectRef, TaskUuid};
use super::request::{self, DURATION_S, Form, Request};
use super::template::KeyTemplate;

/// Largest message, in bytes. Larger ones are dead-lettered unread.
pub const MESSAGE_MAX_BYTES: usize = 256 * 1024;

/// Deepest nesting of objects and arrays in a message, the message itself included. Its context is repeated inside of
/// records and events, and whoever reads those has a limit as well: 64 in .NET, 128 in ours.
pub const NESTING_MAX: usize = 32;

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
    /// Which URLs may be handed to the provider, for it to fetch or call.
    pub urls: Guard,
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
    /// Reads and checks a job. Never panics, whatever the bytes.
    pub fn parse(message: &[u8], rules: &OrderRules) -> Result<Order, Refused> {
        Order::check(read_object(message)?, rules)
    }

    pub(super) fn check(top: Map<String, Value>, rules: &OrderRules) -> Result<Order, Refused> {
        let mut problems = Problems::default();
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

/// The JSON object that a message has to be.
pub(super) fn read_object(message: &[u8]) -> Result<Map<String, Value>, Refused> {
    let why = if message.len() > MESSAGE_MAX_BYTES {
        format!("message must have at most {MESSAGE_MAX_BYTES} bytes, has {}", message.len())
    } else {
        match serde_json::from_slice(message) {
            Ok(deep) if nesting(&deep) > nesting_max(&deep) => {
                let (most, levels) = (nesting_max(&deep), nesting(&deep));
                format!("message must be nested at most {most} levels deep, has {levels}")
            }
            Ok(Value::Object(map)) => return Ok(map),
            Ok(other) => format!("message must be a JSON object, is {}", kind(&other)),
            Err(why) => format!("message must be JSON: {why}"),
        }
    };
    Err(Refused { job_id: None, problems: vec![Problem { field: String::new(), problem: why }] })
}

/// A control message holds its job one level deeper than the job came by itself.
fn nesting_max(message: &Value) -> usize {
    NESTING_MAX + usize::from(message.get("control").is_some())
}

/// Levels of objects and arrays. The JSON reader ends at 128, and so does this recursion.
fn nesting(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(nesting).max().unwrap_or_default(),
        Value::Array(items) => 1 + items.iter().map(nesting).max().unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn read_bare(fields: Fields<'_>, rules: &OrderRules) -> (Option<JobId>, Option<Order>) {
    let (request, task_uuid) = request::check(fields, Form::Bare, rules);
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
        .and_then(|map| request::check(fields.nested("request", map), Form::Enveloped, rules).0);
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
mod tests;
