//! Lists.

use super::{ActionBody, DraftBody, FlowBody, KeyBody, MachineBody, MessageBody, RoleBody, TaskBody};
use octopoid_core::model::{Event, Project, Run};
use serde::{Deserialize, Serialize};

macro_rules! page {
    ($(#[$doc:meta])* $name:ident, $field:ident, $item:ty, $place:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
        pub(crate) struct $name {
            /// The things.
            pub(crate) $field: Vec<$item>,
            /// Total number of records.
            pub(crate) total: u64,
            /// Largest number of records that was requested.
            pub(crate) limit: u32,
            /// Number of records that were skipped.
            pub(crate) offset: u64,
            /// Value for `after` in the next request; `null` at the end.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub(crate) next: Option<$place>,
        }
    };
}
page!(
    /// A page of tasks.
    Tasks, tasks, TaskBody, u64
);
page!(
    /// A page of drafts.
    Drafts, drafts, DraftBody, u64
);
page!(
    /// A page of messages.
    Messages, messages, MessageBody, u64
);
page!(
    /// A page of actions.
    Actions, actions, ActionBody, String
);

/// A page of projects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Projects {
    /// The projects.
    #[cfg_attr(feature = "api", schema(value_type = Vec<Object>))]
    pub(crate) projects: Vec<Project>,
    /// Total number of records.
    pub(crate) total: u64,
    /// Largest number of records that was requested.
    pub(crate) limit: u32,
    /// Number of records that were skipped.
    pub(crate) offset: u64,
    /// Value for `after` in the next request; `null` at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// A stretch of the durable history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Events {
    /// The events, in the order of their numbers.
    #[cfg_attr(feature = "api", schema(value_type = Vec<Object>))]
    pub(crate) events: Vec<Event>,
    /// The number of the newest event of the server.
    pub(crate) last: u64,
}

/// Runs, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Runs {
    /// The runs.
    #[cfg_attr(feature = "api", schema(value_type = Vec<Object>))]
    pub(crate) runs: Vec<Run>,
}

/// Machines, those heard of last first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Machines {
    /// The machines.
    pub(crate) orchestrators: Vec<MachineBody>,
    /// Number of records.
    pub(crate) total: u64,
}

/// Registered flows, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Flows {
    /// The flows.
    pub(crate) flows: Vec<FlowBody>,
}

/// Registered roles, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Roles {
    /// The roles.
    pub(crate) roles: Vec<RoleBody>,
}

/// Keys, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Keys {
    /// The keys, without their secrets.
    pub(crate) keys: Vec<KeyBody>,
}

/// The scopes that have tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Scopes {
    /// Their names.
    pub(crate) scopes: Vec<String>,
}
