//! Projects.

use super::fields::Flag;
use octopoid_core::model::{ProjectStatus, Timestamp};
use serde::{Deserialize, Serialize};

/// Asks for a new project.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct NewProjectBody {
    /// An id of one's own; none makes one from the title.
    pub(crate) id: Option<String>,
    /// Title, in one line. Required.
    pub(crate) title: Option<String>,
    /// Purpose.
    pub(crate) description: Option<String>,
    /// `draft`, `active`, `completed` or `archived`.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) status: Option<ProjectStatus>,
    /// The branch that its tasks share.
    pub(crate) branch: Option<String>,
    /// Branch that it is merged into. Default: `main`.
    pub(crate) base_branch: Option<String>,
    /// Whether its tasks are accepted without a review by an agent.
    #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
    pub(crate) auto_accept: Option<Flag>,
    /// Person who requests it.
    pub(crate) created_by: Option<String>,
    /// Values of clients of the original server that nothing else reads, as JSON text.
    pub(crate) original: Option<String>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

/// Changes to a project. What is missing stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct ProjectUpdate {
    /// One line.
    pub(crate) title: Option<String>,
    /// Purpose.
    pub(crate) description: Option<String>,
    /// Status; `completed` records the time.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) status: Option<ProjectStatus>,
    /// The branch that its tasks share.
    pub(crate) branch: Option<String>,
    /// Branch that it is merged into.
    pub(crate) base_branch: Option<String>,
    /// Whether its tasks are accepted without a review by an agent.
    #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
    pub(crate) auto_accept: Option<Flag>,
    /// When it was completed, where that is not now.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) completed_at: Option<Timestamp>,
    /// Values of clients of the original server that nothing else reads, as JSON text.
    pub(crate) original: Option<String>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}
