//! What is on the pages.

mod job;
mod letters;
mod overview;
mod reasons;

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::door::{Media, Visitor, accepts, fields};
use super::guard::origin_of;
use super::{Dashboard, House, live};
use crate::job::ids::{ObjectKey, ObjectRef};

pub(super) use job::{find_job, job, video};
pub(super) use letters::{letter, letters};
pub(crate) use reasons::{Paragraph, explain};

/// A page that was rendered.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) text: String,
    /// Where its videos are, beside the buckets that are configured.
    buckets: Vec<String>,
}

/// A page that can be kept up to date.
pub(super) enum View {
    Overview(overview::Query),
    Job(Box<job::Looker>),
}

impl View {
    /// The page as it is now.
    pub(super) async fn render(&mut self, house: &House, visitor: &Visitor) -> askama::Result<Page> {
        match self {
            View::Overview(query) => overview::render(house, visitor, query),
            View::Job(looker) => looker.render(house, visitor).await,
        }
    }
}

/// Answers with a page, or with a stream of it, as is asked for.
async fn show(house: Arc<House>, visitor: Visitor, headers: &HeaderMap, mut view: View) -> Response {
    if accepts(headers, "text/event-stream") {
        return live::stream(house, visitor, view);
    }
    match view.render(&house, &visitor).await {
        Ok(Page { status, text, buckets }) => {
            let media = media(&house, buckets).await;
            let mut response = (status, [(header::VARY, "accept")], Html(text)).into_response();
            response.extensions_mut().insert(Media(media));
            response
        }
        Err(error) => unrenderable(&error),
    }
}

/// From where browsers get videos. The page may come to show those of any bucket that is configured. A link is signed to
/// find out, and dropped: endpoint and bucket together make the host.
async fn media(house: &House, buckets: Vec<String>) -> Vec<String> {
    let mut origins = Vec::new();
    for bucket in house.dashboard.buckets.iter().cloned().chain(buckets) {
        let Ok(key) = ObjectKey::parse("any") else { continue };
        let signed = house.dashboard.links.presign_get(&ObjectRef { bucket, key }, Duration::from_secs(1)).await;
        let origin = signed.ok().and_then(|url| origin_of(url.expose()));
        origins.extend(origin.filter(|origin| !origins.contains(origin)));
    }
    origins
}

/// A page that is what it is.
pub(super) fn html(page: &impl Template) -> Response {
    page.render().map_or_else(|error| unrenderable(&error), |text| Html(text).into_response())
}

fn unrenderable(error: &askama::Error) -> Response {
    tracing::error!(%error, "a page of the dashboard cannot be rendered");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

pub(super) async fn overview(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = overview::Query::read(&fields(query.unwrap_or_default().as_bytes()));
    show(house, visitor, &headers, View::Overview(query)).await
}

/// What is around every page.
pub(super) struct Frame {
    pub(super) title: String,
    /// Which of the sections it belongs to.
    pub(super) section: &'static str,
    /// Name and state of the worker; none before one is let in.
    pub(super) worker: Option<(String, Standing)>,
    /// What the forms of the page have to hold; there are none without it.
    pub(super) csrf: Option<String>,
    /// Whether signing in would help.
    pub(super) may_sign_in: bool,
    /// What was just done.
    pub(super) said: Option<&'static str>,
}

impl Frame {
    /// Around a page for those who are not let in.
    pub(super) fn plain(title: &str) -> Frame {
        let title = title.to_owned();
        Frame { title, section: "", worker: None, csrf: None, may_sign_in: false, said: None }
    }

    fn new(house: &House, visitor: &Visitor, title: String, section: &'static str, said: Option<&str>) -> Frame {
        let session = visitor.session();
        Frame {
            title,
            section,
            worker: Some((house.dashboard.pool.clone(), Standing::of(&house.dashboard))),
            csrf: session.map(|session| session.csrf.clone()),
            may_sign_in: session.is_none() && house.sessions.has_token(),
            said: said.and_then(said_in_full),
        }
    }
}

/// What was done, in a word that came back in an address.
fn said_in_full(word: &str) -> Option<&'static str> {
    Some(match word {
        "paused" => "Paused: no more jobs are taken. Those in flight go on.",
        "resumed" => "Resumed: jobs are taken again.",
        "draining" => {
            "Stopping: no more jobs are taken, and the process ends when those in flight have ended, or at the end of the drain."
        }
        "under_way" => "Cancelled: the job stops, and its failed event tells what was bought.",
        "untold" => {
            "Marked as cancelled, but the other workers could not be told: one that is at work on the job finds out when it takes it up again."
        }
        "not_begun" => "Marked as cancelled: when its message comes, it ends and buys nothing.",
        "ended" => "The job had ended before, and stays as it is.",
        "replayed" => "Replayed: the message is on the jobs queue again.",
        "unsure" => {
            "The broker was lost meanwhile: the message may be on the jobs queue or still here. Replaying it again does no harm."
        }
        "missing" => "That letter is not here any more: somebody else replayed or purged it.",
        _ => return None,
    })
}

/// How a worker stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Taking,
    Paused,
    Suspended,
    /// The broker is away, or takes nothing.
    CutOff,
    Stopping,
}

impl Standing {
    pub(super) fn of(dashboard: &Dashboard) -> Standing {
        if dashboard.controls.is_stopping() {
            Standing::Stopping
        } else if !dashboard.status.suspended().is_empty() {
            Standing::Suspended
        } else if dashboard.status.is_paused() {
            Standing::Paused
        } else if !(dashboard.causes)().is_empty() {
            Standing::CutOff
        } else {
            Standing::Taking
        }
    }

    /// For programs and style sheets.
    pub(super) fn word(self) -> &'static str {
        match self {
            Standing::Taking => "taking",
            Standing::Paused => "paused",
            Standing::Suspended => "suspended",
            Standing::CutOff => "cut_off",
            Standing::Stopping => "stopping",
        }
    }

    /// For people.
    pub(super) fn title(self) -> &'static str {
        match self {
            Standing::Taking => "Taking jobs",
            Standing::Paused => "Paused",
            Standing::Suspended => "Suspended",
            Standing::CutOff => "Cut off from the broker",
            Standing::Stopping => "Stopping",
        }
    }

    /// What that means for the jobs.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Standing::Taking => "",
            Standing::Paused => {
                "Jobs in flight go on, and what was taken ahead went back. Other workers are not concerned."
            }
            Standing::Suspended => {
                "No new jobs are taken until this is mended, and no job fails for it: those in flight wait, and their deadlines \
                 stand still. A call every ten seconds looks whether the cause is gone; then the worker goes on by itself. \
                 The command landfall doctor tells how it is mended."
            }
            Standing::CutOff => "Jobs in flight go on. The worker connects again by itself.",
            Standing::Stopping => {
                "No more jobs are taken. What does not end within the drain goes back to the queue, and the process ends."
            }
        }
    }
}
