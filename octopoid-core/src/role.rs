//! Roles: the kinds of work that agents do on a task.
//!
//! A [`Role`] is a pure function from a task, a workspace and a runner to an [`Outcome`]. It never pushes, merges or changes a
//! task's state: the orchestrator does that, in one place, so that a crash can be resumed. After a restart the role is run again
//! for the same run, and each agent call that it had already made returns the same report as before; see
//! [`RoleHost::run_agent`].

mod defaults;

pub use defaults::AgentDefaults;

use crate::model::{
    CommitId, ConflictResolution, Diff, Message, Outcome, PlacedComment, RoleName, RunId, SessionId,
    StopReason, Task, Usage,
};
use crate::process::{DirectLauncher, Launcher};
use crate::runner::AgentReport;
use crate::transition::Purpose;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Kind of work that an agent does on a claimed task.
#[async_trait]
pub trait Role: Send + Sync + Debug {
    /// Returns the role's name, claim purpose, workspace and defaults.
    fn spec(&self) -> &RoleSpec;

    /// Returns whether third-party native code runs inside this process for the role and could abort the whole process.
    ///
    /// If the process dies, a run of such a role is the first suspect and is restarted fewer times than others.
    fn shares_process(&self) -> bool {
        false
    }

    /// Returns whether the role calls an agent program; an agent without a runner cannot be given such a role.
    fn needs_runner(&self) -> bool {
        false
    }

    /// Works on one claim of one task.
    ///
    /// # Errors
    /// [`RoleError`] when the run reached no outcome; the orchestrator decides by the error what happens to the task.
    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError>;
}

/// Description of a role: its name and what it needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoleSpec {
    /// Name.
    pub name: RoleName,
    /// Description in one line.
    pub description: String,
    /// Purpose for which the role claims tasks.
    pub claims: Purpose,
    /// Kind of workspace the role works in.
    pub workspace: WorkspaceKind,
    /// Default settings for the role's agents, used where an agent's own configuration is silent.
    #[serde(default)]
    pub defaults: AgentDefaults,
}

impl RoleSpec {
    /// Returns a role that works on tasks addressed to it by name, in the task's own worktree.
    pub fn worker(name: RoleName, description: impl Into<String>) -> Self {
        Self {
            name,
            description: description.into(),
            claims: Purpose::Work,
            workspace: WorkspaceKind::Own,
            defaults: AgentDefaults::default(),
        }
    }

    /// Returns a role that reviews submitted work in the task's worktree.
    pub fn reviewer(name: RoleName, description: impl Into<String>) -> Self {
        Self {
            name,
            description: description.into(),
            claims: Purpose::Review,
            workspace: WorkspaceKind::Task,
            defaults: AgentDefaults::default(),
        }
    }

    /// Sets the kind of workspace.
    #[must_use]
    pub fn with_workspace(mut self, workspace: WorkspaceKind) -> Self {
        self.workspace = workspace;
        self
    }

    /// Sets the default settings for the role's agents.
    #[must_use]
    pub fn with_defaults(mut self, defaults: AgentDefaults) -> Self {
        self.defaults = defaults;
        self
    }
}

/// Kind of workspace a role works in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceKind {
    /// The task's own worktree; the role's commits there are the work.
    Own,
    /// The task's worktree for reading; changes made there are set aside.
    Task,
    /// An empty folder.
    None,
}

/// Input of a role for one run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoleContext {
    /// Identifier of the run.
    pub run: RunId,
    /// Number of the attempt.
    pub attempt: u32,
    /// Task to work on.
    pub task: Task,
    /// Messages of the task's thread so far, including the feedback of every earlier round.
    pub thread: Vec<Message>,
    /// Workspace of the run.
    pub workspace: Workspace,
    /// Previous attempt, if it was interrupted or its work was not accepted.
    pub previous: Option<PreviousAttempt>,
    /// Session of the agent program to resume; `None` starts a new one.
    pub session: Option<SessionId>,
    /// Review comments that were sent and are not resolved, with their places in the work when the run began (I40).
    pub comments: Vec<PlacedComment>,
    /// Results of the configured tests on the submitted work; `None` if no tests were run.
    pub checks: Option<String>,
    /// Notices for a reviewer about the work and its author, one text each: refs that were moved, files left uncommitted, test
    /// scripts that the work changes.
    pub notices: Vec<String>,
    /// Difference from the approved work, for a reviewer of work that had been approved and came back only because of a conflict.
    ///
    /// `None` if the whole work is to be reviewed.
    pub resolution: Option<ConflictResolution>,
    /// Agent's own settings for the role.
    pub settings: serde_json::Value,
    /// Maximum time without output, for roles whose progress the orchestrator cannot observe.
    pub idle_timeout: Duration,
    /// Token that is cancelled when the role has to stop.
    pub cancel: CancellationToken,
    /// Launcher through which the role starts every program.
    pub launcher: Arc<dyn Launcher>,
    /// Connection back to the orchestrator.
    pub host: Arc<dyn RoleHost>,
}

impl RoleContext {
    /// Returns a context for one run, with defaults for the optional fields: no thread, 15 minutes of idle time.
    pub fn new(run: RunId, attempt: u32, task: Task, workspace: Workspace, host: Arc<dyn RoleHost>) -> Self {
        Self {
            run,
            attempt,
            task,
            thread: Vec::new(),
            workspace,
            previous: None,
            session: None,
            comments: Vec::new(),
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

    /// Returns the difference from the approved work if only the resolution of a conflict is to be reviewed.
    pub fn resolution(&self) -> Option<&ConflictResolution> {
        self.resolution.as_ref()
    }
}

/// Previous attempt that was interrupted or not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PreviousAttempt {
    /// Number among the task's runs.
    pub number: u32,
    /// Reason, as text for people.
    pub why: String,
    /// Last text of its agent, if known.
    pub last_words: Option<String>,
}

impl PreviousAttempt {
    /// Returns an attempt with the reason why it came to nothing.
    pub fn new(number: u32, why: impl Into<String>) -> Self {
        Self { number, why: why.into(), last_words: None }
    }

    /// Sets the last text of its agent.
    #[must_use]
    pub fn with_last_words(mut self, text: impl Into<String>) -> Self {
        self.last_words = Some(text.into());
        self
    }
}

/// Folder a role works in, with the commits it starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Workspace {
    /// Path of the folder.
    pub path: PathBuf,
    /// Name of the base branch.
    pub base_branch: String,
    /// Base commit of the work; `None` without a repository.
    pub base: Option<CommitId>,
    /// Newest commit of the base branch when the run began; the work may be based on an older one.
    pub tip: Option<CommitId>,
    /// Newest commit of the work when the run began.
    pub head: Option<CommitId>,
}

impl Workspace {
    /// Returns a folder without a repository.
    pub fn new(path: impl Into<PathBuf>, base_branch: impl Into<String>) -> Self {
        Self { path: path.into(), base_branch: base_branch.into(), base: None, tip: None, head: None }
    }

    /// Sets the base commit of the work, the newest commit of the base branch and the newest commit of the work.
    #[must_use]
    pub fn with_commits(mut self, base: CommitId, tip: CommitId, head: CommitId) -> Self {
        (self.base, self.tip, self.head) = (Some(base), Some(tip), Some(head));
        self
    }
}

/// Services that the orchestrator offers to a role.
#[async_trait]
pub trait RoleHost: Send + Sync + Debug {
    /// Runs an agent in the workspace with the agent's settings and returns its report.
    ///
    /// # Behavior
    /// - The calls of one run are numbered. After a restart of the orchestrator a call is not made twice: the report on disk is
    ///   returned, or the agent that is still running is attached to.
    /// - A structured result that does not match [`AgentCall::output_schema`] is sent back to the agent with the mismatch, at
    ///   most twice: in the same session if the runner can resume it, else in a new one. A report without a structured result is
    ///   returned unchanged.
    ///
    /// # Errors
    /// - [`RoleError::Agent`] when the agent did not complete normally.
    /// - [`RoleError::Report`] when its result still does not match the schema.
    /// - [`RoleError::Unusable`] when the schema itself is invalid.
    async fn run_agent(&self, call: AgentCall) -> Result<AgentReport, RoleError>;

    /// Returns the changes of the work against its base.
    ///
    /// # Errors
    /// [`RoleError::Host`] when the orchestrator cannot compute it.
    async fn diff(&self) -> Result<Diff, RoleError>;

    /// Returns the commits of the work, oldest first, without those of the base branch.
    ///
    /// # Errors
    /// [`RoleError::Host`] when the orchestrator cannot list them.
    async fn commits(&self) -> Result<Vec<CommitLine>, RoleError>;

    /// Stores a file beside the prompt for the agent to read, and returns its path.
    ///
    /// # Errors
    /// [`RoleError::Host`] when the file cannot be written.
    async fn keep_file(&self, name: &str, content: &str) -> Result<PathBuf, RoleError>;

    /// Reports the role's progress, with the usage so far if known.
    fn progress(&self, text: &str, usage: Option<Usage>);

    /// Writes a line to the task's log.
    fn log(&self, line: &str);
}

/// Commit of the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommitLine {
    /// Commit hash.
    pub id: CommitId,
    /// First line of the commit message.
    pub subject: String,
}

impl CommitLine {
    /// Returns a commit with the first line of its message.
    pub fn new(id: CommitId, subject: impl Into<String>) -> Self {
        Self { id, subject: subject.into() }
    }
}

/// Request of a role to run an agent; everything not given here comes from the agent's settings.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct AgentCall {
    /// Prompt.
    pub prompt: String,
    /// System prompt.
    pub system_prompt: Option<String>,
    /// JSON schema of the structured result. The host enforces it; see [`RoleHost::run_agent`].
    pub output_schema: Option<serde_json::Value>,
    /// Session to resume.
    pub resume: Option<SessionId>,
    /// Model to use instead of the agent's own.
    pub model: Option<String>,
    /// Maximum number of turns, if lower than the agent's own limit.
    pub max_turns: Option<u32>,
    /// Budget in US dollars, if lower than the agent's own.
    pub budget_usd: Option<f64>,
}

impl AgentCall {
    /// Returns a call with a prompt and the agent's own settings.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), ..Self::default() }
    }

    /// Sets the system prompt.
    #[must_use]
    pub fn with_system_prompt(mut self, text: impl Into<String>) -> Self {
        self.system_prompt = Some(text.into());
        self
    }

    /// Sets the JSON schema of the structured result.
    #[must_use]
    pub fn with_output_schema(mut self, schema: serde_json::Value) -> Self {
        self.output_schema = Some(schema);
        self
    }

    /// Sets the session to resume.
    #[must_use]
    pub fn with_resume(mut self, session: Option<SessionId>) -> Self {
        self.resume = session;
        self
    }
}

/// Error returned when a role's run reached no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoleError {
    /// The agent did not complete normally.
    #[error("the agent {}", .0.describe())]
    Agent(StopReason),
    /// The agent's structured result does not match the requested schema, even after it was asked to correct it. The run's
    /// outcome is [`Outcome::NoReport`], with the problem and the result.
    #[error("the agent's report does not fit its schema: {problem}; it was: {seen}")]
    Report {
        /// Mismatch: what does not match, and where.
        problem: String,
        /// Beginning of the result.
        seen: String,
    },
    /// The orchestrator could not do what the role asked for.
    #[error("{message}")]
    Host {
        /// Description of what failed and why.
        message: String,
        /// Underlying cause.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The role aborted, or returned an invalid result. Charged to the task like a crashed agent, so that the task is not
    /// retried forever.
    #[error("the role failed: {0}")]
    Failed(String),
    /// The role cannot be used as configured: a template that does not render, settings that do not match.
    #[error("the role is not usable: {0}")]
    Unusable(String),
}
