//! What is done with a task.
//!
//! A role is a pure function from a task, a workspace and a runner to an [`Outcome`]. It never pushes, merges or changes
//! a task's state: the orchestrator does that, in one place, so that a crash can be resumed. After a restart a role is
//! simply run again for the same run, and every agent call that it had made gives the answer it gave before: see
//! [`RoleHost::run_agent`].

mod defaults;

pub use defaults::AgentDefaults;

use crate::model::{
    CommitId, ConflictResolution, Diff, Message, Outcome, RoleName, RunId, SessionId, Task, Usage,
};
use crate::process::{DirectLauncher, Launcher};
use crate::runner::{AgentReport, StopReason};
use crate::transition::Purpose;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A kind of work.
#[async_trait]
pub trait Role: Send + Sync + Debug {
    /// What it is, and what it needs.
    fn spec(&self) -> &RoleSpec;

    /// Whether a third party's native code works in this process for it, and may end the process as a whole. A run of such a
    /// role that was at work when the process died is the first to be suspected: it is begun again less often.
    fn shares_process(&self) -> bool {
        false
    }

    /// Returns whether it calls an agent program, so that an agent without a runner cannot have it.
    fn needs_runner(&self) -> bool {
        false
    }

    /// Works on one claim of one task.
    ///
    /// # Errors
    /// [`RoleError`] when it could not come to an outcome; the orchestrator then decides by the error what becomes of
    /// the task.
    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError>;
}

/// What a role is, and what it needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoleSpec {
    /// Its name.
    pub name: RoleName,
    /// What it does, in one line.
    pub description: String,
    /// What it claims tasks for.
    pub claims: Purpose,
    /// Where it works.
    pub workspace: WorkspaceKind,
    /// What holds for its agents where they do not say it themselves.
    #[serde(default)]
    pub defaults: AgentDefaults,
}

impl RoleSpec {
    /// A role that works on tasks of its own name, in the task's own worktree.
    pub fn worker(name: RoleName, description: impl Into<String>) -> Self {
        Self {
            name,
            description: description.into(),
            claims: Purpose::Work,
            workspace: WorkspaceKind::Own,
            defaults: AgentDefaults::default(),
        }
    }

    /// A role that reviews submitted work in the task's worktree.
    pub fn reviewer(name: RoleName, description: impl Into<String>) -> Self {
        Self {
            name,
            description: description.into(),
            claims: Purpose::Review,
            workspace: WorkspaceKind::Task,
            defaults: AgentDefaults::default(),
        }
    }

    /// With another workspace.
    #[must_use]
    pub fn with_workspace(mut self, workspace: WorkspaceKind) -> Self {
        self.workspace = workspace;
        self
    }

    /// With defaults for its agents.
    #[must_use]
    pub fn with_defaults(mut self, defaults: AgentDefaults) -> Self {
        self.defaults = defaults;
        self
    }
}

/// Where a role works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceKind {
    /// In the task's own worktree, and what it commits there is the work.
    Own,
    /// In the task's worktree, to read; what it changes there is set aside.
    Task,
    /// In an empty folder.
    None,
}

/// What a role is given for one run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoleContext {
    /// The run.
    pub run: RunId,
    /// The number of the attempt.
    pub attempt: u32,
    /// The task.
    pub task: Task,
    /// Everything said about it so far, with every earlier round's feedback.
    pub thread: Vec<Message>,
    /// Where to work.
    pub workspace: Workspace,
    /// The attempt before this one, where nothing was made of it: it was interrupted, or its work was not accepted.
    pub previous: Option<PreviousAttempt>,
    /// The conversation to go on in; none begins a new one.
    pub session: Option<SessionId>,
    /// How the configured tests went on the submitted work; none where none were run.
    pub checks: Option<String>,
    /// For a reviewer, what the orchestrator noticed of the work and its author: refs that were moved, files that were not
    /// committed, scripts of the tests that the work changes. One text each.
    pub notices: Vec<String>,
    /// For a reviewer, where the work had been approved and only a conflict sent it back: how it differs from what was
    /// approved. None where all of it is to be reviewed.
    pub resolution: Option<ConflictResolution>,
    /// The agent's own settings for the role.
    pub settings: serde_json::Value,
    /// The longest time without a sign of life, for roles that the orchestrator cannot look into.
    pub idle_timeout: Duration,
    /// Cancelled when the role is to stop.
    pub cancel: CancellationToken,
    /// How programs are started; every one that the role starts goes through it.
    pub launcher: Arc<dyn Launcher>,
    /// The way back to the orchestrator.
    pub host: Arc<dyn RoleHost>,
}

impl RoleContext {
    /// A context for one run.
    pub fn new(run: RunId, attempt: u32, task: Task, workspace: Workspace, host: Arc<dyn RoleHost>) -> Self {
        Self {
            run,
            attempt,
            task,
            thread: Vec::new(),
            workspace,
            previous: None,
            session: None,
            checks: None,
            notices: Vec::new(),
            resolution: None,
            settings: serde_json::Value::Null,
            idle_timeout: Duration::from_secs(900),
            cancel: CancellationToken::new(),
            launcher: Arc::new(DirectLauncher),
            host,
        }
    }

    /// How work that had been approved differs from that, where only the settlement of a conflict is to be reviewed.
    pub fn resolution(&self) -> Option<&ConflictResolution> {
        self.resolution.as_ref()
    }
}

/// An attempt that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousAttempt {
    /// Its number among the task's runs.
    pub number: u32,
    /// Why, in words.
    pub why: String,
    /// The last thing its agent said, where that is known.
    pub last_words: Option<String>,
}

/// Where a role works, and from what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The folder.
    pub path: PathBuf,
    /// The base branch's name.
    pub base_branch: String,
    /// The base commit of the work; none without a repository.
    pub base: Option<CommitId>,
    /// The newest commit of the base branch when the run began; the work may stand on an older one.
    pub tip: Option<CommitId>,
    /// The newest commit of the work when the run began.
    pub head: Option<CommitId>,
}

/// What a role can ask the orchestrator for.
#[async_trait]
pub trait RoleHost: Send + Sync + Debug {
    /// Runs an agent in the workspace with the agent's settings, and gives its report.
    ///
    /// # Behavior
    /// - The calls of one run are numbered. After a restart of the orchestrator the same call is not made again: it
    ///   gives the report that is on disk, or takes up the agent that still runs.
    /// - A structured result that does not fit [`AgentCall::output_schema`] goes back to the agent with what is wrong, at most twice:
    ///   in the same conversation where the runner can resume it, else in a new one. A report without any structured result is
    ///   given as it is.
    ///
    /// # Errors
    /// [`RoleError::Agent`] when the agent did not come to its own end, [`RoleError::Report`] when its result still does not fit,
    /// [`RoleError::Unusable`] when the schema is none.
    async fn run_agent(&self, call: AgentCall) -> Result<AgentReport, RoleError>;

    /// What the work changes against its base.
    ///
    /// # Errors
    /// [`RoleError::Host`].
    async fn diff(&self) -> Result<Diff, RoleError>;

    /// The subjects of the work's own commits, oldest first.
    ///
    /// # Errors
    /// [`RoleError::Host`].
    async fn commits(&self) -> Result<Vec<CommitLine>, RoleError>;

    /// Keeps a file for the agent to read beside the prompt, and gives its path.
    ///
    /// # Errors
    /// [`RoleError::Host`].
    async fn keep_file(&self, name: &str, content: &str) -> Result<PathBuf, RoleError>;

    /// Says how far the role is.
    fn progress(&self, text: &str, usage: Option<Usage>);

    /// Writes a line to the task's log.
    fn log(&self, line: &str);
}

/// One commit of the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitLine {
    /// The commit.
    pub id: CommitId,
    /// Its first line.
    pub subject: String,
}

/// What a role wants of an agent; the rest comes from the agent's settings.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct AgentCall {
    /// What it is to do.
    pub prompt: String,
    /// What it is told about itself.
    pub system_prompt: Option<String>,
    /// What the structured result must look like, as a JSON schema. The host enforces it; see [`RoleHost::run_agent`].
    pub output_schema: Option<serde_json::Value>,
    /// The conversation to go on in.
    pub resume: Option<SessionId>,
    /// Another model than the agent's own.
    pub model: Option<String>,
    /// Fewer turns than the agent may take.
    pub max_turns: Option<u32>,
    /// Less money than the agent may use, in US dollars.
    pub budget_usd: Option<f64>,
}

impl AgentCall {
    /// A call with a prompt.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), ..Self::default() }
    }

    /// With a system prompt.
    #[must_use]
    pub fn with_system_prompt(mut self, text: impl Into<String>) -> Self {
        self.system_prompt = Some(text.into());
        self
    }

    /// With a schema for the result.
    #[must_use]
    pub fn with_output_schema(mut self, schema: serde_json::Value) -> Self {
        self.output_schema = Some(schema);
        self
    }

    /// In an earlier conversation.
    #[must_use]
    pub fn with_resume(mut self, session: Option<SessionId>) -> Self {
        self.resume = session;
        self
    }
}

/// Why a role came to no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoleError {
    /// An agent did not come to its own end.
    #[error("the agent {}", .0.describe())]
    Agent(StopReason),
    /// An agent's structured result does not fit the schema that it was asked for, also after it was asked to correct it. The
    /// run's outcome is [`Outcome::NoReport`], with the problem and the result.
    #[error("the agent's report does not fit its schema: {problem}; it was: {seen}")]
    Report {
        /// What does not fit, and where.
        problem: String,
        /// The beginning of the result.
        seen: String,
    },
    /// The orchestrator could not do what the role asked for.
    #[error("{message}")]
    Host {
        /// What and why.
        message: String,
        /// The cause.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The role broke off, or answered with what makes no sense. Like an agent that crashed, it is charged to the task, so that
    /// it does not go round for ever.
    #[error("the role failed: {0}")]
    Failed(String),
    /// The role cannot be used as it is: a template that does not render, settings that do not fit.
    #[error("the role is not usable: {0}")]
    Unusable(String),
}
