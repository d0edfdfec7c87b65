//! Traces: spans of jobs, sent to a collector over OTLP.
//!
//! Spans are made with `tracing` where things happen, under the target [`SPANS`]. Here they become OpenTelemetry's, join
//! the traces of producers and consumers, and leave the process. Nothing else of OpenTelemetry is used anywhere.

mod events;
mod export;
mod propagation;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{FilterFn, Filtered};
use tracing_subscriber::layer::Layer;
use url::Url;

use crate::ports::SPANS;

pub use events::TracedEvents;
pub use export::flush;
pub use propagation::propagation;

pub(super) use propagation::trace_of;

/// Where spans go, and which.
#[derive(Clone)]
pub struct TraceOptions {
    /// The collector's OTLP/HTTP address for traces, whole.
    pub endpoint: Url,
    /// Headers for the collector, as `name=value` pairs with commas between them, the values percent-encoded. A secret.
    pub headers: Option<String>,
    /// Which share of the traces that begin here is sent, 0 to 1. Traces that come with a job are sent as their producer
    /// decided.
    pub sample_ratio: f64,
    /// The worker pool.
    pub pool: String,
}

/// Makes OpenTelemetry's spans of ours.
pub(super) type TraceLayer = Filtered<OpenTelemetryLayer<Registry, SdkTracer>, FilterFn, Registry>;

/// Starts the exporter and makes the layer that feeds it. Must be called inside a tokio runtime.
///
/// # Errors
/// What is wrong with the options, without repeating a secret.
pub(super) fn layer(options: &TraceOptions) -> Result<TraceLayer, String> {
    let resource = resource(&options.pool);
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(options.sample_ratio))))
        .with_resource(resource.clone())
        .with_span_processor(export::start(options, &resource)?)
        .build();
    let layer = OpenTelemetryLayer::new(provider.tracer("landfall"))
        .with_context_activation(false)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    Ok(layer.with_filter(FilterFn::new(|metadata| metadata.target() == SPANS)))
}

/// Who sends. The environment's word (`OTEL_SERVICE_NAME`, then `OTEL_RESOURCE_ATTRIBUTES`) goes over ours.
fn resource(pool: &str) -> Resource {
    let ours = [
        KeyValue::new("service.name", "landfall"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", uuid::Uuid::new_v4().to_string()),
        KeyValue::new("landfall.pool", pool.to_owned()),
    ];
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(ours)
        .with_detector(Box::new(EnvResourceDetector::new()));
    match std::env::var("OTEL_SERVICE_NAME") {
        Ok(name) if !name.is_empty() => resource.with_service_name(name).build(),
        Ok(_) | Err(_) => resource.build(),
    }
}
