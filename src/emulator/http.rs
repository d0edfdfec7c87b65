//! The emulator's routes: the vendor's `POST /v1` and the WebSocket beside it, `videoURL`, and what the emulator tells about itself.
//!
//! Every reply of the task API is JSON, also to a wrong path, method or body. A query string and a trailing slash are
//! ignored, because the vendor's clients append them.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::answer::{self, Accepted};
use super::connection::Cutoff;
use super::control;
use super::errors::ApiError;
use super::faults::{Message, Outcome};
use super::page;
use super::picture;
use super::rest;
use super::shelf::{self, Shelf};
use super::socket::{self, Sockets};
use super::state::SharedState;
use super::studio::Studio;
use super::wire::Reply;

/// Largest body of a POST or message over a WebSocket, in bytes: a few hundred tasks with the longest prompts. The vendor publishes no limit.
pub(super) const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// What the routes work on.
pub(super) struct Service {
    pub(super) state: SharedState,
    pub(super) studio: Arc<Studio>,
    pub(super) shelf: Arc<Shelf>,
    /// The one key that is taken; without it any key is.
    pub(super) api_key: Option<String>,
    /// The host of `--public-url`.
    pub(super) own_host: Option<String>,
    pub(super) portrait: OnceLock<Bytes>,
    /// Ends what waits.
    pub(super) closing: CancellationToken,
    pub(super) sockets: Arc<Sockets>,
}

/// All routes.
pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1", post(tasks_api).get(socket::upgrade))
        .route("/v1/", post(tasks_api).get(socket::upgrade))
        .route(shelf::ROUTE, get(video))
        .route("/_emulator/health", get(health))
        .route("/_emulator/tasks", get(report))
        .route("/_emulator/assets/portrait.png", get(portrait))
        .merge(control::routes())
        .merge(page::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&service), page::keep_foreign_pages_out))
        .with_state(service)
}

async fn tasks_api(
    State(service): State<Arc<Service>>,
    ConnectInfo(cutoff): ConnectInfo<Cutoff>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match axum::body::to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => {
            let outcome = service.answer(&headers, &body);
            service.state.written().await;
            rest::respond(outcome, cutoff, &service.closing).await
        }
        Err(_) => error_response(
            StatusCode::PAYLOAD_TOO_LARGE,
            "invalidRequestSize",
            format!("The body could not be read, or is larger than {MAX_BODY_BYTES} bytes."),
        ),
    }
}

impl Service {
    /// Answers one POST and starts what it ordered. There is no point at which a client that hangs up could stop it
    /// halfway.
    fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Outcome {
        let right_key = self.api_key.as_deref();
        let mut answer = answer::answer(&mut self.state.lock(), body, bearer(headers), right_key, Timestamp::now());
        self.commission(std::mem::take(&mut answer.accepted));
        answer.outcome()
    }

    /// Starts on accepted tasks.
    pub(super) fn commission(&self, accepted: Vec<Accepted>) {
        for accepted in accepted {
            tracing::info!(task = %accepted.run, "task accepted");
            self.studio.commission(accepted);
        }
    }
}

/// The key of an `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

/// An answer that is one error.
pub(super) fn error_response(status: StatusCode, code: &str, message: String) -> Response {
    rest::whole(Message::of(&Reply::of_error(ApiError::new(status, code, message))))
}

async fn video(
    State(service): State<Arc<Service>>,
    Path((_shard, _workspace, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    service.shelf.serve(&file, &headers, Timestamp::now()).await
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn report(State(service): State<Arc<Service>>) -> Json<Value> {
    let state = service.state.lock();
    let (tasks, forgotten) = (state.tasks.report(), state.tasks.forgotten());
    drop(state);
    Json(json!({ "tasks": tasks, "forgotten": forgotten }))
}

async fn portrait(State(service): State<Arc<Service>>) -> Response {
    if let Some(file) = service.portrait.get() {
        return png(file.clone());
    }
    match tokio::task::spawn_blocking(picture::portrait_png).await {
        Ok(Ok(file)) => png(service.portrait.get_or_init(|| file.into()).clone()),
        Ok(Err(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn png(file: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "image/png")], file).into_response()
}

async fn unknown_path() -> Response {
    let message = "Nothing is served here. The task API is POST /v1.".to_owned();
    error_response(StatusCode::NOT_FOUND, "invalidEndpoint", message)
}

/// The answer to a method that is not served.
pub(super) async fn wrong_method() -> Response {
    let message = "This method is not served here. The task API is POST /v1, or a WebSocket there.".to_owned();
    error_response(StatusCode::METHOD_NOT_ALLOWED, "invalidMethod", message)
}
