//! Changing what a task says and waits for.

use crate::model::{Task, TaskId, TaskPatch};
use crate::store::{Result, Store};
use crate::transition::{Actor, Command};

/// Changes to a task. Only what is given changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Edit {
    /// What the task is to say.
    pub patch: TaskPatch,
    /// The tasks that it is to wait for, all of them.
    pub blocked_by: Option<Vec<TaskId>>,
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
/// # Errors
/// `Conflict` when the task has changed since; as [`TaskStore::apply_all`](crate::store::TaskStore::apply_all).
pub async fn edit(store: &dyn Store, task: &Task, edit: &Edit, actor: &Actor) -> Result<Task> {
    let commands = edit.commands(task, actor);
    store.apply_all(&task.scope, &task.id, Some(task.version), commands).await
}
