//! The answer to a request for approval.

use crate::host::{Permissions, ToolUse, text};
use serde_json::Value;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Approval {
    /// The decision; `None` where none of those that are offered fits.
    pub(super) decision: Option<&'static str>,
    /// What was asked for.
    pub(super) what: String,
    /// Whether the work cannot go on after this answer.
    pub(super) ends: bool,
}

impl Approval {
    /// Returns the answer to a request with this method; `None` for one that asks for something else. `paths` are those of the
    /// change of files that it is about.
    pub(super) fn to(method: &str, params: &Value, paths: &str, permissions: &Permissions) -> Option<Self> {
        let (what, wanted) = match method {
            "item/commandExecution/requestApproval" => {
                let command = own_command(params).unwrap_or_default();
                (
                    format!("`{}` (execute)", command.replace('\n', " ")),
                    ToolUse { kind: "execute", command: Some(command) },
                )
            }
            "item/fileChange/requestApproval" => {
                (format!("a change of {paths} (edit)"), ToolUse { kind: "edit", command: None })
            }
            _ => return None,
        };
        let (decision, ends) = if permissions.allow(&wanted) {
            let decision =
                ["accept", "acceptForSession"].into_iter().find(|decision| offers(params, decision));
            (decision, decision.is_none())
        } else if offers(params, "decline") {
            (Some("decline"), false)
        } else {
            // That interrupts the turn.
            (Some("cancel").filter(|decision| offers(params, decision)), true)
        };
        Some(Self { decision, what, ends })
    }

    /// Returns the request and its answer in words.
    pub(super) fn describe(&self) -> String {
        match self.decision {
            Some(decision) => format!("asked for permission: {}; answered {decision}", self.what),
            None => format!("asked for permission: {}; it offers no answer that fits", self.what),
        }
    }
}

/// Returns the command without the shell around it, where it is known.
fn own_command(params: &Value) -> Option<&str> {
    let actions =
        params.get("commandActions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let one = if let [action] = actions { text(action, "/command") } else { None };
    one.or_else(|| text(params, "/command"))
}

/// Returns whether a decision may be made: where none are named, all that are known.
fn offers(params: &Value, decision: &str) -> bool {
    let offered = params.get("availableDecisions").and_then(Value::as_array);
    offered.is_none_or(|offered| offered.iter().any(|one| one.as_str() == Some(decision)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn command(tools: &[&str], decisions: Value) -> (Option<&'static str>, bool) {
        let tools: Vec<_> = tools.iter().map(|tool| (*tool).to_owned()).collect();
        let params = json!({ "command": "/bin/bash -lc 'git push'", "availableDecisions": decisions,
            "commandActions": [{ "type": "unknown", "command": "git push" }] });
        let method = "item/commandExecution/requestApproval";
        let approval = Approval::to(method, &params, "", &Permissions::new(&tools)).unwrap();
        (approval.decision, approval.ends)
    }

    #[test]
    fn an_approval_follows_the_tools_and_the_decisions_that_are_offered() {
        assert_eq!(command(&[], Value::Null), (Some("accept"), false));
        assert_eq!(command(&["Bash(git *)"], json!(["accept", "cancel"])), (Some("accept"), false));
        assert_eq!(command(&["Read"], json!(["accept", "decline"])), (Some("decline"), false));
        assert_eq!(command(&["Read"], json!(["accept", { "new": {} }, "cancel"])), (Some("cancel"), true));
        assert_eq!(command(&["Read"], json!(["accept"])), (None, true));
        assert_eq!(command(&[], json!(["cancel"])), (None, true));
        let other = Approval::to("item/tool/requestUserInput", &json!({}), "", &Permissions::default());
        assert_eq!(other, None);
    }
}
