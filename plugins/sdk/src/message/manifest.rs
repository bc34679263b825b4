//! The manifest of a plugin.

use super::{OutcomeKind, SCHEMA, op};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The manifest of a plugin: what a library contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Manifest {
    /// The plugin's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of the messages that it speaks.
    pub schema: u32,
    /// Its roles.
    pub roles: Vec<RoleManifest>,
    /// The operations that it may call; see [`op`]. Others are refused.
    #[serde(default)]
    pub features: Vec<String>,
    /// The most runs that it can work on at once.
    #[serde(default = "many")]
    pub max_concurrency: u32,
    /// What it was built with, to show to people.
    #[serde(default)]
    pub built_with: Option<String>,
}

fn many() -> u32 {
    RoleManifest::MANY
}

impl Manifest {
    /// Creates the manifest of a plugin that was built with this crate and may call every operation that it knows.
    pub fn new(name: impl Into<String>, version: impl Into<String>, roles: Vec<RoleManifest>) -> Self {
        let most = roles.iter().map(|role| role.max_concurrency).min().unwrap_or(RoleManifest::MANY);
        Self {
            name: name.into(),
            version: version.into(),
            schema: SCHEMA,
            roles,
            features: op::ALL.map(str::to_owned).to_vec(),
            max_concurrency: most,
            built_with: Some(concat!("octopoid-plugin ", env!("CARGO_PKG_VERSION")).to_owned()),
        }
    }
}

/// The manifest of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RoleManifest {
    /// Its name, by which tasks and agents choose it.
    pub name: String,
    /// The description, in one line.
    pub description: String,
    /// The queue from which it takes tasks.
    #[serde(default)]
    pub claims_from: ClaimsFrom,
    /// The kind of its workspace; by default its own worktree, and for a reviewer the task's.
    #[serde(default)]
    pub workspace: Option<WorkspaceKind>,
    /// The outcomes that it may report; any if empty.
    #[serde(default)]
    pub outcomes: Vec<OutcomeKind>,
    /// The JSON schema of its settings, for people and editors.
    #[serde(default)]
    pub settings: Option<Value>,
    /// The most runs of it at once.
    #[serde(default = "many")]
    pub max_concurrency: u32,
}

impl RoleManifest {
    /// The default for the most runs at once.
    pub const MANY: u32 = 64;

    /// Creates a role that works on the tasks created for it, in its own worktree.
    pub fn worker(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            claims_from: ClaimsFrom::Incoming,
            workspace: None,
            outcomes: Vec::new(),
            settings: None,
            max_concurrency: Self::MANY,
        }
    }

    /// Creates a role that reviews submitted work.
    pub fn reviewer(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { claims_from: ClaimsFrom::Provisional, ..Self::worker(name, description) }
    }

    /// Sets the kind of its workspace.
    #[must_use]
    pub fn with_workspace(mut self, workspace: WorkspaceKind) -> Self {
        self.workspace = Some(workspace);
        self
    }

    /// Sets the outcomes that it may report.
    #[must_use]
    pub fn with_outcomes(mut self, outcomes: impl IntoIterator<Item = OutcomeKind>) -> Self {
        self.outcomes = outcomes.into_iter().collect();
        self
    }

    /// Sets the schema of its settings.
    #[must_use]
    pub fn with_settings_schema(mut self, schema: Value) -> Self {
        self.settings = Some(schema);
        self
    }

    /// Sets the most runs at once.
    #[must_use]
    pub fn with_max_concurrency(mut self, runs: u32) -> Self {
        self.max_concurrency = runs.max(1);
        self
    }
}

/// The queue from which a role takes tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClaimsFrom {
    /// New tasks that were created for the role.
    #[default]
    Incoming,
    /// Submitted work, to review it.
    Provisional,
}

/// The kind of a role's workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WorkspaceKind {
    /// Its own worktree; what it commits there is the work.
    Own,
    /// The task's worktree, to read; what it changes there is set aside.
    Task,
    /// An empty folder.
    None,
}
