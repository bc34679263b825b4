//! Who holds which task, and on which branches somebody lands.

use super::Key;
use octopoid_core::model::{OrchestratorId, Scope, Task};
use std::collections::HashMap;

/// A branch of a scope; none is the one that machines are configured with.
pub(super) type Branch = (Scope, Option<String>);

#[derive(Debug, Default)]
pub(super) struct Holders {
    tasks: HashMap<Key, OrchestratorId>,
    landings: HashMap<Branch, Key>,
}

impl Holders {
    /// Takes note of where a task stands. Gives the branch that is free again because of it.
    pub(super) fn note(&mut self, task: &Task) -> Option<Branch> {
        let key = (task.scope.clone(), task.id.clone());
        match task.state.claim() {
            Some(claim) => self.tasks.insert(key.clone(), claim.holder.orchestrator.clone()),
            None => self.tasks.remove(&key),
        };
        if task.state.landing().is_some() {
            self.landings.insert(branch_of(task), key);
            return None;
        }
        self.let_go(&key)
    }

    /// Takes note that a task is gone. Gives the branch that is free again because of it.
    pub(super) fn forget(&mut self, key: &Key) -> Option<Branch> {
        self.tasks.remove(key);
        self.let_go(key)
    }

    fn let_go(&mut self, key: &Key) -> Option<Branch> {
        let (branch, _) = self.landings.iter().find(|(_, landing)| *landing == key)?;
        let branch = branch.clone();
        self.landings.remove(&branch);
        Some(branch)
    }

    /// Who holds a task.
    pub(super) fn of(&self, key: &Key) -> Option<&OrchestratorId> {
        self.tasks.get(key)
    }

    /// Whether somebody lands on a branch.
    pub(super) fn lands_on(&self, branch: &Branch) -> bool {
        self.landings.contains_key(branch)
    }

    /// How many tasks each machine holds.
    pub(super) fn counts(&self) -> HashMap<(&Scope, &OrchestratorId), usize> {
        let mut counts = HashMap::new();
        for ((scope, _), holder) in &self.tasks {
            *counts.entry((scope, holder)).or_default() += 1;
        }
        counts
    }
}

/// The branch that a task lands on.
pub(super) fn branch_of(task: &Task) -> Branch {
    (task.scope.clone(), task.branch.clone())
}
