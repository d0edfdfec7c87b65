//! Metrics for Prometheus.
//!
//! [`Metrics`] is an [`Observer`](crate::worker::Observer) that counts what a worker tells (`observe`), wraps its ports
//! to time them (`metered`), and serves `/metrics`, where it first looks up what is not counted ([`Readings`]). All
//! metrics are declared in `catalogue`; all values of their labels are in `labels`.

mod catalogue;
mod declare;
mod labels;
mod metered;
mod observe;
mod process;
mod readings;
mod text;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::job::verdict::Stage;

pub use declare::{Described, Kind};
pub use readings::Readings;

use catalogue::Catalogue;
use declare::Declaring;
use labels::Version;

/// The metrics of one worker. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    described: Vec<Described>,
    catalogue: Catalogue,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

impl Metrics {
    /// The metrics of a process that begins now.
    pub fn new() -> Metrics {
        let mut declaring = Declaring::default();
        let catalogue = Catalogue::declare(&mut declaring);
        let Declaring { registry, described, .. } = declaring;
        catalogue.build.set(Version, 1.0);
        catalogue.start_time_s.set((), Timestamp::now().as_duration().as_secs_f64());
        for stage in Stage::ALL {
            catalogue.in_stage.set(stage, 0.0);
        }
        Metrics(Arc::new(Inner { registry, described, catalogue }))
    }

    /// What there is, in the order of the declarations.
    pub fn described(&self) -> &[Described] {
        &self.0.described
    }

    /// All metrics as OpenMetrics text.
    pub fn text(&self, readings: &Readings) -> String {
        self.take_over(readings);
        let mut text = String::new();
        encode(&mut text, &self.0.registry).expect("a string takes everything");
        // What the encoder makes of a series without labels.
        text.replace("{} ", " ")
    }

    /// `/metrics`, with `read` telling how things stand whenever it is asked for.
    pub fn page(&self, read: impl Fn() -> Readings + Send + Sync + 'static) -> Router {
        let served: Served = (self.clone(), Arc::new(read));
        Router::new().route("/metrics", get(serve)).with_state(served)
    }
}

type Served = (Metrics, Arc<dyn Fn() -> Readings + Send + Sync>);

/// OpenMetrics to whoever asks for it, as Prometheus does, and the older text to people and older tools.
async fn serve(State((metrics, read)): State<Served>, headers: HeaderMap) -> impl IntoResponse {
    let wanted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let text = metrics.text(&read());
    if wanted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("application/openmetrics-text")) {
        ([(CONTENT_TYPE, text::OPEN_METRICS)], text)
    } else {
        ([(CONTENT_TYPE, text::PLAIN)], text::plain(&text))
    }
}
