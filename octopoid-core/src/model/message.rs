//! A task's thread.

use super::{Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MessageKind {
    /// Something said, by anybody.
    Comment,
    /// What an agent says it did.
    Summary,
    /// A reviewer's verdict in favour, with its remarks.
    Approval,
    /// Why the work was sent back.
    Feedback,
    /// The tests failed on the work.
    TestFailure,
    /// The work conflicts with the base branch.
    Conflict,
    /// An agent asks something before it can go on.
    Question,
    /// An attempt came to nothing, and why: the task went back to the queue.
    Returned,
}

impl MessageKind {
    /// The name used in files, on the wire and in the command line.
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

/// A message before the store has given it an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageDraft {
    /// What it is.
    pub kind: MessageKind,
    /// Who says it.
    pub author: String,
    /// What is said.
    pub body: String,
    /// Whom it is for, where it is for somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The message of the same thread that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// A finer kind of the author's own, where [`MessageKind`] has no word for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it is taken also where there is no such task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detached: bool,
}

impl MessageDraft {
    /// A message to nobody in particular.
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

/// One message of a task's thread. Messages are never changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// Grows within the store.
    pub id: u64,
    /// The tenant.
    pub scope: Scope,
    /// The task.
    pub task: TaskId,
    /// What it is.
    pub kind: MessageKind,
    /// Who says it.
    pub author: String,
    /// What is said.
    pub body: String,
    /// Whom it is for.
    #[serde(default)]
    pub to: Option<String>,
    /// The message that it answers.
    #[serde(default)]
    pub parent: Option<u64>,
    /// A finer kind of the author's own.
    #[serde(default)]
    pub label: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl MessageDraft {
    /// Gives the message its place.
    pub fn at(self, id: u64, scope: Scope, task: TaskId, at: Timestamp) -> Message {
        let MessageDraft { kind, author, body, to, parent, label, detached: _ } = self;
        Message { id, scope, task, kind, author, body, to, parent, label, at }
    }
}
