//! Artifacts: the files that runs leave for people.

use super::tasks::task_id;
use super::{Answer, Gone, checked, waited};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::byte_range::ByteRange;
use crate::server::api::input::{Empty, Name, Params, RawWrite, ScopeParams, Write, WriteParams, number};
use crate::server::api::live_artifacts::LiveArtifacts;
use crate::server::api::problem::Problem;
use crate::wire::{ARTIFACT_LENGTH, ArtifactLength, Artifacts, ProblemBody};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use octopoid_core::model::{ArtifactKey, RunId, Scope};
use octopoid_core::store::{ArtifactReader as _, ArtifactStore as _, StoreError};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// Largest number of bytes that are read at once.
const PART: u64 = 1 << 20;

/// Returns the store of artifacts.
fn store(app: &App) -> Result<&Arc<LiveArtifacts>, Problem> {
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
    /// At most so many bytes, of which at most 1 MiB are returned. Default: everything there is.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 0)]
    length: Option<u64>,
    /// Wait so many seconds for a byte after `from`, at most 60. The machine that writes the artifact sends new bytes at once
    /// while a reader waits. An artifact that does not exist yet is waited for too.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 0, maximum = 60)]
    wait_seconds: Option<u64>,
}

/// Reads an artifact or a part of it, which may still grow. The header `octopoid-artifact-length` has the length of the whole.
/// A header `Range` with one range of bytes is followed too.
#[utoipa::path(get, path = "/runs/{id}/artifacts/{kind}", tag = "runs",
    params(("id" = String, Path), ("kind" = String, Path, description = "`log`, `transcript`, `diff` or `test_output`"), PartParams),
    responses((status = 200, body = String, content_type = "text/plain", headers(("octopoid-artifact-length" = u64))),
              (status = 206, body = String, content_type = "text/plain", headers(("octopoid-artifact-length" = u64), ("content-range" = String))),
              (status = 404, body = ProblemBody), (status = 416, body = ProblemBody)))]
pub(crate) async fn read_artifact(
    State(app): State<App>,
    caller: Caller,
    Path((id, kind)): Path<(String, String)>,
    Params(params): Params<PartParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let scope = caller.scope(params.scope.as_deref())?;
    let wait = Duration::from_secs(waited(params.wait_seconds)?);
    let key = key(&app, scope, id, &kind).await?;
    let store = Arc::clone(store(&app)?);
    let position = params.from.unwrap_or_default();
    if !wait.is_zero() {
        tokio::select! {
            there = store.wait(&key, position, wait) => drop(there?),
            () = app.shutdown.wait() => {}
        }
    }
    let total = store.read(&key, position, 0).await?.total;
    let rest = total.saturating_sub(position);
    let range = ByteRange::of(&headers).filter(|_| params.from.is_none() && params.length.is_none());
    let (from, length) = match (range, params.length) {
        (Some(range), _) => range.within(total)?,
        (None, Some(length)) => (position, rest.min(length).min(PART)),
        (None, None) => (position, rest),
    };
    let mut response = pieces(store, key, from, length).into_response();
    if range.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let place = format!("bytes {from}-{}/{total}", from + length - 1);
        response
            .headers_mut()
            .insert(CONTENT_RANGE, HeaderValue::try_from(place).map_err(Problem::internal)?);
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(ARTIFACT_LENGTH, HeaderValue::from(total));
    Ok(response)
}

/// Returns a part of an artifact of any length, which is read as it is sent.
fn pieces(store: Arc<LiveArtifacts>, key: ArtifactKey, from: u64, length: u64) -> Body {
    let begin = (store, key, from, from + length);
    Body::from_stream(stream::try_unfold(begin, async |(store, key, at, end)| {
        let part = store.read(&key, at, (end - at).min(PART)).await?;
        let next = at + part.bytes.len() as u64;
        // Of an artifact that was removed meanwhile there is no rest.
        let piece = (next > at).then(|| (Bytes::from(part.bytes), (store, key, next, end)));
        Ok::<_, StoreError>(piece)
    }))
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
