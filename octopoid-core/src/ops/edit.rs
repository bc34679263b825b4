//! Changing what a task says and waits for.

use super::{OpError, Result};
use crate::model::{State, Task, TaskId, TaskPatch};
use crate::store::Store;
use crate::transition::{Actor, Command};
use serde::{Deserialize, Serialize};

/// Changes to a task. Only what is given changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Edit {
    /// What the task is to say.
    pub patch: TaskPatch,
    /// The tasks that it is to wait for, all of them.
    pub blocked_by: Option<Vec<TaskId>>,
}

/// Field of a task, as far as it matters when it can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditField {
    /// Title.
    Title,
    /// Description.
    Description,
    /// Role.
    Role,
    /// Priority.
    Priority,
    /// Estimated size.
    Complexity,
    /// Base branch.
    Branch,
    /// Flow.
    Flow,
    /// Project.
    Project,
    /// Whether it needs no review.
    AutoAccept,
    /// Whether it is broken down first.
    Breakdown,
    /// Model, largest number of turns, budget.
    Limits,
    /// Tasks that it waits for.
    BlockedBy,
    /// Anything else that clients store with it.
    Other,
}

impl EditField {
    /// Returns the name used in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            EditField::Title => "the title",
            EditField::Description => "the description",
            EditField::Role => "the role",
            EditField::Priority => "the priority",
            EditField::Complexity => "the size",
            EditField::Branch => "the branch",
            EditField::Flow => "the flow",
            EditField::Project => "the project",
            EditField::AutoAccept => "whether a review is needed",
            EditField::Breakdown => "whether it is broken down",
            EditField::Limits => "the model or a limit",
            EditField::BlockedBy => "the blockers",
            EditField::Other => "an attribute",
        }
    }

    /// Returns the field of an attribute, by its name in the patch.
    fn of_attribute(name: &str) -> Self {
        match name {
            "flow" | "flow_overrides" => EditField::Flow,
            "project_id" => EditField::Project,
            "auto_accept" => EditField::AutoAccept,
            "needs_breakdown" => EditField::Breakdown,
            "model" | "max_turns" | "budget_usd" => EditField::Limits,
            _ => EditField::Other,
        }
    }

    /// Returns why the field of a task cannot be changed as things stand; `None` if it can.
    pub fn refusal(self, task: &Task) -> Option<NotEditable> {
        let stage = Stage::of(task);
        if stage == Stage::Done {
            return Some(NotEditable::Done);
        }
        match self {
            // What is read at the next attempt or landing.
            EditField::Priority | EditField::Complexity | EditField::Limits | EditField::Other => None,
            EditField::Title => (stage == Stage::Claimed).then_some(NotEditable::Claimed),
            EditField::AutoAccept => match stage {
                Stage::Fresh | Stage::Begun | Stage::Claimed => None,
                Stage::Submitted | Stage::Done => Some(NotEditable::Submitted),
            },
            EditField::Description => match stage {
                Stage::Fresh | Stage::Begun => None,
                Stage::Claimed => Some(NotEditable::Claimed),
                Stage::Submitted | Stage::Done => Some(NotEditable::Submitted),
            },
            // Nothing that has stopped waits for tasks.
            EditField::BlockedBy if task.state.needs_person().is_some() => Some(NotEditable::Stopped),
            EditField::BlockedBy => match stage {
                Stage::Fresh => None,
                Stage::Begun => None,
                Stage::Claimed => Some(NotEditable::Claimed),
                Stage::Submitted | Stage::Done => Some(NotEditable::Submitted),
            },
            // Commits that stand on one branch, or that were made for one role or flow, do not fit another.
            EditField::Role
            | EditField::Branch
            | EditField::Flow
            | EditField::Project
            | EditField::Breakdown => match stage {
                Stage::Fresh => None,
                Stage::Begun if task.submission.is_none() => None,
                Stage::Begun => Some(NotEditable::HasWork),
                Stage::Claimed => Some(NotEditable::Claimed),
                Stage::Submitted | Stage::Done => Some(NotEditable::Submitted),
            },
        }
    }
}

/// Stage of a task, as far as it matters what can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No agent has worked on it.
    Fresh,
    /// There were attempts, and none is under way.
    Begun,
    /// An agent works on it.
    Claimed,
    /// Work of it is submitted.
    Submitted,
    /// It is done.
    Done,
}

impl Stage {
    fn of(task: &Task) -> Self {
        match &task.state {
            State::Claimed { .. } => Stage::Claimed,
            State::Provisional(_) => Stage::Submitted,
            // A task may be created in a state of its flow's own.
            State::Custom { .. } if task.submission.is_some() => Stage::Submitted,
            State::Done { .. } => Stage::Done,
            State::Backlog
            | State::Blocked
            | State::Incoming
            | State::Custom { .. }
            | State::NeedsContinuation { .. }
            | State::Failed { .. } => {
                if task.counters.runs == 0 {
                    Stage::Fresh
                } else {
                    Stage::Begun
                }
            }
        }
    }
}

/// Reason why a field of a task cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotEditable {
    /// An agent works by what the task said when it began.
    #[error("an agent works on it, by what the task said when it began")]
    Claimed,
    /// The work is submitted and is reviewed by what the task says.
    #[error("its work is submitted, and was made by what the task says")]
    Submitted,
    /// Work of earlier attempts exists that the next one goes on from.
    #[error("the next attempt goes on from commits that were made by what the task says")]
    HasWork,
    /// The task has stopped.
    #[error("it has stopped, and waits for a person and not for tasks")]
    Stopped,
    /// The task is done.
    #[error("it is done")]
    Done,
}

impl Edit {
    /// An edit of what the task says.
    pub fn new(patch: TaskPatch) -> Self {
        Self { patch, blocked_by: None }
    }

    /// With the tasks that it is to wait for; an unresolved blocker that is not among them is let go.
    #[must_use]
    pub fn with_blocked_by(mut self, blockers: impl IntoIterator<Item = TaskId>) -> Self {
        self.blocked_by = Some(blockers.into_iter().collect());
        self
    }

    /// Returns the tasks that a task has to wait for besides.
    pub fn added_blockers<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = &'a TaskId> {
        let known = |id: &&TaskId| task.blockers.iter().any(|blocker| blocker.id == **id);
        self.blocked_by.iter().flatten().filter(move |id| !known(id))
    }

    /// Returns the tasks that a task waits for and no longer has to.
    pub fn removed_blockers<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = &'a TaskId> {
        let wanted = self.blocked_by.as_ref();
        task.unresolved_blockers().filter(move |id| wanted.is_some_and(|wanted| !wanted.contains(id)))
    }

    /// Returns the fields of a task that the edit changes. Pure.
    pub fn fields(&self, task: &Task) -> Vec<EditField> {
        let TaskPatch { title, description, role, priority, complexity, branch, attributes, .. } =
            &self.patch;
        let differs = |given: Option<bool>, field: EditField| given.unwrap_or(false).then_some(field);
        let named = [
            differs(title.as_ref().map(|title| title.trim() != task.title), EditField::Title),
            differs(description.as_ref().map(|text| *text != task.description), EditField::Description),
            differs(role.as_ref().map(|role| *role != task.role), EditField::Role),
            differs(priority.map(|priority| priority != task.priority), EditField::Priority),
            differs(complexity.map(|complexity| complexity != task.complexity), EditField::Complexity),
            differs(branch.as_ref().map(|branch| *branch != task.branch), EditField::Branch),
        ];
        let mut fields: Vec<_> = named.into_iter().flatten().collect();
        let is_new = |name: &&String| {
            let one = [((*name).clone(), attributes[*name].clone())].into_iter().collect();
            // An attribute that is none is refused by the store.
            task.attributes.merged(&one).ok().as_ref() != Some(&task.attributes)
        };
        fields.extend(attributes.keys().filter(is_new).map(|name| EditField::of_attribute(name)));
        if self.added_blockers(task).next().is_some() || self.removed_blockers(task).next().is_some() {
            fields.push(EditField::BlockedBy);
        }
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Checks that a task can be changed so as things stand. Pure.
    ///
    /// # Errors
    /// [`OpError::NotEditable`] with the fields that cannot be changed for the first reason there is.
    pub fn check(&self, task: &Task) -> Result<()> {
        let refused: Vec<_> =
            self.fields(task).into_iter().filter_map(|field| Some((field, field.refusal(task)?))).collect();
        let Some((_, why)) = refused.first().copied() else { return Ok(()) };
        let fields = refused.into_iter().filter(|(_, other)| *other == why).map(|(field, _)| field).collect();
        Err(OpError::NotEditable { task: task.id.clone(), fields, why })
    }

    /// Returns the commands that make the change. Pure; none where nothing changes.
    pub fn commands(&self, task: &Task, actor: &Actor) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.patch != TaskPatch::default() {
            commands.push(Command::Update { actor: actor.clone(), patch: self.patch.clone() });
        }
        let on: Vec<_> = self.added_blockers(task).cloned().collect();
        if !on.is_empty() {
            commands.push(Command::Block { actor: actor.clone(), on });
        }
        let unblock = |blocker: &TaskId| Command::Unblock { actor: actor.clone(), blocker: blocker.clone() };
        commands.extend(self.removed_blockers(task).map(unblock));
        commands
    }
}

/// Changes a task, all of it or nothing, as long as it is as the caller read it. Returns the task as it is now.
///
/// What can be changed depends on how far the task is: everything of one that no agent has worked on; priority, size, model and limits
/// until it is done; the rest as [`EditField::refusal`] says.
///
/// # Errors
/// [`OpError::NotEditable`]; `Conflict` when the task has changed since; as
/// [`TaskStore::apply_all`](crate::store::TaskStore::apply_all).
pub async fn edit(store: &dyn Store, task: &Task, edit: &Edit, actor: &Actor) -> Result<Task> {
    edit.check(task)?;
    let commands = edit.commands(task, actor);
    if commands.is_empty() {
        return Ok(task.clone());
    }
    Ok(store.apply_all(&task.scope, &task.id, Some(task.version), commands).await?)
}
