//! The machines.

use super::check_line;
use super::shelf::{all, find, get, put};
use crate::engine::Batch;
use octopoid_core::model::{
    Heartbeat, Machine, MachineStatus, OrchestratorId, Registration, Scope, Timestamp,
};
use octopoid_core::store::{MachineQuery, Result, SILENCE, StoreError};
use octopoid_core::transition::Context;

pub(crate) fn register(
    batch: &mut impl Batch,
    registration: &Registration,
    context: Context<'_>,
) -> Result<(Machine, bool)> {
    check_line("cluster", &registration.cluster)?;
    check_line("machine_id", &registration.machine_id)?;
    check_line("repo_url", &registration.repo_url)?;
    let id = registration.id().map_err(|error| StoreError::invalid("machine_id", error))?;
    let known = find::<Machine>(batch, &registration.scope, id.as_str())?;
    // `a-b` with `c` adds up to the same as `a` with `b-c`.
    let other = known.as_ref().map(|known| &known.registration).filter(|other| {
        (&other.cluster, &other.machine_id) != (&registration.cluster, &registration.machine_id)
    });
    if let Some(Registration { cluster, machine_id, .. }) = other {
        let rule = format!("{id} is the machine `{machine_id}` of the cluster `{cluster}`; use another name");
        return Err(StoreError::invalid("machine_id", rule));
    }
    let new = known.is_none();
    let machine = Machine {
        id,
        registration: registration.clone(),
        // A person's word outlives the machine's restart.
        status: match known.as_ref().map(|known| known.status) {
            Some(MachineStatus::Maintenance) => MachineStatus::Maintenance,
            _ => MachineStatus::Active,
        },
        registered_at: known.map_or(context.now, |known| known.registered_at),
        last_heartbeat: context.now,
        agents: Vec::new(),
    };
    put(batch, &machine)?;
    Ok((machine, new))
}

pub(crate) fn heartbeat(
    batch: &mut impl Batch,
    scope: &Scope,
    id: &OrchestratorId,
    heartbeat: &Heartbeat,
    context: Context<'_>,
) -> Result<Machine> {
    let mut machine: Machine = get(batch, scope, id.as_str())?;
    machine.last_heartbeat = context.now;
    if machine.status == MachineStatus::Offline {
        machine.status = MachineStatus::Active;
    }
    if let Some(agents) = &heartbeat.agents {
        machine.agents.clone_from(agents);
    }
    put(batch, &machine)?;
    Ok(machine)
}

pub(crate) fn machines(batch: &mut impl Batch, query: &MachineQuery, now: Timestamp) -> Result<Vec<Machine>> {
    let mut found: Vec<Machine> = all(batch, Some(&query.scope))?;
    for machine in &mut found {
        if machine.status == MachineStatus::Active && now.since(machine.last_heartbeat) > SILENCE {
            machine.status = MachineStatus::Offline;
        }
    }
    found.retain(|machine| {
        query.cluster.as_ref().is_none_or(|cluster| &machine.registration.cluster == cluster)
            && (query.statuses.is_empty() || query.statuses.contains(&machine.status))
    });
    found.sort_by(|a, b| b.last_heartbeat.cmp(&a.last_heartbeat).then_with(|| a.id.cmp(&b.id)));
    Ok(found)
}

pub(crate) fn set_machine_status(
    batch: &mut impl Batch,
    scope: &Scope,
    id: &OrchestratorId,
    status: MachineStatus,
) -> Result<Machine> {
    let before: Machine = get(batch, scope, id.as_str())?;
    let machine = Machine { status, ..before };
    put(batch, &machine)?;
    Ok(machine)
}
