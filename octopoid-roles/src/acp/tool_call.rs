//! A use of a tool, which an agent tells in several updates.

use crate::host::{ToolUse, command_of, text};
use crate::tool_input::telling;
use octopoid_core::runner::AgentEvent;
use serde_json::Value;

/// What is known of a use of a tool so far.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct ToolCall {
    title: String,
    kind: String,
    /// The agent's own name of the tool.
    name: Option<String>,
    input: Value,
    status: String,
    output: Option<String>,
    begun: bool,
}

impl ToolCall {
    /// Takes in an update, or what a request for permission tells: only what has changed.
    pub(super) fn take(&mut self, update: &Value) {
        let set = |field: &mut String, name: &str| {
            if let Some(text) = text(update, name) {
                text.clone_into(field);
            }
        };
        set(&mut self.title, "/title");
        set(&mut self.kind, "/kind");
        set(&mut self.status, "/status");
        let name = text(update, "/_meta/claudeCode/toolName").or_else(|| text(update, "/name"));
        self.name = name.map(str::to_owned).or(self.name.take());
        if let Some(input) = update.get("rawInput").filter(|input| says_something(input)) {
            self.input = input.clone();
        }
        self.output = output(update).or(self.output.take());
    }

    /// Returns whether it is over.
    pub(super) fn is_over(&self) -> bool {
        self.status == "completed" || self.status == "failed"
    }

    /// Returns what is asked for by it.
    pub(super) fn tool_use(&self) -> ToolUse<'_> {
        let kind = if self.kind.is_empty() { "other" } else { &self.kind };
        // Some put the command into the title alone.
        let title = Some(self.title.as_str()).filter(|title| kind == "execute" && !title.is_empty());
        ToolUse { kind, command: command_of(&self.input).or(title) }
    }

    /// Returns a description for a line of the log.
    pub(super) fn describe(&self) -> String {
        let what = if self.title.is_empty() { telling(&self.input) } else { self.title.clone() };
        format!("`{}` ({})", what.replace('\n', " "), self.tool_use().kind)
    }

    /// Returns its beginning, once enough is known of it, and only once.
    pub(super) fn beginning(&mut self, asked: bool) -> Option<AgentEvent> {
        let known = says_something(&self.input) || (!self.status.is_empty() && self.status != "pending");
        if self.begun || !(known || asked) {
            return None;
        }
        self.begun = true;
        let name = self.name.as_deref().unwrap_or(if self.kind.is_empty() { "tool" } else { &self.kind });
        let input = if says_something(&self.input) { telling(&self.input) } else { self.title.clone() };
        Some(AgentEvent::Tool { name: name.to_owned(), input: crate::host::shortened(&input) })
    }

    /// Returns its result.
    pub(super) fn result(&self) -> AgentEvent {
        let text = crate::host::shortened(self.output.as_deref().unwrap_or_default());
        AgentEvent::ToolResult { text, failed: self.status == "failed" }
    }
}

fn says_something(input: &Value) -> bool {
    match input {
        Value::Null => false,
        Value::Object(fields) => fields.keys().any(|name| name != "cwd"),
        _ => true,
    }
}

/// Returns the text of the output in an update.
fn output(update: &Value) -> Option<String> {
    let raw = text(update, "/rawOutput").or_else(|| text(update, "/rawOutput/output"));
    let raw = raw.or_else(|| text(update, "/rawOutput/error"));
    let parts = update.get("content").and_then(Value::as_array).into_iter().flatten();
    let parts: Vec<_> = parts.filter_map(|part| text(part, "/content/text")).collect();
    raw.map(str::to_owned).or_else(|| (!parts.is_empty()).then(|| parts.join("\n")))
}
