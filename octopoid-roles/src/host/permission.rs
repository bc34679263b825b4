//! What an agent may do without a person: everything, or what the tools of its configuration say.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The tools that an agent may use; empty for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Permissions {
    tools: Vec<String>,
}

/// A use of a tool that an agent asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToolUse<'a> {
    /// The kind, in the words of the Agent Client Protocol.
    pub(crate) kind: &'a str,
    /// The command, where it executes one.
    pub(crate) command: Option<&'a str>,
}

impl Permissions {
    pub(crate) fn new(tools: &[String]) -> Self {
        Self { tools: tools.to_vec() }
    }

    /// Returns whether nothing is refused.
    pub(crate) fn are_unlimited(&self) -> bool {
        self.tools.is_empty()
    }

    /// Returns whether some tool may change files or run commands.
    pub(crate) fn allow_changes(&self) -> bool {
        ["edit", "delete", "move", "execute"].into_iter().any(|kind| {
            self.are_unlimited() || self.tools.iter().any(|tool| kinds(name(tool)).contains(&kind))
        })
    }

    /// Returns whether a use is allowed.
    pub(crate) fn allow(&self, wanted: &ToolUse<'_>) -> bool {
        self.are_unlimited() || wanted.kind == "think" || self.tools.iter().any(|tool| allows(tool, wanted))
    }
}

fn name(tool: &str) -> &str {
    tool.split('(').next().unwrap_or(tool).trim()
}

/// Returns the kinds of use of a tool: the names are those of Claude Code, or the kinds themselves.
fn kinds(tool: &str) -> &[&str] {
    match tool {
        "Read" | "read" => &["read"],
        "Grep" | "Glob" | "LS" | "search" => &["search", "read"],
        "Edit" | "Write" | "MultiEdit" | "NotebookEdit" | "edit" => &["edit", "delete", "move"],
        "Bash" | "execute" => &["execute"],
        "WebFetch" | "WebSearch" | "fetch" => &["fetch"],
        "Task" | "Agent" | "other" => &["other"],
        _ => &[],
    }
}

fn allows(tool: &str, wanted: &ToolUse<'_>) -> bool {
    if !kinds(name(tool)).contains(&wanted.kind) {
        return false;
    }
    let Some((_, pattern)) = tool.split_once('(') else { return true };
    let pattern = pattern.trim_end_matches(')').trim();
    wanted.command.is_some_and(|command| fits(pattern, command))
}

/// Returns whether a command is one that a pattern such as `git *` or `git:*` allows, and nothing beside it.
fn fits(pattern: &str, command: &str) -> bool {
    let command = command.trim();
    if command.contains(['\n', ';', '&', '|', '`', '<', '>']) || command.contains("$(") {
        return false;
    }
    match pattern.strip_suffix('*') {
        None => command == pattern,
        Some(start) => {
            let start = start.trim_end_matches(':').trim_end();
            let rest = command.strip_prefix(start);
            rest.is_some_and(|rest| start.is_empty() || rest.is_empty() || rest.starts_with(' '))
        }
    }
}

/// Returns the command in the input of a tool: a line for the shell, or words.
pub(crate) fn command_of(input: &Value) -> Option<&str> {
    input.get("command").or_else(|| input.get("cmd"))?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(tools: &[&str], kind: &str, command: Option<&str>) -> bool {
        let tools: Vec<_> = tools.iter().map(|tool| (*tool).to_owned()).collect();
        Permissions::new(&tools).allow(&ToolUse { kind, command })
    }

    #[test]
    fn without_tools_everything_is_allowed_and_with_them_only_those() {
        assert!(allowed(&[], "execute", Some("rm -rf /")) && allowed(&[], "tomorrow", None));
        assert!(allowed(&["Read", "Grep"], "search", None) && allowed(&["read"], "read", None));
        assert!(!allowed(&["Read", "Grep"], "edit", None) && !allowed(&["Read"], "tomorrow", None));
        assert!(allowed(&["Read"], "think", None), "a thought changes nothing");
    }

    #[test]
    fn a_pattern_allows_its_command_and_nothing_beside_it() {
        for pattern in ["Bash(git *)", "Bash(git:*)"] {
            assert!(allowed(&[pattern], "execute", Some("git commit -m x")), "{pattern}");
            assert!(!allowed(&[pattern], "execute", Some("gitx")), "{pattern}");
            assert!(!allowed(&[pattern], "execute", Some("git log; rm -rf .")), "{pattern}");
            assert!(!allowed(&[pattern], "execute", Some("git log $(rm x)")), "{pattern}");
            assert!(!allowed(&[pattern], "execute", None), "what is not seen is not allowed");
        }
        assert!(allowed(&["Bash(make check)"], "execute", Some("make check")));
        assert!(!allowed(&["Bash(make check)"], "execute", Some("make")));
    }
}
