//! Landing of a task that another task takes back.

use super::{CommitId, TaskId};
use serde::{Deserialize, Serialize};

/// Landing that a task takes back: the commits after `before`, up to `landed`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Revert {
    /// Task whose work landed.
    pub task: TaskId,
    /// Commit of the base branch before the landing.
    pub before: CommitId,
    /// Commit with which the work was in the base branch.
    pub landed: CommitId,
}

impl Revert {
    /// Returns the landing of a task between two commits of the base branch.
    pub fn new(task: TaskId, before: CommitId, landed: CommitId) -> Self {
        Self { task, before, landed }
    }
}
