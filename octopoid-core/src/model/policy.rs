//! The bounds that the state machine applies.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The bounds on loops and leases. A store is given one when it is opened; everything that changes tasks uses it.
///
/// The values of [`Policy::default`] are those of a fresh `config.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// Rejections by reviewers after which a person decides. 3.
    pub review_rounds: u32,
    /// Charged attempts (failed, lost or with failing tests) after which a person decides. 3.
    pub attempts: u32,
    /// Conflicts with the base branch after which a person decides. 3.
    pub conflicts: u32,
    /// Turns without a commit that count as burnt out. 80.
    pub burnout_turns: u32,
    /// Turns at which an attempt counts as stopped by its limit. 100.
    pub turn_limit: u32,
    /// The longest lease that a claim may ask for. One hour.
    pub max_lease: Duration,
    /// The most parts that one task is broken down into. 20.
    #[serde(default = "most_subtasks")]
    pub max_subtasks: u32,
    /// How often in a row parts are broken down again: the most ancestors of a task. 2.
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
    /// With another number of review rounds.
    #[must_use]
    pub fn with_review_rounds(mut self, rounds: u32) -> Self {
        self.review_rounds = rounds;
        self
    }

    /// With another number of charged attempts.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// With another number of conflicts.
    #[must_use]
    pub fn with_conflicts(mut self, conflicts: u32) -> Self {
        self.conflicts = conflicts;
        self
    }

    /// With other limits on turns: without a commit, and in all.
    #[must_use]
    pub fn with_turns(mut self, burnout: u32, limit: u32) -> Self {
        self.burnout_turns = burnout;
        self.turn_limit = limit;
        self
    }

    /// With other limits on breaking tasks down: the number of parts, and how deep they go.
    #[must_use]
    pub fn with_breakdown(mut self, subtasks: u32, depth: u32) -> Self {
        self.max_subtasks = subtasks;
        self.max_depth = depth;
        self
    }
}
