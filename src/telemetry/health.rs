//! `/healthz` and `/readyz`: is the process alive, and does it take work.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

/// What there is to say about a worker's health.
pub trait Health: Send + Sync + 'static {
    /// Why the worker takes no work at present; empty when it does.
    fn unready(&self) -> Vec<String>;
}

/// The health pages.
pub fn health_pages(health: Arc<dyn Health>) -> Router {
    Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready)).with_state(health)
}

async fn ready(State(health): State<Arc<dyn Health>>) -> (StatusCode, String) {
    let causes = health.unready();
    if causes.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, causes.join("\n") + "\n")
}
