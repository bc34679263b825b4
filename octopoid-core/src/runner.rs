//! What drives an agent program.

pub use crate::model::StopReason;

use crate::model::{AgentName, CommitId, RoleName, RunId, SessionId, TaskId, Usage};
use crate::process::{DirectLauncher, Launcher};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Drives one AI program, or anything that behaves like one.
#[async_trait]
pub trait Runner: Send + Sync + Debug {
    /// The name by which `agents.yaml` chooses it.
    fn name(&self) -> &str;

    /// Whether it can go on in an earlier conversation ([`AgentRequest::resume`]).
    fn resumes_sessions(&self) -> bool;

    /// Whether the agent program could be started: it is installed, its settings are there. Asks no network.
    ///
    /// # Errors
    /// [`Unavailable`], with what to do about it.
    async fn check(&self, request: &RunnerCheck) -> Result<(), Unavailable>;

    /// Returns a name for the account that an agent with this environment uses: what the model's limits belong to. Two agents with
    /// the same credential have the same account. The name shows nothing of the credential.
    ///
    /// None where that cannot be told; each such agent then has limits of its own.
    fn account(&self, request: &RunnerCheck) -> Option<String> {
        let _ = request;
        None
    }

    /// Runs the agent to its end and says how it ended.
    ///
    /// # Behavior
    /// - Everything it writes lies under [`AgentRequest::files`]. If that folder shows that this very call was
    ///   started before, because an orchestrator was killed meanwhile, the agent is not started again: a live one is
    ///   taken up, a finished one is read.
    /// - When [`AgentRequest::cancel`] is cancelled the agent is stopped, politely first, with every process it
    ///   started, and the report says `Cancelled`. A call that is cancelled before it begins starts no agent.
    /// - What the agent uses and the name of its conversation are told to the sink as they become known, and reported in the end.
    /// - Programs are started through [`AgentRequest::launcher`], as everything in [`process`](crate::process) does.
    /// - Every way to end is a [`StopReason`]; this never fails otherwise.
    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport;
}

/// What [`Runner::check`] looks at.
#[derive(Debug, Clone, Default)]
pub struct RunnerCheck {
    /// The agent's command line, where it has its own.
    pub command: Vec<String>,
    /// The environment that the agent would get.
    pub environment: BTreeMap<String, String>,
}

/// The agent program cannot be started on this machine as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {remedy}")]
pub struct Unavailable {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// One call of an agent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AgentRequest {
    /// The run it belongs to.
    pub run: RunId,
    /// The task.
    pub task: TaskId,
    /// The number of the attempt.
    pub attempt: u32,
    /// The role.
    pub role: RoleName,
    /// The agent.
    pub agent: AgentName,
    /// What the agent is to do.
    pub prompt: String,
    /// What it is told about itself, where the program takes that apart.
    pub system_prompt: Option<String>,
    /// The folder it works in.
    pub directory: PathBuf,
    /// A folder of this call's own, for its prompt, output and result.
    pub files: PathBuf,
    /// The base commit of the work.
    pub base: Option<CommitId>,
    /// The newest commit of the base branch; the work may stand on an older one.
    pub base_tip: Option<CommitId>,
    /// The task with its thread, as JSON.
    pub task_json: String,
    /// The model; none leaves it to the program.
    pub model: Option<String>,
    /// The most turns.
    pub max_turns: Option<u32>,
    /// The most money, in US dollars.
    pub budget_usd: Option<f64>,
    /// The tools it may use; none leaves it to the program.
    pub tools: Vec<String>,
    /// The program and its arguments, for runners without a program of their own.
    pub command: Vec<String>,
    /// The whole environment of the program: what is not here it does not see (I28).
    pub environment: BTreeMap<String, String>,
    /// What the structured result must look like, as a JSON schema.
    pub output_schema: Option<serde_json::Value>,
    /// The conversation to go on in.
    pub resume: Option<SessionId>,
    /// The longest time in all.
    pub timeout: Duration,
    /// The longest time without a sign of life.
    pub idle_timeout: Duration,
    /// The most output, in bytes.
    pub max_output: u64,
    /// Cancelled when the agent is to stop.
    pub cancel: CancellationToken,
    /// How programs are started; every one that the runner starts goes through it.
    pub launcher: Arc<dyn Launcher>,
}

impl AgentRequest {
    /// A request with the usual bounds: an hour in all, fifteen minutes of silence, 256 MiB of output.
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

/// Hears what an agent does while it does it.
pub trait AgentSink: Send + Sync {
    /// Takes one event. Returns at once.
    fn event(&self, event: AgentEvent);
}

/// What an agent does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgentEvent {
    /// Its conversation's name is known.
    Session(SessionId),
    /// It says something.
    Text(String),
    /// It uses a tool.
    Tool {
        /// The tool's name.
        name: String,
        /// What with, in one line.
        input: String,
    },
    /// What it has used so far in this call.
    Usage(Usage),
    /// It printed something else, or the runner has something to say.
    Log(String),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AgentReport {
    /// Why it ended.
    pub stop: StopReason,
    /// The last thing it said.
    pub text: String,
    /// Its structured result, as it gave it.
    pub result: Option<serde_json::Value>,
    /// What this call used.
    pub usage: Usage,
    /// Its conversation.
    pub session: Option<SessionId>,
    /// The signal that ended the program, where the runner sent none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
}

impl AgentReport {
    /// A report with nothing but the reason to stop.
    pub fn stopped(stop: StopReason) -> Self {
        Self { stop, text: String::new(), result: None, usage: Usage::default(), session: None, signal: None }
    }
}
