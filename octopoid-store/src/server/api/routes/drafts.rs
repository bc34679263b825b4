//! Drafts.

use super::{Answer, Gone, checked_option, next, page, required};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Empty, Name, Params, ScopeParams, Write, number};
use crate::server::api::problem::Problem;
use crate::wire::{DraftBody, DraftUpdate, Drafts, NewDraftBody, ProblemBody};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use octopoid_core::model::{DraftPatch, DraftStatus, NewDraft, Scope};
use octopoid_core::store::{DraftQuery, Store, StoreError};
use serde::Deserialize;

/// Filters and page of a list of drafts.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct DraftParams {
    /// The tenant.
    scope: Option<String>,
    /// Only with this status.
    #[param(value_type = Option<String>)]
    status: Option<DraftStatus>,
    /// Only by this author.
    author: Option<String>,
    /// Only of this domain.
    domain: Option<String>,
    /// Only what became this task.
    linked_task_id: Option<String>,
    /// Only what became this project.
    linked_project_id: Option<String>,
    /// Only with this slug.
    slug: Option<String>,
    /// Continue after this position: the last answer's `next`.
    #[serde(deserialize_with = "number")]
    after: Option<u64>,
    /// Largest number of records. Default: 50.
    #[serde(deserialize_with = "number")]
    limit: Option<u32>,
    /// Number of records to skip.
    #[serde(deserialize_with = "number")]
    offset: Option<u64>,
}

/// Lists drafts, newest first.
#[utoipa::path(get, path = "/drafts", tag = "drafts", params(DraftParams),
    responses((status = 200, body = Drafts), (status = 400, body = ProblemBody)))]
pub(crate) async fn list_drafts(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<DraftParams>,
) -> Answer<Drafts> {
    let mut query = DraftQuery::new(caller.scope(params.scope.as_deref())?);
    query.status = params.status;
    query.author = params.author;
    query.domain = params.domain;
    query.linked_task = checked_option(params.linked_task_id, "linked_task_id")?;
    query.linked_project = checked_option(params.linked_project_id, "linked_project_id")?;
    query.slug = params.slug;
    query.after = params.after;
    query.offset = params.offset.unwrap_or_default();
    let limit = page(params.limit);
    query.limit = limit.max(1);
    let mut found = app.store.list_drafts(&query).await?;
    found.items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = next(&found.items, query.limit).map(|draft| draft.id);
    Ok(Json(Drafts {
        drafts: found.items.iter().map(DraftBody::from).collect(),
        total: found.total,
        limit,
        offset: query.offset,
        next,
    }))
}

/// Creates a draft.
#[utoipa::path(post, path = "/drafts", tag = "drafts", params(ScopeParams), request_body = NewDraftBody,
    responses((status = 201, body = DraftBody), (status = 400, body = ProblemBody)))]
pub(crate) async fn create_draft(
    Write { body, caller, store, .. }: Write<NewDraftBody>,
) -> Result<(StatusCode, Json<DraftBody>), Problem> {
    let fields = [("title", &body.title), ("author", &body.author)];
    let missing: Vec<_> = fields
        .into_iter()
        .filter(|(_, value)| value.as_ref().is_none_or(|text| text.trim().is_empty()))
        .map(|(field, _)| field)
        .collect();
    if !missing.is_empty() {
        return Err(Problem::missing(&missing));
    }
    let scope = caller.scope(body.scope.as_deref())?;
    let mut new = NewDraft::new(scope, required(body.title, "title")?, required(body.author, "author")?);
    new.status = body.status.unwrap_or_default();
    new.domain = body.domain;
    new.file_path = body.file_path;
    new.body = body.body;
    new.linked_task = checked_option(body.linked_task_id, "linked_task_id")?;
    new.linked_project = checked_option(body.linked_project_id, "linked_project_id")?;
    new.tags = body.tags;
    new.original = body.original;
    let draft = store.create_draft(new).await?;
    Ok((StatusCode::CREATED, Json(DraftBody::from(&draft))))
}

fn no_draft(id: &str) -> Problem {
    let id: String = id.chars().take(100).collect();
    Problem::not_found(format!("Draft {id} not found"))
}

fn failed(id: &str) -> impl Fn(StoreError) -> Problem {
    move |error| if error.is_not_found() { no_draft(id) } else { Problem::from(error) }
}

/// A draft's number, by its number or its slug.
async fn number_of(store: &dyn Store, scope: &Scope, id: &str) -> Result<u64, Problem> {
    if let Ok(number) = id.parse() {
        return Ok(number);
    }
    let mut query = DraftQuery::new(scope.clone());
    query.slug = Some(id.to_owned());
    query.limit = 1;
    let found = store.list_drafts(&query).await?.items;
    found.first().map(|draft| draft.id).ok_or_else(|| no_draft(id))
}

/// Reads a draft, by its number or its slug.
#[utoipa::path(get, path = "/drafts/{id}", tag = "drafts", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = DraftBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn get_draft(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<DraftBody> {
    let scope = caller.scope(params.scope.as_deref())?;
    let number = number_of(&*app.store, &scope, &id).await?;
    let draft = app.store.draft(&scope, number).await.map_err(failed(&id))?;
    Ok(Json(DraftBody::from(&draft)))
}

/// Changes a draft.
#[utoipa::path(patch, path = "/drafts/{id}", tag = "drafts", params(("id" = String, Path), ScopeParams),
    request_body = DraftUpdate,
    responses((status = 200, body = DraftBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn patch_draft(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<DraftUpdate>,
) -> Answer<DraftBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let number = number_of(&*store, &scope, &id).await?;
    let mut patch = DraftPatch::default();
    patch.title = body.title;
    patch.status = body.status;
    patch.author = body.author;
    patch.domain = body.domain;
    patch.file_path = body.file_path;
    patch.body = body.body;
    patch.linked_task = checked_option(body.linked_task_id, "linked_task_id")?;
    patch.linked_project = checked_option(body.linked_project_id, "linked_project_id")?;
    patch.tags = body.tags;
    patch.original = body.original;
    let draft = store.update_draft(&scope, number, patch).await.map_err(failed(&id))?;
    Ok(Json(DraftBody::from(&draft)))
}

/// Removes a draft.
#[utoipa::path(delete, path = "/drafts/{id}", tag = "drafts", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = Gone), (status = 404, body = ProblemBody)))]
pub(crate) async fn delete_draft(Name(id): Name, Write { caller, store, .. }: Write<Empty>) -> Answer<Gone> {
    let scope = caller.scope(None)?;
    let number = number_of(&*store, &scope, &id).await?;
    store.delete_draft(&scope, number).await.map_err(failed(&id))?;
    Ok(Json(Gone::new(format!("Draft {id} deleted"))))
}
