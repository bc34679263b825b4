//! State machine: the only code that changes a task (I01).
//!
//! [`create`] and [`transition`] are pure: they take a task, a command and the current time, and return the changed task with
//! its events and messages, or a typed [`Refusal`]. They do no I/O and read no clock. Stores persist what they return in one
//! batch (I02), so the rules are written once and hold for every store.

mod apply;
mod breakdown;
mod builder;
mod command;
mod create;
mod dependency;
mod lease;
mod operator;
mod refusal;
mod review;
mod text;

pub use apply::transition;
pub use breakdown::{check_depth, check_subtasks};
pub use command::{Actor, Cause, Command, Purpose};
pub use create::{Placement, create};
pub use dependency::find_cycle;
pub use lease::check_lease;
pub use refusal::Refusal;
pub use text::check_branch;

use crate::model::{EventDraft, MessageDraft, NewTask, Policy, Task, Timestamp};

/// Time and limits under which a command is carried out.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Context<'a> {
    /// Current time of the store.
    pub now: Timestamp,
    /// Limits of the store.
    pub policy: &'a Policy,
}

impl<'a> Context<'a> {
    /// Returns a context with the current time and the limits.
    pub const fn new(now: Timestamp, policy: &'a Policy) -> Self {
        Self { now, policy }
    }
}

/// Result of a command: everything in it is persisted together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// Task after the command.
    ///
    /// Its version is unchanged exactly if there is nothing to persist, because the command repeats one that was already carried
    /// out (I04).
    pub task: Task,
    /// Events to add to the history, in order.
    pub events: Vec<EventDraft>,
    /// Messages to add to the task's thread, in order.
    pub messages: Vec<MessageDraft>,
    /// Subtasks to create together with it, which the task then waits for; each has its id and may be blocked by others of them.
    pub subtasks: Vec<NewTask>,
}

impl Transition {
    /// Returns whether this transition finished the task, so that tasks it blocked must be unblocked in the same batch.
    pub fn finishes(&self, before: &Task) -> bool {
        self.task.is_done() && !before.is_done()
    }

    /// Returns whether the command was a repetition, with nothing to persist.
    pub fn is_repetition(&self, before: &Task) -> bool {
        self.task.version == before.version
    }
}
