//! Flows and roles as orchestrators register them, so that a server can check names.

use super::{OrchestratorId, RoleName, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// States and transitions of a flow, as registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRecord {
    /// Name, unique within the scope.
    pub name: String,
    /// Scope (tenant).
    pub scope: Scope,
    /// Names of the states.
    pub states: Vec<String>,
    /// Transitions: objects with `from` and `to`, and any further fields of the registrar.
    pub transitions: Vec<Value>,
    /// Time of the first registration.
    pub registered_at: Timestamp,
    /// Time of the latest registration.
    pub updated_at: Timestamp,
}

/// Request to register a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRegistration {
    /// Name.
    pub name: RoleName,
    /// Queue that the role claims from.
    pub claims_from: String,
    /// Description.
    pub description: Option<String>,
}

/// Registered role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRecord {
    /// Name, unique within the scope.
    pub name: RoleName,
    /// Scope (tenant).
    pub scope: Scope,
    /// Queue that the role claims from.
    pub claims_from: String,
    /// Description.
    pub description: Option<String>,
    /// Machine that registered the role last.
    pub orchestrator: OrchestratorId,
    /// Time of the first registration.
    pub created_at: Timestamp,
}
