//! Outcome of a role's run, in structured form (I14).

use super::{Finding, ReviewVerdict, Subtask};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Outcome that a role reports for one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The work is in the workspace, as commits.
    Submitted {
        /// Summary of the work.
        summary: String,
    },
    /// The submitted work is approved.
    Approved {
        /// Remarks; may be empty.
        comments: String,
        /// Findings at places of the work; may be empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        findings: Vec<Finding>,
    },
    /// The submitted work has to be improved.
    Rejected {
        /// Required improvements; never empty.
        feedback: String,
        /// Findings at places of the work; may be empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        findings: Vec<Finding>,
    },
    /// Proposals for tasks, for a person to look at.
    Proposed {
        /// Proposals; at least one.
        drafts: Vec<ProposedDraft>,
    },
    /// The task is to be done as subtasks.
    BrokenDown {
        /// Subtasks; at least one.
        subtasks: Vec<Subtask>,
    },
    /// A question has to be answered first.
    NeedsInput {
        /// Question.
        question: String,
    },
    /// The role could not do the task.
    Failed {
        /// Reason, as text for people.
        reason: String,
    },
    /// There was nothing to do.
    Nothing {
        /// Reason, as text for people.
        why: String,
    },
    /// The agent ended without reporting an outcome.
    NoReport {
        /// Output that was found instead.
        seen: String,
    },
}

/// Proposal of a role for a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProposedDraft {
    /// Title, in one line. The same proposal has the same title in later runs.
    pub title: String,
    /// Description, as Markdown.
    #[serde(default)]
    pub body: String,
}

impl ProposedDraft {
    /// Maximum number of proposals of one run (I15).
    pub const MOST: usize = 100;

    /// Parses the list `drafts` of a result.
    fn list(result: &Value) -> Option<Vec<ProposedDraft>> {
        let drafts: Vec<ProposedDraft> = serde_json::from_value(result.get("drafts")?.clone()).ok()?;
        let has_titles = drafts.iter().all(|draft| !draft.title.trim().is_empty());
        (has_titles && (1..=Self::MOST).contains(&drafts.len())).then_some(drafts)
    }
}

impl Subtask {
    /// Maximum number of subtasks parsed from one run; the policy's limit is lower and enforced separately (I15).
    const MOST: usize = 100;

    /// Parses the list `subtasks` of a result.
    fn list(result: &Value) -> Option<Vec<Subtask>> {
        let parts: Vec<Subtask> = serde_json::from_value(result.get("subtasks")?.clone()).ok()?;
        (1..=Self::MOST).contains(&parts.len()).then_some(parts)
    }
}

/// Kind of an [`Outcome`].
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
    /// See [`Outcome::NoReport`].
    NoReport,
}

impl OutcomeKind {
    /// Outcomes that an agent may report.
    pub const REPORTABLE: [OutcomeKind; 8] = [
        OutcomeKind::Submitted,
        OutcomeKind::Approved,
        OutcomeKind::Rejected,
        OutcomeKind::Proposed,
        OutcomeKind::BrokenDown,
        OutcomeKind::NeedsInput,
        OutcomeKind::Failed,
        OutcomeKind::Nothing,
    ];

    /// Returns the name used in files and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            OutcomeKind::Submitted => "submitted",
            OutcomeKind::Approved => "approved",
            OutcomeKind::Rejected => "rejected",
            OutcomeKind::Proposed => "proposed",
            OutcomeKind::BrokenDown => "broken_down",
            OutcomeKind::NeedsInput => "needs_input",
            OutcomeKind::Failed => "failed",
            OutcomeKind::Nothing => "nothing",
            OutcomeKind::NoReport => "no_report",
        }
    }

    /// Returns the field that an agent's report must carry with this outcome.
    const fn field(self) -> &'static str {
        match self {
            OutcomeKind::Submitted => "summary",
            OutcomeKind::Approved | OutcomeKind::Rejected => "feedback",
            OutcomeKind::Proposed => "drafts",
            OutcomeKind::BrokenDown => "subtasks",
            OutcomeKind::NeedsInput => "question",
            OutcomeKind::Failed | OutcomeKind::Nothing | OutcomeKind::NoReport => "reason",
        }
    }

    /// Returns whether that field may be missing or empty.
    const fn may_be_silent(self) -> bool {
        matches!(self, OutcomeKind::Submitted | OutcomeKind::Approved | OutcomeKind::Nothing)
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Error returned when a report names no valid outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOutcome {
    /// The result is not a JSON object with a string field `outcome`.
    #[error("the result has no `outcome`: expected a JSON object such as {{\"outcome\": \"submitted\"}}")]
    Missing,
    /// The value of `outcome` is not a known outcome.
    #[error(
        "the result's outcome {0:?} is unknown; use submitted, approved, rejected, proposed, broken_down, needs_input, failed or nothing"
    )]
    Unknown(String),
    /// The field that this outcome requires is missing, empty or of the wrong type.
    #[error("the result says `{outcome}` without {} in `{field}`", expected(*.outcome))]
    Field {
        /// Outcome.
        outcome: OutcomeKind,
        /// Required field.
        field: &'static str,
    },
}

fn expected(outcome: OutcomeKind) -> &'static str {
    match outcome {
        OutcomeKind::Approved | OutcomeKind::Rejected => {
            "a text in `feedback` and, if there are any, a list of at most 200 objects with a `body` and perhaps `path`, `line`, `end_line`, `side` (new or old), `severity` (must, should or nit) and `replacement`"
        }
        OutcomeKind::Proposed => "a list of 1 to 100 objects with a `title` and a `body`",
        OutcomeKind::BrokenDown => {
            "a list of 1 to 100 objects with a `key`, a `title`, a `description` and perhaps `complexity` (XS to XL), `blocked_by` (a list of keys) and `needs_breakdown`"
        }
        _ => "a text",
    }
}

impl Outcome {
    /// Parses an agent's result object: `{"outcome": …, "summary" | "feedback" | "drafts" | "subtasks" | "question" | "reason": …}`,
    /// with the list `comments` beside the `feedback` of a review.
    ///
    /// Fields that the outcome does not need are ignored.
    ///
    /// # Errors
    /// [`InvalidOutcome`] when the object does not state an outcome with its required field.
    pub fn from_result(result: &Value) -> Result<Outcome, InvalidOutcome> {
        let word = result.get("outcome").and_then(Value::as_str).ok_or(InvalidOutcome::Missing)?;
        let kind = OutcomeKind::REPORTABLE
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| InvalidOutcome::Unknown(word.chars().take(80).collect()))?;
        let field = kind.field();
        let wrong = || InvalidOutcome::Field { outcome: kind, field };
        let text = || match result.get(field) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
            None | Some(Value::Null | Value::String(_)) if kind.may_be_silent() => Ok(String::new()),
            _ => Err(wrong()),
        };
        let findings =
            || Finding::list(result).ok_or(InvalidOutcome::Field { outcome: kind, field: Finding::FIELD });
        Ok(match kind {
            OutcomeKind::Submitted => Outcome::Submitted { summary: text()? },
            OutcomeKind::Approved => Outcome::Approved { comments: text()?, findings: findings()? },
            OutcomeKind::Rejected => {
                let findings = findings()?;
                let feedback = match text() {
                    Err(_) if !findings.is_empty() => ReviewVerdict::reason_in_comments(findings.len()),
                    said => said?,
                };
                Outcome::Rejected { feedback, findings }
            }
            OutcomeKind::Proposed => {
                Outcome::Proposed { drafts: ProposedDraft::list(result).ok_or_else(wrong)? }
            }
            OutcomeKind::BrokenDown => {
                Outcome::BrokenDown { subtasks: Subtask::list(result).ok_or_else(wrong)? }
            }
            OutcomeKind::NeedsInput => Outcome::NeedsInput { question: text()? },
            OutcomeKind::Failed => Outcome::Failed { reason: text()? },
            OutcomeKind::Nothing => Outcome::Nothing { why: text()? },
            OutcomeKind::NoReport => Outcome::NoReport { seen: text()? },
        })
    }

    /// Returns the outcome's kind.
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
            Outcome::NoReport { .. } => OutcomeKind::NoReport,
        }
    }

    /// Returns the text of the outcome; for proposals and subtasks, the title of the first one.
    pub fn text(&self) -> &str {
        match self {
            Outcome::Proposed { drafts } => drafts.first().map_or("", |draft| draft.title.as_str()),
            Outcome::BrokenDown { subtasks } => subtasks.first().map_or("", |part| part.title.as_str()),
            Outcome::Submitted { summary: text }
            | Outcome::Approved { comments: text, .. }
            | Outcome::Rejected { feedback: text, .. }
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
    use crate::model::Severity;
    use serde_json::json;

    #[test]
    fn i14_a_result_is_read_from_its_fields_only() {
        let read = |value| Outcome::from_result(&value);
        assert_eq!(read(json!({"outcome": "submitted"})), Ok(Outcome::Submitted { summary: String::new() }));
        assert_eq!(
            read(json!({"outcome": "rejected", "feedback": "no test", "turns": 3})),
            Ok(Outcome::Rejected { feedback: "no test".into(), findings: Vec::new() })
        );
        assert_eq!(read(json!("approved")), Err(InvalidOutcome::Missing));
        assert_eq!(read(json!({"outcome": "aproved"})), Err(InvalidOutcome::Unknown("aproved".into())));
        assert_eq!(read(json!({"outcome": "no_report"})), Err(InvalidOutcome::Unknown("no_report".into())));
        for silent in [json!({"outcome": "rejected"}), json!({"outcome": "rejected", "feedback": " "})] {
            assert!(matches!(read(silent), Err(InvalidOutcome::Field { field: "feedback", .. })));
        }
        assert!(read(json!({"outcome": "submitted", "summary": 7})).is_err());
    }

    #[test]
    fn i14_findings_are_a_list_with_places() {
        let read = |comments| Outcome::from_result(&json!({"outcome": "rejected", "comments": comments}));
        let finding = json!({"path": "a.rs", "line": 3, "severity": "must", "body": "It panics."});
        let Ok(Outcome::Rejected { feedback, findings }) = read(json!([finding])) else { panic!() };
        assert_eq!(feedback, "changes are requested in 1 review comment");
        let expected = Finding::new("It panics.").at("a.rs", 3, None).with_severity(Severity::Must);
        assert_eq!(findings, [expected]);
        let too_many = json!(vec![json!({"body": "x"}); Finding::MOST + 1]);
        for wrong in [json!([3]), json!([{"path": "a.rs"}]), json!([{"body": " "}]), too_many] {
            let error = read(wrong.clone()).unwrap_err();
            assert!(error.to_string().contains("in `comments`"), "{wrong}: {error}");
        }
        assert!(matches!(read(json!([])), Err(InvalidOutcome::Field { field: "feedback", .. })));
    }

    #[test]
    fn i14_parts_are_a_list_with_keys() {
        let read = |parts| Outcome::from_result(&json!({"outcome": "broken_down", "subtasks": parts}));
        let part =
            json!({"key": "a", "title": "A", "description": "Do a.", "complexity": "S", "blocked_by": []});
        let Ok(Outcome::BrokenDown { subtasks }) = read(json!([part])) else { panic!() };
        assert_eq!((subtasks[0].key.as_str(), subtasks[0].needs_breakdown), ("a", false));
        for wrong in [json!([]), json!("a"), json!([{"key": "a"}]), json!(vec![part; Subtask::MOST + 1])] {
            let error = read(wrong.clone()).unwrap_err();
            assert!(error.to_string().contains("in `subtasks`"), "{wrong}: {error}");
        }
    }

    #[test]
    fn i14_proposals_are_a_list_of_titled_ideas() {
        let read = |drafts| Outcome::from_result(&json!({"outcome": "proposed", "drafts": drafts}));
        let Ok(Outcome::Proposed { drafts }) = read(json!([{"title": "Update serde"}])) else { panic!() };
        assert_eq!(drafts, [ProposedDraft { title: "Update serde".into(), body: String::new() }]);
        let too_many = vec![json!({"title": "a"}); ProposedDraft::MOST + 1];
        for wrong in [json!([]), json!("Update serde"), json!([{"title": " "}]), json!([{}]), json!(too_many)]
        {
            let error = read(wrong.clone()).unwrap_err();
            assert!(error.to_string().contains("in `drafts`"), "{wrong}: {error}");
        }
    }
}
