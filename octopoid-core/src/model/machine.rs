//! Machines: registered orchestrator processes that run agents.

use super::{AgentName, InstallationId, InvalidId, OrchestratorId, RoleName, Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Status of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineStatus {
    /// Heard from recently.
    Active,
    /// Silent for too long.
    Offline,
    /// Asked by a person to claim nothing new; its current runs continue.
    Maintenance,
}

impl MachineStatus {
    /// All statuses.
    pub const ALL: [MachineStatus; 3] =
        [MachineStatus::Active, MachineStatus::Offline, MachineStatus::Maintenance];

    /// Returns the name used on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            MachineStatus::Active => "active",
            MachineStatus::Offline => "offline",
            MachineStatus::Maintenance => "maintenance",
        }
    }
}

/// Request to register a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Registration {
    /// Scope (tenant).
    pub scope: Scope,
    /// Cluster: the group of machines, such as `prod`.
    pub cluster: String,
    /// Name of the machine within its cluster.
    pub machine_id: String,
    /// URL of the repository that the machine works on.
    pub repo_url: String,
    /// Host name.
    #[serde(default)]
    pub hostname: Option<String>,
    /// Version of Octopoid.
    #[serde(default)]
    pub version: Option<String>,
    /// Capabilities: roles, runners, number of concurrent agents.
    #[serde(default)]
    pub capabilities: Option<Value>,
    /// Installation that uses the machine's id; `None` for a program that does not report one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation: Option<Installation>,
}

/// Installation that registers under a machine's id (I37).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Installation {
    /// Identifier.
    pub id: InstallationId,
    /// Lease of the installation's claims. After this much silence it no longer holds the machine's id.
    pub lease: Duration,
}

impl Installation {
    /// Returns an installation with the lease of its claims.
    pub fn new(id: InstallationId, lease: Duration) -> Self {
        Self { id, lease }
    }
}

impl Registration {
    /// Returns a request with the names that a machine needs; the rest is set by field.
    pub fn new(
        scope: Scope,
        cluster: impl Into<String>,
        machine_id: impl Into<String>,
        repo_url: impl Into<String>,
    ) -> Self {
        Self {
            scope,
            cluster: cluster.into(),
            machine_id: machine_id.into(),
            repo_url: repo_url.into(),
            hostname: None,
            version: None,
            capabilities: None,
            installation: None,
        }
    }

    /// Returns the machine's id: `<cluster>-<machine_id>`.
    ///
    /// # Errors
    /// [`InvalidId`] when the two names do not form a valid id.
    pub fn id(&self) -> Result<OrchestratorId, InvalidId> {
        OrchestratorId::new(format!("{}-{}", self.cluster, self.machine_id))
    }
}

/// Current work of one of a machine's agents, as reported by a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Load {
    /// Agent.
    pub agent: AgentName,
    /// Role of the agent.
    pub role: RoleName,
    /// Task it works on; `None` while it is idle.
    #[serde(default)]
    pub task: Option<TaskId>,
}

impl Load {
    /// Returns an idle agent; the task of another is set by field.
    pub fn new(agent: AgentName, role: RoleName) -> Self {
        Self { agent, role, task: None }
    }
}

/// Periodic report of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Heartbeat {
    /// Agents of the machine; `None` if the heartbeat does not report them.
    pub agents: Option<Vec<Load>>,
    /// Installation that sends the heartbeat; `None` for a program that does not report one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation: Option<InstallationId>,
}

impl Heartbeat {
    /// Sets the agents that the heartbeat reports.
    #[must_use]
    pub fn with_agents(mut self, agents: Vec<Load>) -> Self {
        self.agents = Some(agents);
        self
    }

    /// Sets the installation that sends the heartbeat.
    #[must_use]
    pub fn with_installation(mut self, installation: InstallationId) -> Self {
        self.installation = Some(installation);
        self
    }
}

/// Machine as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Machine {
    /// Identifier: `<cluster>-<machine_id>`, unique within the scope.
    pub id: OrchestratorId,
    /// Latest registration.
    pub registration: Registration,
    /// Status.
    pub status: MachineStatus,
    /// Time of the first registration.
    pub registered_at: Timestamp,
    /// Time of the last heartbeat, by the store's clock.
    pub last_heartbeat: Timestamp,
    /// Agents, as last reported.
    pub agents: Vec<Load>,
    /// Time since which the current installation holds the id; `None` if no installation is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Timestamp>,
}

impl Machine {
    /// Returns an active machine that registers for the first time.
    pub fn new(id: OrchestratorId, registration: Registration, registered_at: Timestamp) -> Self {
        Self {
            id,
            registration,
            status: MachineStatus::Active,
            registered_at,
            last_heartbeat: registered_at,
            agents: Vec::new(),
            held_since: None,
        }
    }
}
