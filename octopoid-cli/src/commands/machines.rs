//! `octopoid machines`: the machines that work on the queue.

use crate::args::{Machines, MachinesAction};
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::installation::Installation;
use crate::output::{table, text};
use anstyle::AnsiColor;
use comfy_table::Cell;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Machine, MachineStatus, OrchestratorId};
use octopoid_core::store::{MachineQuery, Store};
use serde_json::json;

pub(super) async fn run(args: &Machines, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    match &args.action {
        None => list(args, &installation, &*store, context).await,
        Some(MachinesAction::Drain { machine }) => {
            set(machine.as_ref(), MachineStatus::Maintenance, &installation, &*store, context).await
        }
        Some(MachinesAction::Resume { machine }) => {
            set(machine.as_ref(), MachineStatus::Active, &installation, &*store, context).await
        }
    }
}

async fn list(
    args: &Machines,
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<()> {
    let mut query = MachineQuery::new(installation.scope());
    query.cluster.clone_from(&args.cluster);
    let machines = store.machines(&query).await?;
    let output = context.output;
    output.json(&json!({ "machines": machines }));
    if machines.is_empty() {
        output.line("no machine has introduced itself; `octopoid start` on one does");
        return Ok(());
    }
    let now = SystemClock.now();
    let mut rows = table::table(&["MACHINE", "STATUS", "AGENTS", "DOES", "HEARD", "VERSION"]);
    for machine in &machines {
        rows.add_row(vec![
            Cell::new(&machine.id),
            status(machine.status),
            Cell::new(machine.agents.len()),
            Cell::new(doing(machine)),
            Cell::new(format!("{} ago", text::span(now.since(machine.last_heartbeat)))),
            Cell::new(machine.registration.version.as_deref().unwrap_or("–")),
        ]);
    }
    output.line(table::render(&mut rows));
    Ok(())
}

fn status(status: MachineStatus) -> Cell {
    match status {
        MachineStatus::Active => table::coloured("active", AnsiColor::Green),
        MachineStatus::Offline => table::coloured("offline", AnsiColor::Red),
        MachineStatus::Maintenance => table::coloured("out of service", AnsiColor::Yellow),
    }
}

fn doing(machine: &Machine) -> String {
    let busy: Vec<_> = machine
        .agents
        .iter()
        .filter_map(|agent| Some(format!("{} on {}", agent.agent, agent.task.as_ref()?)))
        .collect();
    if busy.is_empty() { "nothing".to_owned() } else { text::one_line(&busy.join(", "), 80) }
}

async fn set(
    machine: Option<&OrchestratorId>,
    status: MachineStatus,
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<()> {
    let own = installation.settings(&context.environment)?.orchestrator;
    let id = machine.unwrap_or(&own);
    let machine = store.set_machine_status(&installation.scope(), id, status).await.map_err(|error| {
        if error.is_not_found() {
            let words = format!("there is no machine {id}");
            return CliError::new(Kind::NotFound, words).hint("`octopoid machines` lists those there are");
        }
        error.into()
    })?;
    context.output.json(&json!({ "machine": machine }));
    let words = match status {
        MachineStatus::Maintenance => "is out of service: it finishes what it has and takes nothing new",
        _ => "is in service",
    };
    context.output.line(format_args!("{id} {words}"));
    context.output.note("it learns of it with its next heartbeat, within half a minute");
    Ok(())
}
