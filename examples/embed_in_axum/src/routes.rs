//! The service's routes.

use super::problem::Problem;
use super::watch::Watch;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use octopoid_core::model::{NewTask, Scope, State as TaskState, Task, TaskId};
use octopoid_core::orchestrator::Handle;
use octopoid_core::store::Store;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What the routes share with the orchestrator.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) handle: Handle,
    /// Cancelled when no more changes are taken.
    pub(crate) closing: CancellationToken,
}

pub(crate) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/changes", post(ask))
        .route("/changes/{id}", get(look))
        .route("/changes/{id}/events", get(watch))
        .route("/changes/{id}/cancel", post(cancel))
        .with_state(desk)
}

impl Desk {
    pub(crate) async fn task(&self, id: &TaskId) -> Result<Task, Problem> {
        Ok(self.store.task(&Scope::single(), id).await?)
    }
}

/// How the service's users see a task.
pub(crate) fn view(task: &Task) -> Value {
    let commit = match &task.state {
        TaskState::Done { landed, .. } => landed.as_ref().map(ToString::to_string),
        _ => None,
    };
    json!({
        "id": task.id, "title": task.title, "state": task.queue(), "commit": commit,
        "needs": task.state.needs_person(),
    })
}

fn id(text: String) -> Result<TaskId, Problem> {
    TaskId::new(text).map_err(|error| Problem(StatusCode::NOT_FOUND, error.to_string()))
}

#[derive(Debug, Deserialize)]
struct Change {
    title: String,
    description: String,
}

async fn ask(
    State(desk): State<Desk>,
    Json(change): Json<Change>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    if desk.closing.is_cancelled() {
        return Err(Problem(StatusCode::SERVICE_UNAVAILABLE, "the service is closing".to_owned()));
    }
    // The orchestrator hears of it through the store's feed; nobody has to tell it.
    let task = desk.store.create_task(NewTask::new(change.title, change.description)).await?;
    Ok((StatusCode::CREATED, Json(view(&task))))
}

async fn look(State(desk): State<Desk>, Path(text): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(view(&desk.task(&id(text)?).await?)))
}

async fn watch(State(desk): State<Desk>, Path(text): Path<String>) -> Result<impl IntoResponse, Problem> {
    Ok(Sse::new(Watch::begin(desk, id(text)?).await?.stream()))
}

#[derive(Debug, Deserialize)]
struct Cancel {
    reason: String,
}

async fn cancel(
    State(desk): State<Desk>,
    Path(text): Path<String>,
    Json(cancel): Json<Cancel>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(view(&desk.handle.cancel(&id(text)?, cancel.reason).await?)))
}
