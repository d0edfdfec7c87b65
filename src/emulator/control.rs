//! The control routes under `/_emulator/`: which switches there are, the scenario in force, and steps.
//!
//! They are the emulator's own and none of the vendor's. Everything wrong with a request is told, an error for each.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{delete, get};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::http::Service;
use super::scenario::switches::CATALOGUE;
use super::scenario::{Scenario, ScenarioError};

/// Largest body, in bytes: a thousand rules with all their switches.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A body that could not be read.
const UNREADABLE: &str = "the body could not be read, or is larger than 1 MiB";

/// All control routes.
pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_emulator/switches", get(switches))
        .route("/_emulator/scenario", get(scenario).put(replace))
        .route("/_emulator/rules", axum::routing::post(add).delete(clear))
        .route("/_emulator/rules/{index}", delete(remove))
        .route("/_emulator/step", get(standings).post(step))
}

async fn switches() -> Json<Value> {
    let values = |forms: &[(&str, &str)]| -> Value {
        forms.iter().map(|(value, meaning)| json!({ "value": value, "meaning": meaning })).collect()
    };
    let switches: Vec<Value> = CATALOGUE
        .iter()
        .map(|switch| {
            json!({
                "name": switch.name,
                "place": switch.place,
                "meaning": switch.meaning,
                "values": values(switch.forms),
            })
        })
        .collect();
    Json(json!({ "switches": switches }))
}

async fn scenario(State(service): State<Arc<Service>>) -> Response {
    in_force(&service.state.lock().scenario)
}

async fn replace(State(service): State<Arc<Service>>, body: Body) -> Response {
    let Some(text) = read(body).await else { return wrong(StatusCode::BAD_REQUEST, [UNREADABLE]) };
    match Scenario::read(&text) {
        Ok(scenario) => change(&service, |in_force| {
            in_force.replace(scenario);
            Ok(())
        }),
        Err(error) => refused(&error),
    }
}

async fn add(State(service): State<Arc<Service>>, body: Body) -> Response {
    let Some(text) = read(body).await else { return wrong(StatusCode::BAD_REQUEST, [UNREADABLE]) };
    change(&service, |scenario| scenario.add_json(text.as_bytes()).map_err(|error| refused(&error)))
}

async fn clear(State(service): State<Arc<Service>>) -> Response {
    change(&service, |scenario| {
        scenario.clear();
        Ok(())
    })
}

async fn remove(State(service): State<Arc<Service>>, Path(index): Path<String>) -> Response {
    change(&service, |scenario| {
        let is_removed = index.parse().is_ok_and(|index| scenario.remove(index));
        if is_removed {
            Ok(())
        } else {
            Err(wrong(StatusCode::NOT_FOUND, ["there is no rule with this number; the first one is 0"]))
        }
    })
}

async fn standings(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(json!({ "tasks": service.studio.steps().report() }))
}

/// Which task makes a step; without a body all do.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StepRequest {
    #[serde(rename = "taskUUID")]
    task_uuid: Option<Uuid>,
}

async fn step(State(service): State<Arc<Service>>, body: Body) -> Response {
    let Some(text) = read(body).await else { return wrong(StatusCode::BAD_REQUEST, [UNREADABLE]) };
    let request = if text.trim().is_empty() { Ok(StepRequest::default()) } else { serde_json::from_str(&text) };
    let task = match request {
        Ok(StepRequest { task_uuid }) => task_uuid,
        Err(error) => return wrong(StatusCode::BAD_REQUEST, [error]),
    };
    let tasks = service.studio.steps().step(task).await;
    match task {
        Some(task) if tasks.is_empty() => {
            let none =
                format!("no task {task} is stepped and under way: pace=stepped holds from a task's submission on");
            wrong(StatusCode::NOT_FOUND, [none])
        }
        Some(_) | None => Json(json!({ "tasks": tasks })).into_response(),
    }
}

async fn read(body: Body) -> Option<String> {
    let bytes = axum::body::to_bytes(body, MAX_BODY_BYTES).await.ok()?;
    String::from_utf8(bytes.into()).ok()
}

/// Changes the scenario and answers with what is in force then.
fn change(service: &Service, change: impl FnOnce(&mut Scenario) -> Result<(), Response>) -> Response {
    let mut state = service.state.lock();
    match change(&mut state.scenario) {
        Ok(()) => {
            tracing::info!(scenario = %state.scenario.written(), "the scenario is changed");
            in_force(&state.scenario)
        }
        Err(refusal) => refusal,
    }
}

fn in_force(scenario: &Scenario) -> Response {
    Json(scenario.written()).into_response()
}

fn refused(error: &ScenarioError) -> Response {
    wrong(StatusCode::BAD_REQUEST, error.lines())
}

fn wrong(status: StatusCode, messages: impl IntoIterator<Item = impl ToString>) -> Response {
    let errors: Vec<Value> = messages
        .into_iter()
        .map(|message| json!({ "code": "invalidScenario", "message": message.to_string() }))
        .collect();
    (status, Json(json!({ "errors": errors }))).into_response()
}
