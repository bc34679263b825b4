//! Projects: several tasks under one branch and one goal.

use super::{ProjectId, Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// Status of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// Being planned.
    #[default]
    Draft,
    /// Under way.
    Active,
    /// Completed.
    Completed,
    /// Archived.
    Archived,
}

impl ProjectStatus {
    /// All statuses.
    pub const ALL: [ProjectStatus; 4] =
        [ProjectStatus::Draft, ProjectStatus::Active, ProjectStatus::Completed, ProjectStatus::Archived];

    /// Returns the name used in files, on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            ProjectStatus::Draft => "draft",
            ProjectStatus::Active => "active",
            ProjectStatus::Completed => "completed",
            ProjectStatus::Archived => "archived",
        }
    }
}

/// Project as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Project {
    /// Identifier, unique within the scope.
    pub id: ProjectId,
    /// Scope (tenant).
    pub scope: Scope,
    /// Title, in one line.
    pub title: String,
    /// Description of its goal.
    pub description: Option<String>,
    /// Status.
    pub status: ProjectStatus,
    /// Branch that its tasks share; `None` until one is named.
    pub branch: Option<String>,
    /// Branch into which the project's branch lands.
    pub base_branch: String,
    /// Whether its tasks need no paid review.
    pub auto_accept: bool,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Creator.
    pub created_by: Option<String>,
    /// Time of completion.
    pub completed_at: Option<Timestamp>,
    /// Fields written by clients of the original server that the model has no place for, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

/// Request to create a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewProject {
    /// Scope (tenant).
    pub scope: Scope,
    /// Id chosen by the caller; `None` derives one from the title.
    pub id: Option<ProjectId>,
    /// Title, in one line.
    pub title: String,
    /// Description of its goal.
    pub description: Option<String>,
    /// Status.
    pub status: ProjectStatus,
    /// Branch that its tasks share.
    pub branch: Option<String>,
    /// Branch into which the project's branch lands.
    pub base_branch: String,
    /// Whether its tasks need no paid review.
    pub auto_accept: bool,
    /// Creator.
    pub created_by: Option<String>,
    /// Fields written by clients of the original server that the model has no place for, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

impl NewProject {
    /// Returns a request for a project that lands in `base_branch`.
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

    /// Returns the project with the id and time that the store gives it.
    pub fn at(self, id: ProjectId, at: Timestamp) -> Project {
        let NewProject {
            scope,
            id: _,
            title,
            description,
            status,
            branch,
            base_branch,
            auto_accept,
            created_by,
            original,
        } = self;
        Project {
            id,
            scope,
            title,
            description,
            status,
            branch,
            base_branch,
            auto_accept,
            created_at: at,
            updated_at: at,
            created_by,
            completed_at: (status == ProjectStatus::Completed).then_some(at),
            original,
        }
    }
}

/// Changes to a project; `None` leaves a field unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ProjectPatch {
    /// New title.
    pub title: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New status; `completed` records the time.
    pub status: Option<ProjectStatus>,
    /// New branch.
    pub branch: Option<String>,
    /// New base branch.
    pub base_branch: Option<String>,
    /// Whether its tasks need no paid review.
    pub auto_accept: Option<bool>,
    /// Time of completion, if it is not now.
    pub completed_at: Option<Timestamp>,
    /// New value of [`Project::original`].
    pub original: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_project_has_every_field_of_its_request() {
        let asked = json!({
            "scope": "one", "id": "p", "title": "a", "description": "b", "status": "active", "branch": "c",
            "base_branch": "d", "auto_accept": true, "created_by": "e", "original": "f",
        });
        let new: NewProject = serde_json::from_value(asked).unwrap();
        let Value::Object(asked) = serde_json::to_value(&new).unwrap() else { panic!("{new:?}") };
        let (id, at) = (ProjectId::new("p").unwrap(), Timestamp::from_millis(5));
        let made = new.clone().at(id.clone(), at);
        assert_eq!((made.created_at, made.updated_at, made.completed_at), (at, at, None));
        let made = serde_json::to_value(made).unwrap();
        for (field, value) in asked {
            assert_eq!(made[&field], value, "{field}");
        }
        let mut completed = new;
        completed.status = ProjectStatus::Completed;
        assert_eq!(completed.at(id, at).completed_at, Some(at));
    }
}
