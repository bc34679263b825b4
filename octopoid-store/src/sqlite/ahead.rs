//! Reading ahead: the tasks that the next claims of the same transaction will take.
//!
//! Nobody else can write while the transaction is open, so what was read stays true until the transaction itself
//! writes something that is not one of those claims.

use crate::engine::claimable_for;
use octopoid_core::model::{Scope, Task};
use std::collections::VecDeque;

/// The most tasks to read ahead.
const MOST: usize = 64;

/// The first tasks of one lane and role.
#[derive(Debug)]
pub(super) struct Ahead {
    scope: Scope,
    lane: &'static str,
    role: String,
    tasks: VecDeque<Task>,
    /// The task that was handed out last, until it is written.
    handed: Option<u64>,
    /// How many to read next.
    asked: usize,
}

impl Ahead {
    /// A first look: one task only, since most transactions hold one claim.
    pub(super) fn new(scope: &Scope, lane: &'static str, role: &str) -> Self {
        let (scope, role) = (scope.clone(), role.to_owned());
        Self { scope, lane, role, tasks: VecDeque::new(), handed: None, asked: 1 }
    }

    /// Whether this is about that lane and role, and its last task was claimed.
    pub(super) fn goes_on(&self, scope: &Scope, lane: &str, role: &str) -> bool {
        self.handed.is_none() && self.role == role && self.lane == lane && &self.scope == scope
    }

    /// The next task, which is claimed now or never.
    pub(super) fn next(&mut self) -> Option<Task> {
        let task = self.tasks.pop_front()?;
        self.handed = Some(task.seq);
        Some(task)
    }

    /// How many tasks to read, now that there is none left.
    pub(super) fn ask(&mut self) -> usize {
        let now = self.asked;
        self.asked = (now * 2).min(MOST);
        now
    }

    pub(super) fn fill(&mut self, tasks: Vec<Task>) {
        self.tasks = tasks.into();
    }

    /// Whether what was read is still true after this write: it was the claim of the task that was handed out.
    pub(super) fn survives(&mut self, after: &Task) -> bool {
        self.handed.take() == Some(after.seq) && claimable_for(after).is_none()
    }
}
