//! The agent's environment: its variables and its task.

use octopoid_core::model::{Message, MessageKind, Task};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Deserialize)]
struct TaskFile {
    task: Task,
    #[serde(default)]
    thread: Vec<Message>,
}

/// The variables and the task file of a call.
#[derive(Debug)]
pub(super) struct Environment {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) role: String,
    pub(super) run: u32,
    pub(super) worktree: PathBuf,
    pub(super) task: Task,
    pub(super) thread: Vec<Message>,
}

impl Environment {
    pub(super) fn read(variables: &BTreeMap<String, String>) -> Result<Self, String> {
        let get = |name: &str| variables.get(name).ok_or_else(|| format!("{name} is not set"));
        let path = get("OCTOPOID_TASK_FILE")?;
        let text = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        let file: TaskFile = serde_json::from_slice(&text).map_err(|error| format!("{path}: {error}"))?;
        Ok(Self {
            variables: variables.clone(),
            role: get("OCTOPOID_ROLE")?.clone(),
            run: get("OCTOPOID_ATTEMPT")?.parse().map_err(|_| "OCTOPOID_ATTEMPT is no number".to_owned())?,
            worktree: PathBuf::from(get("OCTOPOID_WORKTREE")?),
            task: file.task,
            thread: file.thread,
        })
    }

    pub(super) fn is_review(&self) -> bool {
        self.role == "review"
    }

    pub(super) fn round(&self) -> u32 {
        self.task.counters.rejections + 1
    }

    /// Returns the newest message, if it sends the work back.
    pub(super) fn sent_back(&self) -> Option<&Message> {
        self.thread.last().filter(|message| {
            matches!(message.kind, MessageKind::Conflict | MessageKind::Feedback | MessageKind::TestFailure)
        })
    }

    pub(super) fn conflict(&self) -> bool {
        !self.is_review() && self.sent_back().is_some_and(|message| message.kind == MessageKind::Conflict)
    }

    /// Returns the path of a file beside the prompt, outside the worktree.
    pub(super) fn beside(&self, name: &str) -> Option<PathBuf> {
        Some(PathBuf::from(self.variables.get("OCTOPOID_PROMPT_FILE")?).parent()?.join(name))
    }
}
