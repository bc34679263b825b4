//! The role's outcome, from its agent's report (I14).

use super::outcomes::Outcomes;
use octopoid_core::model::{InvalidOutcome, Outcome, OutcomeKind};
use octopoid_core::role::CommitLine;
use octopoid_core::runner::AgentReport;
use serde_json::Value;

/// Returns the outcome of a report, by its structured result alone. `new_commits` are those that the run made; they count as submitted
/// work where the agent came to its own end without any report.
pub(super) fn outcome(report: &AgentReport, allowed: &Outcomes, new_commits: &[CommitLine]) -> Outcome {
    match &report.result {
        Some(result) => match read(result, allowed) {
            Ok(outcome) => outcome,
            Err(seen) => no_report(seen, report),
        },
        None if !new_commits.is_empty() && allowed.may_be(OutcomeKind::Submitted) => {
            let subjects: Vec<&str> = new_commits.iter().map(|commit| commit.subject.as_str()).collect();
            let summary = format!("The agent gave no report. It committed: {}", subjects.join("; "));
            Outcome::Submitted { summary }
        }
        None => no_report("there is no structured result".to_owned(), report),
    }
}

/// Returns the outcome that the result's word means, with the field of that outcome. Only the role's own words count.
fn read(result: &Value, allowed: &Outcomes) -> Result<Outcome, String> {
    let said = result.get("outcome").and_then(Value::as_str);
    let word = said.ok_or_else(|| InvalidOutcome::Missing.to_string())?;
    let Some(known) = allowed.named(word) else {
        let (short, listed) = (word.chars().take(80).collect::<String>(), allowed.listed());
        return Err(if OutcomeKind::REPORTABLE.iter().any(|kind| kind.as_str() == word) {
            format!("`{word}` is not an outcome of this role, which has {listed}")
        } else {
            format!("the result's outcome {short:?} is unknown; use one of {listed}")
        });
    };
    let mut standard = result.clone();
    standard["outcome"] = known.means.as_str().into();
    Outcome::from_result(&standard).map_err(|error| {
        if known.means.as_str() == word { error.to_string() } else { format!("{error} (it said `{word}`)") }
    })
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
