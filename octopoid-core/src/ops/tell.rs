//! Telling a task's agent something.

use super::comment;
use crate::model::{Hold, Message, Provisional, Scope, State, Task, TaskId};
use crate::store::{Result, Store};
use serde::{Deserialize, Serialize};

/// When the agent of a task hears what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hearing {
    /// An agent works on the task. It hears the message with its next step where its
    /// [runner can tell it](crate::runner::Runner::hears_messages), and else finds it in the file of the thread, which it is asked to read
    /// while it works. If it does not look, the next attempt has the message in its prompt.
    WhileItWorks,
    /// An agent reviews the work and hears the message as [`Hearing::WhileItWorks`]. The next attempt, if there is one, has it in
    /// its prompt.
    WhileItReviews,
    /// The next attempt has the message in its prompt, and begins by itself.
    NextAttempt,
    /// The next review and the next attempt have the message in their prompts. If the work lands as it is, no agent reads it.
    IfWorkGoesOn,
    /// The next attempt has the message in its prompt, and begins once a person lets the task continue.
    OnceContinued,
    /// The task is done, and has no next attempt.
    Never,
}

impl Hearing {
    /// Returns when the agent of a task in a state hears a message.
    pub const fn of(state: &State) -> Self {
        match state {
            State::Claimed { .. } => Hearing::WhileItWorks,
            State::Provisional(Provisional { hold: Hold::Claimed { .. }, .. }) => Hearing::WhileItReviews,
            State::Provisional(Provisional { hold: Hold::Free | Hold::Person { .. }, .. }) => {
                Hearing::IfWorkGoesOn
            }
            State::Incoming | State::Blocked => Hearing::NextAttempt,
            State::Backlog
            | State::NeedsContinuation { .. }
            | State::Failed { .. }
            | State::Custom { .. } => Hearing::OnceContinued,
            State::Done { .. } => Hearing::Never,
        }
    }
}

/// Message to the agent of a task, and when it is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Told {
    /// Message of the task's thread.
    pub message: Message,
    /// When it is heard.
    pub heard: Hearing,
    /// Task, as it was when the message was posted.
    pub task: Task,
}

/// Tells the agent of a task something: a message of its thread, from which prompts are made.
///
/// # Errors
/// As [`TaskStore::task`](crate::store::TaskStore::task) and [`comment`](super::comment()).
pub async fn tell(
    store: &dyn Store,
    scope: &Scope,
    id: &TaskId,
    author: impl Into<String>,
    text: impl Into<String>,
) -> Result<Told> {
    let message = comment(store, scope, id, author, text, None).await?;
    // Read afterwards: an attempt that began before it was posted may not have it in its prompt.
    let task = store.task(scope, id).await?;
    Ok(Told { message, heard: Hearing::of(&task.state), task })
}
