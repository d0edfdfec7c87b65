//! Spans on their way to the collector.
//!
//! Whoever ends a span puts it into a bounded queue and goes on; when the queue is full the span is lost, and counted. One
//! task sends what is queued. A collector that is away costs memory for that queue and one warning, and never a job's time.
//! The SDK's own batch processor has a thread in which reqwest's asynchronous client cannot work, says of a failure neither
//! what it was nor when it is over, and loses what it could not send.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prost::Message as _;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use url::Url;

use super::TraceOptions;
use crate::job::fault::{Fault, FaultKind};
use crate::job::guard::is_loopback;
use crate::job::text::one_line;

/// Ended spans that wait to be sent; each has one to two KiB. A busy worker makes a thousand in a second.
const QUEUE: usize = 8192;

/// Most spans in one request.
const BATCH_MAX: usize = 512;

/// How long a span waits for others to share its request.
const GATHER: Duration = Duration::from_secs(1);

/// Longest time for one request.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The wait before spans that could not be sent are sent again; it doubles.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest such wait.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// How long the end of the process waits for the last spans to be sent.
const FLUSH_WITHIN: Duration = Duration::from_secs(5);

/// Longest text of a collector that is repeated, in characters.
const TEXT_MAX_CHARS: usize = 200;

/// The exporter of this process, of which there is at most one, as there is one subscriber.
static EXPORTER: OnceLock<Exporter> = OnceLock::new();

struct Exporter {
    closing: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Sends what is still queued, for a few seconds at most. To be called once, when no more spans are to come.
pub async fn flush() {
    let Some(exporter) = EXPORTER.get() else { return };
    exporter.closing.cancel();
    let task = exporter.task.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(task) = task
        && timeout(FLUSH_WITHIN, task).await.is_err()
    {
        warn!("the last spans could not be sent within {FLUSH_WITHIN:?}, and are lost");
    }
}

/// Where ended spans are queued.
#[derive(Debug)]
pub(super) struct Queue {
    spans: mpsc::Sender<SpanData>,
    lost: Arc<AtomicU64>,
}

impl SpanProcessor for Queue {
    fn on_start(&self, _span: &mut Span, _cx: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.spans.try_send(span).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Starts the task that sends.
pub(super) fn start(options: &TraceOptions, resource: &Resource) -> Result<Queue, String> {
    let (spans, queue) = mpsc::channel(QUEUE);
    let lost = Arc::new(AtomicU64::new(0));
    let sender = Sender {
        client: client(options)?,
        endpoint: options.endpoint.clone(),
        resource: resource.into(),
        lost: lost.clone(),
        trouble: None,
    };
    let closing = CancellationToken::new();
    let task = Mutex::new(Some(tokio::spawn(run(queue, sender, closing.clone()))));
    if EXPORTER.set(Exporter { closing, task }).is_err() {
        return Err("traces were started before".to_owned());
    }
    Ok(Queue { spans, lost })
}

fn client(options: &TraceOptions) -> Result<reqwest::Client, String> {
    let client = reqwest::Client::builder()
        .user_agent(concat!("landfall/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers(options.headers.as_deref().unwrap_or_default())?)
        .timeout(CALL_TIMEOUT)
        .retry(reqwest::retry::never())
        .redirect(reqwest::redirect::Policy::none());
    let client = if is_loopback(&options.endpoint) { client.no_proxy() } else { client };
    client.build().map_err(|why| format!("the collector's client could not be made: {why}"))
}

/// Headers as `OTEL_EXPORTER_OTLP_HEADERS` has them: pairs with commas between them, values percent-encoded.
fn headers(text: &str) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (number, pair) in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()).enumerate() {
        let wrong = |what: &str| format!("traces.otlp_headers: pair {} {what}", number + 1);
        let (name, value) = pair.split_once('=').ok_or_else(|| wrong("is not name=value"))?;
        let name: HeaderName = name.trim().parse().map_err(|_| wrong("has a name that no header may have"))?;
        // These stand for themselves here, and for something else in forms.
        let form = format!("value={}", value.trim().replace('+', "%2B").replace('&', "%26"));
        let value = url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned());
        let value = HeaderValue::from_str(&value.unwrap_or_default());
        let mut value = value.map_err(|_| wrong("has a value that no header may have"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

async fn run(mut queue: mpsc::Receiver<SpanData>, mut sender: Sender, closing: CancellationToken) {
    let mut batch = Vec::new();
    while !closing.is_cancelled() {
        gather(&mut queue, &mut batch, &closing).await;
        if !batch.is_empty() {
            sender.deliver(std::mem::take(&mut batch), &closing).await;
        }
    }
    // What is still queued gets one try.
    while let Ok(span) = queue.try_recv() {
        batch.push(span);
        if batch.len() == BATCH_MAX || queue.is_empty() {
            sender.deliver(std::mem::take(&mut batch), &closing).await;
        }
    }
}

/// Waits for a span, and then for others.
async fn gather(queue: &mut mpsc::Receiver<SpanData>, batch: &mut Vec<SpanData>, closing: &CancellationToken) {
    let gathered = async {
        match queue.recv().await {
            Some(span) => batch.push(span),
            // Nobody is left who could make one.
            None => std::future::pending().await,
        }
        let more = async {
            while batch.len() < BATCH_MAX
                && let Some(span) = queue.recv().await
            {
                batch.push(span);
            }
        };
        // The time is over, or the batch is full.
        let _ = timeout(GATHER, more).await;
    };
    closing.run_until_cancelled(gathered).await;
}

/// What is wrong with sending, if something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The collector cannot be reached, or cannot take anything now.
    Away,
    /// It refuses what it gets.
    Refusing,
}

struct Sender {
    client: reqwest::Client,
    endpoint: Url,
    resource: ResourceAttributesWithSchema,
    lost: Arc<AtomicU64>,
    trouble: Option<Trouble>,
}

impl Sender {
    /// Sends a batch until it is taken or refused. Once the process ends there is one try.
    async fn deliver(&mut self, batch: Vec<SpanData>, closing: &CancellationToken) {
        let count = batch.len();
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = bytes::Bytes::from(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
        let mut pause = PAUSE;
        loop {
            let trouble = match self.post(body.clone()).await {
                Ok(()) => return self.works(),
                Err(trouble) => trouble,
            };
            let refused = trouble.0 == Trouble::Refusing;
            self.told(trouble);
            if refused || closing.is_cancelled() {
                self.lost.fetch_add(count as u64, Ordering::Relaxed);
                return;
            }
            closing.run_until_cancelled(sleep(pause)).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn post(&self, body: bytes::Bytes) -> Result<(), (Trouble, String)> {
        let request = self.client.post(self.endpoint.clone()).header(CONTENT_TYPE, "application/x-protobuf").body(body);
        let answer = request.send().await.map_err(|why| {
            let fault = Fault::new(FaultKind::NotSent, "sending spans").because(why.without_url());
            (Trouble::Away, fault.chain())
        })?;
        let status = answer.status();
        let away =
            matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT) || status.is_server_error();
        let advice = match status.as_u16() {
            401 | 403 => " (are traces.otlp_headers right?)",
            404 | 405 => " (is traces.otlp_endpoint right?)",
            _ => "",
        };
        if !status.is_success() {
            let trouble = if away { Trouble::Away } else { Trouble::Refusing };
            return Err((trouble, format!("HTTP status {}{advice}", status.as_u16())));
        }
        // Most collectors answer with nothing, which says the same as an empty answer; a large one says nothing of ours.
        let answer = answer.bytes().await.ok().and_then(|answer| ExportTraceServiceResponse::decode(answer).ok());
        match answer.and_then(|answer| answer.partial_success) {
            Some(partly) if partly.rejected_spans > 0 => {
                let why = one_line(&partly.error_message, TEXT_MAX_CHARS);
                Err((Trouble::Refusing, format!("it refused {} spans: {why}", partly.rejected_spans)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// One warning for each change, however long it lasts.
    fn told(&mut self, (trouble, why): (Trouble, String)) {
        if self.trouble.replace(trouble) == Some(trouble) {
            return;
        }
        let collector = self.endpoint.host_str().unwrap_or_default();
        match trouble {
            Trouble::Away => {
                warn!(collector, why, "no spans reach the collector; jobs go on, and traces will have gaps");
            }
            Trouble::Refusing => {
                warn!(collector, why, "the collector refuses spans, which are lost; jobs go on");
            }
        }
    }

    fn works(&mut self) {
        if self.trouble.take().is_some() {
            let lost = self.lost.swap(0, Ordering::Relaxed);
            info!(lost, "spans reach the collector again");
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;

    #[test]
    fn headers_are_read_as_other_programs_write_them_and_a_mistake_tells_no_value() {
        let read = headers("authorization=Basic%20YTpi, x-scope=a+b&c=,").unwrap();
        assert_eq!(
            (&read["authorization"], &read["x-scope"]),
            (&"Basic YTpi".parse().unwrap(), &"a+b&c=".parse().unwrap())
        );
        assert!(read["authorization"].is_sensitive());
        assert!(headers("").unwrap().is_empty());
        for wrong in ["hunter2", "a=b,hunter2 x=y", "a=b,c=hunter2%0A"] {
            let why = headers(wrong).unwrap_err();
            assert!(why.starts_with("traces.otlp_headers: pair ") && !why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn what_nobody_takes_fills_the_queue_and_no_more() {
        let (spans, queue) = mpsc::channel(3);
        let lost = Arc::new(AtomicU64::new(0));
        let processor = Queue { spans, lost: lost.clone() };
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        for _ in 0..10 {
            provider.tracer("test").start("span").end();
        }
        assert_eq!((queue.len(), lost.load(Ordering::Relaxed)), (3, 7));
    }
}
