//! What a person's retry means in each state. Pure.

use crate::model::{Hold, Provisional, State};
use crate::transition::{Actor, Command};
use serde::{Deserialize, Serialize};

/// What [`Decision::Retry`](super::Decision::Retry) does to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryEffect {
    /// The task was put aside, and enters the queue.
    Enters,
    /// The task goes back to the queue with its work so far, the person's note and fresh bounds on attempts.
    GoesOn,
    /// Nothing: the task is in the queue already, or in somebody's hands, or waits for something that a retry does not
    /// end. The state machine refuses it.
    Refused,
}

impl RetryEffect {
    /// Returns what a retry does to a task in a state.
    pub const fn of(state: &State) -> Self {
        match state {
            State::Backlog => RetryEffect::Enters,
            State::NeedsContinuation { .. }
            | State::Failed { .. }
            | State::Custom { .. }
            | State::Provisional(Provisional { hold: Hold::Person { .. }, .. }) => RetryEffect::GoesOn,
            State::Blocked
            | State::Incoming
            | State::Claimed { .. }
            | State::Provisional(Provisional { hold: Hold::Free | Hold::Claimed { .. }, .. })
            | State::Done { .. } => RetryEffect::Refused,
        }
    }
}

/// Returns the command that puts a task in a state back into the queue.
pub(super) fn requeue(state: &State, actor: Actor, reason: Option<String>) -> Command {
    match state {
        // It is not claimed, so there is no attempt to charge.
        State::Failed { .. } | State::NeedsContinuation { .. } => {
            Command::Continue { actor, note: reason.unwrap_or_default() }
        }
        State::Backlog
        | State::Blocked
        | State::Incoming
        | State::Claimed { .. }
        | State::Provisional(_)
        | State::Done { .. }
        | State::Custom { .. } => {
            Command::Requeue { actor, reason: reason.unwrap_or_else(|| "requeued by hand".to_owned()) }
        }
    }
}
