//! What is done on the dashboard, by its forms and by programs: the same routes, and the same checks but for the form's own.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use tokio::time::timeout;
use tracing::info;

use super::House;
use super::door::{Actor, Visitor, actor, refused};
use super::pages::Standing;
use crate::job::fault::Fault;
use crate::job::ids::JobId;
use crate::job::letter::LetterId;
use crate::worker::{CancelFound, Cancelled};

/// How long an operator waits for store and broker.
const WITHIN: Duration = Duration::from_secs(15);

/// How many letters are looked through for the one that is meant. Its row was on a page that looks at fewer.
pub(super) const LETTERS_LOOKED_AT_MAX: usize = 10_000;

type Answer = Result<Response, Response>;

pub(super) async fn pause(house: State<Arc<House>>, visitor: Extension<Visitor>, form: Bytes) -> Answer {
    control(&house, &visitor, &form, "paused", |house| house.dashboard.controls.pause())
}

pub(super) async fn resume(house: State<Arc<House>>, visitor: Extension<Visitor>, form: Bytes) -> Answer {
    control(&house, &visitor, &form, "resumed", |house| house.dashboard.controls.resume())
}

pub(super) async fn drain(house: State<Arc<House>>, visitor: Extension<Visitor>, form: Bytes) -> Answer {
    control(&house, &visitor, &form, "draining", |house| house.dashboard.controls.drain())
}

fn control(house: &House, visitor: &Visitor, form: &Bytes, said: &str, act: impl FnOnce(&House)) -> Answer {
    let actor = actor(house, visitor, form)?;
    act(house);
    Ok(answer(&actor, &format!("/?said={said}"), || standing(house)))
}

/// A page for people, JSON for programs.
fn answer(actor: &Actor, page: &str, json: impl FnOnce() -> Value) -> Response {
    if actor.is_program { Json(json()).into_response() } else { Redirect::to(page).into_response() }
}

fn standing(house: &House) -> Value {
    let dashboard = &house.dashboard;
    json!({
        "state": Standing::of(dashboard).word(),
        "causes": (dashboard.causes)(),
        "inFlight": dashboard.status.in_flight(),
        "maxInFlight": dashboard.max_in_flight,
    })
}

/// How the worker stands, for programs.
pub(super) async fn state(State(house): State<Arc<House>>) -> Json<Value> {
    Json(standing(&house))
}

pub(super) async fn cancel(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    Path(job_id): Path<String>,
    form: Bytes,
) -> Answer {
    let actor = actor(&house, &visitor, &form)?;
    let job_id =
        JobId::parse(&job_id).map_err(|why| refused(StatusCode::BAD_REQUEST, &format!("The job id {why}.")))?;
    let dashboard = &house.dashboard;
    let cancelled = timeout(WITHIN, dashboard.controls.cancel(&*dashboard.store, &job_id)).await;
    let Cancelled { found, untold } = match cancelled {
        Ok(Ok(cancelled)) => cancelled,
        Ok(Err(fault)) => return Err(trouble(&format!("Job {job_id} may not be cancelled"), &fault.chain())),
        Err(_) => return Err(trouble(&format!("Job {job_id} may not be cancelled"), "no answer within 15 s")),
    };
    let (word, outcome) = match &found {
        CancelFound::NotBegun => ("not_begun", None),
        CancelFound::UnderWay => ("under_way", None),
        CancelFound::Ended(outcome) => ("ended", Some(outcome)),
    };
    let told = (found == CancelFound::UnderWay).then_some(untold.is_none());
    let said = if untold.is_some() { "untold" } else { word };
    Ok(answer(
        &actor,
        &format!("/jobs/{job_id}?said={said}"),
        || json!({ "jobId": job_id, "found": word, "outcome": outcome, "workersTold": told, "why": untold }),
    ))
}

pub(super) async fn replay(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    Path(letter): Path<String>,
    form: Bytes,
) -> Answer {
    let actor = actor(&house, &visitor, &form)?;
    let id =
        LetterId::parse(&letter).map_err(|why| refused(StatusCode::BAD_REQUEST, &format!("The letter's id {why}.")))?;
    let ids = [id.clone()].into_iter().collect();
    let dealt = timeout(2 * WITHIN, house.dashboard.letters.replay(&ids, LETTERS_LOOKED_AT_MAX)).await;
    let failed = |why: &str| trouble(&format!("Letter {id} may not be replayed"), why);
    let dealt = match dealt {
        Ok(Ok(dealt)) => dealt,
        Ok(Err(fault)) => return Err(failed(&fault.chain())),
        Err(_) => return Err(failed("no answer within 30 s")),
    };
    let word = if dealt.done.contains(&id) {
        "replayed"
    } else if dealt.unsure.contains(&id) {
        "unsure"
    } else if dealt.missing.contains(&id) {
        "missing"
    } else {
        return Err(failed(&dealt.trouble.as_ref().map_or("no reason is known".to_owned(), Fault::chain)));
    };
    info!(letter = id.as_str(), result = word, "an operator replays a dead letter");
    Ok(answer(&actor, &format!("/dead-letters?said={word}"), || json!({ "letterId": id.as_str(), "result": word })))
}

/// Something that we need does not answer, or refuses.
pub(super) fn trouble(what: &str, why: &str) -> Response {
    refused(
        StatusCode::BAD_GATEWAY,
        &format!("{what}: {why}. Look at the worker's page for what it is suspended for, and try again."),
    )
}
