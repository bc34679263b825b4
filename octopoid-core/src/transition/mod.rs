//! The state machine: the only thing that changes a task (I01).
//!
//! [`create`] and [`transition`] are pure: they take a task, a command and the moment, and return the changed task with
//! the events and messages that belong to it, or a typed [`Refusal`]. They do no I/O and know no clock. Backends persist
//! what they return, in one batch (I02), so the rules are written once and hold on every backend.

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

/// The moment and the bounds under which a command is carried out.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The store's time.
    pub now: Timestamp,
    /// The store's bounds.
    pub policy: &'a Policy,
}

/// What a command comes to: everything here is persisted together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The task as it is now. Its version is unchanged exactly when there is nothing to persist: the command was a
    /// repetition of one that had been carried out (I04).
    pub task: Task,
    /// What to add to the history, in order.
    pub events: Vec<EventDraft>,
    /// What to add to the task's thread, in order.
    pub messages: Vec<MessageDraft>,
    /// The tasks to create with it, which it then waits for; each has its id, and may wait for another of them.
    pub parts: Vec<NewTask>,
}

impl Transition {
    /// Whether this transition finished the task, so that the tasks it blocked must be unblocked in the same batch.
    pub fn finishes(&self, before: &Task) -> bool {
        self.task.is_done() && !before.is_done()
    }

    /// Whether there is nothing to persist.
    pub fn is_repetition(&self, before: &Task) -> bool {
        self.task.version == before.version
    }
}
