//! A hop before the provider that reads its calls, and can do to each what a network and a provider do.
//!
//! A call is one `POST` of an array of tasks; which kind of call it is, is told by its first task. What happens to a call
//! has two halves, as in life: whether it reached the provider, and what answer came back. A [`Fault`] names both.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use bytes::Bytes;
use futures_util::stream;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::dice::Dice;
use crate::support::servers::free_port;

/// Longest a call to the provider may take: a test would hang for ever on one that is never answered.
const CALL_WITHIN: Duration = Duration::from_secs(60);

/// Which call it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    /// Costs money: a POST of new tasks.
    Submit,
    /// `getResponse`: how do tasks stand?
    Question,
    /// `getTaskDetails`: what is archived of a task?
    Recall,
    /// Anything else.
    Other,
}

/// What of a call reaches the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Nothing.
    Nothing,
    /// The first half of its tasks, rounded down.
    Half,
    /// All of it.
    All,
    /// All of it, twice in a row: somebody on the way sent it again. The second answer is the one that comes back.
    Twice,
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Back {
    /// The provider's answer.
    Answer,
    /// A reset in place of an answer.
    Reset,
    /// Nothing, until the client gives up.
    Silence,
    /// The first half of the answer's bytes, and then a reset.
    Cut,
    /// The answer without every second entry of its `data`, beginning with the first.
    Part,
    /// `{"data":[]}` under status 200.
    Empty,
    /// Another status, with a text that is no reply.
    Status(u16),
    /// Status 429 with an error of the vendor's, and `Retry-After` in seconds where one is given.
    Throttled(Option<u16>),
    /// Status 401 with the vendor's error about the key.
    Locked,
}

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    pub(crate) reach: Reach,
    pub(crate) back: Back,
}

impl Fault {
    pub(crate) const fn new(reach: Reach, back: Back) -> Fault {
        Fault { reach, back }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reach = match self.reach {
            Reach::Nothing => "not sent",
            Reach::Half => "half sent",
            Reach::All => "sent",
            Reach::Twice => "sent twice",
        };
        write!(out, "{reach}, {:?}", self.back)
    }
}

/// Faults that calls meet by chance.
#[derive(Debug, Clone)]
pub(crate) struct Odds {
    /// Which of the calls under the odds meet one is drawn from here.
    pub(crate) dice: Dice,
    /// How many calls of a thousand meet one.
    pub(crate) per_mille: usize,
    /// Each as likely as the others.
    pub(crate) faults: Vec<Fault>,
}

/// A call that met a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) call: Call,
    pub(crate) fault: Fault,
    /// How many tasks were in the call.
    pub(crate) tasks: usize,
}

/// The hop. It ends when it is dropped.
pub(crate) struct ProviderProxy {
    address: String,
    plan: Arc<Mutex<Plan>>,
    _open: DropGuard,
}

#[derive(Default)]
struct Plan {
    script: BTreeMap<Call, VecDeque<Fault>>,
    odds: Option<Odds>,
    calls: BTreeMap<Call, usize>,
    met: Vec<Met>,
}

impl Plan {
    /// What this call meets: what the script has for it, else what chance has.
    fn fault(&mut self, call: Call, tasks: usize) -> Option<Fault> {
        *self.calls.entry(call).or_default() += 1;
        let scripted = self.script.get_mut(&call).and_then(VecDeque::pop_front);
        let drawn = || {
            let odds = self.odds.as_mut()?;
            (odds.dice.below(1000) < odds.per_mille).then(|| *odds.dice.pick(&odds.faults))
        };
        let fault = scripted.or_else(drawn)?;
        self.met.push(Met { call, fault, tasks });
        Some(fault)
    }
}

impl ProviderProxy {
    /// A hop before the provider at `target`, which is `host:port`.
    pub(crate) async fn before(target: &str) -> ProviderProxy {
        let address = format!("127.0.0.1:{}", free_port().expect("a free port"));
        let listener = TcpListener::bind(&address).await.expect("the port is free");
        let plan = Arc::new(Mutex::new(Plan::default()));
        let client = reqwest::Client::builder().no_proxy().timeout(CALL_WITHIN).build().expect("a client");
        let desk = Arc::new(Desk { client, target: format!("http://{target}"), plan: Arc::clone(&plan) });
        let open = CancellationToken::new();
        tokio::spawn(open.clone().run_until_cancelled_owned(serve(listener, desk, open.clone())));
        ProviderProxy { address, plan, _open: open.drop_guard() }
    }

    /// `host:port` of the hop.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The next calls of that kind meet these, in order. They come before what chance has.
    pub(crate) fn next(&self, call: Call, faults: impl IntoIterator<Item = Fault>) {
        self.plan().script.entry(call).or_default().extend(faults);
    }

    /// From now on every call of any kind meets a fault by these odds, or none.
    pub(crate) fn by_chance(&self, odds: Option<Odds>) {
        self.plan().odds = odds;
    }

    /// The calls that met a fault so far, in order.
    pub(crate) fn met(&self) -> Vec<Met> {
        self.plan().met.clone()
    }

    /// How many calls of that kind came so far.
    pub(crate) fn calls(&self, call: Call) -> usize {
        self.plan().calls.get(&call).copied().unwrap_or_default()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().expect("no holder panics")
    }
}

async fn serve(listener: TcpListener, desk: Arc<Desk>, open: CancellationToken) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(open.clone().run_until_cancelled_owned(converse(stream, Arc::clone(&desk))));
    }
}

/// One connection, until the client is done with it or a fault ends it.
async fn converse(stream: TcpStream, desk: Arc<Desk>) {
    // However it ends before an answer is out, it is a reset: an orderly end would need one.
    let _ = (stream.set_nodelay(true), stream.set_zero_linger());
    let service = service_fn(move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.handle(request).await }
    });
    // An error is what a fault makes of the connection, or a client that went away.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// What ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection ends here")]
struct Hangup;

/// What the provider, or we in its place, answered.
struct Answer {
    status: StatusCode,
    body: Bytes,
}

struct Desk {
    client: reqwest::Client,
    target: String,
    plan: Arc<Mutex<Plan>>,
}

impl Desk {
    async fn handle(&self, request: Request<Incoming>) -> Result<Response<Body>, Hangup> {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await.map_err(|_| Hangup)?;
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let tasks: Vec<Value> = serde_json::from_slice(&body).unwrap_or_default();
        let fault = if head.method == Method::POST {
            self.plan.lock().expect("no holder panics").fault(call(&tasks), tasks.len())
        } else {
            None
        };
        let Fault { reach, back } = fault.unwrap_or(Fault::new(Reach::All, Back::Answer));
        let send = async |body| self.send(&head.method, &path, &head.headers, body).await;
        let answer = match reach {
            Reach::Nothing => None,
            Reach::Half if tasks.len() < 2 => None,
            Reach::Half => Some(send(json!(tasks[..tasks.len() / 2]).to_string().into()).await?),
            Reach::All => Some(send(body).await?),
            Reach::Twice => {
                send(body.clone()).await?;
                Some(send(body).await?)
            }
        };
        respond(back, answer).await
    }

    async fn send(&self, method: &Method, path: &str, headers: &HeaderMap, body: Bytes) -> Result<Answer, Hangup> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.target)).body(body);
        for name in [header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT] {
            if let Some(value) = headers.get(&name) {
                request = request.header(name, value);
            }
        }
        let response = request.send().await.map_err(|_| Hangup)?;
        let status = response.status();
        Ok(Answer { status, body: response.bytes().await.map_err(|_| Hangup)? })
    }
}

/// Which call the tasks of a body make.
fn call(tasks: &[Value]) -> Call {
    match tasks.first().and_then(|task| task["taskType"].as_str()) {
        Some("videoInference") => Call::Submit,
        Some("getResponse") => Call::Question,
        Some("getTaskDetails") => Call::Recall,
        Some(_) | None => Call::Other,
    }
}

async fn respond(back: Back, answer: Option<Answer>) -> Result<Response<Body>, Hangup> {
    let answer = answer.unwrap_or_else(|| reply(200, &json!({ "data": [] })));
    Ok(match back {
        Back::Answer => whole(answer, None),
        Back::Reset => return Err(Hangup),
        Back::Silence => std::future::pending().await,
        Back::Cut => cut(&answer),
        Back::Part => whole(part(&answer), None),
        Back::Empty => whole(reply(200, &json!({ "data": [] })), None),
        Back::Status(status) => {
            whole(Answer { body: Bytes::from_static(b"upstream trouble"), ..reply(status, &json!({})) }, None)
        }
        Back::Throttled(after) => whole(reply(429, &error("rateLimitExceeded", "Too many requests.")), after),
        Back::Locked => whole(reply(401, &error("invalidApiKey", "The key is not known.")), None),
    })
}

fn reply(status: u16, body: &Value) -> Answer {
    Answer { status: StatusCode::from_u16(status).expect("a status"), body: body.to_string().into() }
}

/// An error that is about the call and names no task.
fn error(code: &str, message: &str) -> Value {
    json!({ "errors": [{ "code": code, "message": message }] })
}

/// The reply without every second entry of its `data`.
fn part(answer: &Answer) -> Answer {
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(data) = body.get_mut("data").and_then(Value::as_array_mut) {
        let mut keep = true;
        data.retain(|_| {
            keep = !keep;
            keep
        });
    }
    Answer { status: answer.status, body: body.to_string().into() }
}

fn whole(answer: Answer, retry_after: Option<u16>) -> Response<Body> {
    let mut response = Response::builder().status(answer.status).header(header::CONTENT_TYPE, "application/json");
    if let Some(seconds) = retry_after {
        response = response.header(header::RETRY_AFTER, seconds);
    }
    response.body(Body::from(answer.body)).expect("a response")
}

/// Announces the whole body and breaks off halfway.
fn cut(answer: &Answer) -> Response<Body> {
    let half = answer.body.slice(..answer.body.len() / 2);
    let pieces = stream::iter([Ok(half), Err(Hangup)]);
    Response::builder()
        .status(answer.status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, answer.body.len())
        .body(Body::from_stream(pieces))
        .expect("a response")
}
