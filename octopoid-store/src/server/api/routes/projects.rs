//! Projects.

use super::{Answer, Gone, checked, checked_option, next, page, required};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Empty, Name, Params, ScopeParams, Write, number};
use crate::server::api::problem::Problem;
use crate::wire::{NewProjectBody, ProblemBody, ProjectUpdate, Projects, TaskBody, Viewer};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use octopoid_core::model::{NewProject, Project, ProjectId, ProjectPatch, ProjectStatus};
use octopoid_core::store::{ErrorKind, ProjectQuery, StoreError, StoreExt, TaskQuery};
use serde::{Deserialize, Serialize};

/// Filters and page of a list of projects.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProjectParams {
    /// The tenant.
    scope: Option<String>,
    /// Only with this status.
    #[param(value_type = Option<String>)]
    status: Option<ProjectStatus>,
    /// Only those that a person asked for.
    created_by: Option<String>,
    /// Continue after this position: the last answer's `next`.
    after: Option<String>,
    /// Largest number of records. Default: 50.
    #[serde(deserialize_with = "number")]
    limit: Option<u32>,
    /// Number of records to skip.
    #[serde(deserialize_with = "number")]
    offset: Option<u64>,
}

/// Lists projects, newest first.
#[utoipa::path(get, path = "/projects", tag = "projects", params(ProjectParams),
    responses((status = 200, body = Projects), (status = 400, body = ProblemBody)))]
pub(crate) async fn list_projects(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ProjectParams>,
) -> Answer<Projects> {
    let mut query = ProjectQuery::new(caller.scope(params.scope.as_deref())?);
    query.status = params.status;
    query.created_by = params.created_by;
    query.after = checked_option(params.after, "after")?;
    query.offset = params.offset.unwrap_or_default();
    let limit = page(params.limit);
    query.limit = limit.max(1);
    let mut found = app.store.list_projects(&query).await?;
    found.items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = next(&found.items, query.limit).map(|project| project.id.to_string());
    Ok(Json(Projects { projects: found.items, total: found.total, limit, offset: query.offset, next }))
}

/// Creates a project.
#[utoipa::path(post, path = "/projects", tag = "projects", params(ScopeParams), request_body = NewProjectBody,
    responses((status = 201, body = Object), (status = 400, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create_project(
    Write { body, caller, store, .. }: Write<NewProjectBody>,
) -> Result<(StatusCode, Json<Project>), Problem> {
    let title = required(body.title, "title")?;
    let scope = caller.scope(body.scope.as_deref())?;
    let base_branch = body.base_branch.unwrap_or_else(|| "main".to_owned());
    let mut new = NewProject::new(scope, title, base_branch);
    new.id = body.id.map(|id| checked(id, "id")).transpose()?;
    new.description = body.description;
    new.status = body.status.unwrap_or_default();
    new.branch = body.branch;
    new.auto_accept = body.auto_accept.is_some_and(|flag| flag.0);
    new.created_by = body.created_by;
    new.original = body.original;
    let project = store.create_project(new).await?;
    Ok((StatusCode::CREATED, Json(project)))
}

fn project_id(id: &str) -> Result<ProjectId, Problem> {
    ProjectId::new(id).map_err(|_| no_project(id))
}

fn no_project(id: &str) -> Problem {
    let id: String = id.chars().take(100).collect();
    Problem::not_found(format!("Project {id} not found"))
}

fn failed(id: &str) -> impl Fn(StoreError) -> Problem {
    move |error| if error.is_not_found() { no_project(id) } else { Problem::from(error) }
}

/// Reads a project.
#[utoipa::path(get, path = "/projects/{id}", tag = "projects", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = Object), (status = 404, body = ProblemBody)))]
pub(crate) async fn get_project(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<Project> {
    let scope = caller.scope(params.scope.as_deref())?;
    let project = app.store.project(&scope, &project_id(&id)?).await.map_err(failed(&id))?;
    Ok(Json(project))
}

/// The tasks of a project.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ProjectTasks {
    /// The project.
    project_id: String,
    /// By priority, then the newest first.
    tasks: Vec<TaskBody>,
    /// Number of records.
    total: u64,
}

/// Lists the tasks of a project, by priority, then the newest first.
#[utoipa::path(get, path = "/projects/{id}/tasks", tag = "projects", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = ProjectTasks), (status = 404, body = ProblemBody)))]
pub(crate) async fn project_tasks(
    State(app): State<App>,
    caller: Caller,
    viewer: Viewer,
    Name(id): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<ProjectTasks> {
    let scope = caller.scope(params.scope.as_deref())?;
    let project = app.store.project(&scope, &project_id(&id)?).await.map_err(failed(&id))?;
    let mut query = TaskQuery::new(scope);
    query.project = Some(project.id);
    let mut tasks = app.store.all_tasks(&query).await?;
    tasks.sort_by_key(|task| (task.priority, std::cmp::Reverse(task.seq)));
    let total = tasks.len() as u64;
    let tasks = tasks.into_iter().map(|task| viewer.task(task, None)).collect();
    Ok(Json(ProjectTasks { project_id: id, tasks, total }))
}

/// Changes a project.
#[utoipa::path(patch, path = "/projects/{id}", tag = "projects", params(("id" = String, Path), ScopeParams),
    request_body = ProjectUpdate,
    responses((status = 200, body = Object), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn patch_project(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<ProjectUpdate>,
) -> Answer<Project> {
    let scope = caller.scope(body.scope.as_deref())?;
    let mut patch = ProjectPatch::default();
    patch.title = body.title;
    patch.description = body.description;
    patch.status = body.status;
    patch.branch = body.branch;
    patch.base_branch = body.base_branch;
    patch.auto_accept = body.auto_accept.map(|flag| flag.0);
    patch.completed_at = body.completed_at;
    patch.original = body.original;
    let project = store.update_project(&scope, &project_id(&id)?, patch).await.map_err(failed(&id))?;
    Ok(Json(project))
}

/// Removes a project that has no tasks.
#[utoipa::path(delete, path = "/projects/{id}", tag = "projects", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = Gone), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn delete_project(
    Name(id): Name,
    Write { caller, store, .. }: Write<Empty>,
) -> Answer<Gone> {
    let scope = caller.scope(None)?;
    let gone = store.delete_project(&scope, &project_id(&id)?).await;
    gone.map_err(|error| {
        let has_tasks = *error.kind() == ErrorKind::Conflict;
        let problem = failed(&id)(error);
        if has_tasks { problem.with_field("hint", "Delete or unlink tasks first") } else { problem }
    })?;
    Ok(Json(Gone::new(format!("Project {id} deleted"))))
}
