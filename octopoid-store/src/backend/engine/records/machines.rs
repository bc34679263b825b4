//! The machines.

use super::check_line;
use super::record::{all, find, get, put};
use crate::backend::{Reader, Transaction};
use octopoid_core::model::{
    Heartbeat, InstallationId, Machine, MachineStatus, OrchestratorId, Registration, Scope,
};
use octopoid_core::store::{ErrorKind, MachineQuery, Result, SILENCE, StoreError};
use octopoid_core::transition::Context;

pub(crate) fn register(
    transaction: &mut impl Transaction,
    registration: &Registration,
    context: Context<'_>,
) -> Result<(Machine, bool)> {
    check_line("cluster", &registration.cluster)?;
    check_line("machine_id", &registration.machine_id)?;
    check_line("repo_url", &registration.repo_url)?;
    let id = registration.id().map_err(|error| StoreError::invalid("machine_id", error))?;
    let known = find::<Machine>(transaction, &registration.scope, id.as_str())?;
    // `a-b` with `c` adds up to the same as `a` with `b-c`.
    let other = known.as_ref().map(|known| &known.registration).filter(|other| {
        (&other.cluster, &other.machine_id) != (&registration.cluster, &registration.machine_id)
    });
    if let Some(Registration { cluster, machine_id, .. }) = other {
        let rule = format!("{id} is the machine `{machine_id}` of the cluster `{cluster}`; use another name");
        return Err(StoreError::invalid("machine_id", rule));
    }
    let installation = registration.installation.as_ref().map(|one| &one.id);
    if let Some(known) = &known {
        check_holder(known, installation, context)?;
    }
    let new = known.is_none();
    let mut machine = Machine::new(id, registration.clone(), context.now);
    machine.held_since = installation.map(|id| match &known {
        Some(known) if holder(known) == Some(id) => known.held_since.unwrap_or(context.now),
        _ => context.now,
    });
    if let Some(known) = &known {
        machine.registered_at = known.registered_at;
        // A person's word outlives the machine's restart.
        if known.status == MachineStatus::Maintenance {
            machine.status = known.status;
        }
    }
    put(transaction, &machine)?;
    Ok((machine, new))
}

pub(crate) fn heartbeat(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &OrchestratorId,
    heartbeat: &Heartbeat,
    context: Context<'_>,
) -> Result<Machine> {
    let mut machine: Machine = get(transaction, scope, id.as_str())?;
    check_holder(&machine, heartbeat.installation.as_ref(), context)?;
    // An id that came free goes to an installation with its next registration.
    if holder(&machine).is_some() && holder(&machine) != heartbeat.installation.as_ref() {
        return Err(StoreError::not_found(format_args!("registration of this installation as {id}")));
    }
    machine.last_heartbeat = context.now;
    if machine.status == MachineStatus::Offline {
        machine.status = MachineStatus::Active;
    }
    if let Some(agents) = &heartbeat.agents {
        machine.agents.clone_from(agents);
    }
    put(transaction, &machine)?;
    Ok(machine)
}

fn holder(machine: &Machine) -> Option<&InstallationId> {
    machine.registration.installation.as_ref().map(|one| &one.id)
}

/// Refuses a machine's id to every installation but the one that holds it, until that one has been silent for its lease
/// (I37). Where no installation is known, any may have it: programs that do not say are told apart by their ids alone.
fn check_holder(machine: &Machine, asks: Option<&InstallationId>, context: Context<'_>) -> Result<()> {
    let Some(holder) = &machine.registration.installation else { return Ok(()) };
    let lease = holder.lease.min(context.policy.max_lease);
    if asks == Some(&holder.id) || context.now.since(machine.last_heartbeat) > lease {
        return Ok(());
    }
    let Registration { machine_id, cluster, hostname, repo_url, .. } = &machine.registration;
    let host = hostname.as_ref().map_or_else(String::new, |host| format!(" on {host}"));
    let since = machine.held_since.unwrap_or(machine.registered_at);
    Err(StoreError::new(
        ErrorKind::Conflict,
        format!(
            "the machine id `{machine_id}` of the cluster `{cluster}` is in use by another installation{host}, for {repo_url}, \
             since {since}; it was heard from at {}: set another `machine_id`, or stop that installation, whose id is free at \
             {}, after one lease of silence",
            machine.last_heartbeat,
            machine.last_heartbeat + lease
        ),
    ))
}

pub(crate) fn machines(reader: &mut impl Reader, query: &MachineQuery) -> Result<Vec<Machine>> {
    let mut found: Vec<Machine> = all(reader, Some(&query.scope))?;
    let now = reader.now();
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
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &OrchestratorId,
    status: MachineStatus,
) -> Result<Machine> {
    let mut machine: Machine = get(transaction, scope, id.as_str())?;
    machine.status = status;
    put(transaction, &machine)?;
    Ok(machine)
}
