//! The difference between a file and its task. Pure.

use super::file::TaskFile;
use octopoid_core::model::{Queue, Task, TaskId, TaskPatch};
use octopoid_core::ops::Edit;
use serde_json::{Value, json};

/// What to do about a file and its task.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing: the two agree, or the task is finished.
    Nothing,
    /// Change the task.
    Change(Box<Change>),
    /// Report that they differ, as the work has begun.
    TooLate(Vec<&'static str>),
}

/// A change of a task.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) edit: Edit,
    pub(super) fields: Vec<&'static str>,
}

/// What a file asks for indirectly.
#[derive(Debug)]
pub(super) struct Around {
    /// The tasks that it waits for.
    pub(super) after: Vec<TaskId>,
    /// Whether the configuration asks for a breakdown.
    pub(super) in_parts: bool,
}

/// Compares a file with its task. A field that the file leaves out has its default.
pub(super) fn plan(file: &TaskFile, around: &Around, task: &Task) -> Step {
    let mut patch = TaskPatch::default();
    let mut fields = Vec::new();
    if file.title != task.title {
        patch.title = Some(file.title.clone());
        fields.push("title");
    }
    if file.description != task.description.trim() {
        patch.description = Some(file.description.clone());
        fields.push("description");
    }
    let parts_are_there = task.breakdown.as_ref().is_some_and(|breakdown| breakdown.done);
    if !parts_are_there && around.in_parts != task.attributes.needs_breakdown {
        patch.attributes.insert("needs_breakdown".to_owned(), json!(around.in_parts));
        fields.push("breakdown");
    }
    // A task that is done in parts has another role until it is.
    let role = file.role();
    if role != task.role && task.breakdown.is_none() {
        patch.role = Some(role);
        fields.push("role");
    }
    let priority = file.priority.unwrap_or_default();
    if priority != task.priority {
        patch.priority = Some(priority);
        fields.push("priority");
    }
    if file.complexity != task.complexity {
        patch.complexity = Some(file.complexity);
        fields.push("complexity");
    }
    if file.branch != task.branch {
        patch.branch = Some(file.branch.clone());
        fields.push("branch");
    }
    if file.project != task.attributes.project {
        patch.attributes.insert("project_id".to_owned(), json!(file.project));
        fields.push("project");
    }
    if file.flow != task.attributes.flow {
        patch.attributes.insert("flow".to_owned(), json!(file.flow));
        fields.push("flow");
    }
    // Its parts are no word of the file's.
    let parts = task.unresolved_blockers().filter(|_| parts_are_there);
    let mut edit = Edit::new(patch).with_blocked_by(around.after.iter().chain(parts).cloned());
    if edit.added_blockers(task).next().is_some() || edit.removed_blockers(task).next().is_some() {
        fields.push("blocked_by");
    }
    let can_change = matches!(task.queue(), Queue::Incoming | Queue::Blocked | Queue::Backlog);
    // The name is nobody's wish: it is followed where it can be, and else of no account.
    let name = super::name_of(&file.path);
    if can_change && task.attributes.file_path.as_ref() != Some(&name) {
        edit.patch.attributes.insert("file_path".to_owned(), Value::from(name));
        fields.push("file name");
    }
    match task.queue() {
        _ if fields.is_empty() => Step::Nothing,
        Queue::Done | Queue::Failed => Step::Nothing,
        // Work of earlier attempts does not fit another role, branch or flow.
        _ if can_change && edit.check(task).is_ok() => Step::Change(Box::new(Change { edit, fields })),
        _ => Step::TooLate(fields),
    }
}
