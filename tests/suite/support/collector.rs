//! A collector of traces: takes spans over OTLP/HTTP as an OpenTelemetry collector does, and shows what it got.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use landfall::job::ids::hex;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use super::binary::{LOOK, PATIENCE};

/// A span as it came.
#[derive(Debug, Clone)]
pub(crate) struct Spanned {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty for the root of a trace.
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    pub(crate) attributes: BTreeMap<String, String>,
    /// Names of those attributes that are numbers.
    pub(crate) numbers: BTreeSet<String>,
    /// What is linked: trace and span.
    pub(crate) links: Vec<(String, String)>,
    /// Names of its events.
    pub(crate) events: Vec<String>,
    /// The message of its error, if it has one.
    pub(crate) error: Option<String>,
    /// Who sent it.
    pub(crate) resource: BTreeMap<String, String>,
}

impl Spanned {
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The `traceparent` under which others go on from it.
    pub(crate) fn traceparent(&self) -> String {
        format!("00-{}-{}-01", self.trace, self.id)
    }
}

#[derive(Default)]
struct Got {
    spans: Vec<Spanned>,
    /// Everything as it was sent, for a search.
    raw: Vec<Vec<u8>>,
    headers: Vec<HeaderMap>,
    refuses_with: Option<StatusCode>,
}

/// A collector, which ends when this is dropped.
pub(crate) struct Collector {
    address: SocketAddr,
    got: Arc<Mutex<Got>>,
    _server: AbortOnDropHandle<()>,
}

impl Collector {
    pub(crate) async fn start() -> Collector {
        Collector::at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// A collector that comes back where one was.
    pub(crate) async fn at(address: SocketAddr) -> Collector {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let got = Arc::<Mutex<Got>>::default();
        let pages = Router::new().route("/v1/traces", post(take)).with_state(got.clone());
        let server = tokio::spawn(async move { axum::serve(listener, pages).await.expect("served") });
        Collector { address, got, _server: AbortOnDropHandle::new(server) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn got(&self) -> MutexGuard<'_, Got> {
        self.got.lock().expect("no holder panics")
    }

    /// From now on every request is refused with this status, or with `None` taken.
    pub(crate) fn refuse_with(&self, status: Option<StatusCode>) {
        self.got().refuses_with = status;
    }

    pub(crate) fn last_headers(&self) -> HeaderMap {
        self.got().headers.last().cloned().expect("a request")
    }

    pub(crate) fn spans(&self) -> Vec<Spanned> {
        self.got().spans.clone()
    }

    pub(crate) fn trace(&self, trace: &str) -> Trace {
        Trace(self.spans().into_iter().filter(|span| span.trace == trace).collect())
    }

    /// Waits until what came is enough.
    pub(crate) async fn until(&self, what: &str, enough: impl Fn(&[Spanned]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !enough(&self.got().spans) {
            assert!(Instant::now() < deadline, "{what} does not come; spans: {:#?}", self.names());
            sleep(LOOK).await;
        }
    }

    fn names(&self) -> Vec<String> {
        self.got().spans.iter().map(|span| span.name.clone()).collect()
    }

    /// All that was sent to it, names and values, as a text that can be searched.
    pub(crate) fn all_text(&self) -> String {
        let got = self.got();
        let raw = got.raw.iter().map(|raw| String::from_utf8_lossy(raw).into_owned()).collect::<String>();
        format!("{raw}\n{:#?}", got.spans)
    }

    /// A producer's own span, sent to the collector as by the producer itself.
    pub(crate) async fn produce(&self, name: &str) -> Spanned {
        let ids = uuid::Uuid::new_v4();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let now = u64::try_from(now.as_nanos()).expect("before 2554");
        let span = Span {
            trace_id: ids.as_bytes().to_vec(),
            span_id: uuid::Uuid::new_v4().as_bytes()[..8].to_vec(),
            name: name.to_owned(),
            kind: SpanKind::Producer as i32,
            start_time_unix_nano: now - 1_000_000,
            end_time_unix_nano: now,
            flags: 1,
            ..Span::default()
        };
        let id = hex(&span.span_id);
        let shop = AnyValue { value: Some(Value::StringValue("shop".to_owned())) };
        let shop = KeyValue { key: "service.name".to_owned(), value: Some(shop), ..KeyValue::default() };
        let resource = Some(Resource { attributes: vec![shop], ..Resource::default() });
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let url = format!("{}/v1/traces", self.url());
        let sent =
            reqwest::Client::new().post(url).header("content-type", "application/x-protobuf").body(body).send().await;
        let sent = sent.expect("an answer");
        assert!(sent.status().is_success());
        self.spans().into_iter().find(|span| span.id == id).expect("it came")
    }
}

async fn take(State(got): State<Arc<Mutex<Got>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut got = got.lock().expect("no holder panics");
    got.headers.push(headers);
    if let Some(status) = got.refuses_with {
        return status;
    }
    let request = ExportTraceServiceRequest::decode(body.clone()).expect("OTLP");
    got.raw.push(body.to_vec());
    for resource_spans in request.resource_spans {
        let resource = texts(&resource_spans.resource.unwrap_or_default().attributes);
        for span in resource_spans.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            got.spans.push(read(span, &resource));
        }
    }
    StatusCode::OK
}

fn read(span: Span, resource: &BTreeMap<String, String>) -> Spanned {
    let error = span.status.clone().filter(|status| status.code() == SpanStatus::Error);
    Spanned {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        kind: span.kind(),
        attributes: texts(&span.attributes),
        numbers: span.attributes.iter().filter(|pair| is_number(pair)).map(|pair| pair.key.clone()).collect(),
        links: span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect(),
        events: span.events.iter().map(|event| event.name.clone()).collect(),
        error: error.map(|status| status.message),
        resource: resource.clone(),
        name: span.name,
    }
}

fn is_number(pair: &KeyValue) -> bool {
    let value = pair.value.as_ref().and_then(|value| value.value.as_ref());
    matches!(value, Some(Value::IntValue(_) | Value::DoubleValue(_)))
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|value| value.value.clone()) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|pair| (pair.key.clone(), text(&pair.value))).collect()
}

/// The spans of one trace.
#[derive(Debug)]
pub(crate) struct Trace(pub(crate) Vec<Spanned>);

impl Trace {
    pub(crate) fn named(&self, name: &str) -> Vec<&Spanned> {
        self.0.iter().filter(|span| span.name == name).collect()
    }

    /// The only span of that name.
    pub(crate) fn one(&self, name: &str) -> &Spanned {
        match self.named(name).as_slice() {
            [only] => only,
            several => panic!("{} spans are named {name}:\n{}", several.len(), self.tree()),
        }
    }

    pub(crate) fn below(&self, parent: &Spanned) -> Vec<&Spanned> {
        self.0.iter().filter(|span| span.parent == parent.id).collect()
    }

    /// The only span of that name right below another one.
    pub(crate) fn child(&self, parent: &Spanned, name: &str) -> &Spanned {
        let found: Vec<&Spanned> = self.below(parent).into_iter().filter(|span| span.name == name).collect();
        match found.as_slice() {
            [only] => only,
            several => panic!("{} children {name} of {}:\n{}", several.len(), parent.name, self.tree()),
        }
    }

    /// Asserts that every span but the root has its parent here.
    pub(crate) fn assert_whole(&self) {
        let ids: BTreeSet<&str> = self.0.iter().map(|span| span.id.as_str()).collect();
        for span in self.0.iter().filter(|span| !span.parent.is_empty()) {
            assert!(ids.contains(span.parent.as_str()), "{} has no parent:\n{}", span.name, self.tree());
        }
    }

    /// The whole trace, indented, for failures and for people.
    pub(crate) fn tree(&self) -> String {
        let ids: BTreeSet<&str> = self.0.iter().map(|span| span.id.as_str()).collect();
        let mut text = String::new();
        for root in self.0.iter().filter(|span| !ids.contains(span.parent.as_str())) {
            self.draw(root, 0, &mut text);
        }
        text
    }

    fn draw(&self, span: &Spanned, depth: usize, text: &mut String) {
        text.push_str(&format!(
            "{}{} ({:?}) {:?} {:?}\n",
            "  ".repeat(depth),
            span.name,
            span.kind,
            span.attributes,
            span.error
        ));
        for child in self.below(span) {
            self.draw(child, depth + 1, text);
        }
    }
}
