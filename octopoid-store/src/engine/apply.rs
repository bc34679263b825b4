//! One command on one task.

use super::create::{find_blockers, need_project};
use super::{Batch, implement, no_task};
use octopoid_core::model::{OrchestratorId, ProjectId, Scope, Task, TaskId};
use octopoid_core::store::{ErrorKind, Result, StoreError};
use octopoid_core::transition::{Actor, Command, Context, Refusal, Transition, transition};
use serde_json::Value;
use std::borrow::Cow;

pub(crate) fn apply(
    batch: &mut impl Batch,
    scope: &Scope,
    id: &TaskId,
    command: &Command,
    context: Context<'_>,
) -> Result<Task> {
    apply_all(batch, scope, id, None, std::slice::from_ref(command), context)
}

/// Several commands, all or none: everything is decided before anything is written.
pub(crate) fn apply_all(
    batch: &mut impl Batch,
    scope: &Scope,
    id: &TaskId,
    version: Option<u64>,
    commands: &[Command],
    context: Context<'_>,
) -> Result<Task> {
    let before = batch.task(scope, id)?.ok_or_else(|| no_task(id))?;
    if let Some(last) = commands.last().filter(|_| commands.len() > 1)
        && let Ok(repeated) = transition(&before, last, context)
        && repeated.is_repetition(&before)
    {
        return Ok(repeated.task);
    }
    if let Some(expected) = version.filter(|expected| *expected != before.version) {
        return Err(Refusal::Version { id: id.clone(), is: before.version, expected }.into());
    }
    let mut steps = Vec::with_capacity(commands.len());
    let mut present = before;
    for command in commands {
        let command = checked(batch, &present, command)?;
        let step = Step::decide(batch, &present, &command, context)?;
        present = step.change.task.clone();
        steps.push(step);
    }
    for step in steps {
        step.write(batch, context)?;
    }
    Ok(present)
}

/// A command with what it says of others looked up.
fn checked<'a>(batch: &mut impl Batch, task: &Task, command: &'a Command) -> Result<Cow<'a, Command>> {
    let scope = &task.scope;
    match command {
        Command::Block { actor, on } => {
            let blockers = find_blockers(batch, scope, &task.id, on)?;
            let on = blockers.into_iter().filter(|one| !one.resolved).map(|one| one.id).collect();
            return Ok(Cow::Owned(Command::Block { actor: actor.clone(), on }));
        }
        Command::Claim { claim, .. } => match batch.task_by_token(scope, &claim.token)? {
            Some(held) if held.id != task.id => return Err(token_in_use(&held)),
            _ => {}
        },
        Command::Update { patch, .. } => {
            if let Some(Ok(project)) =
                patch.attributes.get("project_id").and_then(Value::as_str).map(ProjectId::new)
            {
                need_project(batch, scope, &project)?;
            }
        }
        _ => {}
    }
    Ok(Cow::Borrowed(command))
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
    let step = Step::decide(batch, before, command, context)?;
    let after = step.change.task.clone();
    step.write(batch, context)?;
    Ok(after)
}

/// What a command comes to, before it is written.
struct Step {
    before: Task,
    change: Transition,
    /// The tasks that waited for this one alone.
    unblocked: Vec<(Task, Transition)>,
}

impl Step {
    fn decide(
        batch: &mut impl Batch,
        before: &Task,
        command: &Command,
        context: Context<'_>,
    ) -> Result<Self> {
        let change = transition(before, command, context)?;
        let unblocked = if change.finishes(before) { unblock(batch, before, context)? } else { Vec::new() };
        Ok(Self { before: before.clone(), change, unblocked })
    }

    fn write(self, batch: &mut impl Batch, context: Context<'_>) -> Result<()> {
        if self.change.is_repetition(&self.before) {
            return Ok(());
        }
        write(batch, &self.before, self.change, context)?;
        for (waiting, change) in self.unblocked {
            write(batch, &waiting, change, context)?;
        }
        Ok(())
    }
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

fn write(batch: &mut impl Batch, before: &Task, change: Transition, context: Context<'_>) -> Result<()> {
    let Transition { task, events, messages } = change;
    batch.replace(before, &task)?;
    if task.is_done() && !before.is_done() {
        implement(batch, &task.scope, context, |draft| draft.linked_task.as_ref() == Some(&task.id))?;
    }
    for event in events {
        batch.append_event(&task.scope, &task.id, event, context.now)?;
    }
    for message in messages {
        batch.append_message(&task.scope, &task.id, message, context.now)?;
    }
    Ok(())
}
