//! The schema of `config.yaml`.
//!
//! A key that is left out has the default of `Policy`, `Limits` and their neighbours in the core, which `octopoid init` writes
//! out; a test compares the two. The comments on fields are the text of `docs/configuration.md`.

use octopoid_core::model::{Complexity, OrchestratorId, RoleName, Scope};
use octopoid_core::orchestrator::MergeStrategy;
use octopoid_roles::plugin::Isolation;
use serde::Deserialize;
use std::path::{Component, PathBuf};

/// `config.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigFile {
    /// The queue server, and the name of this machine there. Without it the queue is on this machine.
    pub(crate) server: Option<Server>,
    /// The repository. Required.
    pub(crate) repo: Repo,
    /// The database with the tasks: a SQLite file, relative to the folder above `.octopoid`, or a PostgreSQL database,
    /// `postgres://USER@HOST/DATABASE`, with the password in `PGPASSWORD`.
    pub(crate) database: Option<PathBuf>,
    /// Where finished work goes: `local` (the repository itself and its remote) or `github` (pull requests).
    pub(crate) forge: Option<ForgeKind>,
    /// Settings for `forge: github`.
    pub(crate) github: Option<Github>,
    /// The tests. Without them work lands untested.
    pub(crate) test: Option<Test>,
    /// Preparation of fresh worktrees, and of the checkout for `test.clean`.
    pub(crate) worktree: Option<Worktree>,
    /// Limits on what is committed for an agent that committed nothing.
    pub(crate) leftovers: Option<Leftovers>,
    /// Patterns of paths, such as `.github/**`. Work that changes one of them waits for a person.
    #[serde(default)]
    pub(crate) protected: Vec<String>,
    /// How approved work reaches the base branch.
    pub(crate) merge: Option<Merge>,
    /// Review of submitted work.
    pub(crate) review: Option<Review>,
    /// Claims of tasks.
    pub(crate) lease: Option<Lease>,
    /// Limits on agents, tasks and money.
    pub(crate) limits: Option<LimitsFile>,
    /// How long records of finished work are kept; `0` keeps them for ever.
    pub(crate) retention: Option<RetentionFile>,
    /// Whether tasks of complexity L and XL are broken down into subtasks before they are implemented.
    pub(crate) auto_breakdown: Option<bool>,
    /// Notices about what needs a person and what has ended, while `octopoid start` runs.
    pub(crate) notify: Option<NotifyFile>,
    /// Plugins to load beside those in `.octopoid/plugins`.
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

/// The queue server and the name of this machine.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// Whether the server is used. `true` where `url` is set, unless given.
    pub(crate) enabled: Option<bool>,
    /// The address of the server, such as `https://octopoid.example.org:8787`.
    pub(crate) url: Option<String>,
    /// The group of machines that this one belongs to, such as `prod`.
    pub(crate) cluster: Option<String>,
    /// The name of this machine within its cluster.
    pub(crate) machine_id: Option<String>,
    /// The scope on the server whose queue is used. Named like the cluster unless given, so that clusters do not take each
    /// other's tasks.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) scope: Option<Scope>,
    /// The file with the API key. `.octopoid/api-key` unless given; `OCTOPOID_API_KEY` takes precedence.
    pub(crate) key_file: Option<PathBuf>,
    /// A PEM file with certificates that are trusted in addition to those of the system.
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

/// The repository that is worked on.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Repo {
    /// The repository, relative to the folder above `.octopoid`, which is the default.
    pub(crate) path: Option<PathBuf>,
    /// The branch that tasks start from and land on. Required.
    // No default: guessing a branch has gone wrong too often (I06).
    pub(crate) base_branch: String,
    /// The remote to which landed work is pushed, such as `origin`. Without it nothing is pushed.
    pub(crate) remote: Option<String>,
    /// The folder of the repository in which agents and tests start. The top of the repository unless given.
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum ForgeKind {
    /// Into the repository itself, and to its remote.
    Local,
    /// Through pull requests on GitHub.
    Github,
}

/// Settings for `forge: github`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Github {
    /// The address of the API.
    pub(crate) api_url: Option<String>,
    /// The repository as `owner/name`. Read from the address of the remote unless given.
    pub(crate) repository: Option<String>,
    /// Approvals by people that a pull request needs before it is merged.
    pub(crate) required_approvals: Option<u32>,
    /// Seconds that a pull request without checks waits for one to begin; `0` does not wait.
    pub(crate) checks_grace_seconds: Option<u64>,
    /// The longest time in seconds between two requests about a waiting pull request.
    pub(crate) poll_seconds: Option<u64>,
}

/// Retention of records; 0 keeps them for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionFile {
    /// Days that logs of the orchestrator, its agents and tasks are kept.
    pub(crate) logs_days: Option<u32>,
    /// Days that the output of agents is kept, attempt by attempt.
    pub(crate) transcripts_days: Option<u32>,
    /// Days that the history of tasks is kept.
    pub(crate) events_days: Option<u32>,
    /// Days that records of runs are kept; costs are summed from them.
    pub(crate) runs_days: Option<u32>,
    /// Hours that a server keeps its replies, to answer a repeated request.
    pub(crate) replies_hours: Option<u32>,
}

/// The tests.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Test {
    /// The command, run by `sh -c` in the worktree after each attempt and again before landing. Required.
    pub(crate) command: String,
    /// Seconds after which the command is stopped and counts as failed.
    pub(crate) timeout_seconds: Option<u64>,
    /// Names of environment variables that the command sees beside `PATH`, `HOME`, `LANG`, `TERM` and `TMPDIR`.
    #[serde(default)]
    pub(crate) env: Vec<String>,
    /// Whether the command runs in a fresh checkout of the commit, without ignored files.
    #[serde(default)]
    pub(crate) clean: bool,
}

/// Preparation of worktrees and of the checkout for clean tests.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Worktree {
    /// The command run by `sh -c` in each fresh worktree, such as `npm ci`.
    pub(crate) setup: Option<String>,
    /// Ignored files that are copied from your checkout, relative to the top of the repository.
    #[serde(default)]
    pub(crate) copy: Vec<PathBuf>,
    /// Ignored files and folders that are linked from your checkout, such as `node_modules`.
    #[serde(default)]
    pub(crate) link: Vec<PathBuf>,
}

/// Limits on what is committed for an agent that committed nothing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Leftovers {
    /// The most new files that are committed for the agent.
    pub(crate) files: Option<u32>,
    /// The most bytes in such files.
    pub(crate) bytes: Option<u64>,
}

/// How work lands.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Merge {
    /// How commits reach the base branch: `rebase` (as they are), `squash` (as one) or `merge` (with a merge commit).
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) strategy: Option<MergeStrategy>,
    /// Whether approved work lands by itself; `false` waits for `octopoid approve`.
    pub(crate) auto: Option<bool>,
}

/// How work is reviewed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Review {
    /// Rejections after which a person decides.
    pub(crate) rounds: Option<u32>,
}

/// How long claims last.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Lease {
    /// Seconds that a claim outlives an orchestrator that stopped responding.
    pub(crate) seconds: Option<u64>,
}

/// Limits on agents, tasks and money.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsFile {
    /// Agents at work at the same time.
    pub(crate) agents: Option<u32>,
    /// Claimed tasks at the same time.
    pub(crate) claimed: Option<u32>,
    /// Submitted tasks at which no further work begins.
    pub(crate) provisional: Option<u64>,
    /// Counted attempts after which a person decides.
    pub(crate) attempts: Option<u32>,
    /// Conflicts with the base branch after which a person decides.
    pub(crate) conflicts: Option<u32>,
    /// Turns after which an agent is stopped, unless its `max_turns` are fewer.
    pub(crate) turns: Option<u32>,
    /// Turns without a commit after which an attempt ends.
    pub(crate) burnout_turns: Option<u32>,
    /// The most subtasks that one task is broken down into.
    pub(crate) subtasks: Option<u32>,
    /// How many levels deep subtasks are broken down again.
    pub(crate) breakdown_depth: Option<u32>,
    /// US dollars that one task may cost before a person decides.
    pub(crate) cost_usd_per_task: Option<f64>,
    /// US dollars in one day (UTC) after which no further work begins.
    pub(crate) cost_usd_per_day: Option<f64>,
}

/// Notices to people.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct NotifyFile {
    /// Whether notices appear on the desktop, by `notify-send` or `osascript`.
    pub(crate) desktop: Option<bool>,
    /// The command, run by `sh -c` in the folder above `.octopoid`, that reads each notice as JSON on its standard input.
    pub(crate) command: Option<String>,
    /// Whether the terminal's bell rings.
    pub(crate) bell: Option<bool>,
    /// Minutes after which what still needs a person is told once more, `30` unless given; `0` for never.
    pub(crate) remind_minutes: Option<u32>,
}

/// A plugin to load.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginEntry {
    /// The dynamic library, relative to the folder above `.octopoid`. Required.
    pub(crate) path: PathBuf,
    /// The SHA-256 digest that the file must match.
    pub(crate) sha256: Option<String>,
    /// Where its code runs: `thread` (in this process, the default) or `process` (in a child process for each run).
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) isolation: Option<Isolation>,
}
