//! Builder of an [`Orchestrator`]: collects its parts, applies defaults and checks that they fit together.

use super::Orchestrator;
use super::build_checks::{check_agents, check_served, check_steps};
use super::disk::holds::Holds;
use super::disk::journal::Journal;
use super::disk::layout::Layout;
use super::error::BuildError;
use super::events::KEPT;
use super::failpoint::Observer;
use super::forge::Forge;
use super::forge::LocalForge;
use super::handle::Handle;
use super::listener::Listener;
use super::scheduler::Scheduler;
use super::scheduler::accounts::Accounts;
use super::scheduler::hints::Hints;
use super::scheduler::state::LoopState;
use super::settings::{AgentSettings, Settings};
use super::shared::{Shared, blocking};
use super::step::Step;
use crate::clock::{Clock, SystemClock};
use crate::git::{Git, GitError, Repository, check_support};
use crate::model::{AgentName, RoleName};
use crate::process::{DirectLauncher, Launcher};
use crate::role::{AgentDefaults, Role};
use crate::runner::{Runner, RunnerCheck};
use crate::store::{ArtifactStore, Store};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::sync::broadcast;

/// Builder for an [`Orchestrator`]. Created with [`Orchestrator::builder`].
#[derive(Debug, Default)]
#[must_use]
pub struct Builder {
    store: Option<Arc<dyn Store>>,
    artifacts: Option<Arc<dyn ArtifactStore>>,
    repository: Option<PathBuf>,
    folder: Option<PathBuf>,
    settings: Option<Settings>,
    agents: Vec<AgentSettings>,
    defaults: AgentDefaults,
    roles: Vec<Arc<dyn Role>>,
    /// Roles that at least one agent must have.
    required: Vec<RoleName>,
    unserved: bool,
    runners: Vec<Arc<dyn Runner>>,
    steps: Vec<Arc<dyn Step>>,
    forge: Option<Arc<dyn Forge>>,
    clock: Option<Arc<dyn Clock>>,
    launcher: Option<Arc<dyn Launcher>>,
    seed: Option<u64>,
    listener: Option<Arc<dyn Listener>>,
    observer: Option<Arc<dyn Observer>>,
}

impl Builder {
    /// Sets the store that holds the tasks. Required.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Sets where the artifacts of runs are sent, so that they can be read from other machines.
    ///
    /// By default they stay in files on this machine ([`LocalArtifacts`](super::LocalArtifacts)).
    pub fn artifacts(mut self, artifacts: Arc<dyn ArtifactStore>) -> Self {
        self.artifacts = Some(artifacts);
        self
    }

    /// Sets the path of the git repository. Required.
    pub fn repository(mut self, path: impl Into<PathBuf>) -> Self {
        self.repository = Some(path.into());
        self
    }

    /// Sets the folder for worktrees, logs and the journal. Defaults to `.octopoid` in the repository.
    pub fn folder(mut self, path: impl Into<PathBuf>) -> Self {
        self.folder = Some(path.into());
        self
    }

    /// Sets the settings. Required.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = Some(settings);
        self
    }

    /// Adds an agent. May be repeated.
    pub fn agent(mut self, agent: AgentSettings) -> Self {
        self.agents.push(agent);
        self
    }

    /// Adds several agents.
    pub fn agents(mut self, agents: impl IntoIterator<Item = AgentSettings>) -> Self {
        self.agents.extend(agents);
        self
    }

    /// Sets the defaults for agents, used where neither the agent nor its role gives a value.
    pub fn agent_defaults(mut self, defaults: AgentDefaults) -> Self {
        self.defaults = defaults;
        self
    }

    /// Adds a role that at least one agent must have. May be repeated; a later role of the same name replaces an earlier one.
    pub fn role(mut self, role: Arc<dyn Role>) -> Self {
        self.required.push(role.spec().name.clone());
        self.roles.push(role);
        self
    }

    /// Adds several roles that agents may have.
    pub fn roles(mut self, roles: impl IntoIterator<Item = Arc<dyn Role>>) -> Self {
        self.roles.extend(roles);
        self
    }

    /// Allows the orchestrator to be built although no agent on this machine serves some role, or reviews.
    ///
    /// People, or other programs on the same store, are expected to do that.
    ///
    /// Not needed for one of several machines ([`Settings::with_machine`], [`Settings::with_shared_work`]).
    pub fn allow_unserved(mut self) -> Self {
        self.unserved = true;
        self
    }

    /// Adds a runner. May be repeated; a later runner of the same name replaces an earlier one.
    pub fn runner(mut self, runner: Arc<dyn Runner>) -> Self {
        self.runners.push(runner);
        self
    }

    /// Adds several runners.
    pub fn runners(mut self, runners: impl IntoIterator<Item = Arc<dyn Runner>>) -> Self {
        self.runners.extend(runners);
        self
    }

    /// Adds a step that flows may name. May be repeated; a later step of the same name replaces an earlier one.
    pub fn step(mut self, step: Arc<dyn Step>) -> Self {
        self.steps.push(step);
        self
    }

    /// Sets the forge that receives finished work. Defaults to [`LocalForge`].
    pub fn forge(mut self, forge: Arc<dyn Forge>) -> Self {
        self.forge = Some(forge);
        self
    }

    /// Sets the source of time. Defaults to the system clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets how every program is started: agents, tests and scripts, plugins in child processes, and git.
    ///
    /// By default programs are started directly.
    pub fn launcher(mut self, launcher: Arc<dyn Launcher>) -> Self {
        self.launcher = Some(launcher);
        self
    }

    /// Sets the seed of the random number generator, for tests that have to be reproducible.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the listener that receives every notice, for example to collect metrics.
    pub fn listener(mut self, listener: Arc<dyn Listener>) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Sets the observer that is called at every point that a run reaches; for tests.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Builds the orchestrator.
    ///
    /// Checks that its parts fit together and that tasks can be completed with them: each agent has its role and its runner, and
    /// at least one agent reviews where the flow requires a review.
    ///
    /// # Errors
    /// Returns a [`BuildError`] that says which part is missing or does not fit.
    pub async fn build(self) -> Result<Orchestrator, BuildError> {
        let store = self.store.ok_or(BuildError::Missing("a store"))?;
        let settings = self.settings.ok_or(BuildError::Missing("settings"))?;
        let path = self.repository.ok_or(BuildError::Missing("a repository"))?;
        let roles: BTreeMap<_, _> =
            self.roles.into_iter().map(|role| (role.spec().name.clone(), role)).collect();
        let runners: BTreeMap<_, _> =
            self.runners.into_iter().map(|runner| (runner.name().to_owned(), runner)).collect();
        let steps: BTreeMap<_, _> =
            self.steps.into_iter().map(|step| (step.name().to_owned(), step)).collect();
        check_steps(&settings, &steps)?;
        let with_defaults = |agent: AgentSettings| match roles.get(&agent.role) {
            Some(role) => agent.with_defaults(&role.spec().defaults),
            None => agent,
        };
        let agents: Vec<_> = self
            .agents
            .into_iter()
            .map(|agent| {
                with_defaults(agent).with_defaults(&self.defaults).with_defaults(&AgentDefaults::last())
            })
            .collect();
        check_agents(&agents, &roles, &runners)?;
        let alone = settings.machine.is_none() && !settings.share_work;
        if alone && !self.unserved {
            check_served(&settings, &agents, &roles, &self.required)?;
        }

        let launcher = self.launcher.unwrap_or_else(|| Arc::new(DirectLauncher));
        let git = Git::new(settings.environment.clone()).with_launcher(launcher.clone());
        let branch = settings.base_branch.clone();
        let repository = blocking(move || {
            check_support(&git, &path, &branch)?.into_result()?;
            let repository = Repository::open(&path, git)?;
            repository.tip(&branch)?;
            Ok::<_, GitError>(repository)
        })
        .await?;
        let folder = self.folder.unwrap_or_else(|| repository.root().join(".octopoid"));
        let layout = Layout::new(&folder);
        let journal = Journal::open(layout.clone())
            .map_err(|source| BuildError::Folder { path: folder.clone(), source })?;
        let holds = Holds::open(layout.clone())
            .map_err(|source| BuildError::Folder { path: layout.holds(), source })?;
        let random = match self.seed {
            Some(seed) => StdRng::seed_from_u64(seed),
            None => StdRng::from_rng(&mut rand::rng()),
        };
        let notices = broadcast::Sender::new(KEPT);
        let handle = Handle::new(store.clone(), &settings, notices.downgrade());
        let unpaused = agents.iter().filter(|agent| !agent.paused);
        let served =
            unpaused.filter_map(|agent| Some((agent.role.clone(), roles.get(&agent.role)?.spec().claims)));
        let accounts = accounts_of(&agents, &runners, &settings);
        let limits = Accounts::open(layout.accounts());
        let state = LoopState { hints: Hints::of(served), accounts: limits, ..LoopState::default() };
        let shared = Shared {
            store,
            artifacts: self.artifacts,
            repository,
            layout,
            journal,
            settings,
            agents,
            accounts,
            roles,
            runners,
            steps,
            forge: self.forge.unwrap_or_else(|| Arc::new(LocalForge)),
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
            launcher,
            random: Mutex::new(random),
            installation: OnceLock::new(),
            notices: notices.downgrade(),
            listener: self.listener,
            observer: self.observer,
            guard: tokio::sync::Mutex::default(),
            holds,
            worktrees: tokio::sync::Mutex::default(),
        };
        Ok(Orchestrator { scheduler: Scheduler { shared: Arc::new(shared), handle, state }, notices })
    }
}

/// Returns the account of each agent: the configured one, else that of its runner's credential, else one named after the agent.
fn accounts_of(
    agents: &[AgentSettings],
    runners: &BTreeMap<String, Arc<dyn Runner>>,
    settings: &Settings,
) -> BTreeMap<AgentName, String> {
    let account = |agent: &AgentSettings| {
        let runner = agent.runner.as_ref().and_then(|name| runners.get(name));
        let of_runner = || {
            let check = RunnerCheck {
                command: agent.command.clone(),
                environment: settings.environment_for(&agent.env),
            };
            std::panic::catch_unwind(AssertUnwindSafe(|| runner?.account(&check))).ok().flatten()
        };
        agent.account.clone().or_else(of_runner).unwrap_or_else(|| agent.name.to_string())
    };
    agents.iter().map(|agent| (agent.name.clone(), account(agent))).collect()
}
