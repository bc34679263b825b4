//! Tasks that are read ahead for the next claims of the same transaction.
//!
//! Nobody else can write while the transaction is open, so what was read stays true until the transaction itself writes
//! something other than one of those claims.

use crate::backend::claimable_for;
use octopoid_core::model::{Scope, Task};
use std::collections::VecDeque;

/// Tasks as they are read, each in an allocation of its own: a task is large, and would be moved each time their number grows.
pub(super) type Tasks = Vec<Box<Task>>;

/// First claimable tasks of one purpose and role.
#[derive(Debug)]
pub(super) struct Prefetch {
    scope: Scope,
    claimable_for: &'static str,
    role: String,
    tasks: VecDeque<Box<Task>>,
    /// The task that was taken last, until it is written.
    taken: Option<u64>,
}

impl Prefetch {
    pub(super) fn new(scope: &Scope, claimable_for: &'static str, role: &str, tasks: Tasks) -> Self {
        Self { scope: scope.clone(), claimable_for, role: role.to_owned(), tasks: tasks.into(), taken: None }
    }

    /// Returns whether there is a next task for that purpose and role.
    pub(super) fn continues(&self, scope: &Scope, claimable_for: &str, role: &str) -> bool {
        self.taken.is_none()
            && !self.tasks.is_empty()
            && self.role == role
            && self.claimable_for == claimable_for
            && &self.scope == scope
    }

    /// Takes the next task, which is claimed at once or not at all.
    pub(super) fn next(&mut self) -> Option<Task> {
        let task = self.tasks.pop_front()?;
        self.taken = Some(task.seq);
        Some(*task)
    }

    /// Returns whether the other tasks are still true after a write: it was the claim of the task that was taken.
    pub(super) fn survives(&mut self, after: &Task) -> bool {
        self.taken.take() == Some(after.seq) && claimable_for(after).is_none()
    }
}
