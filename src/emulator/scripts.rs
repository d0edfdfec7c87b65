//! The script of a finished result: `GET /_emulator/tasks/{taskUUID}/script.json`, and `POST` there of an edited one.
//!
//! The vendor's agent can be asked for changes without generating everything anew, but not through its task API; so this is the
//! emulator's own. An edited script replaces the result at its `videoURL`: only the scenes that changed are drawn. Nothing is billed,
//! uploaded or told to a webhook for it, as what was delivered was delivered.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::errors::ApiError;
use super::http::Service;
use super::screenplay;
use super::shelf::Extra;
use super::tasks::Told;
use crate::agent::script::{Problem, Script, ScriptError};

/// Largest script taken, in bytes of JSON: five minutes of shots, each with all the words that it may have.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Of every error: what is wrong stands in its message, and where in its `parameter`.
const CODE: &str = "invalidScript";

/// The route of a result's script.
pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new().route("/_emulator/tasks/{task}/script.json", get(read).post(edit))
}

/// Which of the task's results; the first when absent.
#[derive(Debug, Deserialize)]
struct Which {
    #[serde(default)]
    result: usize,
}

async fn read(State(service): State<Arc<Service>>, Path(task): Path<String>, Query(which): Query<Which>) -> Response {
    let Some(told) = find(&service, &task, which.result) else { return none() };
    match service.shelf.load_extra(told.finished.video_uuid, Extra::Script).await {
        Ok(script) => ([(header::CONTENT_TYPE, "application/json")], script).into_response(),
        Err(_) => none(),
    }
}

async fn edit(
    State(service): State<Arc<Service>>,
    Path(task): Path<String>,
    Query(which): Query<Which>,
    body: Body,
) -> Response {
    let Some(told) = find(&service, &task, which.result) else { return none() };
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return wrong(StatusCode::PAYLOAD_TOO_LARGE, "the body could not be read, or is larger than 1 MiB");
    };
    let script = match Script::from_json(&body) {
        Ok(script) => script,
        Err(mistakes) => return mistaken(&mistakes),
    };
    match redraw(&service, told, script).await {
        Ok(answer) => Json(answer).into_response(),
        Err(refusal) => refusal,
    }
}

/// Draws what changed, and puts it in the place of the result.
async fn redraw(service: &Service, told: Told, script: Script) -> Result<Value, Response> {
    let Told { run, request, media, finished, index } = told;
    let failed = |error: ApiError| wrong(StatusCode::CONFLICT, error.message());
    let presenter = service.studio.presenter(&request).await.map_err(failed)?;
    let film = screenplay::of_result(&request, media, presenter, index, service.studio.frame_rate());
    script.check_for(&film.brief).map_err(|mistakes| mistaken(&mistakes))?;
    let scenes = script.scenes.len();
    let drawn = service.studio.redraw(run, film, script, &request, &finished).await.map_err(failed)?;
    Ok(json!({
        "taskUUID": request.id.text,
        "videoUUID": finished.video_uuid,
        "videoURL": finished.video_url,
        "scenes": scenes,
        "drawn": drawn,
    }))
}

/// An error for each field.
fn mistaken(mistakes: &ScriptError) -> Response {
    let errors = mistakes.problems.iter().map(|Problem { field, message }| {
        json!({ "code": CODE, "parameter": field, "message": format!("{field} {message}") })
    });
    refusal(StatusCode::BAD_REQUEST, errors.collect())
}

fn find(service: &Service, task: &str, result: usize) -> Option<Told> {
    service.state.lock().tasks.told(Uuid::parse_str(task).ok()?, result)
}

fn none() -> Response {
    wrong(StatusCode::NOT_FOUND, "there is no such task, or this result is not finished yet, or its time is over")
}

fn wrong(status: StatusCode, message: impl ToString) -> Response {
    refusal(status, vec![json!({ "code": CODE, "message": message.to_string() })])
}

fn refusal(status: StatusCode, errors: Vec<Value>) -> Response {
    (status, Json(json!({ "errors": errors }))).into_response()
}
