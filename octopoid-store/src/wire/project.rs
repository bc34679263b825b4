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
    /// One line. Needed.
    pub(crate) title: Option<String>,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// `draft`, `active`, `completed` or `archived`.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) status: Option<ProjectStatus>,
    /// The branch that its tasks share.
    pub(crate) branch: Option<String>,
    /// Where that branch goes in the end; `main` when nobody says otherwise.
    pub(crate) base_branch: Option<String>,
    /// Whether its tasks need no paid review.
    #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
    pub(crate) auto_accept: Option<Flag>,
    /// Who asks for it.
    pub(crate) created_by: Option<String>,
    /// What clients of the original server wrote and nothing else reads, as JSON text.
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
    /// What it is for.
    pub(crate) description: Option<String>,
    /// `completed` notes when.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) status: Option<ProjectStatus>,
    /// The branch that its tasks share.
    pub(crate) branch: Option<String>,
    /// Where that branch goes in the end.
    pub(crate) base_branch: Option<String>,
    /// Whether its tasks need no paid review.
    #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
    pub(crate) auto_accept: Option<Flag>,
    /// When it was completed, where that is not now.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) completed_at: Option<Timestamp>,
    /// What clients of the original server wrote and nothing else reads, as JSON text.
    pub(crate) original: Option<String>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}
