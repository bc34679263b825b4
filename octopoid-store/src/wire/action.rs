//! Actions that are proposed to people.

use octopoid_core::model::{Action, ActionDraft, ActionStatus, InvalidId, Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// An action in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct ActionBody {
    /// Such as `act-7`.
    pub(crate) id: String,
    /// Kind of the record it is about.
    pub(crate) entity_type: String,
    /// Id of that record.
    pub(crate) entity_id: String,
    /// Kind of action.
    pub(crate) action_type: String,
    /// Label of the button.
    pub(crate) label: String,
    /// More about it.
    pub(crate) description: Option<String>,
    /// Status.
    #[cfg_attr(feature = "api", schema(value_type = String))]
    pub(crate) status: ActionStatus,
    /// Proposer.
    pub(crate) proposed_by: String,
    /// When it was proposed.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) proposed_at: Timestamp,
    /// Time at which a person requested it.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) executed_at: Option<Timestamp>,
    /// Result.
    pub(crate) result: Option<String>,
    /// Time at which it expires.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) expires_at: Option<Timestamp>,
    /// Data of the proposer, as text.
    pub(crate) metadata: Option<String>,
    /// Data that is needed to execute it, as text.
    pub(crate) action_data: Option<String>,
    /// The tenant.
    pub(crate) scope: String,
}

impl From<&Action> for ActionBody {
    fn from(action: &Action) -> Self {
        let Action { id, scope, draft, status, proposed_at, executed_at, result, .. } = action.clone();
        Self {
            id,
            entity_type: draft.entity_type,
            entity_id: draft.entity_id,
            action_type: draft.action_type,
            label: draft.label,
            description: draft.description,
            status,
            proposed_by: draft.proposed_by,
            proposed_at,
            executed_at,
            result,
            expires_at: draft.expires_at,
            metadata: draft.metadata,
            action_data: draft.action_data,
            scope: scope.into(),
        }
    }
}

impl TryFrom<ActionBody> for Action {
    type Error = InvalidId;

    fn try_from(body: ActionBody) -> Result<Action, InvalidId> {
        let mut draft = ActionDraft::new(body.entity_type, body.entity_id, body.label, body.proposed_by);
        draft.action_type = body.action_type;
        draft.description = body.description;
        draft.expires_at = body.expires_at;
        draft.metadata = body.metadata;
        draft.action_data = body.action_data;
        let mut action = draft.at(body.id, Scope::new(body.scope)?, body.proposed_at);
        action.status = body.status;
        action.executed_at = body.executed_at;
        action.result = body.result;
        Ok(action)
    }
}

/// Proposes an action.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct NewActionBody {
    /// Kind of the record it is about. Required.
    pub(crate) entity_type: Option<String>,
    /// Id of that record. Required.
    pub(crate) entity_id: Option<String>,
    /// Default: `proposal`.
    pub(crate) action_type: Option<String>,
    /// Label of the button. Required.
    pub(crate) label: Option<String>,
    /// More about it.
    pub(crate) description: Option<String>,
    /// Proposer. Required.
    pub(crate) proposed_by: Option<String>,
    /// Time at which it expires.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) expires_at: Option<Timestamp>,
    /// Data of the proposer, as text.
    pub(crate) metadata: Option<String>,
    /// Data that is needed to execute it, as text.
    pub(crate) action_data: Option<String>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

impl NewActionBody {
    /// What proposes the same.
    pub(crate) fn of(scope: &Scope, draft: ActionDraft) -> Self {
        Self {
            entity_type: Some(draft.entity_type),
            entity_id: Some(draft.entity_id),
            action_type: Some(draft.action_type),
            label: Some(draft.label),
            description: draft.description,
            proposed_by: Some(draft.proposed_by),
            expires_at: draft.expires_at,
            metadata: draft.metadata,
            action_data: draft.action_data,
            scope: Some(scope.to_string()),
        }
    }
}

/// Updates an action.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct ActionUpdate {
    /// Status.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) status: Option<ActionStatus>,
    /// Result.
    pub(crate) result: Option<String>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}
