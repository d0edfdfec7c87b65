//! What several roles are built from: adapters, made as the configuration says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tracing::{Instrument, info_span};

use super::{Failure, Wrap};
use crate::config::{Config, Secret};
use crate::job::ids::ObjectKey;
use crate::job::skew::SkewMeter;
use crate::ports::{Control, EventSink, Intake, Propagation, SPANS, SystemClock};
use crate::provider::{ApiKey, FetchOptions, GuardedFetch, ProviderOptions, RunwareApi};
use crate::s3::{S3Options, S3Store};
use crate::telemetry::{self, TraceOptions, TracedEvents};
use crate::worker::{Observer, Ports, Worker, WorkerSettings};

/// Credentials of a store in this process; `None` for the AWS default chain.
pub(super) type StoreKeys = Option<(String, String)>;

/// What a worker needs of the configuration, read before anything is connected: mistakes in it are told at once.
pub(super) struct Setup {
    settings: WorkerSettings,
    tasks: RunwareApi,
    results: GuardedFetch,
    wrap: Wrap,
    pub(super) clocks: Clocks,
}

/// How far the clocks of others are from ours.
#[derive(Clone, Default)]
pub(super) struct Clocks {
    pub(super) store: SkewMeter,
    pub(super) provider: SkewMeter,
}

/// Reads the worker's part of the configuration.
pub(super) fn set_up(config: &Config, wrap: Wrap) -> Result<Setup, Failure> {
    let bucket = config.bucket().map_err(Failure::of_config)?;
    let settings = config.worker_settings(bucket).map_err(Failure::of_config)?;
    let clocks = Clocks::default();
    let tasks = provider(config, clocks.provider.clone())?;
    Ok(Setup { settings, tasks, results: results(config)?, wrap, clocks })
}

/// Where jobs come from and where word of them goes.
pub(super) struct Broker {
    pub(super) intake: Arc<dyn Intake>,
    pub(super) events: Arc<dyn EventSink>,
    pub(super) control: Arc<dyn Control>,
    /// The kind of system that events go to, and the place there, for traces.
    pub(super) events_go_to: (&'static str, String),
}

/// Builds a worker over the configured provider and store, after seeing that the store is fit for it.
pub(super) async fn worker(
    config: &Config,
    setup: Setup,
    store_keys: StoreKeys,
    broker: Broker,
    observer: Arc<dyn Observer>,
) -> Result<Worker, Failure> {
    let Setup { settings, tasks, results, wrap, clocks } = setup;
    let store = store_on(config, store_keys, clocks.store).await?;
    check(&store, &settings).instrument(info_span!(target: SPANS, "checking the store")).await?;
    let Broker { intake, events, control, events_go_to } = broker;
    let events: Arc<dyn EventSink> = match traces(config).map_err(Failure::of_config)? {
        None => events,
        Some(_) => {
            let (system, destination) = events_go_to;
            Arc::new(TracedEvents::new(events, system, destination))
        }
    };
    let ports = Ports {
        intake,
        events,
        control,
        store: Arc::new(store),
        tasks: Arc::new(tasks),
        results: Arc::new(results),
        clock: Arc::new(SystemClock),
        observer,
        propagation: propagation(config)?,
    };
    Ok(Worker::new(wrap(ports), settings))
}

/// Sees that every bucket that may be used is fit for it.
async fn check(store: &S3Store, settings: &WorkerSettings) -> Result<(), Failure> {
    let buckets = [&settings.ledger_bucket, &settings.scope.staging_bucket, &settings.rules.default_bucket];
    for bucket in buckets.into_iter().chain(&settings.rules.buckets).collect::<BTreeSet<_>>() {
        let probe = ObjectKey::parse(&format!("{}/.probe-{}", settings.ledger_prefix, uuid::Uuid::new_v4()))
            .map_err(Failure::of_config)?;
        store.check(bucket, &probe).await.map_err(|fault| Failure::of_fault(&fault))?;
    }
    Ok(())
}

/// The configured store.
pub(super) async fn store(config: &Config, credentials: StoreKeys) -> Result<S3Store, Failure> {
    store_on(config, credentials, SkewMeter::default()).await
}

async fn store_on(config: &Config, credentials: StoreKeys, skew: SkewMeter) -> Result<S3Store, Failure> {
    let options = S3Options { skew, ..store_options(config, credentials) };
    S3Store::connect(options).await.map_err(|fault| Failure::of_fault(&fault))
}

/// How the configured store is reached.
pub(super) fn store_options(config: &Config, credentials: StoreKeys) -> S3Options {
    let s3 = &config.s3;
    S3Options {
        endpoint: s3.endpoint.clone(),
        public_endpoint: s3.public_endpoint.clone(),
        browser_endpoint: s3.browser_endpoint.clone(),
        region: s3.region.clone(),
        path_style: s3.path_style,
        credentials,
        ..S3Options::default()
    }
}

/// The configured provider.
pub(super) fn provider(config: &Config, skew: SkewMeter) -> Result<RunwareApi, Failure> {
    let url = config.provider.url.parse().map_err(|why| Failure::of_config(format!("provider.url: {why}")))?;
    let key: Secret = config.api_key().map_err(Failure::of_config)?;
    let key = ApiKey::parse(key.expose()).map_err(|why| Failure::of_config(format!("provider.api_key {why}")))?;
    let options = ProviderOptions {
        batch_max: config.provider.batch_max,
        call_timeout: Duration::from_secs(config.provider.timeout_s),
        propagation: propagation(config)?,
        skew,
        ..ProviderOptions::new(url, key)
    };
    RunwareApi::new(options).map_err(|fault| Failure::of_fault(&fault))
}

/// Where spans go, if anywhere.
pub(super) fn traces(config: &Config) -> Result<Option<TraceOptions>, String> {
    let endpoint = config.traces.url().map_err(|why| format!("traces.otlp_endpoint {why}"))?;
    Ok(endpoint.map(|endpoint| TraceOptions {
        endpoint,
        headers: config.traces.otlp_headers.as_ref().map(|headers| headers.expose().to_owned()),
        sample_ratio: config.traces.sample_ratio,
        pool: config.worker.pool.clone(),
    }))
}

fn propagation(config: &Config) -> Result<Propagation, Failure> {
    let traces = traces(config).map_err(Failure::of_config)?;
    Ok(traces.map_or_else(Propagation::default, |_| telemetry::propagation()))
}

fn results(config: &Config) -> Result<GuardedFetch, Failure> {
    let options = FetchOptions {
        allow_hosts: config.rescue.allow_hosts.clone(),
        allow_private: config.rescue.allow_private,
        ..FetchOptions::default()
    };
    GuardedFetch::new(options).map_err(|fault| Failure::of_fault(&fault))
}
