//! What orchestrators say about their flows and roles, so that a server can check names.

use super::{OrchestratorId, RoleName, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A flow's states and transitions, as they were registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRecord {
    /// Unique within the scope.
    pub name: String,
    /// The tenant.
    pub scope: Scope,
    /// The names of its states.
    pub states: Vec<String>,
    /// Its transitions: objects with `from` and `to`, and whatever else the registrar keeps there.
    pub transitions: Vec<Value>,
    /// When it was registered first.
    pub registered_at: Timestamp,
    /// When it was registered last.
    pub updated_at: Timestamp,
}

/// A request to register a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRegistration {
    /// Its name.
    pub name: RoleName,
    /// The queue it claims from.
    pub claims_from: String,
    /// What it does.
    pub description: Option<String>,
}

/// A registered role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRecord {
    /// Unique within the scope.
    pub name: RoleName,
    /// The tenant.
    pub scope: Scope,
    /// The queue it claims from.
    pub claims_from: String,
    /// What it does.
    pub description: Option<String>,
    /// Who registered it last.
    pub orchestrator: OrchestratorId,
    /// When it was registered first.
    pub created_at: Timestamp,
}
