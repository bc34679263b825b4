//! What a plugin says about itself.

use super::{OutcomeKind, SCHEMA, op};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a library contains.
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
    /// The operations that it may ask for; see [`op`]. Others are refused.
    #[serde(default)]
    pub features: Vec<String>,
    /// How many runs it can work on at once.
    #[serde(default = "many")]
    pub max_concurrency: u32,
    /// What it was built with, for people.
    #[serde(default)]
    pub built_with: Option<String>,
}

fn many() -> u32 {
    RoleManifest::MANY
}

impl Manifest {
    /// A plugin that was built with this crate and may ask for everything that it knows.
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

/// One role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RoleManifest {
    /// Its name, by which tasks and agents choose it.
    pub name: String,
    /// What it does, in one line.
    pub description: String,
    /// From which queue it takes tasks.
    #[serde(default)]
    pub claims_from: ClaimsFrom,
    /// Where it works; where that is not said, in its own worktree, or as a reviewer in the task's.
    #[serde(default)]
    pub workspace: Option<WorkspaceKind>,
    /// What it may report; anything where nothing is listed.
    #[serde(default)]
    pub outcomes: Vec<OutcomeKind>,
    /// What its settings look like, as a JSON schema, for people and editors.
    #[serde(default)]
    pub settings: Option<Value>,
    /// How many runs of it there can be at once.
    #[serde(default = "many")]
    pub max_concurrency: u32,
}

impl RoleManifest {
    /// As many runs at once as there may be unless a role says otherwise.
    pub const MANY: u32 = 64;

    /// A role that works on the tasks created for it, in a worktree of its own.
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

    /// A role that reviews submitted work.
    pub fn reviewer(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { claims_from: ClaimsFrom::Provisional, ..Self::worker(name, description) }
    }

    /// With another workspace.
    #[must_use]
    pub fn with_workspace(mut self, workspace: WorkspaceKind) -> Self {
        self.workspace = Some(workspace);
        self
    }

    /// That reports nothing but these.
    #[must_use]
    pub fn with_outcomes(mut self, outcomes: impl IntoIterator<Item = OutcomeKind>) -> Self {
        self.outcomes = outcomes.into_iter().collect();
        self
    }

    /// With a schema of its settings.
    #[must_use]
    pub fn with_settings_schema(mut self, schema: Value) -> Self {
        self.settings = Some(schema);
        self
    }

    /// That works on no more than so many runs at once.
    #[must_use]
    pub fn with_max_concurrency(mut self, runs: u32) -> Self {
        self.max_concurrency = runs.max(1);
        self
    }
}

/// From which queue a role takes tasks.
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

/// Where a role works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WorkspaceKind {
    /// In a worktree of its own; what it commits there is the work.
    Own,
    /// In the task's worktree, to read; what it changes there is set aside.
    Task,
    /// In an empty folder.
    None,
}
