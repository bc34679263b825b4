//! What a person can do about a task that does not move.

use crate::model::{ProjectId, RoleName, TaskId};
use serde::{Deserialize, Serialize};

/// Something that a person can do to get a task on. Each screen offers it in its own way: a command line, a button. So that
/// none leaves one out, the list is exhaustive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remedy {
    /// Let the submitted work land.
    Approve {
        /// The task.
        task: TaskId,
    },
    /// Let the work of a whole project land, which also sees that nothing of it is left to do.
    ApproveProject {
        /// The project.
        project: ProjectId,
    },
    /// Send the submitted work back, with feedback.
    Reject {
        /// The task.
        task: TaskId,
    },
    /// Let the task go on.
    Retry {
        /// The task.
        task: TaskId,
        /// Whether the next attempt is better told something.
        note: bool,
    },
    /// Call the task off.
    Cancel {
        /// The task.
        task: TaskId,
    },
    /// End the wait for another task.
    Unblock {
        /// The task.
        task: TaskId,
        /// The other task.
        blocker: TaskId,
    },
    /// Move the task to a queue of one's choice.
    Force {
        /// The task.
        task: TaskId,
    },
    /// Give an agent the role.
    AddAgent {
        /// The role.
        role: RoleName,
    },
    /// Start the orchestrator.
    StartOrchestrator,
    /// Let the paused orchestrator go on.
    ResumeOrchestrator,
}
