//! The machines that run agents.

use super::{AgentName, InstallationId, InvalidId, OrchestratorId, RoleName, Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Whether a machine takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineStatus {
    /// It was heard of lately.
    Active,
    /// It has been silent for too long.
    Offline,
    /// A person wants it to take nothing new; what it has goes on.
    Maintenance,
}

impl MachineStatus {
    /// Every status.
    pub const ALL: [MachineStatus; 3] =
        [MachineStatus::Active, MachineStatus::Offline, MachineStatus::Maintenance];

    /// The name used on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            MachineStatus::Active => "active",
            MachineStatus::Offline => "offline",
            MachineStatus::Maintenance => "maintenance",
        }
    }
}

/// A machine introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The tenant.
    pub scope: Scope,
    /// The group of machines, such as `prod`.
    pub cluster: String,
    /// The machine's name within it.
    pub machine_id: String,
    /// The repository it works on.
    pub repo_url: String,
    /// The name of its host.
    #[serde(default)]
    pub hostname: Option<String>,
    /// Its version of Octopoid.
    #[serde(default)]
    pub version: Option<String>,
    /// What it can do: roles, runners, agents at once.
    #[serde(default)]
    pub capabilities: Option<Value>,
    /// The installation that uses the machine's id; none for a program that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation: Option<Installation>,
}

/// The installation that registers under a machine's id (I37).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installation {
    /// The installation.
    pub id: InstallationId,
    /// The lease of its claims. After being silent for this long it no longer holds the machine's id.
    pub lease: Duration,
}

impl Registration {
    /// The machine's id: `<cluster>-<machine_id>`.
    ///
    /// # Errors
    /// [`InvalidId`] when the two do not make one.
    pub fn id(&self) -> Result<OrchestratorId, InvalidId> {
        OrchestratorId::new(format!("{}-{}", self.cluster, self.machine_id))
    }
}

/// One agent of a machine, as its heartbeat tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// The agent.
    pub agent: AgentName,
    /// Its role.
    pub role: RoleName,
    /// What it works on; none while it is idle.
    #[serde(default)]
    pub task: Option<TaskId>,
}

/// What a machine says of itself now and then.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Heartbeat {
    /// Its agents; none where it says nothing of them.
    pub agents: Option<Vec<Load>>,
    /// The installation that says it; none for a program that does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation: Option<InstallationId>,
}

/// A machine, as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// `<cluster>-<machine_id>`, unique within the scope.
    pub id: OrchestratorId,
    /// How it introduced itself last.
    pub registration: Registration,
    /// Whether it takes part.
    pub status: MachineStatus,
    /// When it introduced itself first.
    pub registered_at: Timestamp,
    /// When it was last heard of, by the store's clock.
    pub last_heartbeat: Timestamp,
    /// Its agents, as it told last.
    pub agents: Vec<Load>,
    /// Since when the present installation holds the id; none where no installation is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Timestamp>,
}
