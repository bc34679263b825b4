//! Hooks by which Claude Code hears what people say while it works.
//!
//! The orchestrator keeps what was not heard yet as a JSON string in the file that `OCTOPOID_NEWS` names. A hook takes the file away and
//! hands it to the model: after a tool, before a report, and where the program would end.

use serde_json::{Value, json};

/// Tool by which the program reports where a schema is asked for. It ends right after it.
pub(super) const REPORT: &str = "StructuredOutput";

/// Takes the file away, so that nothing is heard twice; ends where there is none.
const TAKE: &str = r#"n="$OCTOPOID_NEWS.$$"; mv "$OCTOPOID_NEWS" "$n" 2>/dev/null || exit 0; "#;

/// Returns the settings with the hooks.
pub(super) fn settings() -> Value {
    json!({ "hooks": {
        "PostToolUse": [hook(
            &format!("^(?!{REPORT}$).*"),
            r#"{"hookSpecificOutput":{"hookEventName":"PostToolUse","additionalContext":%s}}"#,
        )],
        "PreToolUse": [hook(
            REPORT,
            r#"{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":%s}}"#,
        )],
        "Stop": [hook("", r#"{"decision":"block","reason":%s}"#)],
    } })
}

/// Returns a hook for the tools that match, whose answer has what was said in place of `%s`.
fn hook(matcher: &str, answer: &str) -> Value {
    let command = format!(r#"{TAKE}printf '{answer}' "$(cat "$n")"; rm -f "$n""#);
    json!({ "matcher": matcher, "hooks": [{ "type": "command", "command": command }] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_hook_hands_over_what_was_said_once_whatever_its_letters() {
        let folder = tempfile::tempdir().unwrap();
        let news = folder.path().join("news.json");
        let said = "Ada says: \"use v2\" \\ & 100% $HOME `id` 'x'\nnow, ü";
        let settings = settings();
        for (event, place) in [
            ("PostToolUse", "/hookSpecificOutput/additionalContext"),
            ("PreToolUse", "/hookSpecificOutput/permissionDecisionReason"),
            ("Stop", "/reason"),
        ] {
            let command = settings["hooks"][event][0]["hooks"][0]["command"].as_str().unwrap();
            let run = || {
                let shell = Command::new("sh").args(["-c", command]).env("OCTOPOID_NEWS", &news).output();
                let shell = shell.unwrap();
                assert!(shell.status.success() && shell.stderr.is_empty(), "{shell:?}");
                shell.stdout
            };
            assert_eq!(run(), b"", "there is nothing new");
            std::fs::write(&news, serde_json::to_vec(said).unwrap()).unwrap();
            let answer: Value = serde_json::from_slice(&run()).unwrap();
            assert_eq!(answer.pointer(place).unwrap(), said, "{event}");
            assert_eq!(run(), b"", "it is heard once");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
