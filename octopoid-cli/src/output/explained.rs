//! An explanation of a task as people and programs read it.

use super::text;
use crate::hints;
use octopoid_core::model::Timestamp;
use octopoid_core::ops::{Explanation, Moment};

/// The explanation of a task as text and command lines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Explained {
    pub(crate) text: String,
    /// Whether nothing goes on without a person.
    pub(crate) person: bool,
    /// The command lines that would get it on.
    pub(crate) commands: Vec<String>,
}

impl Explained {
    /// Renders an explanation at a moment.
    pub(crate) fn new(explanation: &Explanation, now: Timestamp) -> Self {
        let text = match explanation.reason.moment() {
            Some(Moment::Since(moment)) => format!("{explanation} since {}", text::relative(moment, now)),
            Some(Moment::At(moment)) => format!("{explanation} {}", text::relative(moment, now)),
            None => explanation.to_string(),
        };
        let commands = explanation.remedies.iter().map(hints::command).collect();
        Self { text, person: explanation.needs_person, commands }
    }
}
