//! `landfall worker`: the service.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::wiring::{self, Clocks, Setup};
use super::{ConfigArgs, Exit, Failure, Wrap, dashboard, signals};
use crate::config::Config;
use crate::rabbit::{self, AmqpUrl, EventMode, Link, Names, Rabbit, RabbitOptions, Topology};
use crate::telemetry::{self, Health, Metrics, Readings, health_pages};
use crate::worker::{Observer, Worker, WorkerStatus};

/// The service: take jobs from RabbitMQ until told to stop
///
/// Takes jobs from RabbitMQ, has the provider make their videos, proves that each landed in the bucket, publishes an
/// event, and only then acknowledges the job. On SIGTERM it stops taking jobs, finishes what ends within worker.drain_s
/// and hands the rest back. On http.listen: the dashboard at /, health at /healthz and /readyz, and /metrics.
#[derive(Debug, Args)]
pub(super) struct WorkerArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn worker(args: WorkerArgs, wrap: Wrap) -> Result<Exit, Failure> {
    let config = args.config.load_and_log(&[])?.config;
    let metrics = Metrics::new();
    // Next to the adapters: only what stands between us and the world is timed.
    let timed = metrics.clone();
    let setup = wiring::set_up(&config, Box::new(move |ports| wrap(timed.metered(ports))))?;
    let clocks = setup.clocks.clone();
    let options = broker(&config)?;
    let dashboard = dashboard::prepare(&config)?;
    let observer: Arc<dyn Observer> =
        Arc::new(vec![Arc::new(metrics.clone()) as Arc<dyn Observer>, dashboard.observer()]);
    let stop = signals::stop_on_signal()?;
    let started = tokio::select! {
        started = Box::pin(start(&config, setup, options, observer)) => started?,
        () = stop.cancelled() => return Ok(Exit::Done),
    };
    let Started { rabbit, worker } = started;

    let health = Arc::new(WorkerHealth { rabbit: rabbit.clone(), status: worker.status(), stop: stop.clone() });
    let read = {
        let health = health.clone();
        move || health.readings(&clocks)
    };
    let closing = CancellationToken::new();
    let switches = (stop.clone(), closing.clone());
    let dashboard = dashboard.pages(&config, &worker, &rabbit, health.clone(), switches).await?;
    let pages = dashboard.merge(health_pages(health)).merge(metrics.page(read));
    let listen = config.http.listen.parse().map_err(|why| Failure::of_config(format!("http.listen: {why}")))?;
    let address = telemetry::serve(listen, pages, closing.clone())
        .await
        .map_err(|why| Failure::of_io(&format!("listening on {listen} (http.listen)"), &why))?;
    info!(health = %address, max_in_flight = config.worker.max_in_flight, "taking jobs from {}", config.amqp.jobs_queue);

    worker.run(stop).await;
    rabbit.close().await;
    closing.cancel();
    info!("stopped");
    Ok(Exit::Done)
}

/// A worker with its connections made.
struct Started {
    rabbit: Arc<Rabbit>,
    worker: Worker,
}

async fn start(
    config: &Config,
    setup: Setup,
    options: RabbitOptions,
    observer: Arc<dyn Observer>,
) -> Result<Started, Failure> {
    let rabbit = rabbit::connect(options).await.map_err(|fault| Failure::of_fault(&fault))?;
    let rabbit = Arc::new(rabbit);
    let broker = wiring::Broker {
        intake: rabbit.intake(),
        events: rabbit.events(),
        control: rabbit.control(),
        events_go_to: ("rabbitmq", config.amqp.events_exchange.clone()),
    };
    let worker = wiring::worker(config, setup, None, broker, observer).await?;
    Ok(Started { rabbit, worker })
}

/// The broker as it is configured.
pub(super) fn broker(config: &Config) -> Result<RabbitOptions, Failure> {
    let amqp = &config.amqp;
    let url = AmqpUrl::parse(amqp.url.expose()).map_err(|why| Failure::of_config(format!("amqp.url {why}")))?;
    Ok(RabbitOptions {
        ca: config.amqp_ca().map_err(Failure::of_config)?,
        lease: Duration::from_secs(config.worker.lease_s),
        topology: match amqp.topology.as_str() {
            "check" => Topology::Check,
            "none" => Topology::None,
            _ => Topology::Declare,
        },
        names: Names {
            jobs: amqp.jobs_queue.clone(),
            dead_letters: amqp.dead_letters.clone(),
            events: amqp.events_exchange.clone(),
            control: amqp.control_exchange.clone(),
            parked: amqp.parked_queue.clone(),
        },
        prefetch: u16::try_from(config.worker.max_in_flight).unwrap_or(u16::MAX),
        mode: if amqp.event_mode == "binary" { EventMode::Binary } else { EventMode::Structured },
        connection_name: format!("landfall worker {}", config.worker.pool),
        ..RabbitOptions::new(url)
    })
}

/// A worker takes work while it is connected, not suspended, not paused and not told to stop.
struct WorkerHealth {
    rabbit: Arc<Rabbit>,
    status: WorkerStatus,
    stop: CancellationToken,
}

impl WorkerHealth {
    /// What the metrics say of now.
    fn readings(&self, clocks: &Clocks) -> Readings {
        let link = self.rabbit.link();
        let causes = self.status.suspended();
        Readings {
            in_flight: self.status.in_flight(),
            in_flight_max: self.status.max_in_flight(),
            ready: self.unready().is_empty(),
            draining: self.stop.is_cancelled(),
            suspended: causes.iter().map(|cause| (cause.side, cause.trouble)).collect(),
            suspended_in_all: self.status.suspended_in_all(),
            connected: !matches!(link, Link::Down(_)),
            blocked: matches!(link, Link::Blocked(_)),
            reconnects: self.rabbit.reconnects(),
            store_skew_s: clocks.store.skew().map(|skew| skew.as_secs_f64()),
            provider_skew_s: clocks.provider.skew().map(|skew| skew.as_secs_f64()),
        }
    }
}

impl Health for WorkerHealth {
    fn unready(&self) -> Vec<String> {
        let mut causes: Vec<String> = self.status.suspended().into_iter().map(|cause| cause.text).collect();
        if self.status.is_paused() {
            causes.push("paused by an operator, until resumed on the dashboard or restarted".to_owned());
        }
        match self.rabbit.link() {
            Link::Up => {}
            Link::Blocked(why) => causes.push(format!("the broker accepts no publishes: {why}")),
            Link::Down(why) => causes.push(format!("the broker is not connected: {why}; trying again")),
        }
        if self.stop.is_cancelled() {
            causes.push(format!("stopping, {} jobs in flight", self.status.in_flight()));
        }
        causes
    }
}
