//! The command line of Claude Code.

use super::hooks;
use octopoid_core::runner::AgentRequest;
use std::ffi::OsString;

/// The conversation of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Conversation {
    New(String),
    Resume(String),
}

/// Returns the arguments for a request.
pub(super) fn flags(request: &AgentRequest, conversation: &Conversation) -> Vec<OsString> {
    let mut flags: Vec<String> =
        ["--print", "--output-format", "stream-json", "--verbose"].map(str::to_owned).to_vec();
    let mut add = |name: &str, value: String| flags.extend([name.to_owned(), value]);
    match conversation {
        Conversation::New(session) => add("--session-id", session.clone()),
        Conversation::Resume(session) => add("--resume", session.clone()),
    }
    if let Some(model) = &request.model {
        add("--model", model.clone());
    }
    // 0 would mean no limit.
    if let Some(turns) = request.max_turns {
        add("--max-turns", turns.max(1).to_string());
    }
    if let Some(dollars) = request.budget_usd {
        // A budget that is used up is still one, and 0 is refused.
        add("--max-budget-usd", format!("{:.6}", dollars.max(0.000_001)));
    }
    if let Some(schema) = &request.output_schema {
        add("--json-schema", schema.to_string());
    }
    add("--settings", hooks::settings().to_string());
    if let Some(text) = &request.system_prompt {
        add("--append-system-prompt", text.clone());
    }
    if !request.tools.is_empty() {
        add("--tools", offered(&request.tools).join(","));
    }
    if request.tools.iter().any(|tool| tool.contains('(')) {
        // A tool for some uses only: whatever is not allowed is denied, since there is no person to ask.
        flags.extend(["--permission-mode", "dontAsk", "--allowedTools"].map(str::to_owned));
        flags.push(request.tools.join(","));
    } else {
        flags.push("--dangerously-skip-permissions".to_owned());
    }
    flags.into_iter().map(OsString::from).collect()
}

/// Returns the names of the program's own tools, without the uses that they are restricted to.
fn offered(tools: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for tool in tools.iter().filter(|tool| !tool.starts_with("mcp__")) {
        let name = tool.split('(').next().unwrap_or(tool).trim();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
