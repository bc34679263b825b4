//! Commands on a task.

use super::breakdown::{Part, ancestors, name_parts, parts};
use super::claimable::need_free_branch;
use super::create::{find_blockers, need_project};
use super::{implement, no_task, update_project};
use crate::backend::{DraftLink, Transaction, token_in_use};
use octopoid_core::model::{
    OrchestratorId, Project, ProjectId, ProjectPatch, ProjectStatus, Scope, Task, TaskId,
};
use octopoid_core::store::{Result, StoreError};
use octopoid_core::transition::{
    Actor, Command, Context, Purpose, Refusal, Transition, check_subtasks, transition,
};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::VecDeque;

pub(crate) fn apply(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &TaskId,
    command: &Command,
    context: Context<'_>,
) -> Result<Task> {
    apply_all(transaction, scope, id, None, std::slice::from_ref(command), context)
}

/// Carries out several commands, all or none: everything is decided before anything is written.
pub(crate) fn apply_all(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &TaskId,
    version: Option<u64>,
    commands: &[Command],
    context: Context<'_>,
) -> Result<Task> {
    let before = transaction.task(scope, id)?.ok_or_else(|| no_task(id))?;
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
        let command = checked(transaction, &present, command, context)?;
        let step = Step::decide(transaction, present, &command, context)?;
        present = step.change.task.clone();
        steps.push(step);
    }
    for step in steps {
        step.write(transaction, context)?;
    }
    Ok(present)
}

/// Returns a command with the other records that it names looked up.
fn checked<'a>(
    transaction: &mut impl Transaction,
    task: &Task,
    command: &'a Command,
    context: Context<'_>,
) -> Result<Cow<'a, Command>> {
    let scope = &task.scope;
    match command {
        Command::Block { actor, on } => {
            let blockers = find_blockers(transaction, scope, &task.id, on)?;
            let on = blockers.into_iter().filter(|one| !one.resolved).map(|one| one.id).collect();
            return Ok(Cow::Owned(Command::Block { actor: actor.clone(), on }));
        }
        Command::BreakDown { token, subtasks } => {
            check_subtasks(subtasks, ancestors(transaction, task, context)?, context.policy)?;
            let mut subtasks = subtasks.clone();
            name_parts(transaction, scope, &mut subtasks)?;
            return Ok(Cow::Owned(Command::BreakDown { token: token.clone(), subtasks }));
        }
        Command::Claim { purpose, claim } => match transaction.task_by_token(scope, &claim.token)? {
            Some(held) if held.id != task.id => return Err(token_in_use(Some(&held.id))),
            _ if *purpose == Purpose::Land => need_free_branch(transaction, task)?,
            _ => {}
        },
        Command::Update { patch, .. } => {
            if let Some(Ok(project)) =
                patch.attributes.get("project_id").and_then(Value::as_str).map(ProjectId::new)
            {
                let Project { branch, auto_accept, .. } = need_project(transaction, scope, &project)?;
                return Ok(Cow::Owned(into_project(task, command, branch, auto_accept)));
            }
        }
        _ => {}
    }
    Ok(Cow::Borrowed(command))
}

/// Returns the command that moves a task into a project, with the project's branch and review rule as long as nothing is submitted.
fn into_project(task: &Task, command: &Command, branch: Option<String>, auto_accept: bool) -> Command {
    let mut command = command.clone();
    if let Command::Update { patch, .. } = &mut command
        && task.submission.is_none()
    {
        if branch.is_some() && patch.branch.is_none() {
            patch.branch = Some(branch);
        }
        if auto_accept && !patch.attributes.contains_key("auto_accept") {
            patch.attributes.insert("auto_accept".to_owned(), Value::Bool(true));
        }
    }
    command
}

/// Carries out a command and everything that follows from it (I02).
pub(super) fn carry_out(
    transaction: &mut impl Transaction,
    before: Task,
    command: &Command,
    context: Context<'_>,
) -> Result<Task> {
    Step::decide(transaction, before, command, context)?.write(transaction, context)
}

/// Effect of a command, before it is written.
struct Step {
    before: Task,
    change: Transition,
    /// The subtasks that are created with it.
    parts: Vec<Part>,
    /// The tasks that it unblocks, and in turn those that they unblock, in the order in which it happens.
    unblocked: Vec<(Task, Transition)>,
}

impl Step {
    fn decide(
        transaction: &mut impl Transaction,
        before: Task,
        command: &Command,
        context: Context<'_>,
    ) -> Result<Self> {
        let change = transition(&before, command, context)?;
        let parts = parts(transaction, &change, context)?;
        let unblocked =
            if change.finishes(&before) { unblock(transaction, &before, context)? } else { Vec::new() };
        Ok(Self { before, change, parts, unblocked })
    }

    /// Writes the effect, and returns the task as it is then.
    fn write(self, transaction: &mut impl Transaction, context: Context<'_>) -> Result<Task> {
        if self.change.is_repetition(&self.before) {
            return Ok(self.change.task);
        }
        for part in self.parts {
            part.write(transaction, context)?;
        }
        let task = write(transaction, &self.before, self.change, context)?;
        for (waiting, change) in self.unblocked {
            write(transaction, &waiting, change, context)?;
        }
        Ok(task)
    }
}

/// Returns the transitions of the tasks that are blocked by a finished one (I05). Where one of them is done by that, because its
/// last subtask is, the tasks that it blocks follow.
fn unblock(
    transaction: &mut impl Transaction,
    done: &Task,
    context: Context<'_>,
) -> Result<Vec<(Task, Transition)>> {
    let mut changes: Vec<(Task, Transition)> = Vec::new();
    let mut over = VecDeque::from([done.id.clone()]);
    while let Some(blocker) = over.pop_front() {
        for waiting in transaction.blocked_by(&done.scope, &blocker)? {
            // It may have waited for two of those that are done by now.
            let changed = changes.iter().rev().find(|(before, _)| before.id == waiting.id);
            let waiting = changed.map_or(waiting, |(_, change)| change.task.clone());
            let command = Command::Unblock { actor: Actor::System(store()?), blocker: blocker.clone() };
            let change = transition(&waiting, &command, context)?;
            if change.finishes(&waiting) {
                over.push_back(waiting.id.clone());
            }
            changes.push((waiting, change));
        }
    }
    Ok(changes)
}

/// Returns the actor of what follows from rules.
pub(super) fn store() -> Result<OrchestratorId> {
    OrchestratorId::new("store")
        .map_err(|error| StoreError::internal("the store has no name").with_source(error))
}

fn write(
    transaction: &mut impl Transaction,
    before: &Task,
    change: Transition,
    context: Context<'_>,
) -> Result<Task> {
    let Transition { task, events, messages, .. } = change;
    transaction.put_task(Some(before), &task)?;
    if task.is_done() && !before.is_done() {
        implement(transaction, &task.scope, DraftLink::Task(&task.id), context)?;
        if let Some(project) = task.attributes.project.as_ref().filter(|_| task.attributes.lands_project) {
            let mut patch = ProjectPatch::default();
            patch.status = Some(ProjectStatus::Completed);
            update_project(transaction, &task.scope, project, &patch, context)?;
        }
    }
    for event in events {
        transaction.append_event(&task.scope, &task.id, event, context.now)?;
    }
    for message in messages {
        transaction.append_message(&task.scope, &task.id, message, context.now)?;
    }
    Ok(task)
}
