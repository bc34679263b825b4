//! What a file that is a task already asks for. Pure.

use super::file::TaskFile;
use octopoid_core::model::{Queue, Task, TaskId, TaskPatch};

/// What is to be done.
#[derive(Debug)]
pub(super) enum Step {
    /// The two agree, or the task is finished.
    Nothing,
    /// The task is changed.
    Change {
        patch: Option<Box<TaskPatch>>,
        /// What it waits for besides.
        blockers: Vec<TaskId>,
        fields: Vec<&'static str>,
    },
    /// They differ, and the work has begun.
    TooLate(Vec<&'static str>),
}

pub(super) fn plan(file: &TaskFile, task: &Task) -> Step {
    let mut patch = TaskPatch::default();
    patch.version = Some(task.version);
    let mut fields = Vec::new();
    if file.title != task.title {
        patch.title = Some(file.title.clone());
        fields.push("title");
    }
    if file.description != task.description.trim() {
        patch.description = Some(file.description.clone());
        fields.push("description");
    }
    // A task that is done in parts has another role until it is.
    if let Some(role) = file.role.as_ref().filter(|role| **role != task.role && task.breakdown.is_none()) {
        patch.role = Some(role.clone());
        fields.push("role");
    }
    if let Some(priority) = file.priority.filter(|priority| *priority != task.priority) {
        patch.priority = Some(priority);
        fields.push("priority");
    }
    if file.complexity.is_some() && file.complexity != task.complexity {
        patch.complexity = Some(file.complexity);
        fields.push("complexity");
    }
    if file.branch.is_some() && file.branch != task.branch {
        patch.branch = Some(file.branch.clone());
        fields.push("branch");
    }
    let patch = (!fields.is_empty()).then(|| Box::new(patch));
    let known = |id: &&TaskId| !task.blockers.iter().any(|blocker| &blocker.id == *id);
    let blockers: Vec<_> = file.blocked_by.iter().filter(known).cloned().collect();
    if !blockers.is_empty() {
        fields.push("blocked_by");
    }
    match task.queue() {
        _ if fields.is_empty() => Step::Nothing,
        Queue::Done | Queue::Failed => Step::Nothing,
        Queue::Incoming | Queue::Blocked | Queue::Backlog => Step::Change { patch, blockers, fields },
        _ => Step::TooLate(fields),
    }
}
