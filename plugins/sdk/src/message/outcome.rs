//! The outcome of a run.

use serde::{Deserialize, Serialize};

/// The outcome that a role reports of a run, in the same words as agent programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The work is in the workspace, committed or not.
    Submitted {
        /// The description of what was done.
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
        /// The proposals. A proposal whose title the role has proposed before is left out.
        drafts: Vec<Proposal>,
    },
    /// The task is to be done in parts. A host that does not know this outcome says so in the run's log, and has the
    /// task seen to by a person.
    BrokenDown {
        /// The parts; at least one.
        subtasks: Vec<Subtask>,
    },
    /// A person has to answer a question first.
    NeedsInput {
        /// The question.
        question: String,
    },
    /// It could not be done.
    Failed {
        /// The reason.
        reason: String,
    },
    /// There was nothing to do.
    Nothing {
        /// The reason.
        reason: String,
    },
}

/// A proposed task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Proposal {
    /// One line. The same idea has the same title the next time, too.
    pub title: String,
    /// The description, as Markdown.
    pub body: String,
}

impl Proposal {
    /// Creates a proposal.
    pub fn new(title: impl Into<String>, body: impl Into<String>) -> Self {
        Self { title: title.into(), body: body.into() }
    }
}

/// A part of a task, for the role that the task was created for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Subtask {
    /// A short name, by which the other parts refer to it.
    pub key: String,
    /// One line.
    pub title: String,
    /// The description: all that the agent which does it reads.
    pub description: String,
    /// `XS` to `XL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complexity: Option<String>,
    /// The keys of the parts that must be done first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_by: Vec<String>,
    /// Whether it is to be broken down further.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_breakdown: bool,
}

impl Subtask {
    /// Creates a part that waits for nothing.
    pub fn new(key: impl Into<String>, title: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            title: title.into(),
            description: description.into(),
            complexity: None,
            blocked_by: Vec::new(),
            needs_breakdown: false,
        }
    }

    /// Sets the parts that must be done first.
    #[must_use]
    pub fn after<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.blocked_by.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Sets the estimate, `XS` to `XL`.
    #[must_use]
    pub fn with_complexity(mut self, complexity: impl Into<String>) -> Self {
        self.complexity = Some(complexity.into());
        self
    }

    /// Marks the part as one to break down further.
    #[must_use]
    pub fn to_be_broken_down(mut self) -> Self {
        self.needs_breakdown = true;
        self
    }
}

/// The name of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// See [`Outcome::BrokenDown`].
    BrokenDown,
    /// See [`Outcome::NeedsInput`].
    NeedsInput,
    /// See [`Outcome::Failed`].
    Failed,
    /// See [`Outcome::Nothing`].
    Nothing,
}

impl Outcome {
    /// Returns the name of the outcome.
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Outcome::Submitted { .. } => OutcomeKind::Submitted,
            Outcome::Approved { .. } => OutcomeKind::Approved,
            Outcome::Rejected { .. } => OutcomeKind::Rejected,
            Outcome::Proposed { .. } => OutcomeKind::Proposed,
            Outcome::BrokenDown { .. } => OutcomeKind::BrokenDown,
            Outcome::NeedsInput { .. } => OutcomeKind::NeedsInput,
            Outcome::Failed { .. } => OutcomeKind::Failed,
            Outcome::Nothing { .. } => OutcomeKind::Nothing,
        }
    }
}
