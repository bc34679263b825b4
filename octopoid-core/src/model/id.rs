//! Newtypes for all ids, validated on construction.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Error returned when a text is not a valid id of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {what}: {rule}")]
#[non_exhaustive]
pub struct InvalidId {
    /// Kind of id, such as `task id`.
    pub what: &'static str,
    /// Rejected text, shortened to 80 characters.
    pub value: String,
    /// Rule that the text breaks.
    pub rule: &'static str,
}

const NAME_RULE: &str =
    "use 1 to 128 letters, digits, `.`, `_` and `-`, starting with a letter or a digit and without `..`";

/// Returns whether a text is a safe path component: ids become names of files and branches.
fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=128).contains(&bytes.len())
        && bytes[0].is_ascii_alphanumeric()
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && bytes.windows(2).all(|pair| pair != b"..")
        && !text.ends_with('.')
        && !text.ends_with(".lock")
}

const HASH_RULE: &str = "use the full hash: 40 or 64 lower-case hexadecimal digits";

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

const LINE_RULE: &str = "use 1 to 256 printable characters without spaces";

fn is_line(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:ident, $rule:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        // Reference-counted, since ids are cloned far more often than created.
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and wraps `text`.
            ///
            /// # Errors
            /// [`InvalidId`] when the text breaks the rule for this kind of id.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let text = text.as_ref();
                if $check(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidId { what: $what, value: text.chars().take(80).collect(), rule: $rule })
                }
            }

            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.as_str().to_owned()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

id! {
    /// Task id: short and readable, such as `task-12`; unique within its scope.
    TaskId, "task id", is_name, NAME_RULE
}
id! {
    /// Run id: the task's id and the number of the attempt, such as `task-12.3`.
    RunId, "run id", is_name, NAME_RULE
}
id! {
    /// Scope (tenant) that a record belongs to.
    Scope, "scope", is_name, NAME_RULE
}
id! {
    /// Machine id: `<cluster>-<machine_id>` of a registered orchestrator process.
    OrchestratorId, "orchestrator id", is_name, NAME_RULE
}
id! {
    /// Installation id: one folder on one machine. Generated at random when the folder is first used.
    InstallationId, "installation id", is_name, NAME_RULE
}
id! {
    /// Name of a configured agent, such as `implementer-1`.
    AgentName, "agent name", is_name, NAME_RULE
}
id! {
    /// Name of a role: what is done with a task, such as `implement`.
    RoleName, "role name", is_name, NAME_RULE
}
id! {
    /// Name of a state that a flow adds, such as `documented`.
    StateName, "state name", is_name, NAME_RULE
}
id! {
    /// Project id: several tasks under one goal.
    ProjectId, "project id", is_name, NAME_RULE
}
id! {
    /// Secret of one claim, presented with every write of its holder.
    ///
    /// Chosen by the claimer, so that a repeated claim request is recognised.
    ClaimToken, "claim token", is_line, LINE_RULE
}
id! {
    /// Session id: an agent program's own name for a conversation that it can resume.
    SessionId, "session id", is_line, LINE_RULE
}
id! {
    /// Git commit, by its full hash.
    CommitId, "commit id", is_hash, HASH_RULE
}
id! {
    /// Git tree, by its full hash: the content of a commit without its history.
    TreeId, "tree id", is_hash, HASH_RULE
}

impl Scope {
    /// Returns the scope of an installation with a single tenant: `default`.
    pub fn single() -> Self {
        Self("default".into())
    }
}

impl TaskId {
    /// Returns the id that a store assigns to the `number`th task of a scope.
    pub fn numbered(number: u64) -> Self {
        Self(format!("task-{number}").into())
    }
}

impl ClaimToken {
    /// Returns the placeholder shown instead of a token to readers that may not see it. No claim is made with it.
    pub fn hidden() -> Self {
        Self("hidden".into())
    }
}

impl RunId {
    /// Returns the id of a task's `number`th run.
    pub fn of(task: &TaskId, number: u32) -> Self {
        Self(format!("{task}.{number}").into())
    }
}

impl RoleName {
    /// Returns the built-in role that works on a task in its own worktree.
    pub fn implement() -> Self {
        Self("implement".into())
    }

    /// Returns the built-in role that approves or rejects submitted work.
    pub fn review() -> Self {
        Self("review".into())
    }

    /// Returns the built-in role that breaks a task down into subtasks.
    pub fn breakdown() -> Self {
        Self("breakdown".into())
    }
}

impl CommitId {
    /// Returns the first ten digits, for display.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_safe_path_component() {
        for good in ["task-1", "a", "My.Task_2", "0"] {
            assert!(TaskId::new(good).is_ok(), "{good}");
        }
        let long = "a".repeat(129);
        for bad in ["", "../x", "a/../b", "a..b", "-a", ".a", "a b", "a/b", "ä", "a\n", "a.", "a.lock", &long]
        {
            assert!(TaskId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn deserialising_checks_too() {
        assert!(serde_json::from_str::<TaskId>("\"../x\"").is_err());
        assert!(serde_json::from_str::<CommitId>("\"abc\"").is_err());
    }
}
