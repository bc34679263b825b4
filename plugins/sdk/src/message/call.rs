//! The operations that a role can call, and their answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// The names of the operations.
pub mod op {
    /// Runs an agent: [`AgentCall`](super::AgentCall) → [`AgentReport`](super::AgentReport).
    pub const AGENT_RUN: &str = "agent.run";
    /// Reports the role's progress: [`Progress`](super::Progress) → `null`.
    pub const PROGRESS: &str = "progress";
    /// Returns what the work changes against its base: [`DiffRequest`](super::DiffRequest) → [`Diff`](super::Diff).
    pub const GIT_DIFF: &str = "git.diff";
    /// Returns the work's own commits, oldest first: `{}` → [[`Commit`](super::Commit)].
    pub const GIT_LOG: &str = "git.log";
    /// Returns the task as the run found it: `{}` → [`Task`](super::super::Task).
    pub const TASK_GET: &str = "task.get";
    /// Returns the task's thread, oldest message first: `{}` → [[`Message`](super::super::Message)].
    pub const MESSAGES_LIST: &str = "messages.list";
    /// Keeps a text beside the run, for agents to read: [`Artifact`](super::Artifact) → [`Kept`](super::Kept).
    pub const ARTIFACT_PUT: &str = "artifact.put";

    /// All operations that this crate knows.
    pub const ALL: [&str; 7] =
        [AGENT_RUN, PROGRESS, GIT_DIFF, GIT_LOG, TASK_GET, MESSAGES_LIST, ARTIFACT_PUT];
}

/// A call of an agent; what it leaves out comes from the agent's settings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct AgentCall {
    /// The prompt.
    pub prompt: String,
    /// The system prompt.
    pub system_prompt: Option<String>,
    /// The JSON schema of its structured result.
    pub output_schema: Option<Value>,
    /// The conversation to resume.
    pub resume: Option<String>,
    /// The model, instead of the agent's own.
    pub model: Option<String>,
    /// The most turns, fewer than the agent may take.
    pub max_turns: Option<u32>,
    /// The budget in US dollars, less than the agent may use.
    pub budget_usd: Option<f64>,
}

impl AgentCall {
    /// Creates a call with a prompt.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), ..Self::default() }
    }

    /// Sets the system prompt.
    #[must_use]
    pub fn with_system_prompt(mut self, text: impl Into<String>) -> Self {
        self.system_prompt = Some(text.into());
        self
    }

    /// Sets the schema of the result.
    #[must_use]
    pub fn with_output_schema(mut self, schema: Value) -> Self {
        self.output_schema = Some(schema);
        self
    }

    /// Resumes an earlier conversation.
    #[must_use]
    pub fn with_resume(mut self, session: Option<String>) -> Self {
        self.resume = session;
        self
    }

    /// Sets the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets the most turns.
    #[must_use]
    pub fn with_max_turns(mut self, turns: u32) -> Self {
        self.max_turns = Some(turns);
        self
    }

    /// Sets the budget, in US dollars.
    #[must_use]
    pub fn with_budget_usd(mut self, dollars: f64) -> Self {
        self.budget_usd = Some(dollars);
        self
    }
}

/// The report of an agent that came to its own end; any other end is an error of the call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct AgentReport {
    /// The last text that it said.
    pub text: String,
    /// Its structured result, as it gave it.
    pub result: Option<Value>,
    /// The usage of the call.
    pub usage: Usage,
    /// The name of its conversation.
    pub session: Option<String>,
}

impl AgentReport {
    /// Creates a report with a structured result.
    pub fn new(result: Value) -> Self {
        Self { result: Some(result), ..Self::default() }
    }
}

/// The usage of agents: turns, tokens and money.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Usage {
    /// The number of the model's answers.
    pub turns: u32,
    /// The input tokens, including cached ones.
    pub input_tokens: u64,
    /// The output tokens.
    pub output_tokens: u64,
    /// The cost, in US dollars.
    pub cost_usd: f64,
}

/// A report of a role's progress.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Progress {
    /// The description.
    pub text: String,
    /// The usage so far, without that of its agents.
    pub usage: Option<Usage>,
}

impl Progress {
    /// Creates a report.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), usage: None }
    }
}

/// The part of the changes to return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct DiffRequest {
    /// The paths of the files; all files if empty.
    pub paths: Vec<String>,
    /// Whether to return patches, rather than only the list of files.
    pub patches: bool,
}

impl Default for DiffRequest {
    fn default() -> Self {
        Self { paths: Vec::new(), patches: true }
    }
}

impl DiffRequest {
    /// Requests the list of changed files, without patches.
    pub fn list() -> Self {
        Self { patches: false, ..Self::default() }
    }

    /// Requests one file.
    pub fn of(path: impl Into<String>) -> Self {
        Self { paths: vec![path.into()], ..Self::default() }
    }
}

/// The changes of the work.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Diff {
    /// The changed files, by path.
    pub files: Vec<FileDiff>,
}

impl Diff {
    /// Creates the changes of these files.
    pub fn new(files: Vec<FileDiff>) -> Self {
        Self { files }
    }
}

/// The changes of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FileDiff {
    /// Its path in the repository, with `/`.
    pub path: String,
    /// Its earlier path, if it was renamed.
    #[serde(default)]
    pub old_path: Option<String>,
    /// The kind of change.
    pub change: Change,
    /// The number of lines added.
    #[serde(default)]
    pub added: u32,
    /// The number of lines removed.
    #[serde(default)]
    pub removed: u32,
    /// Whether it is binary, and has no patch.
    #[serde(default)]
    pub binary: bool,
    /// The change as a unified diff; empty if patches were not requested.
    #[serde(default)]
    pub patch: String,
}

impl FileDiff {
    /// Creates the change of a file with its patch, from which the counts are taken.
    pub fn new(path: impl Into<String>, change: Change, patch: impl Into<String>) -> Self {
        let patch = patch.into();
        let count = |sign: &str, header: &str| {
            let lines = patch.lines().filter(|line| line.starts_with(sign) && !line.starts_with(header));
            u32::try_from(lines.count()).unwrap_or(u32::MAX)
        };
        let (added, removed) = (count("+", "+++ "), count("-", "--- "));
        Self { path: path.into(), old_path: None, change, added, removed, binary: false, patch }
    }
}

/// The kind of change of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The file is new.
    Added,
    /// Its content changed.
    Modified,
    /// The file was deleted.
    Deleted,
    /// The file was renamed.
    Renamed,
    /// The file became something else, such as a link.
    #[serde(other)]
    TypeChanged,
}

/// A commit of the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Its first line.
    pub subject: String,
}

impl Commit {
    /// Creates a commit.
    pub fn new(id: impl Into<String>, subject: impl Into<String>) -> Self {
        Self { id: id.into(), subject: subject.into() }
    }
}

/// A text to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Artifact {
    /// Its file's name; anything but letters, digits, `.`, `_` and `-` is replaced.
    pub name: String,
    /// The text.
    pub content: String,
}

impl Artifact {
    /// Creates a text to keep.
    pub fn new(name: impl Into<String>, content: impl Into<String>) -> Self {
        Self { name: name.into(), content: content.into() }
    }
}

/// The place of a text that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Kept {
    /// The path of the file.
    pub path: PathBuf,
}

impl Kept {
    /// Creates the place.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}
