//! The machines that run agents.

use octopoid_core::model::{
    Installation, InstallationId, InvalidId, Load, Machine, MachineStatus, OrchestratorId, Registration,
    Scope, Timestamp,
};
use octopoid_core::store::SILENCE;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// A machine in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct MachineBody {
    /// `<cluster>-<machine_id>`.
    pub(crate) id: String,
    /// The group of machines.
    pub(crate) cluster: String,
    /// The machine's name within it.
    pub(crate) machine_id: String,
    /// The name of its host.
    pub(crate) hostname: Option<String>,
    /// The repository it works on.
    pub(crate) repo_url: String,
    /// Time of the first registration.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) registered_at: Timestamp,
    /// Time of the last heartbeat, by the server's clock.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) last_heartbeat: Timestamp,
    /// `active`, `offline` or `maintenance`.
    #[cfg_attr(feature = "api", schema(value_type = String))]
    pub(crate) status: MachineStatus,
    /// Its version.
    pub(crate) version: Option<String>,
    /// Capabilities, as JSON text.
    pub(crate) capabilities: Option<String>,
    /// The tenant.
    pub(crate) scope: String,
    /// Its agents, as it told last.
    #[serde(default)]
    #[cfg_attr(feature = "api", schema(value_type = Vec<Object>))]
    pub(crate) agents: Vec<Load>,
    /// The installation that holds the id, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) installation: Option<InstallationId>,
    /// The installation's lease, in milliseconds: after being silent for this long it no longer holds the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lease_ms: Option<u64>,
    /// Since when the installation holds the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) held_since: Option<Timestamp>,
}

/// An installation in two fields: its id and its lease in milliseconds.
fn installation(id: Option<InstallationId>, lease_ms: Option<u64>) -> Option<Installation> {
    let lease = lease_ms.map_or(SILENCE, Duration::from_millis);
    id.map(|id| Installation::new(id, lease))
}

fn lease_ms(installation: &Installation) -> u64 {
    u64::try_from(installation.lease.as_millis()).unwrap_or(u64::MAX)
}

impl From<&Machine> for MachineBody {
    fn from(machine: &Machine) -> Self {
        let registration = machine.registration.clone();
        Self {
            id: machine.id.to_string(),
            cluster: registration.cluster,
            machine_id: registration.machine_id,
            hostname: registration.hostname,
            repo_url: registration.repo_url,
            registered_at: machine.registered_at,
            last_heartbeat: machine.last_heartbeat,
            status: machine.status,
            version: registration.version,
            capabilities: registration.capabilities.map(|value| value.to_string()),
            scope: registration.scope.into(),
            agents: machine.agents.clone(),
            lease_ms: registration.installation.as_ref().map(lease_ms),
            installation: registration.installation.map(|one| one.id),
            held_since: machine.held_since,
        }
    }
}

impl TryFrom<MachineBody> for Machine {
    type Error = InvalidId;

    fn try_from(body: MachineBody) -> Result<Machine, InvalidId> {
        let id = OrchestratorId::new(body.id)?;
        let scope = Scope::new(body.scope)?;
        let mut registration = Registration::new(scope, body.cluster, body.machine_id, body.repo_url);
        registration.hostname = body.hostname;
        registration.version = body.version;
        registration.capabilities = body.capabilities.and_then(|text| serde_json::from_str(&text).ok());
        registration.installation = installation(body.installation, body.lease_ms);
        let mut machine = Machine::new(id, registration, body.registered_at);
        machine.status = body.status;
        machine.last_heartbeat = body.last_heartbeat;
        machine.agents = body.agents;
        machine.held_since = body.held_since;
        Ok(machine)
    }
}

/// A machine introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct RegisterMachine {
    /// The group of machines. Required.
    pub(crate) cluster: Option<String>,
    /// The machine's name within it. Required.
    pub(crate) machine_id: Option<String>,
    /// The repository it works on. Required.
    pub(crate) repo_url: Option<String>,
    /// The name of its host.
    pub(crate) hostname: Option<String>,
    /// Its version.
    pub(crate) version: Option<String>,
    /// Capabilities.
    #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
    pub(crate) capabilities: Option<Value>,
    /// How many tasks it takes at once; what counts is what its claims say.
    pub(crate) max_claimed: Option<u32>,
    /// The installation that uses the id. While it is heard from, the id is refused to every other one.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) installation: Option<InstallationId>,
    /// The installation's lease, in milliseconds: after being silent for this long it no longer holds the id. Two minutes.
    pub(crate) lease_ms: Option<u64>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

impl RegisterMachine {
    /// The installation that registers, where it says so.
    pub(crate) fn installation(&self) -> Option<Installation> {
        installation(self.installation.clone(), self.lease_ms)
    }

    /// What introduces the same machine.
    pub(crate) fn of(registration: Registration) -> Self {
        Self {
            cluster: Some(registration.cluster),
            machine_id: Some(registration.machine_id),
            repo_url: Some(registration.repo_url),
            hostname: registration.hostname,
            version: registration.version,
            capabilities: registration.capabilities,
            max_claimed: None,
            lease_ms: registration.installation.as_ref().map(lease_ms),
            installation: registration.installation.map(|one| one.id),
            scope: Some(registration.scope.into()),
        }
    }
}

/// Answer to a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Registered {
    /// Its id.
    pub(crate) orchestrator_id: String,
    /// Time of the first registration.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) registered_at: Timestamp,
    /// Whether it takes part.
    #[cfg_attr(feature = "api", schema(value_type = String))]
    pub(crate) status: MachineStatus,
    /// The scope's first key, shown once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) api_key: Option<String>,
    /// The machine in full.
    pub(crate) orchestrator: MachineBody,
}

impl Registered {
    /// The answer about a machine.
    pub(crate) fn new(machine: &Machine, api_key: Option<String>) -> Self {
        Self {
            orchestrator_id: machine.id.to_string(),
            registered_at: machine.registered_at,
            status: machine.status,
            api_key,
            orchestrator: MachineBody::from(machine),
        }
    }
}

/// A machine says that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct HeartbeatBody {
    /// Ignored; the server's own time counts.
    pub(crate) timestamp: Option<String>,
    /// Its agents.
    #[cfg_attr(feature = "api", schema(value_type = Option<Vec<Object>>))]
    pub(crate) agents: Option<Vec<Load>>,
    /// The installation that says it.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) installation: Option<InstallationId>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

/// Sets whether a machine takes new tasks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct MachineUpdate {
    /// `active`, `offline` or `maintenance`. Required.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) status: Option<MachineStatus>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}
