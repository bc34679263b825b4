//! Reading ahead: the tasks that the next claims of the same transaction will take.
//!
//! Nobody else can write while the transaction is open, so what was read stays true until the transaction itself
//! writes something that is not one of those claims.

use crate::engine::claimable_for;
use octopoid_core::model::{Scope, Task};
use std::collections::VecDeque;

/// Tasks as they are read, each in a place of its own: a task is large, and would be moved each time their number grows.
pub(super) type Tasks = Vec<Box<Task>>;

/// The first tasks of one lane and role.
#[derive(Debug)]
pub(super) struct Ahead {
    scope: Scope,
    lane: &'static str,
    role: String,
    tasks: VecDeque<Box<Task>>,
    /// The task that was handed out last, until it is written.
    handed: Option<u64>,
}

impl Ahead {
    pub(super) fn new(scope: &Scope, lane: &'static str, role: &str, tasks: Tasks) -> Self {
        Self { scope: scope.clone(), lane, role: role.to_owned(), tasks: tasks.into(), handed: None }
    }

    /// Whether there is a next task of that lane and role.
    pub(super) fn goes_on(&self, scope: &Scope, lane: &str, role: &str) -> bool {
        self.handed.is_none()
            && !self.tasks.is_empty()
            && self.role == role
            && self.lane == lane
            && &self.scope == scope
    }

    /// The next task, which is claimed now or never.
    pub(super) fn next(&mut self) -> Option<Task> {
        let task = self.tasks.pop_front()?;
        self.handed = Some(task.seq);
        Some(*task)
    }

    /// Whether what was read is still true after this write: it was the claim of the task that was handed out.
    pub(super) fn survives(&mut self, after: &Task) -> bool {
        self.handed.take() == Some(after.seq) && claimable_for(after).is_none()
    }
}
