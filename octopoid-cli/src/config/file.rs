//! The shape of `config.yaml`.
//!
//! What is left out has the default that is documented on `Policy`, `Limits` and their kin in the core, and that
//! `octopoid init` writes out; a test compares the two.

use octopoid_core::model::{Complexity, OrchestratorId, RoleName, Scope};
use octopoid_core::orchestrator::MergeStrategy;
use octopoid_roles::plugin::Isolation;
use serde::Deserialize;
use std::path::{Component, PathBuf};

/// `config.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigFile {
    pub(crate) server: Option<Server>,
    pub(crate) repo: Repo,
    pub(crate) database: Option<PathBuf>,
    pub(crate) forge: Option<ForgeKind>,
    pub(crate) github: Option<Github>,
    pub(crate) test: Option<Test>,
    pub(crate) worktree: Option<Worktree>,
    pub(crate) leftovers: Option<Leftovers>,
    /// Patterns of paths; work that changes one of them waits for a person.
    #[serde(default)]
    pub(crate) protected: Vec<String>,
    pub(crate) merge: Option<Merge>,
    pub(crate) review: Option<Review>,
    pub(crate) lease: Option<Lease>,
    pub(crate) limits: Option<LimitsFile>,
    pub(crate) retention: Option<RetentionFile>,
    /// Whether tasks of size L and XL are broken down before they are worked on.
    pub(crate) auto_breakdown: Option<bool>,
    #[serde(default)]
    pub(crate) plugins: Vec<PluginEntry>,
}

impl ConfigFile {
    /// Where finished work goes.
    pub(crate) fn forge(&self) -> ForgeKind {
        self.forge.unwrap_or(ForgeKind::Local)
    }

    /// Whether a task of this role and size is broken down although nobody says so: wherever it comes from, it is asked
    /// here.
    pub(crate) fn breaks_down(&self, role: &RoleName, complexity: Option<Complexity>) -> bool {
        self.auto_breakdown == Some(true)
            && *role == RoleName::implement()
            && matches!(complexity, Some(Complexity::L | Complexity::XL))
    }
}

/// Who this machine is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) enabled: Option<bool>,
    pub(crate) url: Option<String>,
    pub(crate) cluster: Option<String>,
    pub(crate) machine_id: Option<String>,
    /// The queue on the server; that of the cluster unless given, so that clusters do not take each other's tasks.
    pub(crate) scope: Option<Scope>,
    /// The file with the key; `.octopoid/api-key` unless given.
    pub(crate) key_file: Option<PathBuf>,
    /// Certificates that are trusted beside the system's.
    pub(crate) ca_file: Option<PathBuf>,
}

impl Server {
    /// Whether the queue is on a server, and not on this machine.
    pub(crate) fn is_remote(&self) -> bool {
        self.enabled.unwrap_or(self.url.is_some())
    }

    /// Returns these settings, and those of another one where it does not say them.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            enabled: self.enabled.or(other.enabled),
            url: self.url.or(other.url),
            cluster: self.cluster.or(other.cluster),
            machine_id: self.machine_id.or(other.machine_id),
            scope: self.scope.or(other.scope),
            key_file: self.key_file.or(other.key_file),
            ca_file: self.ca_file.or(other.ca_file),
        }
    }

    /// The queue that is worked on: the named one, on a server that of the cluster, on this machine the only one.
    pub(crate) fn scope(&self) -> Result<Scope, octopoid_core::model::InvalidId> {
        // What is said of a server that is not used must not hide this machine's own queue.
        if self.is_remote() { self.server_scope() } else { Ok(Scope::single()) }
    }

    /// The queue that is worked on when the server is used.
    pub(crate) fn server_scope(&self) -> Result<Scope, octopoid_core::model::InvalidId> {
        match (&self.scope, &self.cluster) {
            (Some(scope), _) => Ok(scope.clone()),
            (None, Some(cluster)) => Scope::new(cluster.clone()),
            (None, None) => Ok(Scope::single()),
        }
    }

    /// This orchestrator's id: `<cluster>-<machine_id>`, on a machine of its own `local-1`.
    pub(crate) fn orchestrator(&self) -> Result<OrchestratorId, octopoid_core::model::InvalidId> {
        let cluster = self.cluster.as_deref().unwrap_or("local");
        let machine = self.machine_id.as_deref().unwrap_or("1");
        OrchestratorId::new(format!("{cluster}-{machine}"))
    }
}

/// Which repository.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repo {
    /// The folder above `.octopoid` unless given; relative to that.
    pub(crate) path: Option<PathBuf>,
    /// No default: guessing a branch has gone wrong too often (I06).
    pub(crate) base_branch: String,
    pub(crate) remote: Option<String>,
    /// The folder of the repository in which agents and tests start; its top unless given.
    pub(crate) folder: Option<PathBuf>,
}

impl Repo {
    /// The folder in which agents and tests start, without dots in the path.
    pub(crate) fn start_folder(&self) -> Option<PathBuf> {
        let parts = self.folder.as_ref()?.components();
        Some(parts.filter(|part| *part != Component::CurDir).collect())
    }
}

/// Where finished work goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ForgeKind {
    /// Into the repository itself, and to its remote.
    Local,
    /// Through pull requests on GitHub.
    Github,
}

/// Which GitHub, for `forge: github`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Github {
    /// `https://api.github.com` unless given.
    pub(crate) api_url: Option<String>,
    /// `owner/name`; read from the remote's address unless given.
    pub(crate) repository: Option<String>,
    /// Approvals of people that a pull request needs; none unless given.
    pub(crate) required_approvals: Option<u32>,
    /// How long a pull request without any check is given for one to begin; 0 gives it no time.
    pub(crate) checks_grace_seconds: Option<u64>,
    /// The longest pause between two looks at a pull request that waits.
    pub(crate) poll_seconds: Option<u64>,
}

/// How long the past is kept; 0 keeps it for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionFile {
    pub(crate) logs_days: Option<u32>,
    pub(crate) transcripts_days: Option<u32>,
    pub(crate) events_days: Option<u32>,
    pub(crate) runs_days: Option<u32>,
    pub(crate) replies_hours: Option<u32>,
}

/// How work is tested.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Test {
    pub(crate) command: String,
    pub(crate) timeout_seconds: Option<u64>,
    #[serde(default)]
    pub(crate) env: Vec<String>,
    /// Whether it runs in a fresh checkout of the commit.
    #[serde(default)]
    pub(crate) clean: bool,
}

/// How worktrees, and the checkout for clean tests, are made ready.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Worktree {
    pub(crate) setup: Option<String>,
    /// Relative to the repository's top, as the next ones.
    #[serde(default)]
    pub(crate) copy: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) link: Vec<PathBuf>,
}

/// How much is committed for an agent that committed nothing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leftovers {
    pub(crate) files: Option<u32>,
    pub(crate) bytes: Option<u64>,
}

/// How work lands.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Merge {
    pub(crate) strategy: Option<MergeStrategy>,
    pub(crate) auto: Option<bool>,
}

/// How work is reviewed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Review {
    pub(crate) rounds: Option<u32>,
}

/// How long claims last.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lease {
    pub(crate) seconds: Option<u64>,
}

/// What may be used.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsFile {
    pub(crate) agents: Option<u32>,
    pub(crate) claimed: Option<u32>,
    pub(crate) provisional: Option<u64>,
    pub(crate) attempts: Option<u32>,
    pub(crate) conflicts: Option<u32>,
    pub(crate) turns: Option<u32>,
    pub(crate) burnout_turns: Option<u32>,
    pub(crate) subtasks: Option<u32>,
    pub(crate) breakdown_depth: Option<u32>,
    pub(crate) cost_usd_per_task: Option<f64>,
    pub(crate) cost_usd_per_day: Option<f64>,
}

/// A plugin to load.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginEntry {
    /// The library; relative to the folder above `.octopoid`.
    pub(crate) path: PathBuf,
    /// The SHA-256 that it must have.
    pub(crate) sha256: Option<String>,
    /// Where its code runs; in this process unless given.
    pub(crate) isolation: Option<Isolation>,
}
