//! One command on one task.

use super::create::{find_blockers, need_project};
use super::{Batch, no_task};
use octopoid_core::model::{OrchestratorId, ProjectId, Scope, Task, TaskId};
use octopoid_core::store::{ErrorKind, Result, StoreError};
use octopoid_core::transition::{Actor, Command, Context, Transition, transition};
use serde_json::Value;

pub(crate) fn apply(
    batch: &mut impl Batch,
    scope: &Scope,
    id: &TaskId,
    command: &Command,
    context: Context<'_>,
) -> Result<Task> {
    let before = batch.task(scope, id)?.ok_or_else(|| no_task(id))?;
    match command {
        Command::Block { actor, on } => {
            let blockers = find_blockers(batch, scope, id, on)?;
            let on = blockers.into_iter().filter(|one| !one.resolved).map(|one| one.id).collect();
            carry_out(batch, &before, &Command::Block { actor: actor.clone(), on }, context)
        }
        Command::Claim { claim, .. } => match batch.task_by_token(scope, &claim.token)? {
            Some(held) if &held.id != id => Err(token_in_use(&held)),
            _ => carry_out(batch, &before, command, context),
        },
        Command::Update { patch, .. } => {
            if let Some(Ok(project)) =
                patch.attributes.get("project_id").and_then(Value::as_str).map(ProjectId::new)
            {
                need_project(batch, scope, &project)?;
            }
            carry_out(batch, &before, command, context)
        }
        _ => carry_out(batch, &before, command, context),
    }
}

/// A token stands for one claim on one task.
pub(super) fn token_in_use(held: &Task) -> StoreError {
    StoreError::new(ErrorKind::Conflict, format!("the claim token is in use: it holds {}", held.id))
}

/// Carries out a command and everything that follows from it (I02).
pub(super) fn carry_out(
    batch: &mut impl Batch,
    before: &Task,
    command: &Command,
    context: Context<'_>,
) -> Result<Task> {
    let change = transition(before, command, context)?;
    if change.is_repetition(before) {
        return Ok(change.task);
    }
    let unblocked = if change.finishes(before) { unblock(batch, before, context)? } else { Vec::new() };
    let after = write(batch, before, change, context)?;
    for (waiting, change) in unblocked {
        write(batch, &waiting, change, context)?;
    }
    Ok(after)
}

/// What the end of a task comes to for those that waited for it (I05).
fn unblock(batch: &mut impl Batch, done: &Task, context: Context<'_>) -> Result<Vec<(Task, Transition)>> {
    let mut changes = Vec::new();
    for waiting in batch.waiting_for(&done.scope, &done.id)? {
        let command = Command::Unblock { actor: Actor::System(store()?), blocker: done.id.clone() };
        let change = transition(&waiting, &command, context)?;
        changes.push((waiting, change));
    }
    Ok(changes)
}

/// The name under which a store does what follows from rules.
pub(super) fn store() -> Result<OrchestratorId> {
    OrchestratorId::new("store")
        .map_err(|error| StoreError::internal("the store has no name").with_source(error))
}

fn write(batch: &mut impl Batch, before: &Task, change: Transition, context: Context<'_>) -> Result<Task> {
    let Transition { task, events, messages } = change;
    batch.replace(before, &task)?;
    for event in events {
        batch.append_event(&task.scope, &task.id, event, context.now)?;
    }
    for message in messages {
        batch.append_message(&task.scope, &task.id, message, context.now)?;
    }
    Ok(task)
}
