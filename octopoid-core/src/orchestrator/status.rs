//! What a running orchestrator says of itself, for `status` in another process.

use super::scheduler::plan::Idle;
use crate::model::{AgentName, OrchestratorId, RoleName, RunId, TaskId, Timestamp, Usage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An orchestrator's state, as it writes it to its status file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// Its id.
    pub orchestrator: OrchestratorId,
    /// Its process.
    pub pid: u32,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// When this was written.
    pub at: Timestamp,
    /// Whether it takes nothing new until it is resumed.
    pub paused: bool,
    /// Whether it finishes what it has and then ends.
    pub stopping: bool,
    /// Whether a person has taken this machine out of service.
    #[serde(default)]
    pub maintenance: bool,
    /// Since when nothing could be got from the store; none while something can.
    #[serde(default)]
    pub store_away_since: Option<Timestamp>,
    /// Why, as far as it is known: it does not answer, or no longer takes the key.
    #[serde(default)]
    pub store_away_why: Option<String>,
    /// The agents, in their order.
    pub agents: Vec<AgentStatus>,
    /// Accounts that let no agent work.
    #[serde(default)]
    pub accounts: Vec<AccountStatus>,
    /// Landings under way.
    pub landings: Vec<Work>,
    /// Why approved tasks wait to land.
    pub waiting: BTreeMap<TaskId, Idle>,
    /// What a person should know, newest last.
    pub warnings: Vec<String>,
}

/// An account that met a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountStatus {
    /// Its name.
    pub account: String,
    /// The agents that use it.
    pub agents: Vec<AgentName>,
    /// Until when none of them begins anything.
    pub until: Timestamp,
    /// Why, in words.
    pub reason: String,
}

/// One agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentStatus {
    /// Its name.
    pub name: AgentName,
    /// Its role.
    pub role: RoleName,
    /// Its runner.
    pub runner: Option<String>,
    /// What it works on.
    pub work: Option<Work>,
    /// Why it works on nothing.
    pub idle: Option<Idle>,
}

/// One run under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Work {
    /// The run.
    pub run: RunId,
    /// The task.
    pub task: TaskId,
    /// The task's title.
    pub title: String,
    /// Since when.
    pub since: Timestamp,
    /// What it has used so far.
    pub usage: Usage,
    /// The last thing it said or did.
    pub last: Option<String>,
}
