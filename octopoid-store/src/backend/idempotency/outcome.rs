//! Outcomes of writes, as they are stored.

use crate::backend::RecordKind;
use octopoid_core::model::{Scope, TaskId};
use octopoid_core::store::{ErrorKind, Result, StoreError};
use serde::{Deserialize, Serialize};

/// What a write came to: references to the records that it returned, or a refusal.
///
/// Stored replies are kept for a day, so the next version must read what this one writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::backend) enum Outcome {
    /// Nothing was returned.
    Nothing,
    /// Tasks.
    Tasks(Vec<TaskRef>),
    /// A message.
    Message(MessageRef),
    /// Review comments of a task.
    ReviewComments(ReviewRef),
    /// Records of one kind.
    Records(Vec<RecordRef>),
    /// A machine that was registered, and whether it was new.
    Registered { machine: RecordRef, new: bool },
    /// An error that changed nothing.
    Refused(Refused),
}

/// Reference to a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::backend) struct TaskRef {
    pub(in crate::backend) scope: Scope,
    pub(in crate::backend) id: TaskId,
    /// Tells it from a later task with the same id.
    pub(in crate::backend) seq: u64,
}

/// Reference to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::backend) struct MessageRef {
    pub(in crate::backend) scope: Scope,
    pub(in crate::backend) id: u64,
}

/// Reference to review comments of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::backend) struct ReviewRef {
    pub(in crate::backend) scope: Scope,
    pub(in crate::backend) task: TaskId,
    pub(in crate::backend) ids: Vec<u64>,
}

/// Reference to a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::backend) struct RecordRef {
    pub(in crate::backend) kind: RecordKind,
    pub(in crate::backend) scope: Scope,
    pub(in crate::backend) name: String,
}

/// Error that is returned again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::backend) struct Refused {
    kind: RefusedKind,
    field: Option<String>,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RefusedKind {
    NotFound,
    Conflict,
    LeaseLost,
    Invalid,
    Forbidden,
}

impl Outcome {
    pub(in crate::backend) fn to_body(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| StoreError::internal("a reply cannot be written as JSON").with_source(error))
    }

    pub(in crate::backend) fn from_body(body: &str) -> Result<Self> {
        serde_json::from_str(body)
            .map_err(|error| StoreError::internal("a stored reply cannot be read").with_source(error))
    }
}

impl Refused {
    /// Returns what is stored of an error; `None` for one after which the same request may succeed.
    pub(in crate::backend) fn of(error: &StoreError) -> Option<Self> {
        let (kind, field) = match error.kind() {
            ErrorKind::NotFound => (RefusedKind::NotFound, None),
            ErrorKind::Conflict => (RefusedKind::Conflict, None),
            ErrorKind::LeaseLost => (RefusedKind::LeaseLost, None),
            ErrorKind::Invalid { field } => (RefusedKind::Invalid, Some(field.clone())),
            ErrorKind::Forbidden => (RefusedKind::Forbidden, None),
            _ => return None,
        };
        Some(Self { kind, field, message: error.to_string() })
    }

    pub(in crate::backend) fn into_error(self) -> StoreError {
        let kind = match self.kind {
            RefusedKind::NotFound => ErrorKind::NotFound,
            RefusedKind::Conflict => ErrorKind::Conflict,
            RefusedKind::LeaseLost => ErrorKind::LeaseLost,
            RefusedKind::Invalid => ErrorKind::Invalid { field: self.field.unwrap_or_default() },
            RefusedKind::Forbidden => ErrorKind::Forbidden,
        };
        StoreError::new(kind, self.message)
    }
}
