//! Who holds which task, and on which branches a landing is under way.

use super::Key;
use octopoid_core::model::{OrchestratorId, Scope, Task};
use std::collections::HashMap;

/// A branch of a scope; none is the one that machines are configured with.
pub(super) type Branch = (Scope, Option<String>);

#[derive(Debug, Default)]
pub(super) struct Holders {
    /// Machines that hold a task, and those that have held it and have not received its end yet.
    tasks: HashMap<Key, Vec<OrchestratorId>>,
    landings: HashMap<Branch, Key>,
}

impl Holders {
    /// Adds the holder of a task as it stands, if there is one.
    pub(super) fn add(&mut self, task: &Task) {
        let key = (task.scope.clone(), task.id.clone());
        let Some(claim) = task.state.claim() else { return };
        let holders = self.tasks.entry(key.clone()).or_default();
        if !holders.contains(&claim.holder.orchestrator) {
            holders.push(claim.holder.orchestrator.clone());
        }
        if task.state.landing().is_some() {
            self.landings.insert(branch_of(task), key);
        }
    }

    /// Updates a task whose change was dispatched. Returns the branch that is free again because of it.
    pub(super) fn update(&mut self, task: &Task) -> Option<Branch> {
        let key = (task.scope.clone(), task.id.clone());
        self.tasks.remove(&key);
        self.add(task);
        if task.state.landing().is_some() { None } else { self.release(&key) }
    }

    /// Removes a deleted task. Returns the branch that is free again because of it.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Branch> {
        self.tasks.remove(key);
        self.release(key)
    }

    fn release(&mut self, key: &Key) -> Option<Branch> {
        let (branch, _) = self.landings.iter().find(|(_, landing)| *landing == key)?;
        let branch = branch.clone();
        self.landings.remove(&branch);
        Some(branch)
    }

    /// Returns the machines that hold a task, or have held it and have not received its end yet.
    pub(super) fn of(&self, key: &Key) -> &[OrchestratorId] {
        self.tasks.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns whether a landing is under way on a branch.
    pub(super) fn lands_on(&self, branch: &Branch) -> bool {
        self.landings.contains_key(branch)
    }

    /// Returns how many tasks each machine holds.
    pub(super) fn counts(&self) -> HashMap<(&Scope, &OrchestratorId), usize> {
        let mut counts = HashMap::new();
        for ((scope, _), holders) in &self.tasks {
            for holder in holders {
                *counts.entry((scope, holder)).or_default() += 1;
            }
        }
        counts
    }
}

/// Returns the branch that a task lands on.
pub(super) fn branch_of(task: &Task) -> Branch {
    (task.scope.clone(), task.branch.clone())
}
