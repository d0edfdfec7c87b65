//! The dashboard of one worker: what it is at, what it did, and what an operator does about it.
//!
//! The server renders every page; a page asks for itself once more as `text/event-stream`, is sent itself again whenever it
//! changed, and takes over its live parts. So there is one rendering of everything, and without JavaScript a page still
//! shows, plays and takes orders. What it shows is this worker's own since its start ([`Board`]), and of single jobs what the
//! ledger holds. There is no build step, nothing from elsewhere, and one script.
//!
//! Who may see it is decided in `guard` (from where does this come?) and `door` (who is it?).

mod actions;
mod board;
mod door;
mod guard;
mod live;
mod pages;
mod series;
mod sessions;
pub(crate) mod show;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::ports::{DeadLetters, ObjectLinks, ObjectStore};
use crate::worker::{WorkerControls, WorkerStatus};

pub use board::Board;
pub(crate) use pages::{Paragraph, explain};
pub use sessions::{TOKEN_MIN_CHARS, Token};

use sessions::Sessions;

/// Pages that are kept up to date at once. Each holds a connection and is rendered once a second.
const STREAMS_MAX: usize = 32;

/// Largest form, in bytes: a token and a few words.
const FORM_MAX_BYTES: usize = 16 * 1024;

const STYLE: &str = include_str!("dashboard.css");
const SCRIPT: &str = include_str!("dashboard.js");
const ICON: &str = include_str!("icon.svg");

/// What a dashboard is made of.
pub struct Dashboard {
    /// What the worker is at and did.
    pub board: Arc<Board>,
    /// How it stands.
    pub status: WorkerStatus,
    /// What can be done to it.
    pub controls: WorkerControls,
    /// Why it takes no work; empty when it does. What `/readyz` says.
    pub causes: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
    /// The store, without the worker's own patience.
    pub store: Arc<dyn ObjectStore>,
    /// Links to videos.
    pub links: Arc<dyn ObjectLinks>,
    /// The dead letters.
    pub letters: Arc<dyn DeadLetters>,
    /// Buckets in which videos land.
    pub buckets: Vec<String>,
    /// Bucket and prefix of the ledger.
    pub ledger: (String, String),
    /// The worker pool's name.
    pub pool: String,
    /// Most jobs held at once.
    pub max_in_flight: usize,
    /// What opens it; without one, it is read on this machine only.
    pub token: Option<Token>,
    /// Fires when no page shall be kept up to date any more.
    pub closing: CancellationToken,
}

/// A dashboard that is served.
struct House {
    dashboard: Dashboard,
    sessions: Sessions,
    streams: Arc<Semaphore>,
}

/// All pages and actions. They need to know the peer's address (`ConnectInfo`).
pub fn routes(mut dashboard: Dashboard) -> Router {
    let sessions = Sessions::new(dashboard.token.take());
    let house = Arc::new(House { dashboard, sessions, streams: Arc::new(Semaphore::new(STREAMS_MAX)) });
    let to_read = Router::new()
        .route("/", get(pages::overview))
        .route("/jobs", get(pages::find_job))
        .route("/jobs/{job_id}", get(pages::job))
        .route("/jobs/{job_id}/results/{index}/video", get(pages::video))
        .route("/dead-letters", get(pages::letters))
        .route("/dead-letters/{letter_id}", get(pages::letter))
        .route("/api/state", get(actions::state))
        .route_layer(from_fn_with_state(house.clone(), door::readers_only));
    let to_act = Router::new()
        .route("/api/pause", post(actions::pause))
        .route("/api/resume", post(actions::resume))
        .route("/api/drain", post(actions::drain))
        .route("/api/jobs/{job_id}/cancel", post(actions::cancel))
        .route("/api/dead-letters/{letter_id}/replay", post(actions::replay))
        .route("/logout", post(door::logout));
    let for_all = Router::new()
        .route("/login", get(door::login_page).post(door::login))
        .route("/dashboard/dashboard.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/dashboard/dashboard.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/dashboard/icon.svg", get(|| async { file("image/svg+xml", ICON) }));
    to_read
        .merge(to_act)
        .merge(for_all)
        .layer(DefaultBodyLimit::max(FORM_MAX_BYTES))
        .layer(from_fn_with_state(house.clone(), door::admit))
        .with_state(house)
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}
