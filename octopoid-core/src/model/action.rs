//! Something proposed to a person, to be carried out by whoever watches for it.

use super::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// How far an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionStatus {
    /// Somebody proposes it.
    Proposed,
    /// A person wants it done.
    ExecuteRequested,
    /// Somebody does it.
    Executing,
    /// It is done.
    Completed,
    /// It could not be done.
    Failed,
    /// Nobody wanted it in time.
    Expired,
}

impl ActionStatus {
    /// Every status.
    pub const ALL: [ActionStatus; 6] = [
        ActionStatus::Proposed,
        ActionStatus::ExecuteRequested,
        ActionStatus::Executing,
        ActionStatus::Completed,
        ActionStatus::Failed,
        ActionStatus::Expired,
    ];

    /// The name used on the wire.
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

/// A request to propose an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionDraft {
    /// What kind of thing it is about.
    pub entity_type: String,
    /// Which one.
    pub entity_id: String,
    /// What kind of action; `proposal` when nobody says otherwise.
    pub action_type: String,
    /// One line for the button.
    pub label: String,
    /// More about it.
    pub description: Option<String>,
    /// Who proposes it.
    pub proposed_by: String,
    /// Until when it can be wanted.
    pub expires_at: Option<Timestamp>,
    /// Whatever the proposer keeps with it, as text.
    pub metadata: Option<String>,
    /// What is needed to do it, as text.
    pub action_data: Option<String>,
}

/// An action, as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Unique within the scope, such as `act-7`.
    pub id: String,
    /// The tenant.
    pub scope: Scope,
    /// What was proposed.
    pub draft: ActionDraft,
    /// How far it is.
    pub status: ActionStatus,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// When a person wanted it.
    pub executed_at: Option<Timestamp>,
    /// What came of it.
    pub result: Option<String>,
}
