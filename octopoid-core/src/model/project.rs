//! Several tasks under one branch and one goal.

use super::{ProjectId, Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// How far a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// Being thought about.
    #[default]
    Draft,
    /// Under way.
    Active,
    /// Done.
    Completed,
    /// Put away.
    Archived,
}

impl ProjectStatus {
    /// Every status.
    pub const ALL: [ProjectStatus; 4] =
        [ProjectStatus::Draft, ProjectStatus::Active, ProjectStatus::Completed, ProjectStatus::Archived];

    /// The name used in files, on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            ProjectStatus::Draft => "draft",
            ProjectStatus::Active => "active",
            ProjectStatus::Completed => "completed",
            ProjectStatus::Archived => "archived",
        }
    }
}

/// A project, as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Unique within the scope.
    pub id: ProjectId,
    /// The tenant.
    pub scope: Scope,
    /// One line.
    pub title: String,
    /// What it is for.
    pub description: Option<String>,
    /// How far it is.
    pub status: ProjectStatus,
    /// The branch that its tasks share; none until somebody names one.
    pub branch: Option<String>,
    /// Where that branch goes in the end.
    pub base_branch: String,
    /// Whether its tasks need no paid review.
    pub auto_accept: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything about it changed.
    pub updated_at: Timestamp,
    /// Who asked for it.
    pub created_by: Option<String>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// What clients of the original server wrote and the model has no place for, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

/// A request to create a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// The tenant.
    pub scope: Scope,
    /// An id of the caller's choice; none makes one from the title.
    pub id: Option<ProjectId>,
    /// One line.
    pub title: String,
    /// What it is for.
    pub description: Option<String>,
    /// How far it is.
    pub status: ProjectStatus,
    /// The branch that its tasks share.
    pub branch: Option<String>,
    /// Where that branch goes in the end.
    pub base_branch: String,
    /// Whether its tasks need no paid review.
    pub auto_accept: bool,
    /// Who asks for it.
    pub created_by: Option<String>,
    /// What clients of the original server wrote and the model has no place for, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

impl NewProject {
    /// A project that goes to a base branch.
    pub fn new(scope: Scope, title: impl Into<String>, base_branch: impl Into<String>) -> Self {
        Self {
            scope,
            id: None,
            title: title.into(),
            description: None,
            status: ProjectStatus::default(),
            branch: None,
            base_branch: base_branch.into(),
            auto_accept: false,
            created_by: None,
            original: None,
        }
    }
}

/// Changes to a project. Only what is `Some` changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProjectPatch {
    /// A new title.
    pub title: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Another status; `completed` notes when.
    pub status: Option<ProjectStatus>,
    /// Another branch.
    pub branch: Option<String>,
    /// Another base branch.
    pub base_branch: Option<String>,
    /// Whether its tasks need no paid review.
    pub auto_accept: Option<bool>,
    /// When it was completed, where that is not now.
    pub completed_at: Option<Timestamp>,
    /// Another text in [`Project::original`].
    pub original: Option<String>,
}
