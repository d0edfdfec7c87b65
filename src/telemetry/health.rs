//! `/healthz` and `/readyz`: is the process alive, and does it take work.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What there is to say about a worker's health.
pub trait Health: Send + Sync + 'static {
    /// Why the worker takes no work at present; empty when it does.
    fn unready(&self) -> Vec<String>;
}

/// Serves the health pages until `stop` fires. Answers with the address once it listens.
pub async fn serve(listen: SocketAddr, health: Arc<dyn Health>, stop: CancellationToken) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let pages =
        Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready)).with_state(health);
    tokio::spawn(async move {
        let served = axum::serve(listener, pages).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(why) = served.await {
            tracing::error!(%why, "the health pages are no longer served");
        }
    });
    Ok(address)
}

async fn ready(State(health): State<Arc<dyn Health>>) -> (StatusCode, String) {
    let causes = health.unready();
    if causes.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, causes.join("\n") + "\n")
}
