//! Why it ended. Pure.

use super::event::ResultEvent;
use super::story::Story;
use crate::ending::{crash, lost, never_started, stopped};
use crate::moment;
use crate::process::End;
use octopoid_core::model::Timestamp;
use octopoid_core::runner::StopReason;

/// What to do when there is no usable key or login.
pub(super) const LOG_IN: &str = "log in by running `claude` once as this user, or name a key's variable in the agent's `env`, such as ANTHROPIC_API_KEY";

/// Whether it ended because the conversation to go on in is not there.
pub(super) fn is_unknown_session(story: &Story, stderr_end: &str) -> bool {
    const WORDS: &str = "No conversation found with session ID";
    let errors = story.result.iter().flat_map(|result| &result.errors);
    errors.map(String::as_str).chain([stderr_end]).any(|text| text.contains(WORDS))
}

/// The reason. Exit status, result event and its error flag must agree on success; none of them is enough alone.
pub(super) fn stop_reason(end: &End, story: &Story, stderr_end: &str, max_output: u64) -> StopReason {
    let code = match end {
        // It hangs, over a server that it started for example, after its result.
        End::Stopped(why) if why.is_hang() && story.result.is_some() => 0,
        End::Stopped(why) => return stopped(*why, max_output),
        End::NeverStarted => return never_started(),
        End::Lost => return lost(),
        End::Exited { code } => *code,
    };
    let Some(result) = &story.result else { return without_result(code, stderr_end) };
    match result.subtype.as_str() {
        "error_max_turns" => StopReason::MaxTurns,
        "error_max_budget_usd" => StopReason::Budget,
        "success" if code == 0 && !result.is_error => success(story, result),
        "success" => api_failure(story, result, code),
        _ => StopReason::Crashed { reason: words(result, code, stderr_end) },
    }
}

fn without_result(code: i32, stderr_end: &str) -> StopReason {
    if stderr_end.contains("cannot be used with root") {
        return StopReason::Unavailable {
            problem: "claude refuses to work without asking when it runs as root".to_owned(),
            remedy: "run the orchestrator as another user".to_owned(),
        };
    }
    let seen = crash(code, stderr_end);
    StopReason::Crashed { reason: format!("it ended without a result: {seen}") }
}

fn success(story: &Story, result: &ResultEvent) -> StopReason {
    if story.denied.is_empty() || result.structured.is_some() {
        // With a structured report it got along without the tools.
        return StopReason::Completed;
    }
    let tools: Vec<&str> = story.denied.iter().map(String::as_str).collect();
    let reason =
        format!("it was denied {} and gave no report; see `tools` and its settings", tools.join(", "));
    StopReason::Crashed { reason }
}

/// The program says `success` also when the API failed for good.
fn api_failure(story: &Story, result: &ResultEvent, code: i32) -> StopReason {
    let message = words(result, code, "");
    let kind = story.api_error.as_deref().or(result.api_error.as_deref()).unwrap_or_default();
    let unavailable =
        |remedy: &str| StopReason::Unavailable { problem: message.clone(), remedy: remedy.to_owned() };
    let lower = message.to_lowercase();
    if result.stop.as_deref() == Some("refusal") {
        return StopReason::Crashed { reason: format!("the model refused: {message}") };
    }
    match (kind, result.status) {
        ("authentication_failed", _) | (_, Some(401 | 403)) => unavailable(LOG_IN),
        _ if lower.contains("/login") || lower.contains("invalid api key") => unavailable(LOG_IN),
        ("billing_error", _) => unavailable("add credit to the account, or use another key"),
        _ if lower.contains("credit balance") => unavailable("add credit to the account, or use another key"),
        (_, Some(404)) => unavailable("correct the agent's `model`"),
        ("rate_limit", _) | (_, Some(429)) => limited(story, message),
        _ if story.limit_hit => limited(story, message),
        (_, Some(500..)) | ("server_error", _) => StopReason::Overloaded { retry_at: None, message },
        _ if result.api_error.as_deref() == Some("connection_failed") => {
            StopReason::Overloaded { retry_at: None, message }
        }
        ("" | "unknown", None) if result.terminal.as_deref() == Some("api_error") => {
            StopReason::Overloaded { retry_at: None, message }
        }
        _ => StopReason::Crashed { reason: message },
    }
}

fn limited(story: &Story, message: String) -> StopReason {
    let retry_at = story.limit_resets_at.or_else(|| in_words(&message));
    StopReason::RateLimited { retry_at, message }
}

/// The moment in words such as `Claude AI usage limit reached|1767225600`.
fn in_words(message: &str) -> Option<Timestamp> {
    let (_, number) = message.rsplit_once('|')?;
    moment::of_number(number.trim().parse().ok()?)
}

/// What the program says about its end.
fn words(result: &ResultEvent, code: i32, stderr_end: &str) -> String {
    let errors = result.errors.join("; ");
    let said = [errors.as_str(), result.text.trim()].into_iter().find(|text| !text.is_empty());
    match (said, result.terminal.as_deref()) {
        (Some(said), _) => said.to_owned(),
        (None, Some(terminal)) if result.subtype != "success" => format!("{}: {terminal}", result.subtype),
        (None, _) => crash(code, stderr_end),
    }
}
