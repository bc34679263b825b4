//! The items of a turn: messages, commands, changes of files.

use crate::host::{shortened, text};
use crate::tool_input::telling;
use octopoid_core::runner::AgentEvent;
use serde_json::Value;

/// Returns the use of a tool that an item tells of; `None` for one that is none.
pub(super) fn tool(item: &Value) -> Option<AgentEvent> {
    let own = |pointer: &str| text(item, pointer).unwrap_or_default().to_owned();
    let (name, input) = match text(item, "/type")? {
        "commandExecution" => {
            // Without the shell around it, where it is known.
            let actions =
                item.get("commandActions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let command = match actions {
                [action] => text(action, "/command").map(str::to_owned),
                _ => None,
            };
            ("shell".to_owned(), command.unwrap_or_else(|| own("/command")))
        }
        "fileChange" => ("apply_patch".to_owned(), paths(item)),
        "mcpToolCall" | "dynamicToolCall" => {
            (own("/tool"), telling(item.get("arguments").unwrap_or(&Value::Null)))
        }
        "webSearch" => ("web_search".to_owned(), own("/query")),
        _ => return None,
    };
    Some(AgentEvent::Tool { name, input: shortened(&input) })
}

/// Returns the result of the use of a tool in a completed item.
pub(super) fn result(item: &Value) -> AgentEvent {
    let output = text(item, "/aggregatedOutput").or_else(|| text(item, "/error/message")).unwrap_or_default();
    let failed = matches!(text(item, "/status"), Some("failed" | "declined"))
        || item.get("exitCode").and_then(Value::as_i64).is_some_and(|code| code != 0);
    AgentEvent::ToolResult { text: shortened(output.trim_end()), failed }
}

/// Returns the paths that a change of files is about.
pub(super) fn paths(item: &Value) -> String {
    let changes = item.get("changes").and_then(Value::as_array).into_iter().flatten();
    changes.filter_map(|change| text(change, "/path")).collect::<Vec<_>>().join(", ")
}
