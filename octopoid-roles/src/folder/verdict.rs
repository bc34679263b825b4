//! From an agent's report to the role's outcome (I14).

use octopoid_core::model::{Outcome, OutcomeKind};
use octopoid_core::role::CommitLine;
use octopoid_core::runner::AgentReport;

/// Reads the structured result, and nothing else. `new_commits` are those that the run made; they count as submitted
/// work where the agent came to its own end without any report.
pub(super) fn outcome(report: &AgentReport, allowed: &[OutcomeKind], new_commits: &[CommitLine]) -> Outcome {
    match &report.result {
        Some(result) => match Outcome::from_result(result) {
            Ok(outcome) if allowed.contains(&outcome.kind()) => outcome,
            Ok(outcome) => {
                let words: Vec<&str> = allowed.iter().map(|kind| kind.as_str()).collect();
                let kind = outcome.kind();
                no_report(
                    format!("`{kind}` is not an outcome of this role, which has {}", words.join(", ")),
                    report,
                )
            }
            Err(error) => no_report(error.to_string(), report),
        },
        None if !new_commits.is_empty() && allowed.contains(&OutcomeKind::Submitted) => {
            let subjects: Vec<&str> = new_commits.iter().map(|commit| commit.subject.as_str()).collect();
            let summary = format!("The agent gave no report. It committed: {}", subjects.join("; "));
            Outcome::Submitted { summary }
        }
        None => no_report("there is no structured result".to_owned(), report),
    }
}

fn no_report(mut seen: String, report: &AgentReport) -> Outcome {
    let text = report.text.trim();
    if !text.is_empty() {
        let mut shown: String = text.chars().take(500).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        seen.push_str("; it said: ");
        seen.push_str(&shown);
    }
    Outcome::NoReport { seen }
}
