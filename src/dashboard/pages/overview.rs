//! The overview: how the worker stands, what it is at, what it did.

use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;

use super::{Frame, Page, Standing};
use crate::dashboard::House;
use crate::dashboard::board::{End, Ended, Flight, Overview, Part};
use crate::dashboard::door::Visitor;
use crate::dashboard::series::Minute;
use crate::dashboard::show;

/// Rows of a list on one page: a screenful or two, quickly made anew every second.
const ROWS: usize = 25;

/// Videos on the overview.
const VIDEOS: usize = 4;

/// Minutes that one bar stands for.
const BAR_MINUTES: usize = 3;

/// Height of the bars' picture.
const HEIGHT: f64 = 100.0;

/// Which part of the lists is shown.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard) struct Query {
    flights_from: usize,
    end: Option<End>,
    ended_from: usize,
    said: Option<String>,
}

const ENDS: [(&str, Option<End>); 4] = [
    ("all", None),
    ("completed", Some(End::Completed)),
    ("failed", Some(End::Failed)),
    ("rejected", Some(End::Rejected)),
];

impl Query {
    pub(super) fn read(fields: &HashMap<String, String>) -> Query {
        let number = |name| fields.get(name).and_then(|text: &String| text.parse().ok()).unwrap_or(0);
        let named = |wanted: &String| ENDS.iter().find(|(name, _)| name == wanted).and_then(|(_, end)| *end);
        Query {
            flights_from: number("flying"),
            end: fields.get("end").and_then(named),
            ended_from: number("from"),
            said: fields.get("said").cloned(),
        }
    }

    fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some((name, _)) = ENDS.iter().find(|(_, end)| end.is_some() && *end == self.end) {
            query.append_pair("end", name);
        }
        for (name, number) in [("flying", self.flights_from), ("from", self.ended_from)] {
            if number > 0 {
                query.append_pair(name, &number.to_string());
            }
        }
        let query = query.finish();
        if query.is_empty() { "/".to_owned() } else { format!("/?{query}") }
    }
}

pub(super) fn render(house: &House, visitor: &Visitor, query: &mut Query) -> askama::Result<Page> {
    let part = Part {
        flights_from: query.flights_from,
        flights: ROWS,
        end: query.end,
        ended_from: query.ended_from,
        ended: ROWS,
        finished: VIDEOS,
    };
    let seen = house.dashboard.board.overview(part);
    let page = OverviewPage::of(house, visitor, query, seen);
    Ok(Page { status: StatusCode::OK, text: page.render()?, buckets: Vec::new() })
}

#[derive(Template)]
#[template(path = "overview.html", config = "src/dashboard/askama.toml")]
struct OverviewPage {
    frame: Frame,
    standing: Standing,
    causes: Vec<String>,
    is_paused: bool,
    since: String,
    flying: String,
    room: String,
    stages: Vec<(&'static str, usize)>,
    flying_usd: String,
    hour: Figures,
    totals: Figures,
    bars: Bars,
    flights: Vec<FlightRow>,
    flights_pager: Pager,
    filters: Vec<(&'static str, String, bool)>,
    ended: Vec<EndedRow>,
    ended_pager: Pager,
    videos: Vec<VideoCard>,
}

/// What ended within some time, as it is shown.
struct Figures {
    completed: String,
    failed: String,
    rejected: String,
    spend: String,
}

impl Figures {
    fn of(sum: Minute) -> Figures {
        Figures {
            completed: show::count(sum.completed),
            failed: show::count(sum.failed),
            rejected: show::count(sum.rejected),
            spend: show::usd(sum.spend_usd),
        }
    }
}

/// A job in flight as a row.
pub(super) struct FlightRow {
    pub(super) job_id: String,
    pub(super) tenant: Option<String>,
    pub(super) prompt: String,
    pub(super) stage: &'static str,
    pub(super) in_stage: String,
    pub(super) age: String,
    pub(super) since: String,
    pub(super) percent: Option<u32>,
    pub(super) results: u32,
    pub(super) cost: String,
}

impl FlightRow {
    pub(super) fn of(flight: Flight, now: jiff::Timestamp) -> FlightRow {
        FlightRow {
            percent: flight.percent(),
            stage: flight.stage.name(),
            in_stage: show::age(flight.stage_since, now),
            age: show::age(flight.taken_at, now),
            since: show::instant(flight.taken_at),
            job_id: flight.job_id.to_string(),
            tenant: flight.tenant,
            prompt: flight.prompt,
            results: flight.results,
            cost: show::usd(flight.estimate_usd),
        }
    }
}

struct EndedRow {
    job_id: Option<String>,
    tenant: Option<String>,
    end: &'static str,
    reason: Option<&'static str>,
    message: String,
    cost: String,
    took: String,
    videos: usize,
    at: String,
    at_in_full: String,
    is_repeat: bool,
}

impl EndedRow {
    fn of(ended: Ended, now: jiff::Timestamp) -> EndedRow {
        EndedRow {
            job_id: ended.job_id.map(|id| id.to_string()),
            tenant: ended.tenant,
            end: word(ended.end),
            reason: ended.reason.map(|reason| reason.code()),
            message: ended.message,
            cost: ended.cost_usd.map_or(String::new(), show::usd),
            took: if ended.total_ms == 0 { String::new() } else { show::took(ended.total_ms) },
            videos: ended.results.len(),
            at: show::clock(ended.at, now),
            at_in_full: show::instant(ended.at),
            is_repeat: ended.is_repeat,
        }
    }
}

pub(super) fn word(end: End) -> &'static str {
    match end {
        End::Completed => "completed",
        End::Failed => "failed",
        End::Rejected => "rejected",
    }
}

/// A finished video.
struct VideoCard {
    job_id: String,
    index: u32,
    facts: String,
}

/// What of a list is on a page, and the way to the rest.
struct Pager {
    span: String,
    before: Option<String>,
    after: Option<String>,
}

impl Pager {
    fn of(from: usize, shown: usize, found: usize, at: impl Fn(usize) -> String) -> Pager {
        let span = match shown {
            0 => "none".to_owned(),
            shown => format!("{}–{} of {}", show::count(from + 1), show::count(from + shown), show::count(found)),
        };
        let has_more = from.saturating_add(ROWS) < found;
        Pager {
            span,
            before: (from > 0).then(|| at(from.saturating_sub(ROWS).min(found.saturating_sub(1) / ROWS * ROWS))),
            after: has_more.then(|| at(from + ROWS)),
        }
    }
}

/// One bar of the pictures: where it stands, and how high its parts are.
struct Bar {
    x: usize,
    /// Class, top and height of each part, from the bottom.
    ends: Vec<(&'static str, String, String)>,
    spend: (String, String),
    title: String,
}

struct Bars {
    bars: Vec<Bar>,
    most_ends: String,
    most_spend: String,
}

impl Bars {
    fn of(minutes: &[Minute]) -> Bars {
        let sums: Vec<Minute> = minutes
            .chunks(BAR_MINUTES)
            .map(|chunk| {
                let mut sum = Minute::default();
                chunk.iter().for_each(|minute| sum.add(*minute));
                sum
            })
            .collect();
        let most_ends = sums.iter().map(Minute::ends).max().unwrap_or(0);
        let most_spend = sums.iter().map(|sum| sum.spend_usd).fold(0.0, f64::max);
        let bars = sums.iter().enumerate().map(|(place, sum)| {
            #[expect(clippy::cast_precision_loss, reason = "a height of a few hundred pixels")]
            let part = |number: u64| if most_ends == 0 { 0.0 } else { number as f64 / most_ends as f64 * HEIGHT };
            let mut top = HEIGHT;
            let parts = [("completed", sum.completed), ("failed", sum.failed), ("rejected", sum.rejected)];
            let ends = parts.into_iter().filter(|(_, number)| *number > 0).map(|(class, number)| {
                let height = part(number);
                top -= height;
                (class, format!("{top:.1}"), format!("{height:.1}"))
            });
            let ends = ends.collect();
            let spend = if most_spend > 0.0 { sum.spend_usd / most_spend * HEIGHT } else { 0.0 };
            let ago = (sums.len() - 1 - place) * BAR_MINUTES;
            let title = format!(
                "{} to {} minutes ago: {} completed, {} failed, {} rejected, {}",
                ago + BAR_MINUTES,
                ago,
                sum.completed,
                sum.failed,
                sum.rejected,
                show::usd(sum.spend_usd)
            );
            Bar { x: place * 10, ends, spend: (format!("{:.1}", HEIGHT - spend), format!("{spend:.1}")), title }
        });
        Bars { bars: bars.collect(), most_ends: show::count(most_ends), most_spend: show::usd(most_spend) }
    }
}

impl OverviewPage {
    fn of(house: &House, visitor: &Visitor, query: &Query, seen: Overview) -> OverviewPage {
        let dashboard = &house.dashboard;
        let now = seen.now;
        let flying_at = |from| Query { flights_from: from, ..query.clone() }.address();
        let ended_at = |from| Query { ended_from: from, ..query.clone() }.address();
        let filters =
            ENDS.map(|(name, end)| (name, Query { end, ended_from: 0, ..query.clone() }.address(), query.end == end));
        let videos = seen.finished.iter().filter_map(|ended| {
            let first = ended.results.first()?;
            Some(VideoCard {
                job_id: ended.job_id.as_ref()?.to_string(),
                index: first.index,
                facts: show::media(&first.media),
            })
        });
        OverviewPage {
            frame: Frame::new(house, visitor, "Overview".to_owned(), "overview", query.said.as_deref()),
            standing: Standing::of(dashboard),
            causes: (dashboard.causes)(),
            is_paused: dashboard.status.is_paused(),
            since: show::instant(seen.since),
            flying: show::count(seen.flying),
            room: show::count(dashboard.max_in_flight),
            stages: seen.stages.iter().map(|(stage, number)| (stage.name(), *number)).collect(),
            flying_usd: show::usd(seen.flying_usd),
            hour: Figures::of(seen.last_hour),
            totals: Figures::of(seen.totals),
            bars: Bars::of(&seen.series),
            flights_pager: Pager::of(query.flights_from, seen.flights.len(), seen.flying, flying_at),
            ended_pager: Pager::of(query.ended_from, seen.ended.len(), seen.found, ended_at),
            filters: filters.to_vec(),
            videos: videos.collect(),
            flights: seen.flights.into_iter().map(|flight| FlightRow::of(flight, now)).collect(),
            ended: seen.ended.into_iter().map(|ended| EndedRow::of(ended, now)).collect(),
        }
    }
}
