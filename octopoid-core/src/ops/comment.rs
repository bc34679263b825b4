//! What is said in a task's thread.

use super::{OpError, Result};
use crate::model::{Message, MessageDraft, MessageKind, Scope, TaskId};
use crate::store::{self, Store};

/// Returns the newest unanswered question of a thread.
///
/// A reply to a question counts as its answer. The caller checks that a person gives it.
pub fn open_question(thread: &[Message]) -> Option<&Message> {
    let is_answered = |question: &&Message| thread.iter().any(|one| one.parent == Some(question.id));
    thread.iter().rev().find(|one| one.kind == MessageKind::Question && !is_answered(one))
}

/// Finds a message of a task's thread, such as the one that is to be answered.
///
/// # Errors
/// [`OpError::NoMessage`] where the thread does not have it; as
/// [`MessageStore::messages`](crate::store::MessageStore::messages).
pub async fn find_message(store: &dyn Store, scope: &Scope, task: &TaskId, number: u64) -> Result<Message> {
    let thread = store.messages(scope, task).await?;
    let found = thread.into_iter().find(|message| message.id == number);
    found.ok_or_else(|| OpError::NoMessage { task: task.clone(), message: number })
}

/// Posts a message about a task, alone or as a reply to a message of its thread. A task that has
/// stopped to ask goes on only once it is retried.
///
/// # Errors
/// As [`MessageStore::post_message`](crate::store::MessageStore::post_message).
pub async fn comment(
    store: &dyn Store,
    scope: &Scope,
    task: &TaskId,
    author: impl Into<String>,
    text: impl Into<String>,
    reply_to: Option<u64>,
) -> store::Result<Message> {
    let mut draft = MessageDraft::new(MessageKind::Comment, author, text);
    draft.parent = reply_to;
    store.post_message(scope, task, draft).await
}
