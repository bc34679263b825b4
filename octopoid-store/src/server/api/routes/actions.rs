//! Actions that are proposed to people.

use super::{Answer, actor, next, page, required};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Name, Params, ScopeParams, Write, number};
use crate::server::api::problem::Problem;
use crate::wire::{ActionBody, ActionUpdate, Actions, NewActionBody, ProblemBody};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use octopoid_core::model::{ActionDraft, ActionStatus};
use octopoid_core::store::{ActionQuery, StoreError};
use serde::Deserialize;

/// Filters and page of a list of actions.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActionParams {
    /// The tenant.
    scope: Option<String>,
    /// Only about this kind of thing.
    entity_type: Option<String>,
    /// Only about this one.
    entity_id: Option<String>,
    /// Only with this status.
    #[param(value_type = Option<String>)]
    status: Option<ActionStatus>,
    /// Continue after this position: the last answer's `next`.
    after: Option<String>,
    /// Largest number of records. Default: 50.
    #[serde(deserialize_with = "number")]
    limit: Option<u32>,
    /// Number of records to skip.
    #[serde(deserialize_with = "number")]
    offset: Option<u64>,
}

/// Lists actions, newest first, without expired ones.
#[utoipa::path(get, path = "/actions", tag = "actions", params(ActionParams),
    responses((status = 200, body = Actions), (status = 400, body = ProblemBody)))]
pub(crate) async fn list_actions(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ActionParams>,
) -> Answer<Actions> {
    let mut query = ActionQuery::new(caller.scope(params.scope.as_deref())?);
    query.entity_type = params.entity_type;
    query.entity_id = params.entity_id;
    query.status = params.status;
    query.after = params.after;
    query.offset = params.offset.unwrap_or_default();
    let limit = page(params.limit);
    query.limit = limit.max(1);
    let mut found = app.store.list_actions(&query).await?;
    found.items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = next(&found.items, query.limit).map(|action| action.id.clone());
    Ok(Json(Actions {
        actions: found.items.iter().map(ActionBody::from).collect(),
        total: found.total,
        limit,
        offset: query.offset,
        next,
    }))
}

/// Proposes an action.
#[utoipa::path(post, path = "/actions", tag = "actions", params(ScopeParams), request_body = NewActionBody,
    responses((status = 201, body = ActionBody), (status = 400, body = ProblemBody)))]
pub(crate) async fn propose_action(
    Write { body, caller, store, .. }: Write<NewActionBody>,
) -> Result<(StatusCode, Json<ActionBody>), Problem> {
    let fields = [
        ("entity_type", &body.entity_type),
        ("entity_id", &body.entity_id),
        ("label", &body.label),
        ("proposed_by", &body.proposed_by),
    ];
    let missing: Vec<_> = fields
        .into_iter()
        .filter(|(_, value)| value.as_ref().is_none_or(|text| text.trim().is_empty()))
        .map(|(field, _)| field)
        .collect();
    if !missing.is_empty() {
        return Err(Problem::missing(&missing));
    }
    let scope = caller.scope(body.scope.as_deref())?;
    let mut draft = ActionDraft::new(
        required(body.entity_type, "entity_type")?,
        required(body.entity_id, "entity_id")?,
        required(body.label, "label")?,
        actor(required(body.proposed_by, "proposed_by")?, "proposed_by")?,
    );
    if let Some(kind) = body.action_type {
        draft.action_type = kind;
    }
    draft.description = body.description;
    draft.expires_at = body.expires_at;
    draft.metadata = body.metadata;
    draft.action_data = body.action_data;
    let action = store.propose_action(&scope, draft).await?;
    Ok((StatusCode::CREATED, Json(ActionBody::from(&action))))
}

fn failed(error: StoreError) -> Problem {
    if error.is_not_found() { Problem::not_found("Action not found") } else { Problem::from(error) }
}

/// Requests the execution of an action.
#[utoipa::path(post, path = "/actions/{id}/execute", tag = "actions", params(("id" = String, Path), ScopeParams),
    request_body = ActionUpdate,
    responses((status = 200, body = ActionBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn execute_action(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<ActionUpdate>,
) -> Answer<ActionBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let action = store.request_action(&scope, &id).await.map_err(failed)?;
    Ok(Json(ActionBody::from(&action)))
}

/// Updates an action.
#[utoipa::path(patch, path = "/actions/{id}", tag = "actions", params(("id" = String, Path), ScopeParams),
    request_body = ActionUpdate,
    responses((status = 200, body = ActionBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn patch_action(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<ActionUpdate>,
) -> Answer<ActionBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let action = store.update_action(&scope, &id, body.status, body.result).await.map_err(failed)?;
    Ok(Json(ActionBody::from(&action)))
}
