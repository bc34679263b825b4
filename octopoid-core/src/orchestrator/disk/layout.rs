//! Paths of the files under `.octopoid`.

use crate::model::{AgentName, ArtifactKind, RunId, TaskId, Timestamp};
use std::path::{Path, PathBuf};

/// Layout of the files of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Creates the layout under a folder, usually `.octopoid` in the repository.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder of the files that the orchestrator needs while it runs and after a crash.
    pub fn runtime(&self) -> PathBuf {
        self.root.join("runtime")
    }

    /// Returns the lock file, held by the one orchestrator that runs here; it contains the process id.
    pub fn lock(&self) -> PathBuf {
        self.runtime().join("lock")
    }

    /// Returns the file with the orchestrator's [`Status`](crate::orchestrator::Status).
    pub fn status(&self) -> PathBuf {
        self.runtime().join("status.json")
    }

    /// Returns the file with the machine's id in the queue, one line of text for scripts.
    pub fn orchestrator_id(&self) -> PathBuf {
        self.runtime().join("orchestrator_id.txt")
    }

    /// Returns the file with the process id of the running orchestrator, one line of text for scripts; missing while none runs.
    pub fn orchestrator_pid(&self) -> PathBuf {
        self.runtime().join("orchestrator.pid")
    }

    /// Returns the folder that contains a folder for each agent.
    pub(crate) fn agent_states(&self) -> PathBuf {
        self.runtime().join("agents")
    }

    /// Returns the file with what an agent does and when it last ran, as JSON for scripts.
    pub fn agent_state(&self, agent: &AgentName) -> PathBuf {
        self.agent_states().join(agent.as_str()).join("state.json")
    }

    /// Returns the file with the id of this installation.
    pub fn installation(&self) -> PathBuf {
        self.runtime().join("installation.json")
    }

    /// Returns the file that lists the branches on which nothing lands for now.
    pub fn holds(&self) -> PathBuf {
        self.runtime().join("holds.json")
    }

    /// Returns the file with the limits that accounts have met.
    pub(crate) fn accounts(&self) -> PathBuf {
        self.runtime().join("accounts.json")
    }

    /// Returns the folder of the journal: a file and a folder for each unsettled run.
    pub fn runs(&self) -> PathBuf {
        self.runtime().join("runs")
    }

    /// Returns the journal entry of a run.
    pub fn run_entry(&self, run: &RunId) -> PathBuf {
        self.runs().join(format!("{run}.json"))
    }

    /// Returns the folder with the files of a run's agent calls.
    pub fn run_files(&self, run: &RunId) -> PathBuf {
        self.runs().join(run.as_str())
    }

    /// Returns the file with the thread of a run's task, updated while the run's agent works.
    pub fn thread(&self, run: &RunId) -> PathBuf {
        self.run_files(run).join("thread.md")
    }

    /// Returns the file with the messages that a run's agent has not heard yet, as a JSON string. A runner that passes them on removes it.
    pub fn news(&self, run: &RunId) -> PathBuf {
        self.run_files(run).join("news.json")
    }

    /// Returns the file that a run's role keeps for its agent to read.
    ///
    /// Characters of `name` that are unsafe in a file name become `_`.
    pub fn kept_file(&self, run: &RunId, name: &str) -> PathBuf {
        let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        self.run_files(run).join("files").join(name.chars().map(safe).collect::<String>())
    }

    /// Returns the folder where repository files that an agent changed without permission are kept for a person to see.
    pub fn set_aside(&self, run: &RunId) -> PathBuf {
        self.runtime().join("set-aside").join(run.as_str())
    }

    /// Returns the folder of the worktrees.
    pub fn worktrees(&self) -> PathBuf {
        self.root.join("worktrees")
    }

    /// Returns the worktree of a task.
    pub fn worktree(&self, task: &TaskId) -> PathBuf {
        self.worktrees().join(task.as_str())
    }

    /// Returns the folder of the logs.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Returns the log of a task: what the orchestrator did with it.
    pub fn task_log(&self, task: &TaskId) -> PathBuf {
        self.logs().join("tasks").join(format!("{task}.log"))
    }

    /// Returns the folder with what a task's runs leave for people.
    pub fn artifacts(&self, task: &TaskId) -> PathBuf {
        self.logs().join("tasks").join(task.as_str())
    }

    /// Returns what one of a task's runs leaves for people. Never overwritten by another run (I13).
    pub fn artifact(&self, task: &TaskId, number: u32, kind: ArtifactKind) -> PathBuf {
        let ending = artifact_ending(kind);
        self.artifacts(task).join(format!("attempt-{number}.{ending}"))
    }

    /// Returns the log of one of a task's runs: what the agent said and did. Never overwritten (I13).
    pub fn attempt_log(&self, task: &TaskId, number: u32) -> PathBuf {
        self.artifact(task, number, ArtifactKind::Log)
    }

    /// Returns the folder with a file for each run whose artifacts are still to be uploaded.
    pub(crate) fn uploads(&self) -> PathBuf {
        self.runtime().join("uploads")
    }

    /// Returns the file that says that a run's artifacts are still to be uploaded.
    pub(crate) fn upload(&self, run: &RunId) -> PathBuf {
        self.uploads().join(run.as_str())
    }

    /// Returns the log of an agent for one day.
    pub fn agent_log(&self, agent: &AgentName, at: Timestamp) -> PathBuf {
        let moment = at.to_string();
        let day = moment.get(..10).unwrap_or("undated");
        self.logs().join("agents").join(format!("{agent}-{day}.log"))
    }
}

/// Returns how the name of an artifact's file ends.
const fn artifact_ending(kind: ArtifactKind) -> &'static str {
    match kind {
        ArtifactKind::Log => "log",
        ArtifactKind::Transcript => "jsonl",
        ArtifactKind::Diff => "diff",
        ArtifactKind::TestOutput => "tests.log",
    }
}

/// Reads the name of an artifact's file: the number of the run, and the kind.
pub(crate) fn artifact_of_file(name: &str) -> Option<(u32, ArtifactKind)> {
    let (number, ending) = name.strip_prefix("attempt-")?.split_once('.')?;
    let kind = ArtifactKind::ALL.into_iter().find(|kind| artifact_ending(*kind) == ending)?;
    Some((number.parse().ok()?, kind))
}
