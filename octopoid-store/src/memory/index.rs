//! Indexes of tasks.

use crate::backend::{claimable_for, is_landing};
use octopoid_core::model::{
    ClaimToken, OrchestratorId, Priority, RoleName, State, StateName, Task, TaskId, Timestamp,
};
use octopoid_core::transition::Purpose;
use std::collections::{BTreeSet, HashMap};

/// The tasks of each role, the most urgent and then oldest first.
type ByRole = HashMap<RoleName, BTreeSet<(Priority, u64)>>;

/// Ordered sets over one scope's tasks, by their place in the order of creation.
#[derive(Debug, Default)]
pub(super) struct Index {
    claimable: HashMap<Purpose, ByRole>,
    /// Those of them that can land, by branch.
    to_land: HashMap<Option<String>, ByRole>,
    /// Those that somebody is landing, by branch.
    landing: HashMap<Option<String>, BTreeSet<u64>>,
    tokens: HashMap<ClaimToken, u64>,
    leases: BTreeSet<(Timestamp, u64)>,
    claimed: HashMap<OrchestratorId, BTreeSet<u64>>,
    waiting: HashMap<TaskId, BTreeSet<u64>>,
    /// Those in states that flows add.
    states: HashMap<StateName, BTreeSet<u64>>,
}

impl Index {
    pub(super) fn add(&mut self, task: &Task) {
        let seq = task.seq;
        if let State::Custom { state } = &task.state {
            self.states.entry(state.clone()).or_default().insert(seq);
        }
        if let Some(purpose) = claimable_for(task) {
            let roles = self.claimable.entry(purpose).or_default();
            roles.entry(task.role.clone()).or_default().insert((task.priority, seq));
            if purpose == Purpose::Land {
                let roles = self.to_land.entry(task.branch.clone()).or_default();
                roles.entry(task.role.clone()).or_default().insert((task.priority, seq));
            }
        }
        if is_landing(task) {
            self.landing.entry(task.branch.clone()).or_default().insert(seq);
        }
        if let Some(claim) = task.state.claim() {
            self.tokens.insert(claim.token.clone(), seq);
            self.leases.insert((claim.lease_expires_at, seq));
            if let State::Claimed { .. } = task.state {
                self.claimed.entry(claim.holder.orchestrator.clone()).or_default().insert(seq);
            }
        }
        for blocker in task.unresolved_blockers() {
            self.waiting.entry(blocker.clone()).or_default().insert(seq);
        }
    }

    pub(super) fn remove(&mut self, task: &Task) {
        let seq = task.seq;
        if let State::Custom { state } = &task.state {
            take(&mut self.states, state, &seq);
        }
        if let Some(purpose) = claimable_for(task)
            && let Some(roles) = self.claimable.get_mut(&purpose)
        {
            take(roles, &task.role, &(task.priority, seq));
            if purpose == Purpose::Land
                && let Some(roles) = self.to_land.get_mut(&task.branch)
            {
                take(roles, &task.role, &(task.priority, seq));
                if roles.is_empty() {
                    self.to_land.remove(&task.branch);
                }
            }
        }
        if is_landing(task) {
            take(&mut self.landing, &task.branch, &seq);
        }
        if let Some(claim) = task.state.claim() {
            self.tokens.remove(&claim.token);
            self.leases.remove(&(claim.lease_expires_at, seq));
            take(&mut self.claimed, &claim.holder.orchestrator, &seq);
        }
        for blocker in task.unresolved_blockers() {
            take(&mut self.waiting, blocker, &seq);
        }
    }

    /// Returns the most urgent, then oldest task for a purpose, of those that `takes` takes; for a landing, of those on whose
    /// branch no other is landing.
    pub(super) fn next_claimable(
        &self,
        purpose: Purpose,
        roles: &[RoleName],
        takes: impl Fn(u64) -> bool,
    ) -> Option<u64> {
        let first = |tasks: &BTreeSet<(Priority, u64)>| tasks.iter().find(|(_, seq)| takes(*seq)).copied();
        let best = |by_role: &ByRole| {
            if roles.is_empty() {
                by_role.values().filter_map(first).min()
            } else {
                roles.iter().filter_map(|role| by_role.get(role)).filter_map(first).min()
            }
        };
        let found = if purpose == Purpose::Land {
            let free = self.to_land.iter().filter(|(branch, _)| !self.landing.contains_key(*branch));
            free.filter_map(|(_, by_role)| best(by_role)).min()
        } else {
            self.claimable.get(&purpose).and_then(best)
        };
        found.map(|(_, seq)| seq)
    }

    /// Returns the task that is landing on a branch.
    pub(super) fn landing_on(&self, branch: Option<&str>) -> Option<u64> {
        self.landing.get(&branch.map(str::to_owned))?.first().copied()
    }

    pub(super) fn in_state(&self, state: &StateName) -> impl Iterator<Item = u64> {
        self.states.get(state).into_iter().flatten().copied()
    }

    pub(super) fn by_token(&self, token: &ClaimToken) -> Option<u64> {
        self.tokens.get(token).copied()
    }

    pub(super) fn count_claimed(&self, orchestrator: &OrchestratorId) -> u64 {
        self.claimed.get(orchestrator).map_or(0, |tasks| tasks.len() as u64)
    }

    pub(super) fn blocked_by(&self, id: &TaskId) -> impl Iterator<Item = u64> {
        self.waiting.get(id).into_iter().flatten().copied()
    }

    /// Returns the tasks whose lease has ended, oldest first.
    pub(super) fn expired(&self, now: Timestamp) -> BTreeSet<u64> {
        self.leases.range(..=(now, u64::MAX)).map(|(_, seq)| *seq).collect()
    }
}

/// Removes a value from a set, and the set with its last value.
fn take<K: std::hash::Hash + Eq, V: Ord>(sets: &mut HashMap<K, BTreeSet<V>>, key: &K, value: &V) {
    if let Some(set) = sets.get_mut(key) {
        set.remove(value);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}
