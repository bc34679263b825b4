//! One task on the board.

use octopoid_core::model::{Task, Timestamp, Usage};
use octopoid_core::ops::{Attention, Explanation, Moment, Situation, explain};

/// Task with everything that its card shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Card {
    pub(crate) task: Task,
    pub(crate) explanation: Explanation,
    /// Usage of all its runs.
    pub(crate) usage: Usage,
    /// Last thing that the agent at work said or did.
    pub(crate) says: Option<String>,
}

impl Card {
    pub(crate) fn new(task: Task, situation: &Situation, usage: Usage, says: Option<String>) -> Self {
        Self { explanation: explain(&task, situation), task, usage, says }
    }

    pub(crate) fn column(&self) -> Attention {
        Attention::of(&self.explanation)
    }

    /// Returns the moment since which the task is as it is.
    pub(crate) fn since(&self) -> Timestamp {
        match self.explanation.reason.moment() {
            Some(Moment::Since(at) | Moment::At(at)) => at,
            None => self.task.updated_at,
        }
    }

    /// Returns the place within its column: the lowest text stands first.
    pub(crate) fn order(&self) -> String {
        let priority = self.task.priority.as_str();
        match self.column() {
            // What was finished last stands first.
            Attention::Done => format!("{:020}", i64::MAX - self.since().as_millis()),
            Attention::Waiting => {
                let is_blocked = !self.task.blockers.iter().all(|blocker| blocker.resolved);
                format!("{priority}{}{:020}", u8::from(is_blocked), self.task.seq)
            }
            Attention::NeedsYou | Attention::Working | Attention::Landing => {
                format!("{priority}{:020}", self.since().as_millis())
            }
        }
    }
}
