//! Messages: the thread of a task.

use super::{Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// Kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MessageKind {
    /// Comment by anyone.
    Comment,
    /// Agent's own summary of its work.
    Summary,
    /// Approval by a reviewer, with its remarks.
    Approval,
    /// Reason why the work was sent back.
    Feedback,
    /// Failure of the tests on the work.
    TestFailure,
    /// Conflict of the work with the base branch.
    Conflict,
    /// Question of an agent that has to be answered before it can continue.
    Question,
    /// Reason why an attempt came to nothing and the task went back to the queue.
    Returned,
}

impl MessageKind {
    /// Returns the name used in files, on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageKind::Comment => "comment",
            MessageKind::Summary => "summary",
            MessageKind::Approval => "approval",
            MessageKind::Feedback => "feedback",
            MessageKind::TestFailure => "test_failure",
            MessageKind::Conflict => "conflict",
            MessageKind::Question => "question",
            MessageKind::Returned => "returned",
        }
    }
}

/// Message before the store has given it an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MessageDraft {
    /// Kind.
    pub kind: MessageKind,
    /// Author.
    pub author: String,
    /// Text.
    pub body: String,
    /// Addressee, if the message is for someone in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Id of the message in the same thread that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// Finer kind chosen by the author, where [`MessageKind`] has none that fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether the message is accepted even if the task does not exist.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detached: bool,
}

impl MessageDraft {
    /// Returns a message without an addressee.
    pub fn new(kind: MessageKind, author: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            kind,
            author: author.into(),
            body: body.into(),
            to: None,
            parent: None,
            label: None,
            detached: false,
        }
    }
}

/// Message of a task's thread. Messages are never changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// Identifier, increasing within the store.
    pub id: u64,
    /// Scope (tenant).
    pub scope: Scope,
    /// Task.
    pub task: TaskId,
    /// Kind.
    pub kind: MessageKind,
    /// Author.
    pub author: String,
    /// Text.
    pub body: String,
    /// Addressee.
    #[serde(default)]
    pub to: Option<String>,
    /// Id of the message that this one answers.
    #[serde(default)]
    pub parent: Option<u64>,
    /// Finer kind chosen by the author.
    #[serde(default)]
    pub label: Option<String>,
    /// Time at which the message was posted.
    pub at: Timestamp,
}

impl MessageDraft {
    /// Returns the message with the id, scope, task and time that the store gives it.
    pub fn at(self, id: u64, scope: Scope, task: TaskId, at: Timestamp) -> Message {
        let MessageDraft { kind, author, body, to, parent, label, detached: _ } = self;
        Message { id, scope, task, kind, author, body, to, parent, label, at }
    }
}
