//! Tasks that are broken down into others.

use super::{Complexity, RoleName, TaskId};
use serde::{Deserialize, Serialize};

/// That a task is to be broken down, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Breakdown {
    /// The role that works on its parts.
    pub role: RoleName,
    /// Whether its parts are there. It is then done when it waits for nothing any more.
    #[serde(default)]
    pub done: bool,
}

impl Breakdown {
    /// Still to be done, for parts of a role. Parts are never for `breakdown` as such: the one that is to be broken down
    /// further says so itself.
    pub fn into_parts_for(role: RoleName) -> Self {
        let role = if role == RoleName::breakdown() { RoleName::implement() } else { role };
        Self { role, done: false }
    }
}

/// One part of a task, as whoever breaks it down describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subtask {
    /// A short name, by which the other parts speak of it.
    pub key: String,
    /// One line.
    pub title: String,
    /// What is to be done; whoever does it reads nothing else.
    pub description: String,
    /// How big.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Complexity>,
    /// The keys of the parts that must be done first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_by: Vec<String>,
    /// Whether it is to be broken down further.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_breakdown: bool,
    /// The task that it becomes; the store says which.
    #[serde(skip)]
    pub id: Option<TaskId>,
}

impl Subtask {
    /// A part that waits for nothing.
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

    /// After other parts.
    #[must_use]
    pub fn after<'a>(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.blocked_by.extend(keys.into_iter().map(str::to_owned));
        self
    }
}
