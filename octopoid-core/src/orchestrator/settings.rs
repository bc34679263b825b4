//! Settings of an orchestrator and its agents: plain values, from `config.yaml` and `agents.yaml` or from an embedding program.

use crate::flow::{self, Flow};
use crate::git::MergeStrategy;
use crate::model::{AgentName, OrchestratorId, Registration, RoleName, Scope, Task};
use crate::role::AgentDefaults;
use crate::store::Retention;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Settings of one orchestrator.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Tenant whose tasks the orchestrator works on.
    pub scope: Scope,
    /// Id of the orchestrator.
    pub orchestrator: OrchestratorId,
    /// Branch that tasks start from and land on unless they name another.
    pub base_branch: String,
    /// Remote whose base branch is followed and pushed to; `None` keeps all work in the local repository.
    pub remote: Option<String>,
    /// Settings for testing the work; `None` lets work land untested.
    pub test: Option<TestSettings>,
    /// Settings for preparing worktrees.
    pub worktree: WorktreeSettings,
    /// Limits on what an agent may leave uncommitted and still have committed for it.
    pub leftovers: LeftoverLimits,
    /// Patterns of git's `:(glob)`; work that changes a matching path waits for a person's approval.
    pub protected: Vec<String>,
    /// Settings for landing work.
    pub merge: MergeSettings,
    /// Flows that tasks may follow, by name.
    ///
    /// A task that names no flow follows [`flow::DEFAULT`], which is [`Flow::default`] unless it is given here; a project's own
    /// work follows [`flow::PROJECT`], which is [`Flow::project`] unless it is given here.
    pub flows: BTreeMap<String, Flow>,
    /// Duration of a claim's lease; it is renewed after a third of that.
    pub lease: Duration,
    /// Limits on agents, claims and cost.
    pub limits: Limits,
    /// Registration of this machine in the store; `None` if the machine is not registered.
    pub machine: Option<Registration>,
    /// Whether other machines work on the same tasks: submitted work is then pushed to the remote, where they find it.
    pub share_work: bool,
    /// Folder of the repository in which agents and tests start, relative to its root; `None` is the root itself.
    pub folder: Option<PathBuf>,
    /// How long logs are kept, and the history in a store that leaves retention to this orchestrator.
    pub retention: Retention,
    /// Environment variables from which agents, tests and git receive the few that they may see.
    pub environment: BTreeMap<String, String>,
}

impl Settings {
    /// Creates settings for one machine that follows `base_branch` of a repository without a remote and without tests.
    pub fn new(orchestrator: OrchestratorId, base_branch: impl Into<String>) -> Self {
        Self {
            scope: Scope::single(),
            orchestrator,
            base_branch: base_branch.into(),
            remote: None,
            test: None,
            worktree: WorktreeSettings::default(),
            leftovers: LeftoverLimits::default(),
            protected: Vec::new(),
            merge: MergeSettings::default(),
            flows: BTreeMap::new(),
            lease: Duration::from_secs(300),
            limits: Limits::default(),
            machine: None,
            share_work: false,
            folder: None,
            retention: Retention::default(),
            environment: BTreeMap::new(),
        }
    }

    /// Registers the orchestrator as one of several machines.
    #[must_use]
    pub fn with_machine(mut self, registration: Registration) -> Self {
        self.machine = Some(registration);
        self
    }

    /// Pushes submitted work to the remote, for other machines.
    #[must_use]
    pub fn with_shared_work(mut self) -> Self {
        self.share_work = true;
        self
    }

    /// Returns the remote through which machines share work.
    pub(crate) fn shared_remote(&self) -> Option<&str> {
        self.remote.as_deref().filter(|_| self.share_work)
    }

    /// Sets the command that tests the work.
    #[must_use]
    pub fn with_test(mut self, test: TestSettings) -> Self {
        self.test = Some(test);
        self
    }

    /// Sets how worktrees are prepared.
    #[must_use]
    pub fn with_worktree(mut self, worktree: WorktreeSettings) -> Self {
        self.worktree = worktree;
        self
    }

    /// Sets the patterns of paths whose changes wait for a person's approval.
    #[must_use]
    pub fn with_protected<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.protected = patterns.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how work lands.
    #[must_use]
    pub fn with_merge(mut self, merge: MergeSettings) -> Self {
        self.merge = merge;
        self
    }

    /// Adds a flow that tasks may follow.
    #[must_use]
    pub fn with_flow(mut self, name: impl Into<String>, flow: Flow) -> Self {
        self.flows.insert(name.into(), flow);
        self
    }

    /// Returns the flow that a task follows.
    ///
    /// # Errors
    /// Returns a message if the task names a flow that does not exist.
    pub(crate) fn flow_of(&self, task: &Task) -> Result<Flow, String> {
        let name = task.attributes.flow.as_deref().unwrap_or(flow::DEFAULT);
        match self.flows.get(name) {
            Some(flow) => Ok(flow.clone()),
            None if name == flow::DEFAULT => Ok(Flow::default()),
            None if name == flow::PROJECT => Ok(Flow::project()),
            None => {
                let built_in = [flow::DEFAULT, flow::PROJECT];
                let known = self.flows.keys().map(String::as_str).filter(|known| !built_in.contains(known));
                let known: Vec<_> = built_in.into_iter().chain(known).collect();
                Err(format!("there is no flow `{name}` here; there are {}", known.join(", ")))
            }
        }
    }

    /// Sets the remote to follow and to push to.
    #[must_use]
    pub fn with_remote(mut self, remote: impl Into<String>) -> Self {
        self.remote = Some(remote.into());
        self
    }

    /// Sets the folder of the repository in which agents and tests start, relative to its root.
    #[must_use]
    pub fn with_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Sets the limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the duration of a claim's lease.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how long logs and history are kept.
    #[must_use]
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets the environment from which child processes receive their variables.
    #[must_use]
    pub fn with_environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }

    /// Variables that every child process receives if they are set.
    pub const PASSED_ON: [&'static str; 5] = ["PATH", "HOME", "LANG", "TERM", "TMPDIR"];

    /// Variables that no child process receives, even if a setting names them: they give access to the queue and the forge (I28).
    pub const KEPT_BACK: [&'static str; 4] =
        ["OCTOPOID_API_KEY", "OCTOPOID_ADMIN_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"];

    /// Returns the variables that a child process receives (I28).
    ///
    /// These are [`Settings::PASSED_ON`] and the named ones, without [`Settings::KEPT_BACK`].
    pub fn environment_for(&self, names: &[String]) -> BTreeMap<String, String> {
        Self::PASSED_ON
            .into_iter()
            .chain(names.iter().map(String::as_str))
            .filter(|name| !Self::KEPT_BACK.contains(name))
            .filter_map(|name| Some((name.to_owned(), self.environment.get(name)?.clone())))
            .collect()
    }
}

/// Settings for testing the work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestSettings {
    /// Command, run by `sh -c` in the worktree.
    pub command: String,
    /// Longest time that the command may take.
    pub timeout: Duration,
    /// Names of variables that the command receives in addition to [`Settings::PASSED_ON`].
    pub env: Vec<String>,
    /// Whether the command runs in a fresh checkout of the commit, prepared as [`WorktreeSettings`] says.
    ///
    /// Otherwise it runs in the task's worktree, with the ignored files that agents left there.
    pub clean: bool,
}

impl TestSettings {
    /// Creates settings for a command with a timeout of 30 minutes.
    pub fn new(command: impl Into<String>) -> Self {
        let timeout = Duration::from_secs(1800);
        Self { command: command.into(), timeout, env: Vec::new(), clean: false }
    }

    /// Runs the command in a fresh checkout.
    #[must_use]
    pub fn with_clean_checkout(mut self) -> Self {
        self.clean = true;
        self
    }
}

/// Settings for preparing a fresh worktree, or a fresh checkout for tests, before it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorktreeSettings {
    /// Paths that are copied there from the user's checkout. They must be ignored by git.
    pub copy: Vec<PathBuf>,
    /// Paths to which symbolic links are made there. They must be ignored by git.
    pub link: Vec<PathBuf>,
    /// Command that is run there after that, by `sh -c`.
    pub setup: Option<String>,
}

impl WorktreeSettings {
    /// Adds paths that are copied there from the user's checkout.
    #[must_use]
    pub fn with_copy<P: Into<PathBuf>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.copy.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Adds paths to which symbolic links are made there.
    #[must_use]
    pub fn with_link<P: Into<PathBuf>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.link.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Sets the command that is run there after that.
    #[must_use]
    pub fn with_setup(mut self, command: impl Into<String>) -> Self {
        self.setup = Some(command.into());
        self
    }
}

/// Limits on the new files that are committed for an agent that committed nothing itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftoverLimits {
    /// Number of new files. Defaults to 500.
    pub files: u32,
    /// Size of all new files in bytes. Defaults to 10 MiB.
    pub bytes: u64,
}

impl Default for LeftoverLimits {
    fn default() -> Self {
        Self { files: 500, bytes: 10 << 20 }
    }
}

impl LeftoverLimits {
    /// Sets the number of new files.
    #[must_use]
    pub fn with_files(mut self, files: u32) -> Self {
        self.files = files;
        self
    }

    /// Sets the size of all new files in bytes.
    #[must_use]
    pub fn with_bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }
}

/// Settings for landing work on the base branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeSettings {
    /// Strategy by which work is merged.
    pub strategy: MergeStrategy,
    /// Whether a reviewer's approval is enough; otherwise a person has to approve.
    pub auto: bool,
}

impl Default for MergeSettings {
    fn default() -> Self {
        Self::new(MergeStrategy::Rebase)
    }
}

impl MergeSettings {
    /// Creates settings for a strategy, with which a reviewer's approval is enough.
    pub fn new(strategy: MergeStrategy) -> Self {
        Self { strategy, auto: true }
    }

    /// Requires the approval of a person.
    #[must_use]
    pub fn with_approval_by_person(mut self) -> Self {
        self.auto = false;
        self
    }
}

/// Limits on what an orchestrator may use.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Number of agents at work at once. Defaults to 4.
    pub agents: usize,
    /// Number of tasks of this orchestrator in `claimed`. Defaults to 8.
    pub claimed: u32,
    /// Number of tasks in `provisional` at which no new work is started. Defaults to 20.
    pub provisional: u64,
    /// Cost of one task in US dollars at which a person has to decide. Defaults to 5.
    pub cost_usd_per_task: f64,
    /// Cost per day in US dollars at which no new work is started until the next day (UTC). Defaults to 50.
    pub cost_usd_per_day: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { agents: 4, claimed: 8, provisional: 20, cost_usd_per_task: 5.0, cost_usd_per_day: 50.0 }
    }
}

impl Limits {
    /// Sets the number of agents at work at once, and raises the limit on claimed tasks to it if that is lower.
    #[must_use]
    pub fn with_agents(mut self, agents: usize) -> Self {
        self.agents = agents;
        self.claimed = self.claimed.max(u32::try_from(agents).unwrap_or(u32::MAX));
        self
    }

    /// Sets the number of tasks in `provisional` at which no new work is started.
    #[must_use]
    pub fn with_provisional(mut self, most: u64) -> Self {
        self.provisional = most;
        self
    }

    /// Sets the limits on cost in US dollars, per task and per day.
    #[must_use]
    pub fn with_cost_usd(mut self, per_task: f64, per_day: f64) -> Self {
        (self.cost_usd_per_task, self.cost_usd_per_day) = (per_task, per_day);
        self
    }
}

/// Settings of one agent.
///
/// What is not given here is taken from the role, then from the installation: see [`AgentDefaults`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AgentSettings {
    /// Name of the agent.
    pub name: AgentName,
    /// Role of the agent.
    pub role: RoleName,
    /// Runner that drives the agent; not needed by a role that runs no agent program.
    pub runner: Option<String>,
    /// Model; `None` leaves the choice to the program.
    pub model: Option<String>,
    /// Largest number of turns that a run may take.
    pub max_turns: Option<u32>,
    /// Shortest time between the starts of two runs; never delays the first.
    pub interval: Duration,
    /// Whether the agent is paused and claims no tasks.
    pub paused: bool,
    /// Account whose limits the agent shares with all agents that name the same.
    ///
    /// `None` leaves it to the runner, which tells accounts apart by their credentials.
    pub account: Option<String>,
    /// Program and its arguments, for runners without a program of their own.
    pub command: Vec<String>,
    /// Tools that the agent may use; an empty list leaves the choice to the program.
    pub tools: Vec<String>,
    /// Longest duration of one call. Defaults to one hour.
    pub timeout: Option<Duration>,
    /// Longest silence within one call. Defaults to 15 minutes.
    pub idle_timeout: Option<Duration>,
    /// Largest cost of one call, in US dollars.
    pub budget_usd: Option<f64>,
    /// Names of variables that the agent receives in addition to [`Settings::PASSED_ON`].
    pub env: Vec<String>,
    /// Whether the agent's git may push to the repository's remotes.
    pub push: bool,
    /// Settings that only the role reads.
    pub settings: serde_json::Value,
}

impl AgentSettings {
    /// Creates settings for an agent of a role, with everything else left to the role and the defaults.
    pub fn new(name: AgentName, role: RoleName) -> Self {
        Self {
            name,
            role,
            runner: None,
            model: None,
            max_turns: None,
            interval: Duration::ZERO,
            paused: false,
            account: None,
            command: Vec::new(),
            tools: Vec::new(),
            timeout: None,
            idle_timeout: None,
            budget_usd: None,
            env: Vec::new(),
            push: false,
            settings: serde_json::Value::Null,
        }
    }

    /// Fills in values that are not set from `defaults`. Apply the defaults of highest priority first: values that are set stay.
    #[must_use]
    pub fn with_defaults(mut self, defaults: &AgentDefaults) -> Self {
        self.runner = self.runner.or_else(|| defaults.runner.clone());
        self.model = self.model.or_else(|| defaults.model.clone());
        self.max_turns = self.max_turns.or(defaults.max_turns);
        if self.tools.is_empty() {
            self.tools.clone_from(&defaults.tools);
        }
        self.timeout = self.timeout.or(defaults.timeout);
        self.idle_timeout = self.idle_timeout.or(defaults.idle_timeout);
        self.budget_usd = self.budget_usd.or(defaults.budget_usd);
        self
    }

    /// Sets the runner that drives the agent.
    #[must_use]
    pub fn with_runner(mut self, runner: impl Into<String>) -> Self {
        self.runner = Some(runner.into());
        self
    }

    /// Sets the program and its arguments.
    #[must_use]
    pub fn with_command<S: Into<String>>(mut self, command: impl IntoIterator<Item = S>) -> Self {
        self.command = command.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the account whose limits the agent shares.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Allows the agent's git to push to the repository's remotes.
    #[must_use]
    pub fn with_push(mut self) -> Self {
        self.push = true;
        self
    }

    /// Sets the largest number of turns that a run may take.
    #[must_use]
    pub fn with_max_turns(mut self, turns: u32) -> Self {
        self.max_turns = Some(turns);
        self
    }

    /// Sets the shortest time between the starts of two runs.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i28_the_keys_of_the_queue_are_given_to_nobody_who_names_them() {
        let names = [
            "OCTOPOID_API_KEY",
            "OCTOPOID_ADMIN_TOKEN",
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "ANTHROPIC_API_KEY",
            "UNSET",
        ]
        .map(str::to_owned);
        let variables = names[..5].iter().cloned().chain(["PATH".to_owned(), "OTHER".to_owned()]);
        let id = OrchestratorId::new("local-1").unwrap();
        let settings = Settings::new(id, "main")
            .with_environment(variables.map(|name| (name, "a value".to_owned())).collect());
        let given = settings.environment_for(&names);
        assert_eq!(given.keys().collect::<Vec<_>>(), ["ANTHROPIC_API_KEY", "PATH"]);
    }
}
