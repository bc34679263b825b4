//! Flows and roles as orchestrators register them, so that a server can check names.

use super::{OrchestratorId, RoleName, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// States and transitions of a flow, as registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
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

impl FlowRecord {
    /// Returns a flow that was registered once.
    pub fn new(
        scope: Scope,
        name: impl Into<String>,
        states: Vec<String>,
        transitions: Vec<Value>,
        at: Timestamp,
    ) -> Self {
        Self { name: name.into(), scope, states, transitions, registered_at: at, updated_at: at }
    }
}

/// Request to register a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RoleRegistration {
    /// Name.
    pub name: RoleName,
    /// Queue that the role claims from.
    pub claims_from: String,
    /// Description.
    pub description: Option<String>,
}

impl RoleRegistration {
    /// Returns a request to register a role without a description.
    pub fn new(name: RoleName, claims_from: impl Into<String>) -> Self {
        Self { name, claims_from: claims_from.into(), description: None }
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Returns the registered role with its scope, the machine that registered it and the time that the store gives it.
    pub fn at(self, scope: Scope, orchestrator: OrchestratorId, created_at: Timestamp) -> RoleRecord {
        let RoleRegistration { name, claims_from, description } = self;
        RoleRecord { name, scope, claims_from, description, orchestrator, created_at }
    }
}

/// Registered role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
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
