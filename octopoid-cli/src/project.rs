//! An installation: the `.octopoid` folder that a command works on, with what its files say.

use crate::caller::Caller;
use crate::commands::ADMIN;
use crate::config::{self, AgentsFile, ConfigFile, Document, Known, Problem, Step, line_of};
use crate::connection::{Connection, KEY};
use crate::environment::Environment;
use crate::error::{CliError, Kind, Result, with_causes};
use crate::flows::Flows;
use crate::git::{Git, GitFailure};
use crate::jobs::Jobs;
use crate::output::Output;
use crate::roles::Roles;
use crate::task_files::Workers;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Policy, RoleName, Scope};
use octopoid_core::orchestrator::{AgentSettings, Layout, Settings, running_pid};
use octopoid_core::store::Store;
use octopoid_core::transition::Actor;
use octopoid_store::{SqliteOptions, SqliteStore, saved_copies};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the folder.
pub(crate) const FOLDER: &str = ".octopoid";

/// What to do where the repository is none.
pub(crate) const NAME_A_REPOSITORY: &str = "name a git repository in `repo.path`, or remove that line";

/// What every command is given.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) environment: Environment,
    pub(crate) output: Output,
    /// Where to look from.
    pub(crate) directory: PathBuf,
    /// Who gives the command.
    pub(crate) caller: Caller,
}

impl Context {
    /// The nearest `.octopoid` upwards, with its files read and checked as far as they need no repository.
    pub(crate) fn project(&self) -> Result<Project> {
        Project::read(&self.find()?).map_err(|problems| wrong(&problems))
    }

    /// The nearest folder upwards that has a `.octopoid`.
    pub(crate) fn find(&self) -> Result<PathBuf> {
        let from = self.directory.canonicalize().map_err(|error| {
            CliError::usage(format!("cannot look for {FOLDER} from {}: {error}", self.directory.display()))
                .hint("give an existing folder with --dir")
        })?;
        folder_above(&from).ok_or_else(|| {
            CliError::configuration(format!("there is no {FOLDER} in {} or above", from.display()))
                .hint("`octopoid init` in a git repository makes one; --dir looks from elsewhere")
        })
    }

    /// The author of what is said or asked for: the person, or the run that the command was called from.
    pub(crate) fn author(&self) -> String {
        self.caller.run_name().unwrap_or_else(|| self.person())
    }

    /// The person who decides by a command, with where that was said; refused to what belongs to a run (I39).
    pub(crate) fn decider(&self, command: &str) -> Result<String> {
        self.decider_named(command, None)
    }

    fn decider_named(&self, command: &str, name: Option<&str>) -> Result<String> {
        self.require_person(command)?;
        let place = self.environment.host_name().map_or_else(String::new, |host| format!(" on {host}"));
        let name = name.map_or_else(|| self.person(), str::to_owned);
        Ok(format!("{name} (octopoid {command}{place})"))
    }

    /// The same, as the one who asks for a transition.
    pub(crate) fn actor(&self, command: &str) -> Result<Actor> {
        self.actor_named(command, None)
    }

    /// Like `actor`, for a person who is named.
    pub(crate) fn actor_named(&self, command: &str, name: Option<&str>) -> Result<Actor> {
        self.decider_named(command, name).map(Actor::Person)
    }

    /// Checks that a person gives the command.
    pub(crate) fn require_person(&self, command: &str) -> Result<()> {
        let Caller::Run { run, evidence } = &self.caller else { return Ok(()) };
        let run = run.as_ref().map_or_else(|| "a run".to_owned(), |run| format!("run {run}"));
        Err(CliError::refused(format!(
            "`octopoid {command}` needs a person, and this was called from inside {run}: {evidence}"
        ))
        .hint("an agent cannot decide; run this from a terminal of your own"))
    }

    fn person(&self) -> String {
        Git::new(&self.environment, &self.directory)
            .user_name()
            .or_else(|| self.environment.get("USER").map(str::to_owned))
            .unwrap_or_else(|| "user".to_owned())
    }
}

/// The nearest folder upwards that has a `.octopoid`. The copy in a task's worktree, of a repository that contains its
/// configuration, is none: the worktree belongs to the installation that made it.
pub(crate) fn folder_above(from: &Path) -> Option<PathBuf> {
    let is_worktree = |folder: &Path| {
        let layout = folder.parent().filter(|worktrees| worktrees.ends_with(format!("{FOLDER}/worktrees")));
        layout.and_then(Path::parent).is_some_and(|layout| layout.join("config.yaml").is_file())
    };
    let found = from.ancestors().filter(|folder| folder.join(FOLDER).is_dir());
    found.map(Path::to_owned).find(|folder| !is_worktree(folder))
}

/// An installation whose files were read.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder that contains `.octopoid`.
    pub(crate) root: PathBuf,
    pub(crate) layout: Layout,
    pub(crate) config: Document<ConfigFile>,
    pub(crate) agents: Document<AgentsFile>,
}

impl Project {
    /// Reads both files under a folder.
    pub(crate) fn read(root: &Path) -> Result<Self, Vec<Problem>> {
        let folder = root.join(FOLDER);
        let config = config::read::<ConfigFile>(&folder.join("config.yaml"));
        let agents = config::read::<AgentsFile>(&folder.join("agents.yaml"));
        match (config, agents) {
            (Ok(config), Ok(agents)) => {
                Ok(Self { root: root.to_owned(), layout: Layout::new(folder), config, agents })
            }
            (config, agents) => Err([config.err(), agents.err()].into_iter().flatten().collect()),
        }
    }

    /// The repository.
    pub(crate) fn repository(&self) -> PathBuf {
        self.config.value.repo.path.as_ref().map_or_else(|| self.root.clone(), |path| self.root.join(path))
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        let own = || self.layout.root().join("octopoid.db");
        self.config.value.database.as_ref().map_or_else(own, |path| self.root.join(path))
    }

    pub(crate) fn scope(&self) -> Scope {
        let named = self.config.value.server.as_ref().map(config::Server::scope);
        // A cluster whose name cannot be a scope is refused where the files are checked.
        named.and_then(Result::ok).unwrap_or_else(Scope::single)
    }

    /// Whether `octopoid pause` holds.
    pub(crate) fn pause_marker(&self) -> PathBuf {
        self.layout.runtime().join("paused")
    }

    /// What the files may refer to.
    pub(crate) fn known(&self, roles: &Roles, environment: &Environment) -> Known {
        let git = Git::new(environment, self.repository());
        Known {
            roles: roles.names(),
            runners: crate::runners::NAMES.map(str::to_owned).to_vec(),
            role_runners: roles
                .all
                .iter()
                .filter_map(|loaded| {
                    Some((loaded.spec().name.clone(), loaded.spec().defaults.runner.clone()?))
                })
                .collect(),
            branches: git.branches().ok(),
            remotes: git.remotes().ok(),
            has_folder: self.has_folder(&git),
            max_lease: config::policy(&self.config.value).max_lease.as_secs(),
        }
    }

    /// Every problem with the files, the roles and the repository.
    pub(crate) fn problems(&self, roles: &Roles, environment: &Environment) -> Vec<Problem> {
        let mut problems = roles.problems.clone();
        problems.extend(Flows::load(self.layout.root(), roles).problems);
        problems.extend(Jobs::load(self, &Workers::of(roles), environment).problems);
        problems.extend(self.repository_problem(environment));
        problems.extend(config::check(&self.config, &self.agents, &self.known(roles, environment)));
        problems.extend(crate::github::problems(self, environment));
        problems.extend(crate::role_checks::problems(&self.agents, roles));
        problems
    }

    /// Why the repository cannot be asked for anything.
    fn repository_problem(&self, environment: &Environment) -> Option<Problem> {
        let error = Git::new(environment, self.repository()).root().err()?;
        let named = self.config.value.repo.path.is_some();
        Some(Problem {
            file: self.config.path.clone(),
            line: line_of(&self.config.text, &[Step::Key("repo"), Step::Key("path")]).filter(|_| named),
            problem: self.why_no_repository(&error),
            fix: NAME_A_REPOSITORY.to_owned(),
        })
    }

    /// The same in words, which name the setting that leads there.
    pub(crate) fn why_no_repository(&self, error: &GitFailure) -> String {
        let path = self.repository();
        let place = match self.config.value.repo.path {
            Some(_) => format!("`repo.path` names {}", path.display()),
            None => format!("`repo.path` is not set, and this is in {}", path.display()),
        };
        match error {
            GitFailure::NoFolder(_) => format!("{place}, and there is no such folder"),
            GitFailure::Refused(why) if why.starts_with("not a git repository") => {
                format!("{place}, which is not in a git repository")
            }
            GitFailure::Refused(_) | GitFailure::Missing(_) => {
                format!("{place}, which cannot be used as a repository: {error}")
            }
        }
    }

    /// Whether the base branch has the folder in which agents start, where one is named and the branch is there.
    fn has_folder(&self, git: &Git<'_>) -> Option<bool> {
        let repo = &self.config.value.repo;
        let folder = repo.start_folder()?;
        git.branches().ok()?.contains(&repo.base_branch).then(|| git.has_folder(&repo.base_branch, &folder))
    }

    /// Whether the queue is on a server.
    pub(crate) fn is_remote(&self) -> bool {
        self.config.value.server.as_ref().is_some_and(config::Server::is_remote)
    }

    /// The orchestrator's settings.
    pub(crate) fn settings(&self, environment: &Environment) -> Result<Settings> {
        let mut variables = environment.variables.clone();
        // The keys of the queue are not for agents, whatever agents.yaml says (I28).
        for secret in [KEY, ADMIN] {
            variables.remove(secret);
        }
        config::settings(&self.config.value, variables)
            .map_err(|error| CliError::configuration(error.to_string()).hint("mend `server` in config.yaml"))
    }

    /// The same with the flows, and as one of several machines where it is one.
    pub(crate) fn settings_in_full(&self, roles: &Roles, environment: &Environment) -> Result<Settings> {
        let mut settings = self.settings(environment)?;
        settings.share_work = self.is_remote();
        let flows = Flows::load(self.layout.root(), roles);
        settings.flows = flows.all.into_iter().map(|(name, loaded)| (name, loaded.flow)).collect();
        Ok(settings)
    }

    /// The agents, one for each instance, with what they say themselves.
    pub(crate) fn agent_settings(&self) -> Vec<AgentSettings> {
        config::agent_settings(&self.agents.value)
    }

    /// The agents as they will work, with what their roles and the file say for them.
    pub(crate) fn agents_in_full(&self, roles: &Roles) -> Vec<AgentSettings> {
        let of_role = |name: &RoleName| roles.get(name).map(|loaded| &loaded.spec().defaults);
        config::agents_in_full(&self.agents.value, of_role)
    }

    /// Reaches the server, or opens the database.
    pub(crate) async fn store(&self, context: &Context) -> Result<Arc<dyn Store>> {
        match self.connection(&context.environment)? {
            Some(connection) => Ok(Arc::new(connection.open().await?)),
            None => Ok(Arc::new(self.sqlite().await?)),
        }
    }

    /// The way to the server, where the queue is on one.
    pub(crate) fn connection(&self, environment: &Environment) -> Result<Option<Connection>> {
        let server = self.config.value.server.as_ref().filter(|server| server.is_remote());
        server.map(|server| Connection::new(server, &self.root, self.layout.root(), environment)).transpose()
    }

    /// Opens the database.
    pub(crate) async fn sqlite(&self) -> Result<SqliteStore> {
        let path = self.database();
        if let Some(pid) =
            running_pid(&self.layout).filter(|pid| *pid != std::process::id() && !path.exists())
        {
            return Err(CliError::unavailable(format!(
                "the database {} was removed while an orchestrator (process {pid}) runs",
                path.display()
            ))
            .hint("`octopoid status` follows what it does: it saves what was in it beside, and ends"));
        }
        open_database(path, config::policy(&self.config.value), Some(&self.root)).await
    }
}

/// Opens a database, or makes it. A copy of one that is removed with its folder while it is in use is saved in `rescue`.
pub(crate) async fn open_database(
    path: PathBuf,
    policy: Policy,
    rescue: Option<&Path>,
) -> Result<SqliteStore> {
    let name = path.display().to_string();
    if let Some(copy) = saved_copies(&path).last().filter(|_| !path.exists()) {
        let copy = copy.display();
        return Err(CliError::refused(format!("the database {name} was removed while it was in use")).hint(
            format!(
                "restore the saved copy: mv {copy} {name}; or remove the copy to begin with an empty queue"
            ),
        ));
    }
    let mut options = SqliteOptions::new();
    options.rescue_folder = rescue.map(Path::to_owned);
    let open = move || {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        SqliteStore::open_with(path, clock, policy, options)
    };
    let opened = tokio::task::spawn_blocking(open)
        .await
        .map_err(|error| CliError::failure(format!("opening {name} ended by a defect: {error}")))?;
    opened.map_err(|error| {
        let kind = if error.is_retryable() { Kind::Unavailable } else { Kind::Failure };
        CliError::new(kind, format!("cannot open the database {name}: {}", with_causes(&error)))
            .hint("`octopoid doctor` checks the database, the folder and the disk")
    })
}

/// One error for all problems.
pub(crate) fn wrong(problems: &[Problem]) -> CliError {
    let mut message = String::from("the configuration is wrong");
    for problem in problems {
        message.push_str(&format!("\n  {problem}\n    fix: {}", problem.fix));
    }
    CliError::configuration(message).hint("mend it, and check it with `octopoid validate`")
}
