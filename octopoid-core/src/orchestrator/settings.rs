//! What an orchestrator is told to do: plain values, from `config.yaml` and `agents.yaml` or from an embedding program.

use crate::flow::{self, Flow};
use crate::git::MergeStrategy;
use crate::model::{AgentName, OrchestratorId, Registration, RoleName, Scope, Task};
use crate::role::AgentDefaults;
use crate::store::Retention;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of one orchestrator.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The tenant whose tasks it works on.
    pub scope: Scope,
    /// Its own id.
    pub orchestrator: OrchestratorId,
    /// The branch that tasks without one of their own start from and land on.
    pub base_branch: String,
    /// The remote whose base branch is followed and pushed to; none keeps everything in this repository.
    pub remote: Option<String>,
    /// How work is tested; none lets it land untested.
    pub test: Option<TestSettings>,
    /// How worktrees are made ready.
    pub worktree: WorktreeSettings,
    /// How much an agent may leave uncommitted and still have it taken in.
    pub leftovers: LeftoverLimits,
    /// Paths, as patterns of git's `:(glob)`; work that changes one of them waits for a person's approval.
    pub protected: Vec<String>,
    /// How work lands.
    pub merge: MergeSettings,
    /// The flows that tasks may follow, by name. A task that names none follows [`flow::DEFAULT`], which is
    /// [`Flow::default`] where it is not given here; a project's own work follows [`flow::PROJECT`], which is then
    /// [`Flow::project`].
    pub flows: BTreeMap<String, Flow>,
    /// How long a claim lasts unless it is renewed, which happens at a third of it.
    pub lease: Duration,
    /// What it may use.
    pub limits: Limits,
    /// How this machine introduces itself to the store; none where it is nobody's business.
    pub machine: Option<Registration>,
    /// Whether other machines work on the same tasks: submitted work then goes to the remote, where they find it.
    pub share_work: bool,
    /// The folder of the repository in which agents and tests start, relative to its top; none is the top itself.
    pub folder: Option<PathBuf>,
    /// How long logs, and the history in a store that leaves it to this orchestrator, are kept.
    pub retention: Retention,
    /// The environment from which agents, tests and git are given the few variables they may see.
    pub environment: BTreeMap<String, String>,
}

impl Settings {
    /// Settings for one machine that follows `base_branch` of a repository without a remote and without tests.
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

    /// As one of several machines.
    #[must_use]
    pub fn with_machine(mut self, registration: Registration) -> Self {
        self.machine = Some(registration);
        self
    }

    /// With submitted work on the remote, for other machines.
    #[must_use]
    pub fn with_shared_work(mut self) -> Self {
        self.share_work = true;
        self
    }

    /// The remote through which machines share work.
    pub(crate) fn shared_remote(&self) -> Option<&str> {
        self.remote.as_deref().filter(|_| self.share_work)
    }

    /// With a command that tests the work.
    #[must_use]
    pub fn with_test(mut self, test: TestSettings) -> Self {
        self.test = Some(test);
        self
    }

    /// With worktrees that are made ready in some way.
    #[must_use]
    pub fn with_worktree(mut self, worktree: WorktreeSettings) -> Self {
        self.worktree = worktree;
        self
    }

    /// With paths whose changes wait for a person's approval.
    #[must_use]
    pub fn with_protected<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.protected = patterns.into_iter().map(Into::into).collect();
        self
    }

    /// With another way to land.
    #[must_use]
    pub fn with_merge(mut self, merge: MergeSettings) -> Self {
        self.merge = merge;
        self
    }

    /// With a flow that tasks may follow.
    #[must_use]
    pub fn with_flow(mut self, name: impl Into<String>, flow: Flow) -> Self {
        self.flows.insert(name.into(), flow);
        self
    }

    /// The flow that a task follows.
    ///
    /// # Errors
    /// In words, when there is no flow of the name that the task gives.
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

    /// With a remote to follow and to push to.
    #[must_use]
    pub fn with_remote(mut self, remote: impl Into<String>) -> Self {
        self.remote = Some(remote.into());
        self
    }

    /// Sets the folder of the repository in which agents and tests start, relative to its top.
    #[must_use]
    pub fn with_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With another lease.
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

    /// With the environment to choose from.
    #[must_use]
    pub fn with_environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }

    /// The variables that every child process is given, where they are set.
    pub const PASSED_ON: [&'static str; 5] = ["PATH", "HOME", "LANG", "TERM", "TMPDIR"];

    /// The variables that no child process is given, whoever names them: they open the queue and the forge (I28).
    pub const KEPT_BACK: [&'static str; 4] =
        ["OCTOPOID_API_KEY", "OCTOPOID_ADMIN_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"];

    /// The part of the environment that a child process is given: [`Settings::PASSED_ON`] and the named ones, without
    /// [`Settings::KEPT_BACK`] (I28).
    pub fn environment_for(&self, names: &[String]) -> BTreeMap<String, String> {
        Self::PASSED_ON
            .into_iter()
            .chain(names.iter().map(String::as_str))
            .filter(|name| !Self::KEPT_BACK.contains(name))
            .filter_map(|name| Some((name.to_owned(), self.environment.get(name)?.clone())))
            .collect()
    }
}

/// How work is tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestSettings {
    /// The command, run by `sh -c` in the worktree.
    pub command: String,
    /// The longest time it may take.
    pub timeout: Duration,
    /// Variables it is given beside [`Settings::PASSED_ON`].
    pub env: Vec<String>,
    /// Whether it runs in a fresh checkout of the commit, made ready as [`WorktreeSettings`] says, instead of in the task's
    /// worktree with the ignored files that agents left there.
    pub clean: bool,
}

impl TestSettings {
    /// A command with half an hour.
    pub fn new(command: impl Into<String>) -> Self {
        let timeout = Duration::from_secs(1800);
        Self { command: command.into(), timeout, env: Vec::new(), clean: false }
    }

    /// In a fresh checkout.
    #[must_use]
    pub fn with_clean_checkout(mut self) -> Self {
        self.clean = true;
        self
    }
}

/// What is done with a fresh worktree, or a fresh checkout for tests, before it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorktreeSettings {
    /// Paths that are copied there from the user's checkout. Git has to ignore them.
    pub copy: Vec<PathBuf>,
    /// Paths to which symbolic links are made there. Git has to ignore them.
    pub link: Vec<PathBuf>,
    /// A command that is run there after that, by `sh -c`.
    pub setup: Option<String>,
}

/// How much an agent that committed nothing may leave to be committed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftoverLimits {
    /// New files. 500.
    pub files: u32,
    /// Bytes of new files. 10 MiB.
    pub bytes: u64,
}

impl Default for LeftoverLimits {
    fn default() -> Self {
        Self { files: 500, bytes: 10 << 20 }
    }
}

/// How work lands on the base branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeSettings {
    /// In which form.
    pub strategy: MergeStrategy,
    /// Whether a reviewer's approval is enough; otherwise a person has to approve.
    pub auto: bool,
}

impl Default for MergeSettings {
    fn default() -> Self {
        Self { strategy: MergeStrategy::Rebase, auto: true }
    }
}

/// What an orchestrator may use.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Agents at work at once. 4.
    pub agents: usize,
    /// Tasks of this orchestrator in `claimed`. 8.
    pub claimed: u32,
    /// Tasks in `provisional` from which on no new work is begun. 20.
    pub provisional: u64,
    /// US dollars for one task; then a person decides. 5.
    pub cost_usd_per_task: f64,
    /// US dollars a day; then nothing new is begun until the next day (UTC). 50.
    pub cost_usd_per_day: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { agents: 4, claimed: 8, provisional: 20, cost_usd_per_task: 5.0, cost_usd_per_day: 50.0 }
    }
}

impl Limits {
    /// With another number of agents at once; the claims may be as many.
    #[must_use]
    pub fn with_agents(mut self, agents: usize) -> Self {
        self.agents = agents;
        self.claimed = self.claimed.max(u32::try_from(agents).unwrap_or(u32::MAX));
        self
    }

    /// With another bound on submitted work.
    #[must_use]
    pub fn with_provisional(mut self, most: u64) -> Self {
        self.provisional = most;
        self
    }

    /// With other bounds on money: for a task, and for a day.
    #[must_use]
    pub fn with_cost_usd(mut self, per_task: f64, per_day: f64) -> Self {
        (self.cost_usd_per_task, self.cost_usd_per_day) = (per_task, per_day);
        self
    }
}

/// One configured agent. What is not given here is what its role says, then what the installation says: see
/// [`AgentDefaults`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AgentSettings {
    /// Its name.
    pub name: AgentName,
    /// Its role.
    pub role: RoleName,
    /// The runner that drives it; a role that runs no agent program needs none at all.
    pub runner: Option<String>,
    /// The model; none leaves it to the program.
    pub model: Option<String>,
    /// The most turns a run may take.
    pub max_turns: Option<u32>,
    /// The least time between the starts of two runs; never delays the first.
    pub interval: Duration,
    /// Whether it takes nothing.
    pub paused: bool,
    /// The account whose limits it shares with all agents that name the same; none leaves it to the runner, which tells accounts
    /// apart by their credentials.
    pub account: Option<String>,
    /// The program and its arguments, for runners without a program of their own.
    pub command: Vec<String>,
    /// The tools it may use; none leaves it to the program.
    pub tools: Vec<String>,
    /// The longest time of one call; an hour where nobody says it.
    pub timeout: Option<Duration>,
    /// The longest silence within a call; fifteen minutes where nobody says it.
    pub idle_timeout: Option<Duration>,
    /// The most money of one call, in US dollars.
    pub budget_usd: Option<f64>,
    /// Variables it is given beside [`Settings::PASSED_ON`].
    pub env: Vec<String>,
    /// Whether its git may push to the repository's remotes.
    pub push: bool,
    /// The role's own settings.
    pub settings: serde_json::Value,
}

impl AgentSettings {
    /// An agent of a role, which is asked for everything else.
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

    /// With what is not given taken from these. The strongest come first: what is given already stays.
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

    /// Driven by a runner.
    #[must_use]
    pub fn with_runner(mut self, runner: impl Into<String>) -> Self {
        self.runner = Some(runner.into());
        self
    }

    /// With a program and its arguments.
    #[must_use]
    pub fn with_command<S: Into<String>>(mut self, command: impl IntoIterator<Item = S>) -> Self {
        self.command = command.into_iter().map(Into::into).collect();
        self
    }

    /// Sharing the limits of an account.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Lets its git push to the repository's remotes.
    #[must_use]
    pub fn with_push(mut self) -> Self {
        self.push = true;
        self
    }

    /// With a bound on turns.
    #[must_use]
    pub fn with_max_turns(mut self, turns: u32) -> Self {
        self.max_turns = Some(turns);
        self
    }

    /// With the least time between the starts of two runs.
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
