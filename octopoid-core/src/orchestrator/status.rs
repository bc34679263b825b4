//! Status of a running orchestrator, written to a file for `status` in another process.

use crate::model::{AgentName, OrchestratorId, RoleName, RunId, TaskId, Timestamp, Usage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// State of an orchestrator, as it writes it to its status file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// Id of the orchestrator.
    pub orchestrator: OrchestratorId,
    /// Process id.
    pub pid: u32,
    /// Time at which the orchestrator started.
    pub started_at: Timestamp,
    /// Time at which the status was written.
    pub at: Timestamp,
    /// Whether the orchestrator is paused and starts no new work until it is resumed.
    pub paused: bool,
    /// Whether the orchestrator is draining: it finishes running work and then ends.
    pub stopping: bool,
    /// Whether a person has put this machine into maintenance.
    #[serde(default)]
    pub maintenance: bool,
    /// Time since which the store has been unavailable; `None` while it is available.
    #[serde(default)]
    pub store_away_since: Option<Timestamp>,
    /// Reason why the store is unavailable, if known: it does not answer, or rejects the key.
    #[serde(default)]
    pub store_away_why: Option<String>,
    /// Agents, in the order of their configuration.
    pub agents: Vec<AgentStatus>,
    /// Accounts that are at a limit and let no agent work.
    #[serde(default)]
    pub accounts: Vec<AccountStatus>,
    /// Landings in progress.
    pub landings: Vec<Work>,
    /// Reasons why approved tasks wait to land.
    pub waiting: BTreeMap<TaskId, Idle>,
    /// Warnings for a person, newest last.
    pub warnings: Vec<String>,
}

/// Account that met a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountStatus {
    /// Name of the account.
    pub account: String,
    /// Agents that use the account.
    pub agents: Vec<AgentName>,
    /// Time until which none of them starts anything.
    pub until: Timestamp,
    /// Human-readable reason.
    pub reason: String,
}

/// Status of one agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentStatus {
    /// Name of the agent.
    pub name: AgentName,
    /// Role of the agent.
    pub role: RoleName,
    /// Runner of the agent.
    pub runner: Option<String>,
    /// Run that the agent works on.
    pub work: Option<Work>,
    /// Reason why the agent is idle.
    pub idle: Option<Idle>,
}

/// Run in progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Work {
    /// Id of the run.
    pub run: RunId,
    /// Id of the task.
    pub task: TaskId,
    /// Title of the task.
    pub title: String,
    /// Time at which the run started.
    pub since: Timestamp,
    /// Usage so far.
    pub usage: Usage,
    /// Last thing that the agent said or did.
    pub last: Option<String>,
}

/// Reason why an agent claims no task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Idle {
    /// Human-readable reason.
    pub reason: String,
    /// Time at which the reason ends by itself, if it does.
    pub until: Option<Timestamp>,
}

impl Idle {
    /// Returns a reason that does not end by itself.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), until: None }
    }
}
