//! What a run came to.

use serde::{Deserialize, Serialize};

/// What a role reports about one run, in the words that agent programs use too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The work is in the workspace, committed or not.
    Submitted {
        /// What was done, in words.
        summary: String,
    },
    /// The submitted work is good.
    Approved {
        /// Remarks; may be empty.
        feedback: String,
    },
    /// The submitted work is to be improved.
    Rejected {
        /// What to improve; never empty.
        feedback: String,
    },
    /// Ideas for tasks, to be looked at by a person.
    Proposed {
        /// What is proposed. A proposal whose title the role has proposed before is left out.
        drafts: Vec<Proposal>,
    },
    /// Somebody has to answer a question first.
    NeedsInput {
        /// The question.
        question: String,
    },
    /// It could not be done.
    Failed {
        /// Why, in words.
        reason: String,
    },
    /// There was nothing to do.
    Nothing {
        /// Why, in words.
        reason: String,
    },
}

/// One idea.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proposal {
    /// One line. The same idea has the same title the next time, too.
    pub title: String,
    /// What it is about, as Markdown.
    pub body: String,
}

impl Proposal {
    /// An idea.
    pub fn new(title: impl Into<String>, body: impl Into<String>) -> Self {
        Self { title: title.into(), body: body.into() }
    }
}

/// An outcome's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeKind {
    /// See [`Outcome::Submitted`].
    Submitted,
    /// See [`Outcome::Approved`].
    Approved,
    /// See [`Outcome::Rejected`].
    Rejected,
    /// See [`Outcome::Proposed`].
    Proposed,
    /// See [`Outcome::NeedsInput`].
    NeedsInput,
    /// See [`Outcome::Failed`].
    Failed,
    /// See [`Outcome::Nothing`].
    Nothing,
}

impl Outcome {
    /// The outcome's name.
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Outcome::Submitted { .. } => OutcomeKind::Submitted,
            Outcome::Approved { .. } => OutcomeKind::Approved,
            Outcome::Rejected { .. } => OutcomeKind::Rejected,
            Outcome::Proposed { .. } => OutcomeKind::Proposed,
            Outcome::NeedsInput { .. } => OutcomeKind::NeedsInput,
            Outcome::Failed { .. } => OutcomeKind::Failed,
            Outcome::Nothing { .. } => OutcomeKind::Nothing,
        }
    }
}
