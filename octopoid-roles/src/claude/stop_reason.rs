//! Why the program ended: a pure function of its exit and its transcript.

use super::event::ResultEvent;
use super::transcript::Transcript;
use crate::moment;
use octopoid_core::model::{StopReason, Timestamp};
use octopoid_core::runner::detached::{Ended, Exit};

/// The remedy when there is no usable key or login.
pub(super) const LOG_IN: &str = "log in by running `claude` once as this user, or name a key's variable in the agent's `env`, such as ANTHROPIC_API_KEY";

/// Returns whether the program ended because the conversation to go on in is not there.
pub(super) fn is_unknown_session(transcript: &Transcript, ended: &Ended) -> bool {
    const WORDS: &str = "No conversation found with session ID";
    let errors = transcript.result.iter().flat_map(|result| &result.errors);
    errors.map(String::as_str).chain([ended.stderr_tail.as_str()]).any(|text| text.contains(WORDS))
}

/// Returns why the program ended. Exit status, result event and its error flag must agree on success; none of them is enough
/// alone.
pub(super) fn stop_reason(ended: &Ended, transcript: &Transcript) -> StopReason {
    let code = match ended.exit {
        Exit::Code(code) => code,
        // It hangs, over a server that it started for example, after its result.
        exit if exit.is_hang() && transcript.result.is_some() => 0,
        _ => return ended.stop_reason(),
    };
    let Some(result) = &transcript.result else { return without_result(code, ended) };
    match result.subtype.as_str() {
        "error_max_turns" => StopReason::MaxTurns,
        "error_max_budget_usd" => StopReason::Budget,
        "success" if code == 0 && !result.is_error => success(transcript, result),
        "success" => {
            // What is on standard error may be about something else than the API.
            let status = Ended::new(ended.exit, "", ended.max_output);
            api_failure(transcript, result, words(result, || status.describe_crash(code)))
        }
        _ => StopReason::Crashed { reason: words(result, || ended.describe_crash(code)) },
    }
}

fn without_result(code: i32, ended: &Ended) -> StopReason {
    if ended.stderr_tail.contains("cannot be used with root") {
        return StopReason::Unavailable {
            problem: "claude refuses to work without asking when it runs as root".to_owned(),
            remedy: "run the orchestrator as another user".to_owned(),
        };
    }
    let seen = ended.describe_crash(code);
    StopReason::Crashed { reason: format!("it ended without a result: {seen}") }
}

fn success(transcript: &Transcript, result: &ResultEvent) -> StopReason {
    if transcript.denied.is_empty() || result.structured.is_some() {
        // With a structured report it got along without the tools.
        return StopReason::Completed;
    }
    let tools: Vec<&str> = transcript.denied.iter().map(String::as_str).collect();
    let reason =
        format!("it was denied {} and gave no report; see `tools` and its settings", tools.join(", "));
    StopReason::Crashed { reason }
}

/// Returns the reason for an end that the program calls a success although the API failed for good.
fn api_failure(transcript: &Transcript, result: &ResultEvent, message: String) -> StopReason {
    let kind = transcript.api_error.as_deref().or(result.api_error.as_deref()).unwrap_or_default();
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
        ("rate_limit", _) | (_, Some(429)) => limited(transcript, message),
        _ if transcript.limit_hit => limited(transcript, message),
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

fn limited(transcript: &Transcript, message: String) -> StopReason {
    let retry_at = transcript.limit_resets_at.or_else(|| in_words(&message));
    StopReason::RateLimited { retry_at, message }
}

/// Returns the moment in a message such as `Claude AI usage limit reached|1767225600`.
fn in_words(message: &str) -> Option<Timestamp> {
    let (_, number) = message.rsplit_once('|')?;
    moment::of_number(number.trim().parse().ok()?)
}

/// Returns what the program says about its end, or what was seen of it.
fn words(result: &ResultEvent, seen: impl FnOnce() -> String) -> String {
    let errors = result.errors.join("; ");
    let said = [errors.as_str(), result.text.trim()].into_iter().find(|text| !text.is_empty());
    match (said, result.terminal.as_deref()) {
        (Some(said), _) => said.to_owned(),
        (None, Some(terminal)) if result.subtype != "success" => format!("{}: {terminal}", result.subtype),
        (None, _) => seen(),
    }
}
