//! Structured reports that must fit a schema: checked here for every runner, and corrected by the agent that gave them (I14).

use crate::model::{Finding, SessionId};
use crate::role::{AgentCall, RoleError};
use crate::runner::AgentReport;
use crate::schema::JsonSchema;
use async_trait::async_trait;
use serde_json::{Map, Value};

/// Number of times that an agent is asked to correct one report (I15).
const MOST_CORRECTIONS: u32 = 2;

/// The most bytes of a report in a message or a prompt.
const LONGEST_SEEN: usize = 2000;

/// The fields that an [`Outcome`](crate::model::Outcome) is read from.
const STANDARD_FIELDS: [&str; 7] =
    ["outcome", "summary", "feedback", "drafts", "subtasks", "question", "reason"];

/// Runner of agents whose reports are checked.
#[async_trait]
pub(crate) trait Agents: Sync {
    /// Runs an agent to its end, without a check of its report.
    async fn call(&self, call: AgentCall) -> Result<AgentReport, RoleError>;

    /// Returns whether an agent can be asked something more in the conversation that it had.
    fn resumes_sessions(&self) -> bool;

    /// Takes note of a report that does not fit. Returns the problem as it may be shown.
    fn refused(&self, problem: String) -> String;

    /// Takes note of what a report that fits says beyond the standard fields.
    fn accepted(&self, own_fields: Map<String, Value>);
}

/// Runs an agent; its structured result must fit the schema of the call, where that has one.
pub(crate) async fn run_agent(agents: &dyn Agents, call: AgentCall) -> Result<AgentReport, RoleError> {
    let Some(schema) = call.output_schema.clone() else { return agents.call(call).await };
    let compiled = JsonSchema::new(&schema)
        .map_err(|error| RoleError::Unusable(format!("its output schema is {error}")))?;
    let mut next = call.clone();
    let mut wrong: Option<Wrong> = None;
    let mut corrections = 0;
    loop {
        let resumed = next.resume.clone();
        let report = agents.call(next).await?;
        let problem = match (&report.result, &wrong) {
            (None, None) => return Ok(report),
            (None, Some(_)) => "the correction has no structured result".to_owned(),
            (Some(result), _) => match compiled.check(result) {
                Ok(()) => {
                    agents.accepted(own_fields(result));
                    return Ok(report);
                }
                Err(mismatch) => mismatch.to_string(),
            },
        };
        let problem = agents.refused(problem);
        let seen = match (&report.result, wrong) {
            (None, Some(before)) => before.seen,
            (result, _) => seen(result.as_ref()),
        };
        if corrections == MOST_CORRECTIONS {
            return Err(RoleError::Report { problem, seen });
        }
        let now = Wrong { problem, seen };
        let session = report.session.or(resumed).filter(|_| agents.resumes_sessions());
        next = correction(&call, session, &now, &schema);
        wrong = Some(now);
        corrections += 1;
    }
}

/// A result that was refused.
#[derive(Debug)]
struct Wrong {
    problem: String,
    /// The beginning of it.
    seen: String,
}

/// Returns the call that asks for a corrected report: in the conversation of the wrong one where that can be resumed, else in a new
/// one that is told everything again.
fn correction(call: &AgentCall, session: Option<SessionId>, wrong: &Wrong, schema: &Value) -> AgentCall {
    let mut prompt = match &session {
        Some(_) => String::new(),
        None => format!("{}\n\n", call.prompt.trim_end()),
    };
    prompt.push_str("# Correct the report\n\n");
    prompt.push_str(match &session {
        Some(_) => "Your structured report was refused",
        None => {
            "This was worked on before, and what was made is there; only the structured report was refused"
        }
    });
    prompt.push_str(", because it does not fit its JSON schema:\n\n");
    prompt.push_str(&fenced(&wrong.problem, "text"));
    prompt.push_str("\nThe report was:\n\n");
    prompt.push_str(&fenced(&wrong.seen, "json"));
    prompt.push_str("\nThe schema is:\n\n");
    prompt.push_str(&fenced(&schema.to_string(), "json"));
    prompt.push_str("\nGive the whole report again, corrected. Change nothing else.\n");
    let mut next = call.clone();
    next.prompt = prompt;
    next.resume = session;
    next
}

fn seen(result: Option<&Value>) -> String {
    let text = match result {
        None => return String::new(),
        // What a runner says of a result that is no JSON object.
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let end = text.floor_char_boundary(LONGEST_SEEN);
    if end < text.len() { format!("{}…", &text[..end]) } else { text }
}

/// Returns a text between fences that it cannot close.
fn fenced(text: &str, language: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

fn own_fields(result: &Value) -> Map<String, Value> {
    let Value::Object(fields) = result else { return Map::new() };
    let is_own = |(name, value): &(&String, &Value)| {
        !STANDARD_FIELDS.contains(&name.as_str()) && !Finding::is_list(name, value)
    };
    fields.iter().filter(is_own).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_correction_says_what_is_wrong_and_goes_on_where_it_can() {
        let call = AgentCall::new("Judge it.").with_system_prompt("you judge");
        let wrong = Wrong { problem: "at `/risk`: no".into(), seen: "{\"risk\": \"```\"}".into() };
        let schema = json!({ "type": "object" });
        let next = correction(&call, SessionId::new("s-1").ok(), &wrong, &schema);
        assert_eq!(next.resume.as_ref().map(SessionId::as_str), Some("s-1"));
        assert_eq!(next.system_prompt.as_deref(), Some("you judge"));
        assert!(!next.prompt.contains("Judge it."), "{}", next.prompt);
        assert!(next.prompt.contains("at `/risk`: no") && next.prompt.contains("````json\n{\"risk\""));
        let next = correction(&call, None, &wrong, &schema);
        assert!(next.resume.is_none() && next.prompt.starts_with("Judge it.\n"), "{}", next.prompt);
    }

    #[test]
    fn what_was_seen_is_bounded() {
        assert_eq!(seen(Some(&json!("the result file is empty"))), "the result file is empty");
        assert!(seen(Some(&json!({ "a": "é".repeat(5000) }))).len() < LONGEST_SEEN + 4);
    }
}
