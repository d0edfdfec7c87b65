//! The page of one job: what this worker is at with it, and what the ledger holds of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use tokio::time::{Instant, timeout};

use super::overview::FlightRow;
use super::reasons::{Explained, explain};
use super::{Frame, Page, View, show as show_view};
use crate::dashboard::House;
use crate::dashboard::actions::trouble;
use crate::dashboard::board::{Ended, Flight};
use crate::dashboard::door::{Visitor, fields, refused};
use crate::dashboard::show;
use crate::job::event::{CompletedData, FailedData, LandedResult, Provenance, TerminalData, Timings};
use crate::job::ids::{JobId, ObjectKey, ObjectRef};
use crate::job::ledger::{LedgerOutcome, LedgerRecord, LedgerStatus};
use crate::job::text::one_line;
use crate::job::verdict::Stage;
use crate::worker::read_record;

/// Longest wait for the store.
const STORE_WITHIN: Duration = Duration::from_secs(5);

/// How long a record is shown without another look, while nothing is heard of its job: other workers may be at it.
const RECORD_HELD: Duration = Duration::from_secs(10);

/// Life of a link to a video. Players ask for one part after the other; longer, and what is copied from a browser works on.
const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

/// Longest foreign text, in characters.
const TEXT_MAX_CHARS: usize = 1000;

/// Looks at a job again and again, and at its record when there may be something new.
pub(in crate::dashboard) struct Looker {
    job_id: JobId,
    said: Option<String>,
    record: Option<(Heard, Instant, Found)>,
}

/// What this worker knows of the job: when that is another, the record is read again.
type Heard = (Option<Stage>, Option<jiff::Timestamp>);

type Found = Result<Option<Arc<LedgerRecord>>, String>;

impl Looker {
    async fn look(&mut self, house: &House, flight: Option<&Flight>, ended: Option<&Ended>) -> Found {
        let heard = (flight.map(|flight| flight.stage), ended.map(|ended| ended.at));
        if let Some((before, at, found)) = &self.record {
            let is_final = matches!(found, Ok(Some(record)) if record.outcome.is_some());
            if *before == heard && (is_final || at.elapsed() < RECORD_HELD) {
                return found.clone();
            }
        }
        let found = find(house, &self.job_id).await.map(|record| record.map(Arc::new));
        self.record = Some((heard, Instant::now(), found.clone()));
        found
    }

    pub(super) async fn render(&mut self, house: &House, visitor: &Visitor) -> askama::Result<Page> {
        let board = &house.dashboard.board;
        let (flight, ended) = (board.flight(&self.job_id), board.ended(&self.job_id));
        let found = self.look(house, flight.as_ref(), ended.as_ref()).await;
        let is_known = flight.is_some() || ended.is_some() || !matches!(found, Ok(None));
        let (record, trouble) = match found {
            Ok(record) => (record, None),
            Err(why) => (None, Some(why)),
        };
        let outcome = record.as_ref().and_then(|record| record.outcome.as_ref());
        let results: &[LandedResult] = match outcome {
            Some(outcome) => results_of(&outcome.data),
            None => ended.as_ref().map_or(&[], |ended| &ended.results),
        };
        let buckets = results.iter().map(|result| result.bucket.clone()).collect();
        let now = board.now();
        let title = format!("Job {}", self.job_id);
        let page = JobPage {
            frame: Frame::new(house, visitor, title, "jobs", self.said.as_deref()),
            job_id: self.job_id.to_string(),
            is_known,
            is_cancellable: flight.is_some() || record.as_ref().is_some_and(|record| record.outcome.is_none()),
            flight: flight.map(|flight| FlightRow::of(flight, now)),
            stages: Stage::ALL.map(Stage::name).to_vec(),
            end: outcome.map(EndView::of),
            videos: results.iter().map(VideoView::of).collect(),
            record: record.as_deref().map(RecordView::of),
            trouble: trouble.map(|why| one_line(&why, TEXT_MAX_CHARS)),
        };
        let status = if is_known { StatusCode::OK } else { StatusCode::NOT_FOUND };
        Ok(Page { status, text: page.render()?, buckets })
    }
}

async fn find(house: &House, job_id: &JobId) -> Result<Option<LedgerRecord>, String> {
    let dashboard = &house.dashboard;
    let ledger = (dashboard.ledger.0.as_str(), dashboard.ledger.1.as_str());
    match timeout(STORE_WITHIN, read_record(&*dashboard.store, ledger, job_id)).await {
        Ok(read) => read.map_err(|fault| fault.chain()),
        Err(_) => Err(format!("the store did not answer within {} s", STORE_WITHIN.as_secs())),
    }
}

fn results_of(data: &TerminalData) -> &[LandedResult] {
    match data {
        TerminalData::Completed(CompletedData { results, .. }) | TerminalData::Failed(FailedData { results, .. }) => {
            results
        }
    }
}

#[derive(Template)]
#[template(path = "job.html", config = "src/dashboard/askama.toml")]
struct JobPage {
    frame: Frame,
    job_id: String,
    is_known: bool,
    is_cancellable: bool,
    flight: Option<FlightRow>,
    stages: Vec<&'static str>,
    end: Option<EndView>,
    videos: Vec<VideoView>,
    record: Option<RecordView>,
    trouble: Option<String>,
}

struct EndView {
    word: &'static str,
    at: String,
    cost: Option<String>,
    message: String,
    reason: Option<(&'static str, Explained)>,
    failures: Vec<FailureView>,
    timings: Vec<(&'static str, String)>,
}

struct FailureView {
    index: u32,
    task: String,
    reason: &'static str,
    message: String,
    provider_code: Option<String>,
    cost: Option<String>,
}

impl EndView {
    fn of(outcome: &LedgerOutcome) -> EndView {
        let at = show::instant(outcome.time);
        match &outcome.data {
            TerminalData::Completed(data) => EndView {
                word: "completed",
                at,
                cost: data.cost_usd.map(show::usd),
                message: String::new(),
                reason: None,
                failures: Vec::new(),
                timings: timings(&data.timings),
            },
            TerminalData::Failed(data) => EndView {
                word: "failed",
                at,
                cost: data.cost_usd.map(show::usd),
                message: one_line(&data.message, TEXT_MAX_CHARS),
                reason: Some((data.reason.code(), explain(data.reason))),
                failures: data
                    .failures
                    .iter()
                    .map(|failure| FailureView {
                        index: failure.index,
                        task: failure.task_uuid.to_string(),
                        reason: failure.reason.code(),
                        message: one_line(&failure.message, TEXT_MAX_CHARS),
                        provider_code: failure.provider_code.as_ref().map(|code| one_line(code, TEXT_MAX_CHARS)),
                        cost: failure.cost_usd.map(show::usd),
                    })
                    .collect(),
                timings: timings(&data.timings),
            },
        }
    }
}

fn timings(timings: &Timings) -> Vec<(&'static str, String)> {
    let all = [
        ("claiming", timings.claiming_ms),
        ("submitting", timings.submitting_ms),
        ("generating", timings.generating_ms),
        ("landing", timings.landing_ms),
        ("in all", timings.total_ms),
    ];
    all.into_iter().filter(|(_, ms)| *ms > 0).map(|(name, ms)| (name, show::took(ms))).collect()
}

struct VideoView {
    index: u32,
    place: String,
    facts: String,
    size: String,
    cost: Option<String>,
    came_by: &'static str,
    deviations: Vec<String>,
}

impl VideoView {
    fn of(result: &LandedResult) -> VideoView {
        VideoView {
            index: result.index,
            place: format!("{}/{}", result.bucket, result.key),
            facts: show::media(&result.media),
            size: show::size(result.size),
            cost: result.cost_usd.map(show::usd),
            came_by: match result.provenance {
                Provenance::Uploaded => "uploaded by the provider",
                Provenance::Rescued => "fetched from the provider",
            },
            deviations: result
                .deviations
                .iter()
                .map(|deviation| {
                    format!("{}: asked {}, found {}", deviation.property, deviation.asked, deviation.found)
                })
                .collect(),
        }
    }
}

struct RecordView {
    status: &'static str,
    generation: u32,
    claimed_at: String,
    deadline: String,
    cancelled_at: Option<String>,
    set_aside_at: Option<String>,
    tasks: Vec<(u32, String, String)>,
    context: Option<String>,
}

impl RecordView {
    fn of(record: &LedgerRecord) -> RecordView {
        let context = record.outcome.as_ref().and_then(|outcome| outcome.data.job().context.as_ref());
        RecordView {
            status: match record.status {
                LedgerStatus::Claimed => "claimed",
                LedgerStatus::Completed => "completed",
                LedgerStatus::Failed => "failed",
            },
            generation: record.generation,
            claimed_at: show::instant(record.claimed_at),
            deadline: show::instant(record.deadline),
            cancelled_at: record.cancel_requested_at.map(show::instant),
            set_aside_at: record.set_aside.map(|set_aside| show::instant(set_aside.at)),
            tasks: record
                .tasks
                .iter()
                .map(|task| (task.index, task.task_uuid.to_string(), format!("{}/{}", task.bucket, task.key)))
                .collect(),
            context: context.map(|context| one_line(&context.to_string(), 2 * TEXT_MAX_CHARS)),
        }
    }
}

/// The search: a job's page is at its id.
pub(in crate::dashboard) async fn find_job(RawQuery(query): RawQuery) -> Response {
    let fields: HashMap<String, String> = fields(query.unwrap_or_default().as_bytes());
    match JobId::parse(fields.get("id").map_or("", |id| id.trim())) {
        Ok(job_id) => Redirect::to(&format!("/jobs/{job_id}")).into_response(),
        Err(why) => refused(StatusCode::BAD_REQUEST, &format!("That is no job id: it {why}.")),
    }
}

fn job_id(text: &str) -> Result<JobId, Response> {
    JobId::parse(text).map_err(|why| refused(StatusCode::BAD_REQUEST, &format!("That is no job id: it {why}.")))
}

pub(in crate::dashboard) async fn job(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let job_id = job_id(&id)?;
    let said = fields(query.unwrap_or_default().as_bytes()).remove("said");
    let looker = Looker { job_id, said, record: None };
    Ok(show_view(house, visitor, &headers, View::Job(Box::new(looker))).await)
}

/// Leads to a video, by a link that is signed for this request.
pub(in crate::dashboard) async fn video(
    State(house): State<Arc<House>>,
    Path((id, index)): Path<(String, String)>,
) -> Result<Response, Response> {
    let job_id = job_id(&id)?;
    let absent = || refused(StatusCode::NOT_FOUND, &format!("Job {job_id} has no such video."));
    let index: u32 = index.parse().map_err(|_| absent())?;
    let place = |results: &[LandedResult]| {
        let result = results.iter().find(|result| result.index == index)?;
        Some(ObjectRef { bucket: result.bucket.clone(), key: ObjectKey::parse(&result.key).ok()? })
    };
    let remembered = house.dashboard.board.ended(&job_id).and_then(|ended| place(&ended.results));
    let object = match remembered {
        Some(object) => object,
        None => {
            let unread = |why: String| trouble("The ledger cannot be read", &why);
            let record = find(&house, &job_id).await.map_err(unread)?;
            let outcome = record.and_then(|record| record.outcome);
            outcome.and_then(|outcome| place(results_of(&outcome.data))).ok_or_else(absent)?
        }
    };
    let signed = house.dashboard.links.presign_get(&object, LINK_LIFE).await;
    let link = signed.map_err(|fault| trouble("No link to the video can be signed", &fault.chain()))?;
    Ok(Redirect::temporary(link.expose()).into_response())
}
