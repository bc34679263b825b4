//! Registered flows and roles.

use super::record::{all, find, put, remove};
use super::{check_line, check_text};
use crate::backend::{Reader, Transaction};
use octopoid_core::model::{FlowRecord, Machine, OrchestratorId, RoleRecord, RoleRegistration, Scope};
use octopoid_core::store::{Result, StoreError};
use octopoid_core::transition::Context;
use serde_json::Value;

/// The states that every flow has.
const BUILT_IN: [&str; 4] = ["incoming", "claimed", "done", "failed"];
/// The most states or transitions of a flow.
const MOST: usize = 1000;

pub(crate) fn put_flow(
    transaction: &mut impl Transaction,
    scope: &Scope,
    name: &str,
    states: Vec<String>,
    transitions: Vec<Value>,
    context: Context<'_>,
) -> Result<FlowRecord> {
    check_line("name", name)?;
    for (field, length) in [("states", states.len()), ("transitions", transitions.len())] {
        if length > MOST {
            return Err(StoreError::invalid(field, format_args!("must have at most {MOST} entries")));
        }
    }
    if let Some(missing) = BUILT_IN.iter().find(|state| !states.iter().any(|known| known == *state)) {
        let message = format!(
            "Flow states must include built-in state \"{missing}\". Got: {}",
            states.iter().take(50).cloned().collect::<Vec<_>>().join(", ")
        );
        return Err(StoreError::invalid("states", message));
    }
    let known = find::<FlowRecord>(transaction, scope, name)?;
    let mut flow = FlowRecord::new(scope.clone(), name, states, transitions, context.now);
    if let Some(known) = known {
        flow.registered_at = known.registered_at;
    }
    put(transaction, &flow)?;
    Ok(flow)
}

pub(crate) fn flows(reader: &mut impl Reader, scope: &Scope) -> Result<Vec<FlowRecord>> {
    let mut flows: Vec<FlowRecord> = all(reader, Some(scope))?;
    flows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(flows)
}

pub(crate) fn delete_flow(transaction: &mut impl Transaction, scope: &Scope, name: &str) -> Result<()> {
    remove::<FlowRecord>(transaction, scope, name)
}

pub(crate) fn register_roles(
    transaction: &mut impl Transaction,
    scope: &Scope,
    orchestrator: &OrchestratorId,
    registrations: Vec<RoleRegistration>,
    context: Context<'_>,
) -> Result<Vec<RoleRecord>> {
    if find::<Machine>(transaction, scope, orchestrator.as_str())?.is_none() {
        let message = format!("there is no orchestrator {orchestrator}; register it first");
        return Err(StoreError::invalid("orchestrator_id", message));
    }
    for role in &registrations {
        check_line("claims_from", &role.claims_from)?;
        check_text("description", role.description.as_deref())?;
    }
    for registration in registrations {
        let known = find::<RoleRecord>(transaction, scope, registration.name.as_str())?;
        let created_at = known.map_or(context.now, |known| known.created_at);
        let role = registration.at(scope.clone(), orchestrator.clone(), created_at);
        put(transaction, &role)?;
    }
    let mut roles = roles(transaction, scope)?;
    roles.retain(|role| &role.orchestrator == orchestrator);
    Ok(roles)
}

pub(crate) fn roles(reader: &mut impl Reader, scope: &Scope) -> Result<Vec<RoleRecord>> {
    let mut roles: Vec<RoleRecord> = all(reader, Some(scope))?;
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(roles)
}
