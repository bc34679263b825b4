//! One agent, or the orchestrator itself, working on one claim of one task.

use super::{
    AgentName, CommitId, OrchestratorId, Outcome, RoleName, RunId, Scope, SessionId, StopReason, TaskId,
    Timestamp, Usage,
};
use serde::{Deserialize, Serialize};

/// How far a run is. Each stage is written to the journal before the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStage {
    /// The task is claimed.
    Claimed,
    /// The workspace is ready.
    Prepared,
    /// The role is at work.
    AgentRunning,
    /// The role has reported, and the report is on disk.
    AgentFinished,
    /// The steps after the agent are under way.
    Steps,
    /// The task's transition is in the store. The run is over.
    Settled,
}

impl RunStage {
    /// The name used in files, on the wire and in the command line.
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

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepStatus {
    /// Done.
    Done,
    /// There was nothing to do.
    Skipped,
    /// It says that the work must go back.
    Refused,
    /// It cannot be done now; it is tried again later.
    Waiting,
}

/// One step of the orchestrator within a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// The step's name, such as `rebase`.
    pub name: String,
    /// How it went.
    pub status: StepStatus,
    /// What happened, in words; the end of its output where it has one.
    pub detail: String,
    /// When it ended.
    pub at: Timestamp,
}

impl StepRecord {
    /// The names of steps that do nothing to the work, but say what was noticed of it and of its agent: what it moved, what it
    /// left, where pointers lead, whether it changes what it is judged by.
    pub const NOTICES: [&'static str; 5] = ["guard", "leftovers", "pointers", "changed_checks", "protected"];

    /// The name of the step that keeps what an agent reported beyond the standard fields; see [`Run::own_report`].
    pub const REPORT: &'static str = "report";

    /// Returns whether it says what was noticed of the work, for reviewers and people.
    pub fn is_notice(&self) -> bool {
        Self::NOTICES.contains(&self.name.as_str())
    }
}

/// A run, as the store holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The tenant.
    pub scope: Scope,
    /// The task.
    pub task: TaskId,
    /// Its number among the task's runs, from 1.
    pub number: u32,
    /// The agent; for a landing, the orchestrator's own name for it.
    pub agent: AgentName,
    /// The role; none for a landing, which has no agent.
    pub role: Option<RoleName>,
    /// The machine.
    pub orchestrator: OrchestratorId,
    /// How far it is.
    pub stage: RunStage,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was settled.
    pub finished_at: Option<Timestamp>,
    /// What the role reported.
    pub outcome: Option<Outcome>,
    /// Why its agent ended, where it did not come to its own end.
    #[serde(default)]
    pub stopped: Option<StopReason>,
    /// The last thing its agent said, at most [`Run::LONGEST_WORDS`] bytes of it.
    #[serde(default)]
    pub last_words: Option<String>,
    /// Why it ended as it did, in words.
    pub note: Option<String>,
    /// What it used.
    pub usage: Usage,
    /// Commits of the work when it ended, counted from the base branch.
    pub commits: u32,
    /// The newest commit of the work when it ended.
    pub head: Option<CommitId>,
    /// The agent's conversation.
    pub session: Option<SessionId>,
    /// The steps so far.
    pub steps: Vec<StepRecord>,
}

impl Run {
    /// The most bytes of an agent's words that are kept.
    pub const LONGEST_WORDS: usize = 2000;

    /// Returns what its agent reported beyond the fields that every role has: those of the role's own `output_schema`.
    pub fn own_report(&self) -> Option<serde_json::Map<String, serde_json::Value>> {
        let is_report =
            |step: &&StepRecord| step.name == StepRecord::REPORT && step.status == StepStatus::Done;
        let step = self.steps.iter().rev().find(is_report)?;
        serde_json::from_str(&step.detail).ok()
    }

    /// A run that has just claimed its task.
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
            commits: 0,
            head: None,
            session: None,
            steps: Vec::new(),
        }
    }
}
