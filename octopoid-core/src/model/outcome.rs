//! What a role's run came to, in structured form (I14).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What a role reports about one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The work is in the workspace, as commits.
    Submitted {
        /// What was done, in words.
        summary: String,
    },
    /// The submitted work is good.
    Approved {
        /// Remarks; may be empty.
        comments: String,
    },
    /// The submitted work is to be improved.
    Rejected {
        /// What to improve; never empty.
        feedback: String,
    },
    /// Somebody has to answer a question first.
    NeedsInput {
        /// The question.
        question: String,
    },
    /// The role could not do it.
    Failed {
        /// Why, in words.
        reason: String,
    },
    /// There was nothing to do.
    Nothing {
        /// Why, in words.
        why: String,
    },
    /// The agent ended without saying what it came to.
    NoReport {
        /// What was seen instead.
        seen: String,
    },
}

/// An outcome's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeKind {
    /// See [`Outcome::Submitted`].
    Submitted,
    /// See [`Outcome::Approved`].
    Approved,
    /// See [`Outcome::Rejected`].
    Rejected,
    /// See [`Outcome::NeedsInput`].
    NeedsInput,
    /// See [`Outcome::Failed`].
    Failed,
    /// See [`Outcome::Nothing`].
    Nothing,
    /// See [`Outcome::NoReport`].
    NoReport,
}

impl OutcomeKind {
    /// The outcomes that an agent may report.
    pub const REPORTABLE: [OutcomeKind; 6] = [
        OutcomeKind::Submitted,
        OutcomeKind::Approved,
        OutcomeKind::Rejected,
        OutcomeKind::NeedsInput,
        OutcomeKind::Failed,
        OutcomeKind::Nothing,
    ];

    /// The name used in files and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            OutcomeKind::Submitted => "submitted",
            OutcomeKind::Approved => "approved",
            OutcomeKind::Rejected => "rejected",
            OutcomeKind::NeedsInput => "needs_input",
            OutcomeKind::Failed => "failed",
            OutcomeKind::Nothing => "nothing",
            OutcomeKind::NoReport => "no_report",
        }
    }

    /// The field that an agent's report must carry with this outcome.
    const fn field(self) -> &'static str {
        match self {
            OutcomeKind::Submitted => "summary",
            OutcomeKind::Approved | OutcomeKind::Rejected => "feedback",
            OutcomeKind::NeedsInput => "question",
            OutcomeKind::Failed | OutcomeKind::Nothing | OutcomeKind::NoReport => "reason",
        }
    }

    /// Whether that field may be left out or empty.
    const fn may_be_silent(self) -> bool {
        matches!(self, OutcomeKind::Submitted | OutcomeKind::Approved | OutcomeKind::Nothing)
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A report that says nothing usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOutcome {
    /// Not a JSON object with a text field `outcome`.
    #[error("the result has no `outcome`: expected a JSON object such as {{\"outcome\": \"submitted\"}}")]
    Missing,
    /// A word that is not an outcome.
    #[error(
        "the result's outcome {0:?} is unknown; use submitted, approved, rejected, needs_input, failed or nothing"
    )]
    Unknown(String),
    /// The field that this outcome needs is missing, empty or not a text.
    #[error("the result says `{outcome}` without a text in `{field}`")]
    Field {
        /// The outcome.
        outcome: OutcomeKind,
        /// The field it needs.
        field: &'static str,
    },
}

impl Outcome {
    /// Reads an agent's result object: `{"outcome": …, "summary" | "feedback" | "question" | "reason": …}`. Fields
    /// that the outcome does not need are ignored.
    ///
    /// # Errors
    /// [`InvalidOutcome`] when the object does not say clearly what the run came to.
    pub fn from_result(result: &Value) -> Result<Outcome, InvalidOutcome> {
        let word = result.get("outcome").and_then(Value::as_str).ok_or(InvalidOutcome::Missing)?;
        let kind = OutcomeKind::REPORTABLE
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| InvalidOutcome::Unknown(word.chars().take(80).collect()))?;
        let field = kind.field();
        let text = match result.get(field) {
            Some(Value::String(text)) if !text.trim().is_empty() => text.clone(),
            None | Some(Value::Null | Value::String(_)) if kind.may_be_silent() => String::new(),
            _ => return Err(InvalidOutcome::Field { outcome: kind, field }),
        };
        Ok(match kind {
            OutcomeKind::Submitted => Outcome::Submitted { summary: text },
            OutcomeKind::Approved => Outcome::Approved { comments: text },
            OutcomeKind::Rejected => Outcome::Rejected { feedback: text },
            OutcomeKind::NeedsInput => Outcome::NeedsInput { question: text },
            OutcomeKind::Failed => Outcome::Failed { reason: text },
            OutcomeKind::Nothing => Outcome::Nothing { why: text },
            OutcomeKind::NoReport => Outcome::NoReport { seen: text },
        })
    }

    /// The outcome's name.
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Outcome::Submitted { .. } => OutcomeKind::Submitted,
            Outcome::Approved { .. } => OutcomeKind::Approved,
            Outcome::Rejected { .. } => OutcomeKind::Rejected,
            Outcome::NeedsInput { .. } => OutcomeKind::NeedsInput,
            Outcome::Failed { .. } => OutcomeKind::Failed,
            Outcome::Nothing { .. } => OutcomeKind::Nothing,
            Outcome::NoReport { .. } => OutcomeKind::NoReport,
        }
    }

    /// What goes with it, in words.
    pub fn text(&self) -> &str {
        match self {
            Outcome::Submitted { summary: text }
            | Outcome::Approved { comments: text }
            | Outcome::Rejected { feedback: text }
            | Outcome::NeedsInput { question: text }
            | Outcome::Failed { reason: text }
            | Outcome::Nothing { why: text }
            | Outcome::NoReport { seen: text } => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn i14_a_result_is_read_from_its_fields_only() {
        let read = |value| Outcome::from_result(&value);
        assert_eq!(read(json!({"outcome": "submitted"})), Ok(Outcome::Submitted { summary: String::new() }));
        assert_eq!(
            read(json!({"outcome": "rejected", "feedback": "no test", "turns": 3})),
            Ok(Outcome::Rejected { feedback: "no test".into() })
        );
        assert_eq!(read(json!("approved")), Err(InvalidOutcome::Missing));
        assert_eq!(read(json!({"outcome": "aproved"})), Err(InvalidOutcome::Unknown("aproved".into())));
        assert_eq!(read(json!({"outcome": "no_report"})), Err(InvalidOutcome::Unknown("no_report".into())));
        for silent in [json!({"outcome": "rejected"}), json!({"outcome": "rejected", "feedback": " "})] {
            assert!(matches!(read(silent), Err(InvalidOutcome::Field { field: "feedback", .. })));
        }
        assert!(read(json!({"outcome": "submitted", "summary": 7})).is_err());
    }
}
