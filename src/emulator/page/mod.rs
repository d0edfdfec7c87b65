//! The page at `/`: the tasks and their videos, a form for a new one, and the faults to switch.
//!
//! The server renders all of it; the page asks for itself again every second and takes over what changed. What people do on
//! it goes through the same routes that programs use: the task API, and the control routes. There is no build step, nothing
//! from elsewhere, and two short scripts.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, map_response};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use url::Url;

use super::http::{Service, error_response};
use super::report::TaskState;
use super::request;
use super::state::State as Remembered;
use super::steps::StepReport;
use super::tasks::listing::{Query, Row, Totals};
use form::{Group, Kind};
use query::PageQuery;
use rules::{Chapter, ScenarioView};
use view::{RowView, count, state_name, usd};

mod form;
mod guard;
mod query;
mod rules;
mod view;

/// Tasks on one page: a screenful or two, and quickly made anew every second.
const TASKS_PER_PAGE: usize = 25;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const EDITOR: &str = include_str!("script.js");
const ICON: &str = include_str!("icon.svg");

/// The page and its files.
pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/", get(page))
        .route("/_emulator/page/page.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/_emulator/page/page.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/_emulator/page/script.js", get(|| async { file("text/javascript; charset=utf-8", EDITOR) }))
        .route("/_emulator/page/icon.svg", get(|| async { file("image/svg+xml", ICON) }))
        .layer(map_response(|mut response: Response| async {
            guard::protect(&mut response);
            response
        }))
}

/// The host of a URL.
pub(super) fn host_of(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_owned())
}

/// Keeps out what pages of other origins send.
pub(super) async fn keep_foreign_pages_out(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let door = guard::Door { own_host: service.own_host.as_deref(), is_locked: service.api_key.is_some() };
    match guard::judge(request.method(), request.uri().path(), request.headers(), door) {
        Ok(()) => next.run(request).await,
        Err(refusal) => error_response(StatusCode::FORBIDDEN, "forbidden", refusal.to_string()),
    }
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

async fn page(State(service): State<Arc<Service>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = PageQuery::read(query.as_deref().unwrap_or_default());
    let steps = service.studio.steps().report();
    let page = Page::of(&service.state.lock(), &steps, query, service.api_key.is_some(), Timestamp::now());
    match page.render() {
        Ok(html) => unless_known(html, &headers),
        Err(error) => {
            tracing::error!(%error, "the page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The page asks every second: while nothing changes, it is told just that.
fn unless_known(html: String, headers: &HeaderMap) -> Response {
    let mut hasher = DefaultHasher::new();
    html.hash(&mut hasher);
    let tag = HeaderValue::try_from(format!("\"{:016x}\"", hasher.finish())).expect("hexadecimal digits");
    let is_known = headers.get(header::IF_NONE_MATCH) == Some(&tag);
    let caching = [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    if is_known { (StatusCode::NOT_MODIFIED, caching).into_response() } else { (caching, Html(html)).into_response() }
}

/// Everything on the page.
#[derive(Template)]
#[template(path = "page.html", config = "src/emulator/page/askama.toml")]
struct Page {
    query: PageQuery,
    totals: Totals,
    /// Left on the account.
    balance_usd: f64,
    found: usize,
    /// The open task, if the list does not show it.
    apart: Option<RowView>,
    rows: Vec<RowView>,
    /// The filters above the list: name, number of tasks, address, and whether it is the one in force.
    filters: Vec<(&'static str, String, String, bool)>,
    newer: Option<String>,
    older: Option<String>,
    groups: Vec<Group>,
    wants_key: bool,
    model: &'static str,
    task_type: &'static str,
    scenario: ScenarioView,
    chapters: Vec<Chapter>,
}

impl Page {
    fn of(state: &Remembered, steps: &[StepReport], mut query: PageQuery, wants_key: bool, now: Timestamp) -> Self {
        let waits_for = |row: &Row| steps.iter().find(|step| step.task_uuid == row.report.task_uuid)?.next;
        let ask = |query: &PageQuery| {
            let skip = query.page.saturating_mul(TASKS_PER_PAGE);
            let wanted = Query { state: query.state, text: query.text.clone(), skip, take: TASKS_PER_PAGE };
            state.tasks.list(&wanted, now)
        };
        let mut listing = ask(&query);
        if listing.rows.is_empty() && query.page > 0 {
            query.page = listing.found.saturating_sub(1) / TASKS_PER_PAGE;
            listing = ask(&query);
        }
        let mut open = query.task.and_then(|task| state.tasks.show(task, now));
        let rows = listing.rows.into_iter().map(|row| {
            let detail = open.take_if(|(open, _)| open.report.task_uuid == row.report.task_uuid);
            let step = waits_for(&row);
            RowView::of(row, detail.map(|(_, detail)| detail), step, now)
        });
        let rows: Vec<RowView> = rows.collect();
        let apart = open.map(|(row, detail)| {
            let step = waits_for(&row);
            RowView::of(row, Some(detail), step, now)
        });
        let has_older = (query.page + 1).saturating_mul(TASKS_PER_PAGE) < listing.found;
        Self {
            filters: filters(&query, &listing.totals),
            newer: query.page.checked_sub(1).map(|page| query.with_page(page).address()),
            older: has_older.then(|| query.with_page(query.page + 1).address()),
            totals: listing.totals,
            balance_usd: state.account.balance_usd(),
            found: listing.found,
            apart,
            rows,
            query,
            groups: form::groups(),
            wants_key,
            model: request::MODEL,
            task_type: request::TASK_TYPE,
            scenario: ScenarioView::of(&state.scenario),
            chapters: rules::chapters(),
        }
    }

    fn billed(&self) -> String {
        usd(self.totals.billed_usd)
    }

    fn left(&self) -> String {
        usd(self.balance_usd)
    }

    /// What of the list is on this page, such as `26–50 of 1,234`.
    fn span(&self) -> String {
        let first = self.query.page * TASKS_PER_PAGE;
        match self.rows.len() {
            0 => "none".to_owned(),
            shown => format!("{}–{} of {}", count(first + 1), count(first + shown), count(self.found)),
        }
    }

    /// The page with this task open, or with none if it is the open one.
    fn toggled(&self, row: &RowView) -> String {
        let task = row.uuid.parse().ok().filter(|_| row.detail.is_none());
        self.query.with_task(task).address()
    }
}

fn filters(query: &PageQuery, totals: &Totals) -> Vec<(&'static str, String, String, bool)> {
    let states = [TaskState::Processing, TaskState::Success, TaskState::Error, TaskState::Rejected].map(Some);
    std::iter::once(None)
        .chain(states)
        .map(|state| {
            let number = state.map_or_else(|| totals.all(), |state| totals.of(state));
            let address = query.with_state(state).address();
            (state.map_or("all", state_name), count(number), address, query.state == state)
        })
        .collect()
}
