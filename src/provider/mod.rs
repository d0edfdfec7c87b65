//! The provider: Runware's task API over REST, and the guarded fetch of results from its storage.
//!
//! Every call is one POST of a JSON array to one URL. [`RunwareApi`] sends it, bounds what comes back, and leaves the
//! meaning to pure functions: `wire` reads a reply, `answers` says what it tells about our tasks, `classify` names
//! the fault when it tells nothing. Nothing is repeated here: whether to repeat is the worker's decision, since only it
//! knows what a repeat may cost.

mod account;
mod answers;
mod classify;
mod excerpt;
mod families;
mod fetch;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod scripted;
mod spans;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde::Serialize;
use serde_json::Value;
use tracing::{Instrument, Span};
use url::Url;

pub use self::account::AccountAnswer;
pub use self::fetch::{FetchOptions, GuardedFetch, VENDOR_RESULT_HOSTS};

use self::answers::NoAnswer;
use self::classify::{Call, Happened, classify, retry_after};
use self::excerpt::excerpt;
use self::wire::{Question, Reply, submit_task};
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::guard::is_loopback;
use crate::job::ids::TaskUuid;
use crate::job::skew::{SkewMeter, SkewNews, SkewWatch, apart};
use crate::ports::{ErrorFamily, Observed, Propagation, Recalled, Refusal, Submission, Submitted, TaskApi, bug};

/// Largest reply that is read, in bytes. A full batch of 50 tasks answers with about 50 KiB; errors may carry a
/// provider's own long texts. What is longer is no reply and would only fill memory.
const REPLY_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Keys from this length on are cut from replies, in bytes. The vendor's have at least 32; a toy key of a local stack may
/// be any word, and cutting that word would garble what the reply says.
const KEY_CUT_MIN_BYTES: usize = 20;

/// How much of a body that is no reply is shown, in characters.
const BODY_SHOWN_CHARS: usize = 200;

/// How much of it is looked at for that, in bytes: far more than is shown.
const BODY_LOOKED_AT_BYTES: usize = 16 * 1024;

/// Idle connections are closed before a server may do so unnoticed: a submission written into a connection that is just
/// being closed has an unknown outcome.
const POOL_IDLE: Duration = Duration::from_secs(20);

const USER_AGENT: &str = concat!("landfall/", env!("CARGO_PKG_VERSION"));

/// How to reach the provider.
#[derive(Debug, Clone)]
pub struct ProviderOptions {
    /// The task API, `http` or `https`. Any query is sent as it is.
    pub url: Url,
    /// The account's key.
    pub api_key: ApiKey,
    /// Most tasks in one POST, at least 1. The vendor publishes no bound; a larger batch makes more tasks share the fate
    /// of one call.
    pub batch_max: usize,
    /// Longest time until a connection stands.
    pub connect_timeout: Duration,
    /// Longest time for a whole call, from the first byte sent to the last one read.
    pub call_timeout: Duration,
    /// How calls join traces: while those are on, each carries a `traceparent`, and never anything else of them.
    pub propagation: Propagation,
    /// Where it is shown how far the provider's clock is from ours.
    pub skew: SkewMeter,
}

impl ProviderOptions {
    /// Options with batches of 50, 10 s to connect and 60 s for a call.
    pub fn new(url: Url, api_key: ApiKey) -> ProviderOptions {
        ProviderOptions {
            url,
            api_key,
            batch_max: 50,
            connect_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(60),
            propagation: Propagation::default(),
            skew: SkewMeter::default(),
        }
    }
}

/// The provider account's key. It cannot be formatted.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Accepts what fits into a header: printable ASCII without spaces, not empty. The error never repeats the key.
    pub fn parse(text: &str) -> Result<ApiKey, String> {
        if text.is_empty() {
            return Err("must not be empty".to_owned());
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must hold printable ASCII characters only, without spaces or line ends".to_owned());
        }
        Ok(ApiKey(text.to_owned()))
    }

    /// `text` without the key, should the other side repeat it, as error texts do.
    fn cut_from(&self, text: &str) -> String {
        if self.0.len() < KEY_CUT_MIN_BYTES {
            return text.to_owned();
        }
        // Many write a slash in JSON as `\/`.
        text.replace(&self.0, "[cut]").replace(&self.0.replace('/', "\\/"), "[cut]")
    }

    /// Cuts the key out of every text in `value`: after JSON's escapes are undone, of which there is one for each letter.
    fn cut_from_all(&self, value: &mut Value) {
        match value {
            Value::String(text) if text.contains(&self.0) => *text = self.cut_from(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.cut_from_all(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.cut_from_all(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ApiKey(redacted)")
    }
}

/// The task API over REST. Cheap to share by reference; connections are pooled.
pub struct RunwareApi {
    client: reqwest::Client,
    url: Url,
    api_key: ApiKey,
    authorization: HeaderValue,
    batch_max: usize,
    propagation: Propagation,
    skew: Mutex<SkewWatch>,
}

impl fmt::Debug for RunwareApi {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RunwareApi(on {})", self.url.host_str().unwrap_or("no host"))
    }
}

impl RunwareApi {
    /// Checks the options and prepares the client; connects nowhere.
    ///
    /// Options that cannot work, and a machine without trusted certificates, are
    /// [`Denied`](crate::job::fault::FaultKind::Denied).
    pub fn new(options: ProviderOptions) -> Outcome<RunwareApi> {
        let denied = |why: &str| Fault::new(FaultKind::Denied, "preparing the provider's client").because(why);
        if !matches!(options.url.scheme(), "http" | "https") || options.url.host().is_none() {
            return Err(denied("provider.url must be an http or https URL"));
        }
        if !options.url.username().is_empty() || options.url.password().is_some() {
            return Err(denied("provider.url must not hold a user or password: the key goes into provider.api_key"));
        }
        if options.batch_max == 0 {
            return Err(denied("provider.batch_max must be at least 1"));
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", options.api_key.0))
            .map_err(|_| denied("provider.api_key cannot be sent in a header"))?;
        authorization.set_sensitive(true);
        let mut client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(options.connect_timeout)
            .timeout(options.call_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&options.url) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| {
            Fault::new(FaultKind::Denied, "preparing the provider's client").because(error.without_url())
        })?;
        let ProviderOptions { url, api_key, batch_max, propagation, skew, .. } = options;
        let skew = Mutex::new(SkewWatch::on(skew));
        Ok(RunwareApi { client, url, api_key, authorization, batch_max, propagation, skew })
    }

    async fn call(&self, call: Call, asked: &[TaskUuid], body: &impl Serialize) -> Outcome<Answer> {
        let span = spans::of_call(call.name(), &self.url, asked);
        let answered = self.exchange(call, asked.len(), body, &span).instrument(span.clone()).await;
        match &answered {
            Ok(answer) => spans::note_status(&span, answer.status),
            Err(fault) => spans::note_fault(&span, fault),
        }
        answered
    }

    async fn exchange(&self, call: Call, tasks: usize, body: &impl Serialize, span: &Span) -> Outcome<Answer> {
        if tasks > self.batch_max {
            return Err(bug(format!("{}, and {} is the most", call.doing(tasks), self.batch_max)));
        }
        let fault = |happened, why: Box<dyn Error + Send + Sync>| {
            Fault::new(classify(call, &happened, None), call.doing(tasks)).because(why)
        };
        let body = serde_json::to_vec(body).map_err(|error| fault(Happened::Unsendable, error.into()))?;
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(reqwest::header::ACCEPT, HeaderValue::from_static("application/json"));
        spans::lead_on(&mut headers, span, &self.propagation);
        let request = self.client.post(self.url.clone()).headers(headers).body(body);
        let sent = Timestamp::now();
        let mut response = request.send().await.map_err(|error| {
            let happened = if error.is_builder() {
                Happened::Unsendable
            } else if error.is_connect() {
                Happened::Unreachable
            } else {
                Happened::Lost
            };
            fault(happened, error.without_url().into())
        })?;

        self.watch_clock(&response, sent);
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| fault(Happened::Lost, error.without_url().into()))?
        {
            if body.len() + chunk.len() > REPLY_MAX_BYTES {
                let why = format!("the answer has more than {REPLY_MAX_BYTES} bytes");
                return Err(fault(Happened::Oversized, why.into()));
            }
            body.extend_from_slice(&chunk);
        }
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = after.and_then(|header| retry_after(header, Timestamp::now()));
        Ok(Answer { after, ..self.answer(call, tasks, response.status().as_u16(), body) })
    }

    fn watch_clock(&self, response: &reqwest::Response, sent: Timestamp) {
        let Some(date) = response.headers().get(DATE).and_then(|value| value.to_str().ok()) else { return };
        let news = self.skew.lock().unwrap_or_else(PoisonError::into_inner).note(date, sent, Timestamp::now());
        match news {
            Some(SkewNews::Apart(skew)) => {
                tracing::warn!(skew_s = skew.as_secs(), "the clocks disagree: {}", apart(skew, "the provider"));
            }
            Some(SkewNews::Agreed) => tracing::info!("this machine's clock and that of the provider agree again"),
            None => {}
        }
    }

    /// What the answer `status` with `body` says of submitted tasks, as [`submit`](TaskApi::submit) would have it.
    ///
    /// Public, like its two sisters, so that replies can be read without a server: by the fuzz targets, which have no
    /// other way to the reader.
    pub fn read_submitted(
        &self,
        asked: &[TaskUuid],
        status: u16,
        body: Vec<u8>,
    ) -> Outcome<HashMap<TaskUuid, Submitted>> {
        self.answer(Call::Submit, asked.len(), status, body).submitted(asked)
    }

    /// What an answer says of how tasks stand, as [`observe`](TaskApi::observe) would have it.
    pub fn read_observed(
        &self,
        asked: &[TaskUuid],
        status: u16,
        body: Vec<u8>,
    ) -> Outcome<HashMap<TaskUuid, Observed>> {
        self.answer(Call::Observe, asked.len(), status, body).observed(asked)
    }

    /// What an answer of the archive says of a task, as [`recall`](TaskApi::recall) would have it.
    pub fn read_recalled(&self, asked: TaskUuid, status: u16, body: Vec<u8>) -> Outcome<Recalled> {
        self.answer(Call::Recall, 1, status, body).recalled(asked)
    }

    fn answer(&self, call: Call, tasks: usize, status: u16, body: Vec<u8>) -> Answer {
        let reply = serde_json::from_slice(&body).ok().and_then(|mut value| {
            self.api_key.cut_from_all(&mut value);
            Reply::of(&value)
        });
        let start = String::from_utf8_lossy(&body[..body.len().min(BODY_LOOKED_AT_BYTES)]).into_owned();
        Answer { call, tasks, status, after: None, reply, start: self.api_key.cut_from(&start) }
    }
}

/// A whole answer to a call.
struct Answer {
    call: Call,
    tasks: usize,
    status: u16,
    after: Option<Duration>,
    /// `None` when the body is no reply.
    reply: Option<Reply>,
    /// How the body begins.
    start: String,
}

impl Answer {
    /// An error that names no task: of a call with one task it is that task's refusal; of a call with several a
    /// validation error is a [`Rejected`](FaultKind::Rejected) fault of the whole call, none was accepted, and the
    /// worker finds the culprit by submitting them one by one.
    fn submitted(self, asked: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        let status = self.status;
        self.read(HashMap::new(), |reply| answers::submitted(asked, status, reply))
    }

    fn observed(self, asked: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        self.read(HashMap::new(), |reply| answers::observed(asked, reply))
    }

    fn recalled(self, asked: TaskUuid) -> Outcome<Recalled> {
        self.read(Recalled::Nothing, |reply| answers::recalled(asked, reply))
    }

    /// What the reply says; its own words outrank the HTTP status, which is nobody's when tasks fared differently.
    /// `silent` is the answer of a reply that says nothing of our tasks under a status of success.
    fn read<T>(mut self, silent: T, meaning: impl FnOnce(Reply) -> Result<T, NoAnswer>) -> Outcome<T> {
        let Some(reply) = self.reply.take() else {
            return Err(self.opaque());
        };
        match meaning(reply) {
            Ok(answer) => Ok(answer),
            Err(NoAnswer::Refused(refusal)) => Err(self.refused(&refusal)),
            Err(NoAnswer::Silent) if (200..=299).contains(&self.status) => Ok(silent),
            Err(NoAnswer::Silent) => Err(self.opaque()),
        }
    }

    fn opaque(&self) -> Fault {
        let body = excerpt(&self.start, BODY_SHOWN_CHARS);
        let advice = match self.status {
            300..=399 | 404 | 405 => " (is provider.url right?)",
            401 | 403 => " (is provider.api_key right?)",
            _ => "",
        };
        let why = format!("HTTP status {}{advice} and no reply that could be read: {body:?}", self.status);
        self.fault(&Happened::Opaque { status: self.status }, why)
    }

    fn refused(&self, refusal: &Refusal) -> Fault {
        let advice = match refusal.family {
            ErrorFamily::Auth => " (check provider.api_key and the account)",
            ErrorFamily::Quota => " (the account needs credit)",
            ErrorFamily::RateLimit
            | ErrorFamily::Safety
            | ErrorFamily::Timeout
            | ErrorFamily::Provider
            | ErrorFamily::Server
            | ErrorFamily::NotFound
            | ErrorFamily::Validation
            | ErrorFamily::Conflict
            | ErrorFamily::Unknown => "",
        };
        let Refusal { family, code, message, .. } = refusal;
        let why = format!("HTTP status {}, error {code:?}: {message}{advice}", self.status);
        self.fault(&Happened::Refused { status: self.status, family: *family, code: code.clone() }, why)
    }

    fn fault(&self, happened: &Happened, why: String) -> Fault {
        Fault::new(classify(self.call, happened, self.after), self.call.doing(self.tasks)).because(why)
    }
}

#[async_trait]
impl TaskApi for RunwareApi {
    fn batch_max(&self) -> usize {
        self.batch_max
    }

    async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        if tasks.is_empty() {
            return Ok(HashMap::new());
        }
        let asked: Vec<TaskUuid> = tasks.iter().map(|task| task.task_uuid).collect();
        let body: Vec<_> = tasks.iter().map(submit_task).collect();
        let answer = self.call(Call::Submit, &asked, &body).await?;
        answer.submitted(&asked)
    }

    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        if tasks.is_empty() {
            return Ok(HashMap::new());
        }
        let body: Vec<Question> = tasks.iter().map(|task| Question::get_response(*task)).collect();
        let answer = self.call(Call::Observe, tasks, &body).await?;
        answer.observed(tasks)
    }

    async fn recall(&self, task: TaskUuid) -> Outcome<Recalled> {
        let answer = self.call(Call::Recall, &[task], &[Question::get_task_details(task)]).await?;
        answer.recalled(task)
    }
}
