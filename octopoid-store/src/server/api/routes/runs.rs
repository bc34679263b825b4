//! Runs, their use, and the history of a task.

use super::tasks::task_id;
use super::{Answer, checked, checked_option};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Name, Params, ScopeParams, Write, number};
use crate::server::api::problem::Problem;
use crate::wire::{Events, Flag, ProblemBody, Runs, SaveRun, UsageBody};
use axum::Json;
use axum::extract::State;
use octopoid_core::model::{RunId, TaskId, Timestamp};
use octopoid_core::store::{RunQuery, StoreExt, UsageQuery};
use serde::Deserialize;

/// Everything that happened to a task.
#[utoipa::path(get, path = "/tasks/{id}/history", tag = "tasks", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = Events), (status = 404, body = ProblemBody)))]
pub(crate) async fn task_history(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<Events> {
    let scope = caller.scope(params.scope.as_deref())?;
    let task = task_id(&id)?;
    app.store.task(&scope, &task).await.map_err(|error| Problem::of_verb("read", &id, &error))?;
    let events = app.store.history(&scope, &task).await?;
    let last = events.last().map_or(0, |event| event.seq);
    Ok(Json(Events { events, last }))
}

/// Filters of a list of runs.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunParams {
    /// The tenant.
    scope: Option<String>,
    /// Only those of this task.
    task_id: Option<String>,
    /// Only runs that are not settled.
    #[param(value_type = Option<bool>)]
    unsettled: Option<Flag>,
    /// At most so many, from 1 to 500.
    #[serde(deserialize_with = "number")]
    limit: Option<u32>,
}

impl RunParams {
    fn query(self, caller: &Caller) -> Result<RunQuery, Problem> {
        let mut query = RunQuery::new(caller.scope(self.scope.as_deref())?);
        query.task = checked_option::<TaskId>(self.task_id, "task_id")?;
        query.unsettled = self.unsettled.is_some_and(|flag| flag.0);
        query.limit = self.limit.unwrap_or(query.limit);
        Ok(query)
    }
}

/// Lists runs, newest first.
#[utoipa::path(get, path = "/runs", tag = "runs", params(RunParams),
    responses((status = 200, body = Runs), (status = 400, body = ProblemBody)))]
pub(crate) async fn list_runs(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<RunParams>,
) -> Answer<Runs> {
    let runs = app.store.list_runs(&params.query(&caller)?).await?;
    Ok(Json(Runs { runs }))
}

/// Lists the runs of a task, newest first.
#[utoipa::path(get, path = "/tasks/{id}/runs", tag = "runs", params(("id" = String, Path), RunParams),
    responses((status = 200, body = Runs), (status = 404, body = ProblemBody)))]
pub(crate) async fn task_runs(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Params(params): Params<RunParams>,
) -> Answer<Runs> {
    let mut query = params.query(&caller)?;
    let task = task_id(&id)?;
    app.store.task(&query.scope, &task).await.map_err(|error| Problem::of_verb("read", &id, &error))?;
    query.task = Some(task);
    let runs = app.store.list_runs(&query).await?;
    Ok(Json(Runs { runs }))
}

/// Reads a run.
#[utoipa::path(get, path = "/runs/{id}", tag = "runs", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = SaveRun), (status = 404, body = ProblemBody)))]
pub(crate) async fn get_run(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<SaveRun> {
    let scope = caller.scope(params.scope.as_deref())?;
    let id: RunId = checked(id, "id").map_err(|_| Problem::not_found("there is no such run"))?;
    let run = app.store.run(&scope, &id).await?;
    Ok(Json(SaveRun { run }))
}

/// Records a run, new or again; the last record counts.
#[utoipa::path(put, path = "/runs/{id}", tag = "runs", params(("id" = String, Path), ScopeParams), request_body = SaveRun,
    responses((status = 200, body = SaveRun), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn put_run(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<SaveRun>,
) -> Answer<SaveRun> {
    caller.scope(Some(body.run.scope.as_str()))?;
    if body.run.id.as_str() != id {
        return Err(Problem::invalid("run.id", "run.id: is another than that in the path"));
    }
    store.save_run(&body.run).await?;
    Ok(Json(body))
}

/// Filters of the usage.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageParams {
    /// The tenant.
    scope: Option<String>,
    /// Only those of this task.
    task_id: Option<String>,
    /// Only of runs that began at or after this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

/// Adds up what runs used.
#[utoipa::path(get, path = "/usage", tag = "runs", params(UsageParams),
    responses((status = 200, body = UsageBody), (status = 400, body = ProblemBody)))]
pub(crate) async fn get_usage(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<UsageParams>,
) -> Answer<UsageBody> {
    let mut query = UsageQuery::new(caller.scope(params.scope.as_deref())?);
    query.task = checked_option(params.task_id, "task_id")?;
    query.since = params.since;
    let usage = app.store.usage(&query).await?;
    Ok(Json(UsageBody { usage }))
}
