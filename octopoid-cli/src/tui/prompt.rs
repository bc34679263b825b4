//! A question at the bottom of the screen: what a decision needs, what it will do, and the command that does the same.

mod action;
mod items;
mod review;
mod subject;
mod task;

pub(super) use subject::Subject;

use super::field::Field;
use octopoid_core::model::{CommitId, ReviewVerdict};

/// Question with what is typed so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prompt {
    pub(super) subject: Subject,
    /// What it is about, such as `Approve task-3`.
    pub(super) heading: String,
    /// The command that does the same, as far as it is known.
    pub(super) command: String,
    /// What will happen.
    pub(super) consequence: String,
    /// The verdicts that a review can have, with what each will do; the first is chosen. Empty for all else.
    pub(super) verdicts: Vec<(ReviewVerdict, String)>,
    pub(super) field: Field,
    /// What is missing, after a try to send it.
    pub(super) missing: Option<String>,
    /// Newest commit of the task's work when the question was asked: a verdict is on that work.
    pub(super) head: Option<CommitId>,
}

impl Prompt {
    fn new(subject: Subject, heading: String, command: String, consequence: impl Into<String>) -> Self {
        Self {
            subject,
            heading,
            command,
            consequence: consequence.into(),
            verdicts: Vec::new(),
            field: Field::default(),
            missing: None,
            head: None,
        }
    }

    fn starting_with(mut self, text: impl Into<String>) -> Self {
        self.field = Field::new(text);
        self
    }

    /// Returns the prompt for a new task.
    pub(super) fn enqueue() -> Self {
        let command = "octopoid enqueue TITLE --description TEXT".to_owned();
        Self::new(Subject::Enqueue, "New task".to_owned(), command, "enters the queue with priority P2")
    }
}
