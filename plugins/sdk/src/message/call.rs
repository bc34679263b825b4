//! What a role can ask the host for, and the answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// The operations.
pub mod op {
    /// Runs an agent: [`AgentCall`](super::AgentCall) → [`AgentReport`](super::AgentReport).
    pub const AGENT_RUN: &str = "agent.run";
    /// Says how far the role is: [`Progress`](super::Progress) → `null`.
    pub const PROGRESS: &str = "progress";
    /// What the work changes against its base: [`DiffRequest`](super::DiffRequest) → [`Diff`](super::Diff).
    pub const GIT_DIFF: &str = "git.diff";
    /// The work's own commits, oldest first: `{}` → [[`Commit`](super::Commit)].
    pub const GIT_LOG: &str = "git.log";
    /// The task as the run found it: `{}` → [`Task`](super::super::Task).
    pub const TASK_GET: &str = "task.get";
    /// The task's thread, oldest first: `{}` → [[`Message`](super::super::Message)].
    pub const MESSAGES_LIST: &str = "messages.list";
    /// Keeps a text beside the run, for agents to read: [`Artifact`](super::Artifact) → [`Kept`](super::Kept).
    pub const ARTIFACT_PUT: &str = "artifact.put";

    /// All that this crate knows.
    pub const ALL: [&str; 7] =
        [AGENT_RUN, PROGRESS, GIT_DIFF, GIT_LOG, TASK_GET, MESSAGES_LIST, ARTIFACT_PUT];
}

/// What a role wants of an agent; the rest comes from the agent's settings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct AgentCall {
    /// What it is to do.
    pub prompt: String,
    /// What it is told about itself.
    pub system_prompt: Option<String>,
    /// What its structured result must look like, as a JSON schema.
    pub output_schema: Option<Value>,
    /// The conversation to go on in.
    pub resume: Option<String>,
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
    pub fn with_output_schema(mut self, schema: Value) -> Self {
        self.output_schema = Some(schema);
        self
    }

    /// In an earlier conversation.
    #[must_use]
    pub fn with_resume(mut self, session: Option<String>) -> Self {
        self.resume = session;
        self
    }

    /// With another model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// With fewer turns.
    #[must_use]
    pub fn with_max_turns(mut self, turns: u32) -> Self {
        self.max_turns = Some(turns);
        self
    }

    /// With less money, in US dollars.
    #[must_use]
    pub fn with_budget_usd(mut self, dollars: f64) -> Self {
        self.budget_usd = Some(dollars);
        self
    }
}

/// What an agent came to. One that did not come to its own end is an error of the call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct AgentReport {
    /// The last thing it said.
    pub text: String,
    /// Its structured result, as it gave it.
    pub result: Option<Value>,
    /// What it used.
    pub usage: Usage,
    /// Its conversation.
    pub session: Option<String>,
}

impl AgentReport {
    /// A report with a structured result.
    pub fn new(result: Value) -> Self {
        Self { result: Some(result), ..Self::default() }
    }
}

/// Turns, tokens and money.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Usage {
    /// Answers of the model.
    pub turns: u32,
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// US dollars.
    pub cost_usd: f64,
}

/// How far a role is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Progress {
    /// In words.
    pub text: String,
    /// What it has used so far beside its agents.
    pub usage: Option<Usage>,
}

impl Progress {
    /// In words.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), usage: None }
    }
}

/// Which part of the changes is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct DiffRequest {
    /// Only these files; all where there are none.
    pub paths: Vec<String>,
    /// With the patches, and not only the list of files.
    pub patches: bool,
}

impl Default for DiffRequest {
    fn default() -> Self {
        Self { paths: Vec::new(), patches: true }
    }
}

impl DiffRequest {
    /// The list of changed files, without patches.
    pub fn list() -> Self {
        Self { patches: false, ..Self::default() }
    }

    /// One file.
    pub fn of(path: impl Into<String>) -> Self {
        Self { paths: vec![path.into()], ..Self::default() }
    }
}

/// What the work changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Diff {
    /// By path.
    pub files: Vec<FileDiff>,
}

impl Diff {
    /// Changes of these files.
    pub fn new(files: Vec<FileDiff>) -> Self {
        Self { files }
    }
}

/// One file's changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FileDiff {
    /// Its path in the repository, with `/`.
    pub path: String,
    /// Its path before, where it was renamed.
    #[serde(default)]
    pub old_path: Option<String>,
    /// What happened to it.
    pub change: Change,
    /// Lines added.
    #[serde(default)]
    pub added: u32,
    /// Lines removed.
    #[serde(default)]
    pub removed: u32,
    /// Whether it is binary, and has no patch.
    #[serde(default)]
    pub binary: bool,
    /// The change as a unified diff; empty where patches were not asked for.
    #[serde(default)]
    pub patch: String,
}

impl FileDiff {
    /// A change of a file, with its patch. The counts are taken from the patch.
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

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// It is new.
    Added,
    /// Its content changed.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another name.
    Renamed,
    /// It became something else, such as a link.
    #[serde(other)]
    TypeChanged,
}

/// One commit of the work.
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
    /// A commit.
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
    /// A text of a name.
    pub fn new(name: impl Into<String>, content: impl Into<String>) -> Self {
        Self { name: name.into(), content: content.into() }
    }
}

/// Where a text was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Kept {
    /// The file.
    pub path: PathBuf,
}

impl Kept {
    /// In a file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}
