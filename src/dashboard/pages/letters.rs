//! The dead letters: messages that were refused, and the way back.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use tokio::time::timeout;

use super::reasons::{Explained, explain};
use super::{Frame, html};
use crate::dashboard::House;
use crate::dashboard::actions::{LETTERS_LOOKED_AT_MAX, trouble};
use crate::dashboard::door::{Visitor, fields, refused};
use crate::dashboard::show;
use crate::job::letter::{Hope, Letter, LetterFilter, LetterId, LetterPage, hope};
use crate::job::reason::Reason;
use crate::job::text::one_line;

/// Letters on one page.
const ROWS: usize = 25;

/// Letters that a list looks at. Each is taken and given back, so a long look disturbs others.
const LOOKED_AT: usize = 1000;

/// Longest wait for the broker.
const WITHIN: Duration = Duration::from_secs(20);

/// How much of a body is shown, in bytes.
const BODY_SHOWN_BYTES: usize = 64 * 1024;

#[derive(Template)]
#[template(path = "letters.html", config = "src/dashboard/askama.toml")]
struct LettersPage {
    frame: Frame,
    filters: Vec<(String, String, bool)>,
    rows: Vec<LetterRow>,
    in_queue: String,
    looked_at: String,
    all: bool,
    before: Option<String>,
    after: Option<String>,
}

struct LetterRow {
    id: String,
    job_id: Option<String>,
    reason: String,
    problem: String,
    more_problems: usize,
    at: String,
    size: String,
    replays: u64,
    copies: u64,
    excerpt: String,
}

impl LetterRow {
    fn of(letter: Letter) -> LetterRow {
        LetterRow {
            id: letter.id.to_string(),
            job_id: letter.job_id.map(|id| id.to_string()),
            reason: letter.reason.unwrap_or_else(|| "no reason".to_owned()),
            problem: letter.problems.first().map_or(String::new(), ToString::to_string),
            more_problems: letter.problems.len().saturating_sub(1),
            at: letter.rejected_at.map_or(String::new(), show::instant),
            size: show::size(letter.size),
            replays: letter.replays,
            copies: letter.copies,
            excerpt: letter.excerpt,
        }
    }
}

pub(in crate::dashboard) async fn letters(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Result<Response, Response> {
    let query = fields(query.unwrap_or_default().as_bytes());
    let wanted = query.get("reason").filter(|reason| !reason.is_empty());
    let from: usize = query.get("from").and_then(|text| text.parse().ok()).unwrap_or(0);
    let filter = LetterFilter { reason: wanted.map(|reason| Some(reason.clone())), ..LetterFilter::default() };
    let page = LetterPage { skip: from, most: ROWS + 1, look_at_most: LOOKED_AT };
    let unseen = |why: &str| trouble("The dead letters cannot be looked at", why);
    let mut found = match timeout(WITHIN, house.dashboard.letters.list(&filter, page)).await {
        Ok(found) => found.map_err(|fault| unseen(&fault.chain()))?,
        Err(_) => return Err(unseen("no answer within 20 s")),
    };
    let has_more = found.letters.len() > ROWS;
    found.letters.truncate(ROWS);
    let at = |reason: Option<&str>, from: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(reason) = reason {
            query.append_pair("reason", reason);
        }
        if from > 0 {
            query.append_pair("from", &from.to_string());
        }
        format!("/dead-letters?{}", query.finish())
    };
    // Those that a worker gives; what the broker dead-letters by itself is found under "all".
    let reasons = [Reason::InvalidJob, Reason::JobIdReused, Reason::Internal].map(|reason| reason.code().to_owned());
    let filters = std::iter::once(("all".to_owned(), at(None, 0), wanted.is_none()))
        .chain(reasons.into_iter().map(|code| (code.clone(), at(Some(&code), 0), wanted == Some(&code))));
    let said = query.get("said").map(String::as_str);
    let page = LettersPage {
        frame: Frame::new(&house, &visitor, "Dead letters".to_owned(), "letters", said),
        filters: filters.collect(),
        in_queue: show::count(found.in_queue),
        looked_at: show::count(found.looked_at),
        all: found.all,
        before: (from > 0).then(|| at(wanted.map(String::as_str), from.saturating_sub(ROWS))),
        after: has_more.then(|| at(wanted.map(String::as_str), from + ROWS)),
        rows: found.letters.into_iter().map(LetterRow::of).collect(),
    };
    Ok(html(&page))
}

#[derive(Template)]
#[template(path = "letter.html", config = "src/dashboard/askama.toml")]
struct LetterPageView {
    frame: Frame,
    row: LetterRow,
    hope: (&'static str, &'static str),
    explained: Option<Explained>,
    problems: Vec<(String, String)>,
    facts: Vec<(&'static str, String)>,
    headers: Vec<(String, String)>,
    body: String,
    is_cut: bool,
}

pub(in crate::dashboard) async fn letter(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let id =
        LetterId::parse(&id).map_err(|why| refused(StatusCode::BAD_REQUEST, &format!("The letter's id {why}.")))?;
    let unseen = |why: &str| trouble("The dead letters cannot be looked at", why);
    let whole = match timeout(WITHIN, house.dashboard.letters.get(&id, LETTERS_LOOKED_AT_MAX)).await {
        Ok(whole) => whole.map_err(|fault| unseen(&fault.chain()))?,
        Err(_) => return Err(unseen("no answer within 20 s")),
    };
    let gone = "That letter is not here (any more): it was replayed or purged, or somebody else looks at it just now.";
    let whole = whole.ok_or_else(|| refused(StatusCode::NOT_FOUND, gone))?;
    let letter = whole.letter;
    let (hope, why) = hope(letter.reason.as_deref());
    let hope = match hope {
        Hope::Good => "good",
        Hope::IfChanged => "if-changed",
        Hope::None => "none",
    };
    let reason = letter.reason.as_deref().and_then(|code| Reason::ALL.into_iter().find(|reason| reason.code() == code));
    let mut facts = Vec::new();
    let mut fact = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    fact("first reason", letter.first_reason.clone().filter(|first| Some(first) != letter.reason.as_ref()));
    fact("first queue", letter.first_queue.clone());
    fact("given to workers", letter.attempts.map(|attempts| format!("{attempts}×")));
    fact("replayed", letter.replayed_at.map(|at| format!("{}×, last at {}", letter.replays, show::instant(at))));
    fact("message id", letter.message_id.clone());
    fact("media type", whole.content_type);
    fact("trace", letter.traceparent.clone());
    let shown = &whole.body[..whole.body.len().min(BODY_SHOWN_BYTES)];
    let page = LetterPageView {
        frame: Frame::new(&house, &visitor, format!("Dead letter {id}"), "letters", None),
        hope: (hope, why),
        explained: reason.map(explain),
        problems: letter.problems.iter().map(|problem| (problem.field.clone(), problem.problem.clone())).collect(),
        facts,
        headers: whole.headers,
        is_cut: shown.len() < whole.body.len(),
        body: escaped(&String::from_utf8_lossy(shown)),
        row: LetterRow::of(letter),
    };
    Ok(html(&page))
}

/// Line by line, so that nothing in it hides or turns around what stands beside it.
fn escaped(body: &str) -> String {
    body.lines().map(|line| one_line(line, BODY_SHOWN_BYTES)).collect::<Vec<_>>().join("\n")
}
