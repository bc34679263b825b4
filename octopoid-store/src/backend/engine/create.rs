//! Creation of a task.

use super::{project, update_project};
use crate::backend::{Counter, Reader, Transaction};
use octopoid_core::model::{
    Blocker, NewTask, Project, ProjectId, ProjectPatch, ProjectStatus, Scope, Task, TaskId,
};
use octopoid_core::store::{ErrorKind, Result, StoreError};
use octopoid_core::transition::{self, Context, Placement, Refusal, Transition, find_cycle};

/// Longest key, in bytes.
const KEY: usize = 256;

pub(crate) fn create(
    transaction: &mut impl Transaction,
    new: &NewTask,
    context: Context<'_>,
) -> Result<Task> {
    if let Some(key) = &new.key {
        if key.is_empty() || key.len() > KEY {
            return Err(StoreError::invalid("key", format_args!("must have 1 to {KEY} bytes")));
        }
        if let Some(task) = transaction.task_by_key(&new.scope, key)? {
            return Ok(task);
        }
    }
    let project = new.attributes.project.as_ref();
    let project = project.map(|id| need_project(transaction, &new.scope, id)).transpose()?;
    let new = &with_project(new, project.as_ref());
    let (id, number) = match &new.id {
        Some(id) => {
            if transaction.is_done(&new.scope, id)?.is_some() {
                return Err(StoreError::new(ErrorKind::Conflict, format!("there is a task {id} already")));
            }
            (id.clone(), None)
        }
        None => {
            let first = transaction.counter(Counter::TaskNumber(&new.scope))? + 1;
            let (id, number) = free_id(transaction, &new.scope, first)?;
            (id, Some(number))
        }
    };
    let blockers = find_blockers(transaction, &new.scope, &id, &new.blocked_by)?;
    let placement = Placement::new(id, transaction.counter(Counter::TaskPlace)? + 1, blockers);
    let made = transition::create(new, placement, context)?;
    if let Some(number) = number {
        transaction.set_counter(Counter::TaskNumber(&new.scope), number)?;
    }
    // Something more is to be done: the project is under way again, and what comes of it is landed too.
    if let Some(project) = project.filter(|project| project.status == ProjectStatus::Completed) {
        let mut patch = ProjectPatch::default();
        patch.status = Some(ProjectStatus::Active);
        update_project(transaction, &new.scope, &project.id, &patch, context)?;
    }
    insert(transaction, made, context)
}

/// Writes a new task with its events and messages.
pub(super) fn insert(
    transaction: &mut impl Transaction,
    made: Transition,
    context: Context<'_>,
) -> Result<Task> {
    let Transition { task, events, messages, .. } = made;
    transaction.put_task(None, &task)?;
    transaction.set_counter(Counter::TaskPlace, task.seq)?;
    for event in events {
        transaction.append_event(&task.scope, &task.id, event, context.now)?;
    }
    for message in messages {
        transaction.append_message(&task.scope, &task.id, message, context.now)?;
    }
    Ok(task)
}

/// Returns a new task with what it has from its project: the branch that its tasks share, and whether they need a review.
fn with_project(new: &NewTask, project: Option<&Project>) -> NewTask {
    let mut new = new.clone();
    if let Some(Project { branch, auto_accept, .. }) = project {
        // What lands the project goes where its maker says.
        if !new.attributes.lands_project {
            new.branch = branch.clone().or(new.branch);
        }
        new.attributes.auto_accept |= auto_accept;
    }
    new
}

/// Returns the project that a task is to belong to, or `Invalid`.
pub(super) fn need_project(reader: &mut impl Reader, scope: &Scope, id: &ProjectId) -> Result<Project> {
    project(reader, scope, id).map_err(|error| match error.is_not_found() {
        true => StoreError::invalid("project_id", error),
        false => error,
    })
}

/// Returns the first free `task-N` from a number on.
pub(super) fn free_id(reader: &mut impl Reader, scope: &Scope, mut number: u64) -> Result<(TaskId, u64)> {
    loop {
        let id = TaskId::numbered(number);
        if reader.is_done(scope, &id)?.is_none() {
            return Ok((id, number));
        }
        number += 1;
    }
}

/// Returns the blockers that `on` names, each once and with its state, after checking that they exist and that no cycle
/// arises (I05).
pub(super) fn find_blockers(
    reader: &mut impl Reader,
    scope: &Scope,
    id: &TaskId,
    on: &[TaskId],
) -> Result<Vec<Blocker>> {
    let mut blockers: Vec<Blocker> = Vec::with_capacity(on.len());
    let mut missing = Vec::new();
    for one in on {
        if one == id {
            return Err(Refusal::Cycle(vec![id.clone(), id.clone()]).into());
        }
        if blockers.iter().any(|known| &known.id == one) || missing.contains(one) {
            continue;
        }
        match reader.is_done(scope, one)? {
            Some(resolved) => blockers.push(Blocker::new(one.clone(), resolved)),
            None => missing.push(one.clone()),
        }
    }
    if !missing.is_empty() {
        return Err(Refusal::MissingBlockers(missing).into());
    }
    let open: Vec<_> = blockers.iter().filter(|one| !one.resolved).map(|one| one.id.clone()).collect();
    match find_cycle(id, &open, |task| reader.blockers_of(scope, task))? {
        Some(path) => Err(Refusal::Cycle(path).into()),
        None => Ok(blockers),
    }
}
