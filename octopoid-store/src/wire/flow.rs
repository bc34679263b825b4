//! Registered flows and roles.

use octopoid_core::model::{FlowRecord, InvalidId, RoleRecord, RoleRegistration, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A flow in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct FlowBody {
    /// Unique within the scope.
    pub(crate) name: String,
    /// The tenant.
    pub(crate) scope: String,
    /// The names of its states, as a JSON list in a text.
    pub(crate) states: String,
    /// Its transitions, as a JSON list in a text.
    pub(crate) transitions: String,
    /// Time of the first registration.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) registered_at: Timestamp,
    /// Time of the last registration.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) updated_at: Timestamp,
}

impl From<&FlowRecord> for FlowBody {
    fn from(flow: &FlowRecord) -> Self {
        Self {
            name: flow.name.clone(),
            scope: flow.scope.to_string(),
            states: Value::from(flow.states.clone()).to_string(),
            transitions: Value::from(flow.transitions.clone()).to_string(),
            registered_at: flow.registered_at,
            updated_at: flow.updated_at,
        }
    }
}

impl TryFrom<FlowBody> for FlowRecord {
    type Error = InvalidId;

    fn try_from(body: FlowBody) -> Result<FlowRecord, InvalidId> {
        let states = serde_json::from_str(&body.states).unwrap_or_default();
        let transitions = serde_json::from_str(&body.transitions).unwrap_or_default();
        let scope = Scope::new(body.scope)?;
        let mut flow = FlowRecord::new(scope, body.name, states, transitions, body.registered_at);
        flow.updated_at = body.updated_at;
        Ok(flow)
    }
}

/// Registers a flow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct PutFlow {
    /// The names of its states. Required.
    pub(crate) states: Option<Vec<String>>,
    /// Its transitions: objects with `from` and `to`. Required.
    #[cfg_attr(feature = "api", schema(value_type = Option<Vec<Object>>))]
    pub(crate) transitions: Option<Vec<Value>>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

/// A role in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct RoleBody {
    /// Unique within the scope.
    pub(crate) name: String,
    /// Description.
    pub(crate) description: Option<String>,
    /// The queue it claims from.
    pub(crate) claims_from: String,
    /// Machine that registered it last.
    pub(crate) orchestrator_id: String,
    /// The tenant.
    pub(crate) scope: String,
    /// Time of the first registration.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) created_at: Timestamp,
}

impl From<&RoleRecord> for RoleBody {
    fn from(role: &RoleRecord) -> Self {
        Self {
            name: role.name.to_string(),
            description: role.description.clone(),
            claims_from: role.claims_from.clone(),
            orchestrator_id: role.orchestrator.to_string(),
            scope: role.scope.to_string(),
            created_at: role.created_at,
        }
    }
}

impl TryFrom<RoleBody> for RoleRecord {
    type Error = InvalidId;

    fn try_from(body: RoleBody) -> Result<RoleRecord, InvalidId> {
        let mut role = RoleRegistration::new(body.name.try_into()?, body.claims_from);
        role.description = body.description;
        Ok(role.at(body.scope.try_into()?, body.orchestrator_id.try_into()?, body.created_at))
    }
}

/// Registers roles.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct RegisterRoles {
    /// The machine, which must be registered. Required.
    pub(crate) orchestrator_id: Option<String>,
    /// The roles. Required.
    pub(crate) roles: Option<Vec<RoleEntry>>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

/// One role to register.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct RoleEntry {
    /// Its name. Required.
    pub(crate) name: Option<String>,
    /// Default: `incoming`.
    pub(crate) claims_from: Option<String>,
    /// Description.
    pub(crate) description: Option<String>,
}
