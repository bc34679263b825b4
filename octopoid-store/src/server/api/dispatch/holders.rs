//! Who holds which task, and on which branches a landing is under way.

use super::Key;
use octopoid_core::model::{OrchestratorId, Scope, Task};
use std::collections::HashMap;

/// A branch of a scope; none is the one that machines are configured with.
pub(super) type Branch = (Scope, Option<String>);

#[derive(Debug, Default)]
pub(super) struct Holders {
    /// Those who hold a task, and those who have held it and were not told yet of how that ended.
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

    /// Takes note of where a task stands, of which everybody was told. Gives the branch that is free again because of it.
    pub(super) fn note(&mut self, task: &Task) -> Option<Branch> {
        let key = (task.scope.clone(), task.id.clone());
        self.tasks.remove(&key);
        self.add(task);
        if task.state.landing().is_some() { None } else { self.let_go(&key) }
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

    /// Who holds a task, or has held it and was not told yet of how that ended.
    pub(super) fn of(&self, key: &Key) -> &[OrchestratorId] {
        self.tasks.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns whether a landing is under way on a branch.
    pub(super) fn lands_on(&self, branch: &Branch) -> bool {
        self.landings.contains_key(branch)
    }

    /// How many tasks each machine holds.
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

/// The branch that a task lands on.
pub(super) fn branch_of(task: &Task) -> Branch {
    (task.scope.clone(), task.branch.clone())
}
