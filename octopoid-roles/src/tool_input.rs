//! The input of a tool, for a line in the log.

use serde_json::Value;

/// Returns the most telling field of a tool's input, or all of it.
pub(crate) fn telling(input: &Value) -> String {
    let names =
        ["command", "file_path", "filePath", "path", "pattern", "url", "query", "description", "prompt"];
    let text = names.into_iter().find_map(|name| input.get(name)?.as_str().map(str::to_owned));
    text.unwrap_or_else(|| input.to_string())
}
