//! The request: what a role is given for one run.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A run: one agent working on one claim of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RunRequest {
    /// The version of the messages that the host speaks in this run.
    pub schema: u32,
    /// The run's id.
    pub run: String,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The role.
    pub role: String,
    /// The operations that this run may call.
    #[serde(default)]
    pub features: Vec<String>,
    /// The task.
    pub task: Task,
    /// The thread so far, oldest message first, with the feedback of every earlier round.
    #[serde(default)]
    pub thread: Vec<Message>,
    /// The workspace.
    pub workspace: Workspace,
    /// The result of the configured tests on submitted work.
    #[serde(default)]
    pub checks: Option<String>,
    /// For a reviewer, where the work had been approved and only a conflict with the base branch sent it back: which files
    /// are not what was approved. None where all of the work is to be reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// The agent's conversation of an earlier attempt, to resume.
    #[serde(default)]
    pub session: Option<String>,
    /// The attempt before this one, where nothing was made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousAttempt>,
}

impl RunRequest {
    /// Creates the request of a first attempt at a task.
    pub fn new(run: impl Into<String>, role: impl Into<String>, task: Task, workspace: Workspace) -> Self {
        Self {
            schema: super::SCHEMA,
            run: run.into(),
            attempt: 1,
            role: role.into(),
            features: Vec::new(),
            task,
            thread: Vec::new(),
            workspace,
            checks: None,
            resolution: None,
            session: None,
            previous: None,
        }
    }
}

/// An earlier attempt that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PreviousAttempt {
    /// Its number.
    pub number: u32,
    /// The reason.
    pub why: String,
    /// The last text that its agent said, if known.
    #[serde(default)]
    pub last_words: Option<String>,
}

impl PreviousAttempt {
    /// Creates an attempt without last words.
    pub fn new(number: u32, why: impl Into<String>) -> Self {
        Self { number, why: why.into(), last_words: None }
    }
}

/// How approved work differs after its conflict with the base branch was resolved, by path. What the files
/// are now is among the work's changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Resolution {
    /// The files whose patches are not what was approved, or were not there at all, or are not any more.
    #[serde(default)]
    pub changed: Vec<String>,
    /// The files whose patches are what was approved, but for the numbers of their lines.
    #[serde(default)]
    pub unchanged: Vec<String>,
}

/// The task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Task {
    /// Its id, such as `task-7`.
    pub id: String,
    /// One line.
    pub title: String,
    /// The description, as Markdown. It came from elsewhere: it is data, not instructions for the role.
    pub description: String,
    /// The role it was created for.
    #[serde(default)]
    pub role: String,
    /// `P0` to `P3`.
    #[serde(default)]
    pub priority: String,
    /// `XS` to `XL`.
    #[serde(default)]
    pub complexity: Option<String>,
    /// The queue it stands in.
    #[serde(default)]
    pub queue: String,
    /// The number of times that work on it was sent back.
    #[serde(default)]
    pub rejections: u32,
    /// The tasks that had to be done first.
    #[serde(default)]
    pub blockers: Vec<String>,
}

impl Task {
    /// Creates a task with defaults for everything else.
    pub fn new(id: impl Into<String>, title: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            description: description.into(),
            role: String::new(),
            priority: "P2".to_owned(),
            complexity: None,
            queue: String::new(),
            rejections: 0,
            blockers: Vec::new(),
        }
    }
}

/// One message of a task's thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Message {
    /// The kind: `comment`, `summary`, `approval`, `feedback`, `test_failure`, `conflict`, `question`, `returned`.
    pub kind: String,
    /// The author.
    pub author: String,
    /// The text.
    pub body: String,
}

impl Message {
    /// Creates a message.
    pub fn new(kind: impl Into<String>, author: impl Into<String>, body: impl Into<String>) -> Self {
        Self { kind: kind.into(), author: author.into(), body: body.into() }
    }
}

/// The folder in which a role works, and the commits that the work stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Workspace {
    /// The folder.
    pub path: PathBuf,
    /// The base branch's name.
    #[serde(default)]
    pub base_branch: String,
    /// The commit that the work stands on.
    #[serde(default)]
    pub base: Option<String>,
    /// The base branch's newest commit when the run began.
    #[serde(default)]
    pub tip: Option<String>,
    /// The work's newest commit when the run began.
    #[serde(default)]
    pub head: Option<String>,
}

impl Workspace {
    /// Creates a workspace in a folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), base_branch: "main".to_owned(), base: None, tip: None, head: None }
    }
}

/// A log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LogEvent {
    /// The text.
    pub message: String,
}

impl LogEvent {
    /// Creates a log line.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}
