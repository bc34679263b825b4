//! Runners: the drivers of agent programs.
//!
//! Defines the [`Runner`] trait, the request it is given and the report it returns. Implementations for real programs live
//! outside of this crate; [`Role`](crate::role::Role)s reach a runner through
//! [`RoleHost::run_agent`](crate::role::RoleHost::run_agent).

#[cfg(feature = "process")]
pub mod detached;

use crate::model::{AgentName, CommitId, RoleName, RunId, SessionId, StopReason, TaskId, Usage};
use crate::process::{DirectLauncher, Launcher};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Driver of one AI program, or of anything that behaves like one.
#[async_trait]
pub trait Runner: Send + Sync + Debug {
    /// Returns the name by which `agents.yaml` selects this runner.
    fn name(&self) -> &str;

    /// Returns whether its agents hear what is said to them while they work: it hands on the file that the variable `OCTOPOID_NEWS`
    /// names. The default is `false`: they find it in the file that `OCTOPOID_THREAD` names, where they look there.
    fn hears_messages(&self) -> bool {
        false
    }

    /// Returns whether the runner can resume an earlier session ([`AgentRequest::resume`]).
    fn resumes_sessions(&self) -> bool;

    /// Checks whether the agent program could be started: it is installed and configured. Does not use the network.
    ///
    /// # Errors
    /// [`Unavailable`], with what to do about it.
    async fn check(&self, request: &RunnerCheck) -> Result<(), Unavailable>;

    /// Returns a name for the account that an agent with this environment uses: the owner of the model's limits.
    ///
    /// Agents with the same credential have the same account. The name reveals nothing about the credential. `None` if the
    /// account cannot be determined; each such agent then has limits of its own.
    fn account(&self, request: &RunnerCheck) -> Option<String> {
        let _ = request;
        None
    }

    /// Runs the agent until it ends and returns how it ended.
    ///
    /// # Behavior
    /// - All files of the call are written under [`AgentRequest::files`]. If that folder shows that this very call was already
    ///   started, because an orchestrator was killed meanwhile, the agent is not started again: a live one is attached to, a
    ///   finished one is read.
    /// - When [`AgentRequest::cancel`] is cancelled, the agent is stopped, gracefully first, with every process it started, and
    ///   the report's reason is `Cancelled`. A call that is cancelled before it begins starts no agent.
    /// - The agent's usage and session are sent to the sink as they become known, and are part of the report.
    /// - Programs are started through [`AgentRequest::launcher`], as in [`process`](crate::process).
    /// - Every way to end is a [`StopReason`]; the method has no other kind of failure.
    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport;
}

/// Input of [`Runner::check`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RunnerCheck {
    /// Command line of the agent, if it has its own.
    pub command: Vec<String>,
    /// Environment variables that the agent would get.
    pub environment: BTreeMap<String, String>,
}

impl RunnerCheck {
    /// Returns the input for an agent with this command line, which is empty for the runner's own, and this environment.
    pub fn new(command: Vec<String>, environment: BTreeMap<String, String>) -> Self {
        Self { command, environment }
    }
}

/// Error returned when the agent program cannot be started on this machine as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {remedy}")]
#[non_exhaustive]
pub struct Unavailable {
    /// Problem.
    pub problem: String,
    /// Action that fixes it.
    pub remedy: String,
}

impl Unavailable {
    /// Returns a problem with the action that fixes it.
    pub fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }
}

/// Request to run an agent once.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AgentRequest {
    /// Run that the call belongs to.
    pub run: RunId,
    /// Task.
    pub task: TaskId,
    /// Number of the attempt.
    pub attempt: u32,
    /// Role.
    pub role: RoleName,
    /// Agent.
    pub agent: AgentName,
    /// Prompt.
    pub prompt: String,
    /// System prompt, for programs that take one separately.
    pub system_prompt: Option<String>,
    /// Working directory of the agent.
    pub directory: PathBuf,
    /// Folder reserved for this call: its prompt, output and result.
    pub files: PathBuf,
    /// Base commit of the work.
    pub base: Option<CommitId>,
    /// Newest commit of the base branch; the work may be based on an older one.
    pub base_tip: Option<CommitId>,
    /// Task with its thread, as JSON.
    pub task_json: String,
    /// Model; `None` leaves the choice to the program.
    pub model: Option<String>,
    /// Maximum number of turns.
    pub max_turns: Option<u32>,
    /// Budget in US dollars.
    pub budget_usd: Option<f64>,
    /// Tools the agent may use; an empty list leaves the choice to the program.
    pub tools: Vec<String>,
    /// Program and arguments, for runners that run an arbitrary command.
    pub command: Vec<String>,
    /// Complete environment of the program: it sees no other variable (I28).
    pub environment: BTreeMap<String, String>,
    /// JSON schema of the structured result.
    pub output_schema: Option<serde_json::Value>,
    /// Session to resume.
    pub resume: Option<SessionId>,
    /// Maximum duration of the call.
    pub timeout: Duration,
    /// Maximum time without output.
    pub idle_timeout: Duration,
    /// Maximum output, in bytes.
    pub max_output: u64,
    /// Token that is cancelled when the agent has to stop.
    pub cancel: CancellationToken,
    /// Launcher through which the runner starts every program.
    pub launcher: Arc<dyn Launcher>,
}

impl AgentRequest {
    /// Returns a request with the usual limits: one hour in total, 15 minutes without output, 256 MiB of output.
    #[expect(clippy::too_many_arguments, reason = "who asks, and what for: none of them has a default")]
    pub fn new(
        run: RunId,
        task: TaskId,
        attempt: u32,
        role: RoleName,
        agent: AgentName,
        prompt: impl Into<String>,
        directory: impl Into<PathBuf>,
        files: impl Into<PathBuf>,
    ) -> Self {
        Self {
            run,
            task,
            attempt,
            role,
            agent,
            prompt: prompt.into(),
            system_prompt: None,
            directory: directory.into(),
            files: files.into(),
            base: None,
            base_tip: None,
            task_json: "{}".to_owned(),
            model: None,
            max_turns: None,
            budget_usd: None,
            tools: Vec::new(),
            command: Vec::new(),
            environment: BTreeMap::new(),
            output_schema: None,
            resume: None,
            timeout: Duration::from_secs(3600),
            idle_timeout: Duration::from_secs(900),
            max_output: 256 << 20,
            cancel: CancellationToken::new(),
            launcher: Arc::new(DirectLauncher),
        }
    }
}

/// Receiver of an agent's events while it runs.
pub trait AgentSink: Send + Sync {
    /// Handles one event. Must return without blocking.
    fn event(&self, event: AgentEvent);
}

/// Event of a running agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgentEvent {
    /// Session identifier became known.
    Session(SessionId),
    /// Model that answers became known.
    Model(String),
    /// Text from the agent.
    Text(String),
    /// Use of a tool.
    Tool {
        /// Name of the tool.
        name: String,
        /// Input of the tool: its most telling part, or all of it. Shown in one line, and shortened.
        input: String,
    },
    /// Result of a tool.
    ToolResult {
        /// Text of the result. Shown shortened if it is long.
        text: String,
        /// Whether the tool failed or was refused.
        failed: bool,
    },
    /// Usage of this call so far.
    Usage(Usage),
    /// Other output of the program, or a note from the runner.
    Log(String),
}

/// Report of a finished call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AgentReport {
    /// Reason why the agent ended.
    pub stop: StopReason,
    /// Last text of the agent.
    pub text: String,
    /// Structured result, exactly as the agent gave it.
    pub result: Option<serde_json::Value>,
    /// Usage of this call.
    pub usage: Usage,
    /// Session of the agent program.
    pub session: Option<SessionId>,
    /// Signal that ended the program, if the runner did not send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
}

impl AgentReport {
    /// Returns a report with the given reason and nothing else.
    pub fn stopped(stop: StopReason) -> Self {
        Self { stop, text: String::new(), result: None, usage: Usage::default(), session: None, signal: None }
    }
}
