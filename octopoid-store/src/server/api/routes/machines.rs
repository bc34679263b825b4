//! The machines that run agents.

use super::{Answer, required};
use crate::server::api::app::App;
use crate::server::api::auth::{Caller, digest, generate_key, refuse_lost_secret};
use crate::server::api::input::{Empty, Name, Params, ScopeParams, Write};
use crate::server::api::problem::Problem;
use crate::wire::{
    HeartbeatBody, MachineBody, MachineUpdate, Machines, Names, ProblemBody, RegisterMachine, Registered,
    SecretBody,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use octopoid_core::model::{Heartbeat, OrchestratorId, Registration, Timestamp};
use octopoid_core::store::{MachineQuery, StoreError};
use serde::{Deserialize, Serialize};

/// Filters of a list of machines.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct MachineParams {
    /// The tenant.
    scope: Option<String>,
    /// Only of this cluster.
    cluster: Option<String>,
    /// Only with these statuses, with commas between.
    #[param(value_type = Option<String>)]
    status: Option<Names>,
}

/// Lists machines, those heard of last first.
#[utoipa::path(get, path = "/orchestrators", tag = "orchestrators", params(MachineParams),
    responses((status = 200, body = Machines), (status = 400, body = ProblemBody)))]
pub(crate) async fn list_machines(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<MachineParams>,
) -> Answer<Machines> {
    let mut query = MachineQuery::new(caller.scope(params.scope.as_deref())?);
    query.cluster = params.cluster;
    for name in params.status.unwrap_or_default().iter() {
        let status = serde_json::from_value(serde_json::Value::from(name));
        query.statuses.push(
            status.map_err(|_| {
                Problem::invalid("status", "status: use `active`, `offline` or `maintenance`")
            })?,
        );
    }
    let machines = app.store.machines(&query).await?;
    let total = machines.len() as u64;
    Ok(Json(Machines { orchestrators: machines.iter().map(MachineBody::from).collect(), total }))
}

/// A machine introduces itself, for the first time (201) or again (200).
#[utoipa::path(post, path = "/orchestrators/register", tag = "orchestrators", params(ScopeParams), request_body = RegisterMachine,
    responses((status = 200, body = Registered), (status = 201, body = Registered), (status = 400, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn register_machine(
    Write { body, caller, store, .. }: Write<RegisterMachine>,
) -> Result<(StatusCode, Json<Registered>), Problem> {
    let fields = [("cluster", &body.cluster), ("machine_id", &body.machine_id), ("repo_url", &body.repo_url)];
    let missing: Vec<_> = fields
        .into_iter()
        .filter(|(_, value)| value.as_ref().is_none_or(|text| text.trim().is_empty()))
        .map(|(field, _)| field)
        .collect();
    if !missing.is_empty() {
        return Err(Problem::missing(&missing));
    }
    let scope = caller.scope(body.scope.as_deref())?;
    let installation = body.installation();
    let mut registration = Registration::new(
        scope.clone(),
        required(body.cluster, "cluster")?,
        required(body.machine_id, "machine_id")?,
        required(body.repo_url, "repo_url")?,
    );
    registration.hostname = body.hostname;
    registration.version = body.version;
    registration.capabilities = body.capabilities;
    registration.installation = installation;
    let (machine, new) = store.register(registration).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Registered::new(&machine, None))))
}

fn machine_id(id: &str) -> Result<OrchestratorId, Problem> {
    OrchestratorId::new(id).map_err(|_| Problem::not_found("Orchestrator not found"))
}

fn failed(error: StoreError) -> Problem {
    if error.is_not_found() { Problem::not_found("Orchestrator not found") } else { Problem::from(error) }
}

/// Reads a machine.
#[utoipa::path(get, path = "/orchestrators/{id}", tag = "orchestrators", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = MachineBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn get_machine(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<MachineBody> {
    let scope = caller.scope(params.scope.as_deref())?;
    let id = machine_id(&id)?;
    let machines = app.store.machines(&MachineQuery::new(scope)).await?;
    let machine = machines.iter().find(|machine| machine.id == id);
    Ok(Json(MachineBody::from(machine.ok_or_else(|| Problem::not_found("Orchestrator not found"))?)))
}

/// Sets whether a machine takes new tasks (`maintenance`: it takes none).
#[utoipa::path(patch, path = "/orchestrators/{id}", tag = "orchestrators", params(("id" = String, Path), ScopeParams),
    request_body = MachineUpdate,
    responses((status = 200, body = MachineBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn patch_machine(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<MachineUpdate>,
) -> Answer<MachineBody> {
    let status = body.status.ok_or_else(|| Problem::invalid("status", "Missing field: status"))?;
    let scope = caller.scope(body.scope.as_deref())?;
    let machine = store.set_machine_status(&scope, &machine_id(&id)?, status).await.map_err(failed)?;
    Ok(Json(MachineBody::from(&machine)))
}

/// Answer to a heartbeat.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Heard {
    /// Always.
    success: bool,
    /// When, by the server's clock.
    #[schema(value_type = String, format = DateTime)]
    last_heartbeat: Timestamp,
    /// The machine in full: its status says whether it may take new tasks.
    orchestrator: MachineBody,
}

/// A machine says that it is there. The server's time counts.
#[utoipa::path(post, path = "/orchestrators/{id}/heartbeat", tag = "orchestrators", params(("id" = String, Path), ScopeParams),
    request_body = HeartbeatBody,
    responses((status = 200, body = Heard), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn heartbeat(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<HeartbeatBody>,
) -> Answer<Heard> {
    let scope = caller.scope(body.scope.as_deref())?;
    let mut heartbeat = Heartbeat::default();
    heartbeat.agents = body.agents;
    heartbeat.installation = body.installation;
    let machine = store.heartbeat(&scope, &machine_id(&id)?, heartbeat).await.map_err(failed)?;
    let orchestrator = MachineBody::from(&machine);
    Ok(Json(Heard { success: true, last_heartbeat: machine.last_heartbeat, orchestrator }))
}

/// Gives a scope a new key; its old ones stop working at once. It is shown once: the same request again, by its
/// `Idempotency-Key`, changes nothing and is answered with 409, which names the key that was made.
#[utoipa::path(post, path = "/orchestrators/scopes/{scope}/rotate-key", tag = "orchestrators",
    params(("scope" = String, Path), ScopeParams),
    responses((status = 200, body = SecretBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn rotate_key(
    State(app): State<App>,
    Name(name): Name,
    Write { caller, request, .. }: Write<Empty>,
) -> Answer<SecretBody> {
    if *caller == Caller::Anybody {
        return Err(Problem::unauthorized("the scope's present key is needed to rotate it"));
    }
    let scope = caller.scope(Some(&name))?;
    let key = generate_key();
    let keys = app.keyring.store_for(request.as_ref())?;
    let added = keys.add_key(&scope, "rotated", digest(&key), true).await?;
    app.keyring.invalidate();
    refuse_lost_secret(&added, &digest(&key))?;
    Ok(Json(SecretBody { api_key: key, scope: scope.into(), id: added.id }))
}
