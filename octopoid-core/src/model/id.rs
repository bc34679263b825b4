//! A newtype for every id, each checked where it is made.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A text that is not a valid id of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {what}: {rule}")]
pub struct InvalidId {
    /// What kind of id was wanted, such as `task id`.
    pub what: &'static str,
    /// The text that was refused, shortened.
    pub value: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

const NAME_RULE: &str =
    "use 1 to 128 letters, digits, `.`, `_` and `-`, starting with a letter or a digit and without `..`";

/// Ids become names of files and branches, so the rule is that of a safe path component.
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
        // Shared, since ids are handed on far more often than made.
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

            /// The id as text.
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
    /// A task's id: short and human, such as `task-12`; unique within its scope.
    TaskId, "task id", is_name, NAME_RULE
}
id! {
    /// A run's id: its task's id and the number of the attempt, such as `task-12.3`.
    RunId, "run id", is_name, NAME_RULE
}
id! {
    /// The tenant that a record belongs to.
    Scope, "scope", is_name, NAME_RULE
}
id! {
    /// A machine that runs agents: `<cluster>-<machine_id>`.
    OrchestratorId, "orchestrator id", is_name, NAME_RULE
}
id! {
    /// An installation of Octopoid: one folder on one machine. Chosen at random when the folder is first used.
    InstallationId, "installation id", is_name, NAME_RULE
}
id! {
    /// A configured agent, such as `implementer-1`.
    AgentName, "agent name", is_name, NAME_RULE
}
id! {
    /// What is done with a task, such as `implement`.
    RoleName, "role name", is_name, NAME_RULE
}
id! {
    /// A state of a flow's own, such as `documented`.
    StateName, "state name", is_name, NAME_RULE
}
id! {
    /// Several tasks under one goal.
    ProjectId, "project id", is_name, NAME_RULE
}
id! {
    /// The secret of one claim; every write of its holder shows it. Chosen by the claimer, so that a repeated
    /// claim request is recognised.
    ClaimToken, "claim token", is_line, LINE_RULE
}
id! {
    /// An agent program's own name for a conversation that it can resume.
    SessionId, "session id", is_line, LINE_RULE
}
id! {
    /// A git commit, by its full hash.
    CommitId, "commit id", is_hash, HASH_RULE
}
id! {
    /// A git tree, by its full hash: the content of a commit without its history.
    TreeId, "tree id", is_hash, HASH_RULE
}

impl Scope {
    /// The scope of an installation with a single tenant: `default`.
    pub fn single() -> Self {
        Self("default".into())
    }
}

impl TaskId {
    /// The id that a store gives to the `number`th task of a scope.
    pub fn numbered(number: u64) -> Self {
        Self(format!("task-{number}").into())
    }
}

impl ClaimToken {
    /// What stands in place of a token for those who may not see it. No claim is made with it.
    pub fn hidden() -> Self {
        Self("hidden".into())
    }
}

impl RunId {
    /// The id of a task's `number`th run.
    pub fn of(task: &TaskId, number: u32) -> Self {
        Self(format!("{task}.{number}").into())
    }
}

impl RoleName {
    /// The built-in role that works on a task in a worktree of its own.
    pub fn implement() -> Self {
        Self("implement".into())
    }

    /// The built-in role that approves or rejects submitted work.
    pub fn review() -> Self {
        Self("review".into())
    }

    /// The built-in role that breaks a task down into others.
    pub fn breakdown() -> Self {
        Self("breakdown".into())
    }
}

impl CommitId {
    /// The first ten digits, for people.
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
