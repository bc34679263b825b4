//! Where things lie under `.octopoid`.

use crate::model::{AgentName, RunId, TaskId, Timestamp};
use std::path::{Path, PathBuf};

/// The folder of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout under a folder, usually `.octopoid` in the repository.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the orchestrator needs while it runs and after a crash.
    pub fn runtime(&self) -> PathBuf {
        self.root.join("runtime")
    }

    /// Held by the one orchestrator that runs here; contains its process id.
    pub fn lock(&self) -> PathBuf {
        self.runtime().join("lock")
    }

    /// What the orchestrator says of itself, for `status`.
    pub fn status(&self) -> PathBuf {
        self.runtime().join("status.json")
    }

    /// The machine's id as the queue knows it, a line of text for scripts.
    pub fn orchestrator_id(&self) -> PathBuf {
        self.runtime().join("orchestrator_id.txt")
    }

    /// The process of the orchestrator that runs here, a line of text for scripts; missing while none runs.
    pub fn orchestrator_pid(&self) -> PathBuf {
        self.runtime().join("orchestrator.pid")
    }

    /// The folder with a folder for each agent.
    pub(crate) fn agent_states(&self) -> PathBuf {
        self.runtime().join("agents")
    }

    /// What an agent does and when it did something last, as JSON for scripts.
    pub fn agent_state(&self, agent: &AgentName) -> PathBuf {
        self.agent_states().join(agent.as_str()).join("state.json")
    }

    /// The id of this installation.
    pub fn installation(&self) -> PathBuf {
        self.runtime().join("installation.json")
    }

    /// The branches on which nothing lands for now.
    pub fn holds(&self) -> PathBuf {
        self.runtime().join("holds.json")
    }

    /// The limits that accounts have met.
    pub(crate) fn accounts(&self) -> PathBuf {
        self.runtime().join("accounts.json")
    }

    /// The journal: a file for each unsettled run, and its folder.
    pub fn runs(&self) -> PathBuf {
        self.runtime().join("runs")
    }

    /// The journal entry of a run.
    pub fn run_entry(&self, run: &RunId) -> PathBuf {
        self.runs().join(format!("{run}.json"))
    }

    /// The files of a run's agent calls.
    pub fn run_files(&self, run: &RunId) -> PathBuf {
        self.runs().join(run.as_str())
    }

    /// What was said of the task of a run, kept as it is now while the run's agent works.
    pub fn thread(&self, run: &RunId) -> PathBuf {
        self.run_files(run).join("thread.md")
    }

    /// A file that a run's role keeps for its agent to read; of its name, what makes a safe one.
    pub fn kept_file(&self, run: &RunId, name: &str) -> PathBuf {
        let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        self.run_files(run).join("files").join(name.chars().map(safe).collect::<String>())
    }

    /// Where repository files that an agent must not have changed are kept for a person to see.
    pub fn set_aside(&self, run: &RunId) -> PathBuf {
        self.runtime().join("set-aside").join(run.as_str())
    }

    /// The worktrees.
    pub fn worktrees(&self) -> PathBuf {
        self.root.join("worktrees")
    }

    /// A task's worktree.
    pub fn worktree(&self, task: &TaskId) -> PathBuf {
        self.worktrees().join(task.as_str())
    }

    /// The logs.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// A task's log: what the orchestrator did with it.
    pub fn task_log(&self, task: &TaskId) -> PathBuf {
        self.logs().join("tasks").join(format!("{task}.log"))
    }

    /// The log of one of a task's runs: what the agent said and did. Never overwritten (I13).
    pub fn attempt_log(&self, task: &TaskId, number: u32) -> PathBuf {
        self.logs().join("tasks").join(task.as_str()).join(format!("attempt-{number}.log"))
    }

    /// An agent's log of one day.
    pub fn agent_log(&self, agent: &AgentName, at: Timestamp) -> PathBuf {
        let moment = at.to_string();
        let day = moment.get(..10).unwrap_or("undated");
        self.logs().join("agents").join(format!("{agent}-{day}.log"))
    }
}
