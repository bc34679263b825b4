//! The shape of `agents.yaml`.

use crate::runners;
use octopoid_core::model::{AgentName, RoleName};
use serde::Deserialize;

/// `agents.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentsFile {
    /// The runner of agents where neither they nor their roles name one; written by `octopoid init`. `claude` unless given.
    pub(crate) runner: Option<String>,
    pub(crate) agents: Vec<AgentEntry>,
}

/// One entry, for one or several agents.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentEntry {
    pub(crate) name: AgentName,
    pub(crate) role: RoleName,
    pub(crate) runner: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) max_turns: Option<u32>,
    pub(crate) interval_seconds: Option<u64>,
    #[serde(default)]
    pub(crate) paused: bool,
    pub(crate) instances: Option<u32>,
    #[serde(default)]
    pub(crate) command: Vec<String>,
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    pub(crate) timeout_seconds: Option<u64>,
    pub(crate) idle_timeout_seconds: Option<u64>,
    pub(crate) budget_usd: Option<f64>,
    /// The variables passed through; what the runner needs unless given.
    pub(crate) env: Option<Vec<String>>,
    /// The account whose limits it shares with all agents that name the same.
    pub(crate) account: Option<String>,
    /// Whether its git may push to the repository's remotes.
    #[serde(default)]
    pub(crate) push: bool,
    pub(crate) settings: Option<serde_json::Value>,
}

impl AgentsFile {
    /// Returns the runner of agents where neither they nor their roles name one.
    pub(crate) fn runner(&self) -> &str {
        self.runner.as_deref().unwrap_or(runners::DEFAULT)
    }
}

impl AgentEntry {
    /// Its own runner, which is `command` where it has one. Otherwise its role says it, and then the file.
    pub(crate) fn own_runner(&self) -> Option<&str> {
        let by_command = (!self.command.is_empty()).then_some("command");
        self.runner.as_deref().or(by_command)
    }

    /// The names of its agents: its own, or `NAME.1` to `NAME.N`.
    pub(crate) fn names(&self) -> Vec<AgentName> {
        match self.instances {
            None | Some(0) => vec![self.name.clone()],
            // A name that is too long with its number is reported by the checks.
            Some(count) => {
                (1..=count).filter_map(|n| AgentName::new(format!("{}.{n}", self.name)).ok()).collect()
            }
        }
    }
}
