//! Lists.

use super::{ActionBody, DraftBody, FlowBody, KeyBody, MachineBody, MessageBody, RoleBody, TaskBody};
use octopoid_core::model::{Event, Project, Run};
use serde::{Deserialize, Serialize};

macro_rules! page {
    ($(#[$doc:meta])* $name:ident, $field:ident, $item:ty, $place:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
        pub struct $name {
            /// The things.
            pub $field: Vec<$item>,
            /// How many there are in all.
            pub total: u64,
            /// At most so many were asked for.
            pub limit: u32,
            /// So many were left out at the beginning.
            pub offset: u64,
            /// What to ask for as `after` to go on; none at the end.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub next: Option<$place>,
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
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Projects {
    /// The projects.
    #[cfg_attr(feature = "server", schema(value_type = Vec<Object>))]
    pub projects: Vec<Project>,
    /// How many there are in all.
    pub total: u64,
    /// At most so many were asked for.
    pub limit: u32,
    /// So many were left out at the beginning.
    pub offset: u64,
    /// What to ask for as `after` to go on; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A stretch of the durable history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Events {
    /// The events, in the order of their numbers.
    #[cfg_attr(feature = "server", schema(value_type = Vec<Object>))]
    pub events: Vec<Event>,
    /// The number of the newest event of the server.
    pub last: u64,
}

/// Runs, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Runs {
    /// The runs.
    #[cfg_attr(feature = "server", schema(value_type = Vec<Object>))]
    pub runs: Vec<Run>,
}

/// Machines, those heard of last first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Machines {
    /// The machines.
    pub orchestrators: Vec<MachineBody>,
    /// How many there are.
    pub total: u64,
}

/// Registered flows, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Flows {
    /// The flows.
    pub flows: Vec<FlowBody>,
}

/// Registered roles, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Roles {
    /// The roles.
    pub roles: Vec<RoleBody>,
}

/// Keys, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Keys {
    /// The keys, without their secrets.
    pub keys: Vec<KeyBody>,
}

/// The scopes that have tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Scopes {
    /// Their names.
    pub scopes: Vec<String>,
}
