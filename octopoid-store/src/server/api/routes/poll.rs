//! The poll of a scheduler.

use super::Answer;
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Params, ScopeParams};
use crate::server::api::problem::Problem;
use crate::wire::ProblemBody;
use axum::Json;
use axum::extract::State;
use octopoid_core::model::{Policy, Queue};
use octopoid_core::store::{MachineQuery, QueueCounts, StoreExt, TaskQuery};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Parameters of a poll.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct PollParams {
    /// The machine that asks.
    orchestrator_id: Option<String>,
    /// The tenant.
    scope: Option<String>,
}

/// The state of a scope, for a scheduler.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Poll {
    queue_counts: Counts,
    /// Everything in `provisional`.
    provisional_tasks: Vec<PolledTask>,
    /// Whether the machine that asks is known.
    orchestrator_registered: bool,
    scope: String,
    /// The scope's flows, by name.
    flows: BTreeMap<String, PolledFlow>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Counts {
    incoming: u64,
    claimed: u64,
    provisional: u64,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct PolledTask {
    id: String,
    hooks: Option<String>,
    pr_number: Option<u64>,
    claimed_by: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct PolledFlow {
    states: Vec<String>,
}

/// Returns the state of a scope for a scheduler: counts, submitted work, flows.
#[utoipa::path(get, path = "/scheduler/poll", tag = "scheduler", params(PollParams),
    responses((status = 200, body = Poll), (status = 400, body = ProblemBody)))]
pub(crate) async fn poll(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<PollParams>,
) -> Answer<Poll> {
    let keyed = matches!(caller, Caller::Key { .. });
    if params.scope.is_none() && params.orchestrator_id.is_none() && !keyed {
        return Err(Problem::invalid("scope", "Missing scope: send `scope` or `orchestrator_id`"));
    }
    let scope = match (&params.scope, &params.orchestrator_id) {
        (None, Some(id)) if !keyed => scope_of(&app, id)
            .await?
            .map_or_else(|| caller.scope(None), |scope| caller.scope(Some(scope.as_str())))?,
        (named, _) => caller.scope(named.as_deref())?,
    };
    let counts = app.store.queue_counts(&scope).await?;
    let query = TaskQuery::new(scope.clone()).in_queue(Queue::Provisional);
    let provisional = app.store.all_tasks(&query).await?;
    let machines = app.store.machines(&MachineQuery::new(scope.clone())).await?;
    let registered =
        params.orchestrator_id.is_some_and(|id| machines.iter().any(|machine| machine.id.as_str() == id));
    let flows = app.store.flows(&scope).await?;
    Ok(Json(Poll {
        queue_counts: Counts {
            incoming: counts.in_queue(Queue::Incoming),
            claimed: counts.in_queue(Queue::Claimed),
            provisional: counts.in_queue(Queue::Provisional),
        },
        provisional_tasks: provisional
            .into_iter()
            .map(|task| PolledTask {
                claimed_by: task.state.claim().map(|claim| claim.holder.agent.to_string()),
                id: task.id.into(),
                hooks: task.attributes.hooks,
                pr_number: task.attributes.pr_number,
            })
            .collect(),
        orchestrator_registered: registered,
        scope: scope.into(),
        flows: flows.into_iter().map(|flow| (flow.name, PolledFlow { states: flow.states })).collect(),
    }))
}

/// The scope of a machine, where only its id is known.
async fn scope_of(app: &App, id: &str) -> Result<Option<octopoid_core::model::Scope>, Problem> {
    let mut scopes = app.store.scopes().await?;
    scopes.push(octopoid_core::model::Scope::single());
    for scope in scopes {
        let machines = app.store.machines(&MachineQuery::new(scope.clone())).await?;
        if machines.iter().any(|machine| machine.id.as_str() == id) {
            return Ok(Some(scope));
        }
    }
    Ok(None)
}

/// Counts the tasks of a scope.
#[utoipa::path(get, path = "/scheduler/counts", tag = "scheduler", params(ScopeParams),
    responses((status = 200, body = Object)))]
pub(crate) async fn queue_counts(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ScopeParams>,
) -> Answer<QueueCounts> {
    let scope = caller.scope(params.scope.as_deref())?;
    Ok(Json(app.store.queue_counts(&scope).await?))
}

/// Returns the limits that the server applies.
#[utoipa::path(get, path = "/policy", tag = "scheduler", params(ScopeParams),
    responses((status = 200, body = Object)))]
pub(crate) async fn policy(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ScopeParams>,
) -> Answer<Policy> {
    caller.scope(params.scope.as_deref())?;
    Ok(Json(app.store.policy().clone()))
}
