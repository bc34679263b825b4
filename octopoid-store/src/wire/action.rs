//! Actions that are proposed to people.

use octopoid_core::model::{Action, ActionDraft, ActionStatus, InvalidId, Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// An action in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct ActionBody {
    /// Such as `act-7`.
    pub(crate) id: String,
    /// What kind of thing it is about.
    pub(crate) entity_type: String,
    /// Which one.
    pub(crate) entity_id: String,
    /// What kind of action.
    pub(crate) action_type: String,
    /// One line for the button.
    pub(crate) label: String,
    /// More about it.
    pub(crate) description: Option<String>,
    /// How far it is.
    #[cfg_attr(feature = "api", schema(value_type = String))]
    pub(crate) status: ActionStatus,
    /// Who proposes it.
    pub(crate) proposed_by: String,
    /// When it was proposed.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) proposed_at: Timestamp,
    /// When a person wanted it.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) executed_at: Option<Timestamp>,
    /// What came of it.
    pub(crate) result: Option<String>,
    /// Until when it can be wanted.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) expires_at: Option<Timestamp>,
    /// Whatever the proposer keeps with it, as text.
    pub(crate) metadata: Option<String>,
    /// What is needed to do it, as text.
    pub(crate) action_data: Option<String>,
    /// The tenant.
    pub(crate) scope: String,
}

impl From<&Action> for ActionBody {
    fn from(action: &Action) -> Self {
        let Action { id, scope, draft, status, proposed_at, executed_at, result } = action.clone();
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
        Ok(Action {
            id: body.id,
            scope: Scope::new(body.scope)?,
            draft: ActionDraft {
                entity_type: body.entity_type,
                entity_id: body.entity_id,
                action_type: body.action_type,
                label: body.label,
                description: body.description,
                proposed_by: body.proposed_by,
                expires_at: body.expires_at,
                metadata: body.metadata,
                action_data: body.action_data,
            },
            status: body.status,
            proposed_at: body.proposed_at,
            executed_at: body.executed_at,
            result: body.result,
        })
    }
}

/// Proposes an action.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct NewActionBody {
    /// What kind of thing it is about. Needed.
    pub(crate) entity_type: Option<String>,
    /// Which one. Needed.
    pub(crate) entity_id: Option<String>,
    /// `proposal` when nobody says otherwise.
    pub(crate) action_type: Option<String>,
    /// One line for the button. Needed.
    pub(crate) label: Option<String>,
    /// More about it.
    pub(crate) description: Option<String>,
    /// Who proposes it. Needed.
    pub(crate) proposed_by: Option<String>,
    /// Until when it can be wanted.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) expires_at: Option<Timestamp>,
    /// Whatever the proposer keeps with it, as text.
    pub(crate) metadata: Option<String>,
    /// What is needed to do it, as text.
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

/// Says how far an action is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct ActionUpdate {
    /// How far it is.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) status: Option<ActionStatus>,
    /// What came of it.
    pub(crate) result: Option<String>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}
