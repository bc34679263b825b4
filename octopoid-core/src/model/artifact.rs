//! Artifacts: files that a run leaves for people.

use super::{RunId, Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Kind of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ArtifactKind {
    /// What the agent said and did, and what the orchestrator did, a line for each.
    Log,
    /// What the agent programs printed on standard output, tool results included.
    Transcript,
    /// What the work changed when it was submitted, as a unified diff.
    Diff,
    /// Output of the tests, checks and scripts.
    TestOutput,
}

impl ArtifactKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Log, Self::Transcript, Self::Diff, Self::TestOutput];

    /// Returns the kind as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Transcript => "transcript",
            Self::Diff => "diff",
            Self::TestOutput => "test_output",
        }
    }
}

impl fmt::Display for ArtifactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Error returned when a text names no kind of artifact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no artifact `{0}`: use log, transcript, diff or test_output")]
pub struct UnknownArtifact(String);

impl FromStr for ArtifactKind {
    type Err = UnknownArtifact;

    fn from_str(text: &str) -> Result<Self, UnknownArtifact> {
        let kind = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        kind.ok_or_else(|| UnknownArtifact(text.chars().take(80).collect()))
    }
}

/// Key of an artifact: the run that left it, and its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ArtifactKey {
    /// Scope (tenant).
    pub scope: Scope,
    /// Task.
    pub task: TaskId,
    /// Run.
    pub run: RunId,
    /// Kind.
    pub kind: ArtifactKind,
}

impl ArtifactKey {
    /// Returns the key of an artifact of a run.
    pub fn new(scope: Scope, task: TaskId, run: RunId, kind: ArtifactKind) -> Self {
        Self { scope, task, run, kind }
    }
}

impl fmt::Display for ArtifactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind, self.run)
    }
}

/// Artifact of a run, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Artifact {
    /// Scope (tenant).
    pub scope: Scope,
    /// Task.
    pub task: TaskId,
    /// Run.
    pub run: RunId,
    /// Kind.
    pub kind: ArtifactKind,
    /// Length in bytes.
    pub bytes: u64,
    /// When it was last appended to.
    pub updated_at: Timestamp,
}

impl Artifact {
    /// Returns an artifact with its length and its last change.
    pub fn new(key: ArtifactKey, bytes: u64, updated_at: Timestamp) -> Self {
        let ArtifactKey { scope, task, run, kind } = key;
        Self { scope, task, run, kind, bytes, updated_at }
    }

    /// Returns the key that the artifact is read by.
    pub fn key(&self) -> ArtifactKey {
        ArtifactKey::new(self.scope.clone(), self.task.clone(), self.run.clone(), self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_as_it_is_written() {
        for kind in ArtifactKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert!("../log".parse::<ArtifactKind>().is_err());
    }
}
