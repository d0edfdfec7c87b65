//! The worker's dashboard, as it is configured.

use std::sync::Arc;

use axum::Router;
use tokio_util::sync::CancellationToken;

use super::{Failure, wiring};
use crate::config::Config;
use crate::dashboard::{Board, Dashboard, Token, routes};
use crate::ports::SystemClock;
use crate::rabbit::Rabbit;
use crate::telemetry::Health;
use crate::worker::{Observer, Worker};

/// What is needed before the worker is there.
pub(super) struct Prepared {
    board: Arc<Board>,
    token: Option<Token>,
}

/// Reads the dashboard's part of the configuration: mistakes in it are told before anything is connected.
pub(super) fn prepare(config: &Config) -> Result<Prepared, Failure> {
    let token = config.http_token().map_err(Failure::of_config)?;
    let token = token.map(|token| Token::parse(token.expose())).transpose();
    let token = token.map_err(|why| Failure::of_config(format!("http.token (or http.token_file) {why}")))?;
    Ok(Prepared { board: Arc::new(Board::new(Arc::new(SystemClock), config.provider.usd_per_second)), token })
}

impl Prepared {
    /// Who watches for the dashboard.
    pub(super) fn observer(&self) -> Arc<dyn Observer> {
        self.board.clone()
    }

    /// The pages of a worker that `stop` stops. They are up to date until `closing` fires.
    pub(super) async fn pages(
        self,
        config: &Config,
        worker: &Worker,
        rabbit: &Rabbit,
        health: Arc<dyn Health>,
        (stop, closing): (CancellationToken, CancellationToken),
    ) -> Result<Router, Failure> {
        let settings =
            config.worker_settings(config.bucket().map_err(Failure::of_config)?).map_err(Failure::of_config)?;
        // A handle of its own: an operator is told of trouble, where the worker waits until it is over.
        let store = Arc::new(wiring::store(config, None).await?);
        Ok(routes(Dashboard {
            board: self.board,
            status: worker.status(),
            controls: worker.controls(stop),
            causes: Arc::new(move || health.unready()),
            store: store.clone(),
            links: store,
            letters: Arc::new(rabbit.dead_letters()),
            buckets: std::iter::once(settings.rules.default_bucket).chain(settings.rules.buckets).collect(),
            ledger: (settings.ledger_bucket, settings.ledger_prefix),
            pool: settings.pool,
            max_in_flight: settings.max_in_flight,
            token: self.token,
            closing,
        }))
    }
}
