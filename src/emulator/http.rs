//! The emulator's routes: the vendor's `POST /v1` and the WebSocket beside it, `videoURL`, and what the emulator tells about itself.
//!
//! Every reply of the task API is JSON, also to a wrong path, method or body. A query string and a trailing slash are
//! ignored, because the vendor's clients append them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use image::ImageFormat;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::answer::{self, Answer};
use super::avatars;
use super::connection::Cutoff;
use super::control;
use super::errors::ApiError;
use super::faults::{Message, Outcome};
use super::media;
use super::page;
use super::picture::{self, PictureDesk};
use super::report::TaskReport;
use super::rest;
use super::scripts;
use super::shelf::{self, Line, Shelf};
use super::socket::{self, Sockets};
use super::state::SharedState;
use super::studio::Studio;
use super::wire::Reply;

/// Largest body of a POST or message over a WebSocket, in bytes: a few hundred tasks with the longest prompts. The vendor publishes no limit.
pub(super) const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Uploads to the media storage of one POST that are fetched and decoded at once.
const UPLOADS_AT_ONCE: usize = 4;

/// Tasks that are copied for the report under one lock: a matter of a millisecond.
const REPORTED_AT_ONCE: usize = 100;

/// What the routes work on.
pub(super) struct Service {
    pub(super) state: SharedState,
    pub(super) studio: Arc<Studio>,
    pub(super) shelf: Arc<Shelf>,
    pub(super) pictures: Arc<PictureDesk>,
    /// The one key that is taken; without it any key is.
    pub(super) api_key: Option<String>,
    /// The host of `--public-url`.
    pub(super) own_host: Option<String>,
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
        .route("/_emulator/avatars", get(presets))
        .route(picture::PORTRAIT_ROUTE, get(portrait))
        .route(media::ROUTE, get(stored_picture))
        .merge(control::routes())
        .merge(scripts::routes())
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
        Ok(body) => rest::respond(service.answer(&headers, &body).await, cutoff, &service.closing).await,
        Err(_) => error_response(
            StatusCode::PAYLOAD_TOO_LARGE,
            "invalidRequestSize",
            format!("The body could not be read, or is larger than {MAX_BODY_BYTES} bytes."),
        ),
    }
}

impl Service {
    /// Answers one POST and does what it ordered.
    async fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Outcome {
        let right_key = self.api_key.as_deref();
        let answer = answer::answer(&mut self.state.lock(), body, bearer(headers), right_key, Timestamp::now());
        self.carry_out(answer).await
    }

    /// Does what was ordered and says what becomes of the reply. There is no point at which a client that hangs up could
    /// stop it halfway: only uploads to the media storage and the state file are waited for, and they come last.
    pub(super) async fn carry_out(&self, mut answer: Answer) -> Outcome {
        for accepted in answer.accepted.drain(..) {
            tracing::info!(task = %accepted.run, "task accepted");
            self.studio.commission(accepted);
        }
        let uploads = stream::iter(std::mem::take(&mut answer.uploads)).map(|upload| self.pictures.receive(upload));
        for received in uploads.buffer_unordered(UPLOADS_AT_ONCE).collect::<Vec<_>>().await {
            match received {
                Ok(item) => answer.reply.answer([item]),
                Err(error) => answer.reply.refuse([error]),
            }
        }
        self.state.written().await;
        answer.outcome()
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
    ConnectInfo(cutoff): ConnectInfo<Cutoff>,
    Path((_shard, _workspace, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let line = Line { cutoff, closing: service.closing.clone() };
    service.shelf.serve(&file, &headers, Timestamp::now(), line).await
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// All tasks. Thousands of them take a while, so nobody else waits for it: neither for the lock nor for the thread.
async fn report(State(service): State<Arc<Service>>) -> Response {
    let state = service.state.clone();
    let written = tokio::task::spawn_blocking(move || {
        let (uuids, forgotten) = {
            let state = state.lock();
            (state.tasks.in_order(), state.tasks.forgotten())
        };
        let tasks = uuids.chunks(REPORTED_AT_ONCE).flat_map(|some| state.lock().tasks.report_of(some)).collect();
        serde_json::to_vec(&Report { tasks, forgotten })
    });
    match written.await {
        Ok(Ok(body)) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Ok(Err(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The answer of `/_emulator/tasks`.
#[derive(serde::Serialize)]
struct Report {
    tasks: Vec<TaskReport>,
    /// Tasks that are gone because their retention was over.
    forgotten: usize,
}

async fn presets() -> Json<Value> {
    Json(json!({ "avatars": avatars::PRESETS }))
}

async fn portrait(State(service): State<Arc<Service>>) -> Response {
    match service.pictures.portrait().await {
        Some(file) => picture(ImageFormat::Png, file),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn stored_picture(State(service): State<Arc<Service>>, Path(file): Path<String>) -> Response {
    match service.state.lock().media.at(&file) {
        Some(media) => picture(media.format, media.file),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn picture(format: ImageFormat, file: Bytes) -> Response {
    ([(header::CONTENT_TYPE, format.to_mime_type())], file).into_response()
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
