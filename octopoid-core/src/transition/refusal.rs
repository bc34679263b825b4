//! Why a command is not carried out.

use crate::model::{InvalidAttribute, Queue, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A typed refusal; the task is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// The command does not apply to a task in this queue.
    #[error("cannot {command} {id}: it is in `{queue}`, and that is possible only from {allowed}")]
    WrongQueue {
        /// The command's name.
        command: Cow<'static, str>,
        /// The task.
        id: TaskId,
        /// Where it stands.
        queue: Queue,
        /// From where it would be possible.
        allowed: Cow<'static, str>,
    },
    /// Somebody else holds the task.
    #[error("cannot {command} {id}: {holder} holds it until {until}")]
    Held {
        /// The command's name.
        command: Cow<'static, str>,
        /// The task.
        id: TaskId,
        /// Who.
        holder: String,
        /// Until when.
        until: Timestamp,
    },
    /// The shown claim is not the task's, or no longer.
    #[error("cannot {command} {id}: the claim is no longer held ({why})")]
    LeaseLost {
        /// The command's name.
        command: Cow<'static, str>,
        /// The task.
        id: TaskId,
        /// What became of it.
        why: String,
    },
    /// The lease still runs.
    #[error("cannot expire {id}: its lease runs until {until}")]
    NotExpired {
        /// The task.
        id: TaskId,
        /// Until when.
        until: Timestamp,
    },
    /// A field has a value that is not allowed.
    #[error("{field}: {rule}")]
    Invalid {
        /// The field.
        field: Cow<'static, str>,
        /// The rule it breaks.
        rule: String,
    },
    /// Tasks that are waited for do not exist.
    #[error("blocked_by: there is no {}", list(.0))]
    MissingBlockers(Vec<TaskId>),
    /// Tasks would wait for each other for ever.
    #[error("blocked_by: these tasks would wait for each other for ever: {}", chain(.0))]
    Cycle(Vec<TaskId>),
    /// Only a person may do this.
    #[error("cannot {command} {id}: only a person may do that")]
    PersonOnly {
        /// The command's name.
        command: Cow<'static, str>,
        /// The task.
        id: TaskId,
    },
    /// The task changed since the caller read it.
    #[error("cannot update {id}: it has version {is}, not {expected}; read it again")]
    Version {
        /// The task.
        id: TaskId,
        /// The version it has.
        is: u64,
        /// The version the caller named.
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
