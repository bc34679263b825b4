//! Run: one agent, or the orchestrator itself, working on one claim of one task.

use super::{
    AgentName, CommitId, OrchestratorId, Outcome, RoleName, RunId, Scope, SessionId, StopReason, TaskId,
    Timestamp, Usage,
};
use serde::{Deserialize, Serialize};

/// Stage of a run. Each stage is written to the journal before the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStage {
    /// Task is claimed.
    Claimed,
    /// Workspace is ready.
    Prepared,
    /// Role is running.
    AgentRunning,
    /// Role has reported, and the report is on disk.
    AgentFinished,
    /// Steps after the agent are running.
    Steps,
    /// Transition of the task is in the store, and the run is over.
    Settled,
}

impl RunStage {
    /// Returns the name used in files, on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunStage::Claimed => "claimed",
            RunStage::Prepared => "prepared",
            RunStage::AgentRunning => "agent_running",
            RunStage::AgentFinished => "agent_finished",
            RunStage::Steps => "steps",
            RunStage::Settled => "settled",
        }
    }
}

/// Result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepStatus {
    /// Step succeeded.
    Done,
    /// Nothing had to be done.
    Skipped,
    /// Work must go back.
    Refused,
    /// Step cannot be done now and is retried later.
    Waiting,
}

/// Step of the orchestrator within a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StepRecord {
    /// Name of the step, such as `rebase`.
    pub name: String,
    /// Result.
    pub status: StepStatus,
    /// Details: what happened, with the end of the step's output if it has any.
    pub detail: String,
    /// Time at which the step ended.
    pub at: Timestamp,
}

impl StepRecord {
    /// Returns the record of a step that ended.
    pub fn new(
        name: impl Into<String>,
        status: StepStatus,
        detail: impl Into<String>,
        at: Timestamp,
    ) -> Self {
        Self { name: name.into(), status, detail: detail.into(), at }
    }

    /// Names of steps that do not touch the work but record observations about it and its agent: refs it moved, files it left,
    /// where pointers lead, whether it changes the checks it is judged by.
    pub const NOTICES: [&'static str; 5] = ["guard", "leftovers", "pointers", "changed_checks", "protected"];

    /// Name of the step that stores what an agent reported beyond the standard fields; see [`Run::own_report`].
    pub const REPORT: &'static str = "report";

    /// Returns whether the step records an observation about the work, for reviewers and people.
    pub fn is_notice(&self) -> bool {
        Self::NOTICES.contains(&self.name.as_str())
    }
}

/// Run as the store holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Run {
    /// Identifier.
    pub id: RunId,
    /// Scope (tenant).
    pub scope: Scope,
    /// Task.
    pub task: TaskId,
    /// Number among the task's runs, from 1.
    pub number: u32,
    /// Agent; for a landing, the orchestrator's own name for it.
    pub agent: AgentName,
    /// Role; `None` for a landing, which has no agent.
    pub role: Option<RoleName>,
    /// Machine.
    pub orchestrator: OrchestratorId,
    /// Stage.
    pub stage: RunStage,
    /// Time at which the run began.
    pub started_at: Timestamp,
    /// Time at which the run was settled.
    pub finished_at: Option<Timestamp>,
    /// Outcome reported by the role.
    pub outcome: Option<Outcome>,
    /// Reason why its agent ended, if it did not complete normally.
    #[serde(default)]
    pub stopped: Option<StopReason>,
    /// Last text of its agent, at most [`Run::LONGEST_WORDS`] bytes.
    #[serde(default)]
    pub last_words: Option<String>,
    /// Reason why the run ended as it did, as text for people.
    pub note: Option<String>,
    /// Usage of the run.
    pub usage: Usage,
    /// Model of its agent, as far as it is known: the program's own word, or else the one that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Commit of the base branch that the work stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<CommitId>,
    /// Number of commits of the work at the end, counted from the base branch.
    pub commits: u32,
    /// Newest commit of the work at the end.
    pub head: Option<CommitId>,
    /// Session of the agent program.
    pub session: Option<SessionId>,
    /// Steps so far.
    pub steps: Vec<StepRecord>,
}

impl Run {
    /// Maximum length of the stored last text of an agent, in bytes.
    pub const LONGEST_WORDS: usize = 2000;

    /// Returns what the agent reported beyond the standard fields: those of the role's own `output_schema`.
    pub fn own_report(&self) -> Option<serde_json::Map<String, serde_json::Value>> {
        let is_report =
            |step: &&StepRecord| step.name == StepRecord::REPORT && step.status == StepStatus::Done;
        let step = self.steps.iter().rev().find(is_report)?;
        serde_json::from_str(&step.detail).ok()
    }

    /// Returns a run that has just claimed its task.
    pub fn new(
        scope: Scope,
        task: TaskId,
        number: u32,
        agent: AgentName,
        role: Option<RoleName>,
        orchestrator: OrchestratorId,
        started_at: Timestamp,
    ) -> Self {
        Self {
            id: RunId::of(&task, number),
            scope,
            task,
            number,
            agent,
            role,
            orchestrator,
            stage: RunStage::Claimed,
            started_at,
            finished_at: None,
            outcome: None,
            stopped: None,
            last_words: None,
            note: None,
            usage: Usage::default(),
            model: None,
            base: None,
            commits: 0,
            head: None,
            session: None,
            steps: Vec::new(),
        }
    }
}
