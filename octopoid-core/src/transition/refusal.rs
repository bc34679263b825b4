//! Refusals: typed reasons why a command is not carried out.

use crate::model::{InvalidAttribute, Queue, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Error returned when the state machine refuses a command; the task is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// The command does not apply to a task in this queue.
    #[error("cannot {command} {id}: it is in `{queue}`, and that is possible only from {allowed}")]
    WrongQueue {
        /// Name of the command.
        command: Cow<'static, str>,
        /// Task.
        id: TaskId,
        /// Queue of the task.
        queue: Queue,
        /// Queues in which the command would be possible.
        allowed: Cow<'static, str>,
    },
    /// The task is claimed by another holder.
    #[error("cannot {command} {id}: {holder} holds it until {until}")]
    Held {
        /// Name of the command.
        command: Cow<'static, str>,
        /// Task.
        id: TaskId,
        /// Holder of the claim.
        holder: String,
        /// Time at which its lease ends.
        until: Timestamp,
    },
    /// The presented token is not, or no longer, the one of the task's claim.
    #[error("cannot {command} {id}: the claim is no longer held ({why})")]
    LeaseLost {
        /// Name of the command.
        command: Cow<'static, str>,
        /// Task.
        id: TaskId,
        /// Reason, such as who holds the claim now.
        why: String,
    },
    /// The lease has not ended yet.
    #[error("cannot expire {id}: its lease runs until {until}")]
    NotExpired {
        /// Task.
        id: TaskId,
        /// Time at which the lease ends.
        until: Timestamp,
    },
    /// A field has a value that is not allowed.
    #[error("{field}: {rule}")]
    Invalid {
        /// Name of the field.
        field: Cow<'static, str>,
        /// Rule that the value breaks.
        rule: String,
    },
    /// Tasks named as blockers do not exist.
    #[error("blocked_by: there is no {}", list(.0))]
    MissingBlockers(Vec<TaskId>),
    /// Tasks would wait for each other forever; the path of the cycle.
    #[error("blocked_by: these tasks would wait for each other for ever: {}", chain(.0))]
    Cycle(Vec<TaskId>),
    /// The command requires a person.
    #[error("cannot {command} {id}: only a person may do that")]
    PersonOnly {
        /// Name of the command.
        command: Cow<'static, str>,
        /// Task.
        id: TaskId,
    },
    /// The task was changed since the caller read it.
    #[error("cannot update {id}: it has version {is}, not {expected}; read it again")]
    Version {
        /// Task.
        id: TaskId,
        /// Current version.
        is: u64,
        /// Version that the caller expected.
        expected: u64,
    },
}

fn list(ids: &[TaskId]) -> String {
    ids.iter().map(TaskId::as_str).collect::<Vec<_>>().join(", ")
}

fn chain(ids: &[TaskId]) -> String {
    ids.iter().map(TaskId::as_str).collect::<Vec<_>>().join(" → ")
}

impl From<InvalidAttribute> for Refusal {
    fn from(error: InvalidAttribute) -> Self {
        Refusal::Invalid { field: error.field.into(), rule: error.rule }
    }
}
