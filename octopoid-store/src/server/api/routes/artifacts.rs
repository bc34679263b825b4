//! Artifacts: the files that runs leave for people.

use super::tasks::task_id;
use super::{Answer, Gone, checked};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Empty, Name, Params, RawWrite, ScopeParams, Write, WriteParams, number};
use crate::server::api::problem::Problem;
use crate::wire::{ARTIFACT_LENGTH, ArtifactLength, Artifacts, ProblemBody};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use octopoid_core::model::{ArtifactKey, RunId, Scope};
use octopoid_core::store::ArtifactStore;
use serde::Deserialize;
use std::sync::Arc;

/// Largest number of bytes of one answer.
const MOST: u64 = 1 << 20;

/// Returns the store of artifacts.
fn store(app: &App) -> Result<&Arc<dyn ArtifactStore>, Problem> {
    app.artifacts.as_ref().ok_or_else(|| Problem::not_found("this server keeps no artifacts"))
}

/// Returns the key of an artifact, of a run that there is.
async fn key(app: &App, scope: Scope, run: String, kind: &str) -> Result<ArtifactKey, Problem> {
    let run: RunId = checked(run, "id").map_err(|_| Problem::not_found("there is no such run"))?;
    let kind = kind.parse().map_err(|error| Problem::not_found(format!("{error}")))?;
    let task = app.store.run(&scope, &run).await?.task;
    Ok(ArtifactKey::new(scope, task, run, kind))
}

/// Lists the artifacts of a task, without their content.
#[utoipa::path(get, path = "/tasks/{id}/artifacts", tag = "runs", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = Artifacts), (status = 404, body = ProblemBody)))]
pub(crate) async fn list_artifacts(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<Artifacts> {
    let scope = caller.scope(params.scope.as_deref())?;
    let task = task_id(&id)?;
    app.store.task(&scope, &task).await.map_err(|error| Problem::of_verb("read", &id, &error))?;
    let artifacts = match &app.artifacts {
        Some(store) => store.list(&scope, &task).await?,
        None => Vec::new(),
    };
    Ok(Json(Artifacts { artifacts }))
}

/// Removes the artifacts of a task, such as those with something that nobody is to read.
#[utoipa::path(delete, path = "/tasks/{id}/artifacts", tag = "runs", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = Gone), (status = 404, body = ProblemBody)))]
pub(crate) async fn delete_artifacts(
    State(app): State<App>,
    Name(id): Name,
    Write { caller, .. }: Write<Empty>,
) -> Answer<Gone> {
    let scope = caller.scope(None)?;
    let task = task_id(&id)?;
    app.store.task(&scope, &task).await.map_err(|error| Problem::of_verb("read", &id, &error))?;
    store(&app)?.remove(&scope, &task).await?;
    Ok(Json(Gone { task_id: Some(id), ..Gone::new("Artifacts deleted") }))
}

/// Part of an artifact.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct PartParams {
    /// The tenant.
    scope: Option<String>,
    /// Position of the first byte.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 0)]
    from: Option<u64>,
    /// At most so many bytes; more than 1 MiB are not returned at once.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 0)]
    length: Option<u64>,
}

/// Reads a part of an artifact, which may still grow. The header `octopoid-artifact-length` has the length of the whole.
#[utoipa::path(get, path = "/runs/{id}/artifacts/{kind}", tag = "runs",
    params(("id" = String, Path), ("kind" = String, Path, description = "`log`, `transcript`, `diff` or `test_output`"), PartParams),
    responses((status = 200, body = String, content_type = "text/plain", headers(("octopoid-artifact-length" = u64))),
              (status = 404, body = ProblemBody)))]
pub(crate) async fn read_artifact(
    State(app): State<App>,
    caller: Caller,
    Path((id, kind)): Path<(String, String)>,
    Params(params): Params<PartParams>,
) -> Result<Response, Problem> {
    let scope = caller.scope(params.scope.as_deref())?;
    let key = key(&app, scope, id, &kind).await?;
    let most = params.length.unwrap_or(MOST).min(MOST);
    let part = store(&app)?.read(&key, params.from.unwrap_or_default(), most).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (HeaderName::from_static(ARTIFACT_LENGTH), HeaderValue::from(part.total)),
    ];
    Ok((headers, part.bytes).into_response())
}

/// Where bytes belong.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct AppendParams {
    /// The tenant.
    scope: Option<String>,
    /// Position of the first byte; what is there already is not written again. Default: the beginning.
    #[serde(deserialize_with = "number")]
    at: Option<u64>,
}

impl WriteParams for AppendParams {
    fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}

/// Appends bytes to an artifact. Without bytes, only its length is answered.
#[utoipa::path(put, path = "/runs/{id}/artifacts/{kind}", tag = "runs",
    params(("id" = String, Path), ("kind" = String, Path, description = "`log`, `transcript`, `diff` or `test_output`"), AppendParams),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 200, body = ArtifactLength), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn append_artifact(
    State(app): State<App>,
    Path((id, kind)): Path<(String, String)>,
    RawWrite { bytes, params, caller }: RawWrite<AppendParams>,
) -> Answer<ArtifactLength> {
    let key = key(&app, caller.scope(None)?, id, &kind).await?;
    let length = store(&app)?.append(&key, params.at.unwrap_or_default(), &bytes).await?;
    Ok(Json(ArtifactLength { length }))
}
