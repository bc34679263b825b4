//! Actions: proposals to a person, carried out by a client that watches for requested ones.

use super::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// Status of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionStatus {
    /// Proposed to a person.
    Proposed,
    /// Requested by a person.
    ExecuteRequested,
    /// Being carried out by a client.
    Executing,
    /// Carried out.
    Completed,
    /// Could not be carried out.
    Failed,
    /// Not requested before it expired.
    Expired,
}

impl ActionStatus {
    /// All statuses.
    pub const ALL: [ActionStatus; 6] = [
        ActionStatus::Proposed,
        ActionStatus::ExecuteRequested,
        ActionStatus::Executing,
        ActionStatus::Completed,
        ActionStatus::Failed,
        ActionStatus::Expired,
    ];

    /// Returns the name used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            ActionStatus::Proposed => "proposed",
            ActionStatus::ExecuteRequested => "execute_requested",
            ActionStatus::Executing => "executing",
            ActionStatus::Completed => "completed",
            ActionStatus::Failed => "failed",
            ActionStatus::Expired => "expired",
        }
    }
}

/// Request to propose an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ActionDraft {
    /// Kind of record that the action is about.
    pub entity_type: String,
    /// Id of that record.
    pub entity_id: String,
    /// Kind of action; `proposal` by default.
    pub action_type: String,
    /// Label of the button, in one line.
    pub label: String,
    /// Longer description.
    pub description: Option<String>,
    /// Proposer.
    pub proposed_by: String,
    /// Time until which the action can be requested.
    pub expires_at: Option<Timestamp>,
    /// Additional data of the proposer, as text.
    pub metadata: Option<String>,
    /// Input needed to carry out the action, as text.
    pub action_data: Option<String>,
}

impl ActionDraft {
    /// Returns a proposal of the kind `proposal`; the rest is set by field.
    pub fn new(
        entity_type: impl Into<String>,
        entity_id: impl Into<String>,
        label: impl Into<String>,
        proposed_by: impl Into<String>,
    ) -> Self {
        Self {
            entity_type: entity_type.into(),
            entity_id: entity_id.into(),
            action_type: "proposal".to_owned(),
            label: label.into(),
            description: None,
            proposed_by: proposed_by.into(),
            expires_at: None,
            metadata: None,
            action_data: None,
        }
    }

    /// Returns the proposed action with the id, scope and time that the store gives it.
    pub fn at(self, id: impl Into<String>, scope: Scope, proposed_at: Timestamp) -> Action {
        Action {
            id: id.into(),
            scope,
            draft: self,
            status: ActionStatus::Proposed,
            proposed_at,
            executed_at: None,
            result: None,
        }
    }
}

/// Action as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Action {
    /// Identifier, such as `act-7`; unique within the scope.
    pub id: String,
    /// Scope (tenant).
    pub scope: Scope,
    /// Proposal.
    pub draft: ActionDraft,
    /// Status.
    pub status: ActionStatus,
    /// Time of the proposal.
    pub proposed_at: Timestamp,
    /// Time at which a person requested the action.
    pub executed_at: Option<Timestamp>,
    /// Result.
    pub result: Option<String>,
}
