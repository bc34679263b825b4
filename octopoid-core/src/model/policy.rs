//! Limits that the state machine applies.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Limits on loops and leases.
///
/// A store is given one policy when it is opened, and everything that changes tasks uses it. [`Policy::default`] has the values
/// of a newly created `config.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// Rejections by reviewers after which a person decides. Default: 3.
    pub review_rounds: u32,
    /// Charged attempts (failed, lost or with failing tests) after which a person decides. Default: 3.
    pub attempts: u32,
    /// Conflicts with the base branch after which a person decides. Default: 3.
    pub conflicts: u32,
    /// Turns without a commit that count as burnt out. Default: 80.
    pub burnout_turns: u32,
    /// Turns at which an attempt counts as stopped by its limit. Default: 100.
    pub turn_limit: u32,
    /// Maximum lease that a claim may ask for. Default: one hour.
    pub max_lease: Duration,
    /// Maximum number of subtasks of one task. Default: 20.
    #[serde(default = "most_subtasks")]
    pub max_subtasks: u32,
    /// Maximum depth of repeated breakdowns: the maximum number of a task's ancestors. Default: 2.
    #[serde(default = "deepest")]
    pub max_depth: u32,
}

const fn most_subtasks() -> u32 {
    20
}

const fn deepest() -> u32 {
    2
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            review_rounds: 3,
            attempts: 3,
            conflicts: 3,
            burnout_turns: 80,
            turn_limit: 100,
            max_lease: Duration::from_secs(3600),
            max_subtasks: most_subtasks(),
            max_depth: deepest(),
        }
    }
}

impl Policy {
    /// Sets the number of review rounds after which a person decides.
    #[must_use]
    pub fn with_review_rounds(mut self, rounds: u32) -> Self {
        self.review_rounds = rounds;
        self
    }

    /// Sets the number of charged attempts after which a person decides.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the number of conflicts after which a person decides.
    #[must_use]
    pub fn with_conflicts(mut self, conflicts: u32) -> Self {
        self.conflicts = conflicts;
        self
    }

    /// Sets the limits on turns: without a commit, and in total.
    #[must_use]
    pub fn with_turns(mut self, burnout: u32, limit: u32) -> Self {
        self.burnout_turns = burnout;
        self.turn_limit = limit;
        self
    }

    /// Sets the limits on breakdowns: the number of subtasks, and the depth.
    #[must_use]
    pub fn with_breakdown(mut self, subtasks: u32, depth: u32) -> Self {
        self.max_subtasks = subtasks;
        self.max_depth = depth;
        self
    }
}
