//! What several roles are built from: adapters, made as the configuration says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::{Failure, Wrap};
use crate::config::{Config, Secret};
use crate::job::ids::ObjectKey;
use crate::ports::{Control, EventSink, Intake, SystemClock};
use crate::provider::{ApiKey, FetchOptions, GuardedFetch, ProviderOptions, RunwareApi};
use crate::s3::{S3Options, S3Store};
use crate::worker::{Observer, Ports, Worker, WorkerSettings};

/// Credentials of a store in this process; `None` for the AWS default chain.
pub(super) type StoreKeys = Option<(String, String)>;

/// What a worker needs of the configuration, read before anything is connected: mistakes in it are told at once.
pub(super) struct Setup {
    settings: WorkerSettings,
    tasks: RunwareApi,
    results: GuardedFetch,
    wrap: Wrap,
}

/// Reads the worker's part of the configuration.
pub(super) fn set_up(config: &Config, wrap: Wrap) -> Result<Setup, Failure> {
    let bucket = config.bucket().map_err(Failure::of_config)?;
    let settings = config.worker_settings(bucket).map_err(Failure::of_config)?;
    Ok(Setup { settings, tasks: provider(config)?, results: results(config)?, wrap })
}

/// Where jobs come from and where word of them goes.
pub(super) struct Broker {
    pub(super) intake: Arc<dyn Intake>,
    pub(super) events: Arc<dyn EventSink>,
    pub(super) control: Arc<dyn Control>,
}

/// Builds a worker over the configured provider and store, after seeing that the store is fit for it.
pub(super) async fn worker(
    config: &Config,
    setup: Setup,
    store_keys: StoreKeys,
    broker: Broker,
    observer: Arc<dyn Observer>,
) -> Result<Worker, Failure> {
    let Setup { settings, tasks, results, wrap } = setup;
    let store = store(config, store_keys).await?;
    let buckets = [&settings.ledger_bucket, &settings.scope.staging_bucket, &settings.rules.default_bucket];
    for bucket in buckets.into_iter().chain(&settings.rules.buckets).collect::<BTreeSet<_>>() {
        let probe = ObjectKey::parse(&format!("{}/.probe-{}", settings.ledger_prefix, uuid::Uuid::new_v4()))
            .map_err(Failure::of_config)?;
        store.check(bucket, &probe).await.map_err(|fault| Failure::of_fault(&fault))?;
    }
    let Broker { intake, events, control } = broker;
    let ports = Ports {
        intake,
        events,
        control,
        store: Arc::new(store),
        tasks: Arc::new(tasks),
        results: Arc::new(results),
        clock: Arc::new(SystemClock),
        observer,
    };
    Ok(Worker::new(wrap(ports), settings))
}

/// The configured store.
pub(super) async fn store(config: &Config, credentials: StoreKeys) -> Result<S3Store, Failure> {
    S3Store::connect(store_options(config, credentials)).await.map_err(|fault| Failure::of_fault(&fault))
}

/// How the configured store is reached.
pub(super) fn store_options(config: &Config, credentials: StoreKeys) -> S3Options {
    let s3 = &config.s3;
    S3Options {
        endpoint: s3.endpoint.clone(),
        public_endpoint: s3.public_endpoint.clone(),
        region: s3.region.clone(),
        path_style: s3.path_style,
        credentials,
        ..S3Options::default()
    }
}

/// The configured provider.
pub(super) fn provider(config: &Config) -> Result<RunwareApi, Failure> {
    let url = config.provider.url.parse().map_err(|why| Failure::of_config(format!("provider.url: {why}")))?;
    let key: Secret = config.api_key().map_err(Failure::of_config)?;
    let key = ApiKey::parse(key.expose()).map_err(|why| Failure::of_config(format!("provider.api_key {why}")))?;
    let options = ProviderOptions {
        batch_max: config.provider.batch_max,
        call_timeout: Duration::from_secs(config.provider.timeout_s),
        ..ProviderOptions::new(url, key)
    };
    RunwareApi::new(options).map_err(|fault| Failure::of_fault(&fault))
}

fn results(config: &Config) -> Result<GuardedFetch, Failure> {
    let options = FetchOptions {
        allow_hosts: config.rescue.allow_hosts.clone(),
        allow_private: config.rescue.allow_private,
        ..FetchOptions::default()
    };
    GuardedFetch::new(options).map_err(|fault| Failure::of_fault(&fault))
}
