//! Registered flows and roles.

use super::{Answer, Gone, checked, required};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Empty, Name, Params, ScopeParams, Write};
use crate::server::api::problem::Problem;
use crate::wire::{FlowBody, Flows, ProblemBody, PutFlow, RegisterRoles, RoleBody, Roles};
use axum::Json;
use axum::extract::State;
use octopoid_core::model::{OrchestratorId, RoleRegistration};

/// Lists the flows of a scope, by name.
#[utoipa::path(get, path = "/flows", tag = "flows", params(ScopeParams), responses((status = 200, body = Flows)))]
pub(crate) async fn list_flows(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ScopeParams>,
) -> Answer<Flows> {
    let scope = caller.scope(params.scope.as_deref())?;
    let flows = app.store.flows(&scope).await?;
    Ok(Json(Flows { flows: flows.iter().map(FlowBody::from).collect() }))
}

/// Reads a flow.
#[utoipa::path(get, path = "/flows/{name}", tag = "flows", params(("name" = String, Path), ScopeParams),
    responses((status = 200, body = FlowBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn get_flow(
    State(app): State<App>,
    caller: Caller,
    Name(name): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<FlowBody> {
    let scope = caller.scope(params.scope.as_deref())?;
    let flows = app.store.flows(&scope).await?;
    let flow = flows.iter().find(|flow| flow.name == name);
    Ok(Json(FlowBody::from(flow.ok_or_else(|| Problem::not_found("Flow not found"))?)))
}

/// Registers a flow, new or again.
#[utoipa::path(put, path = "/flows/{name}", tag = "flows", params(("name" = String, Path), ScopeParams), request_body = PutFlow,
    responses((status = 200, body = FlowBody), (status = 400, body = ProblemBody)))]
pub(crate) async fn put_flow(
    Name(name): Name,
    Write { body, caller, store, .. }: Write<PutFlow>,
) -> Answer<FlowBody> {
    let states = body.states.ok_or_else(|| Problem::missing(&["states"]))?;
    let transitions = body.transitions.ok_or_else(|| Problem::missing(&["transitions"]))?;
    let scope = caller.scope(body.scope.as_deref())?;
    for (index, transition) in transitions.iter().enumerate() {
        for end in ["from", "to"] {
            if transition.get(end).and_then(serde_json::Value::as_str).is_none() {
                let field = format!("transitions[{index}].{end}");
                return Err(Problem::invalid(&field, format!("{field}: must be the name of a state")));
            }
        }
    }
    let flow = store.put_flow(&scope, &name, states, transitions).await?;
    Ok(Json(FlowBody::from(&flow)))
}

/// Removes a flow.
#[utoipa::path(delete, path = "/flows/{name}", tag = "flows", params(("name" = String, Path), ScopeParams),
    responses((status = 200, body = Gone), (status = 404, body = ProblemBody)))]
pub(crate) async fn delete_flow(Name(name): Name, Write { caller, store, .. }: Write<Empty>) -> Answer<Gone> {
    let scope = caller.scope(None)?;
    let gone = store.delete_flow(&scope, &name).await;
    gone.map_err(|error| match error.is_not_found() {
        true => Problem::not_found("Flow not found"),
        false => Problem::from(error),
    })?;
    Ok(Json(Gone { name: Some(name), scope: Some(scope.into()), ..Gone::new("Flow deleted") }))
}

/// Lists the registered roles of a scope, by name.
#[utoipa::path(get, path = "/roles", tag = "roles", params(ScopeParams), responses((status = 200, body = Roles)))]
pub(crate) async fn list_roles(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ScopeParams>,
) -> Answer<Roles> {
    let scope = caller.scope(params.scope.as_deref())?;
    let roles = app.store.roles(&scope).await?;
    Ok(Json(Roles { roles: roles.iter().map(RoleBody::from).collect() }))
}

/// Reads a registered role.
#[utoipa::path(get, path = "/roles/{name}", tag = "roles", params(("name" = String, Path), ScopeParams),
    responses((status = 200, body = RoleBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn get_role(
    State(app): State<App>,
    caller: Caller,
    Name(name): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<RoleBody> {
    let scope = caller.scope(params.scope.as_deref())?;
    let roles = app.store.roles(&scope).await?;
    let role = roles.iter().find(|role| role.name.as_str() == name);
    Ok(Json(RoleBody::from(role.ok_or_else(|| Problem::not_found("Role not found"))?)))
}

/// Registers roles, new or again; answers with all that the machine registered.
#[utoipa::path(post, path = "/roles/register", tag = "roles", params(ScopeParams), request_body = RegisterRoles,
    responses((status = 200, body = Roles), (status = 400, body = ProblemBody)))]
pub(crate) async fn register_roles(
    State(app): State<App>,
    Write { body, caller, store, .. }: Write<RegisterRoles>,
) -> Answer<Roles> {
    let orchestrator: OrchestratorId =
        checked(required(body.orchestrator_id, "orchestrator_id")?, "orchestrator_id")?;
    let entries = body.roles.ok_or_else(|| Problem::missing(&["roles"]))?;
    let mut roles = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let field = format!("roles[{index}].name");
        let name = entry.name.ok_or_else(|| Problem::missing(&[&field]))?;
        let claims_from = entry.claims_from.unwrap_or_else(|| "incoming".to_owned());
        let mut role = RoleRegistration::new(checked(name, &field)?, claims_from);
        role.description = entry.description;
        roles.push(role);
    }
    let scope = caller.scope(body.scope.as_deref())?;
    let roles = store.register_roles(&scope, &orchestrator, roles).await?;
    app.roles.invalidate();
    Ok(Json(Roles { roles: roles.iter().map(RoleBody::from).collect() }))
}
