//! Breakdown of a task into subtasks.

use super::{Complexity, RoleName, TaskId};
use serde::{Deserialize, Serialize};

/// Breakdown of a task, requested or completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Breakdown {
    /// Role that works on the subtasks.
    pub role: RoleName,
    /// Whether the subtasks have been created. The task is then done once all of its blockers are resolved.
    #[serde(default)]
    pub done: bool,
}

impl Breakdown {
    /// Returns a breakdown still to be done, into subtasks for a role.
    ///
    /// The role `breakdown` is replaced by `implement`: a subtask that is to be broken down further says so with
    /// [`Subtask::needs_breakdown`].
    pub fn into_parts_for(role: RoleName) -> Self {
        let role = if role == RoleName::breakdown() { RoleName::implement() } else { role };
        Self { role, done: false }
    }
}

/// Subtask as described by the agent or person that breaks the task down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subtask {
    /// Short name by which the other subtasks refer to this one.
    pub key: String,
    /// Title, in one line.
    pub title: String,
    /// Description of the work; the agent that does it reads nothing else.
    pub description: String,
    /// Estimated size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Complexity>,
    /// Keys of the subtasks that must be done first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_by: Vec<String>,
    /// Whether the subtask is to be broken down further.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_breakdown: bool,
    /// Task that the subtask becomes; assigned by the store.
    #[serde(skip)]
    pub id: Option<TaskId>,
}

impl Subtask {
    /// Returns a subtask that waits for no other.
    pub fn new(key: impl Into<String>, title: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            title: title.into(),
            description: description.into(),
            complexity: None,
            blocked_by: Vec::new(),
            needs_breakdown: false,
            id: None,
        }
    }

    /// Adds the keys of subtasks that must be done first.
    #[must_use]
    pub fn after<'a>(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.blocked_by.extend(keys.into_iter().map(str::to_owned));
        self
    }
}
