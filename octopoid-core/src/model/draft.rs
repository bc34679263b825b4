//! Drafts: ideas or proposals that may become a task or a project.

use super::{ProjectId, Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// Status of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftStatus {
    /// Idea.
    #[default]
    Idea,
    /// Being written.
    Draft,
    /// Under review.
    Review,
    /// Approved, to be implemented.
    Approved,
    /// Implemented.
    Implemented,
    /// Archived.
    Archived,
}

impl DraftStatus {
    /// All statuses, in order.
    pub const ALL: [DraftStatus; 6] = [
        DraftStatus::Idea,
        DraftStatus::Draft,
        DraftStatus::Review,
        DraftStatus::Approved,
        DraftStatus::Implemented,
        DraftStatus::Archived,
    ];

    /// Returns the name used in files, on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            DraftStatus::Idea => "idea",
            DraftStatus::Draft => "draft",
            DraftStatus::Review => "review",
            DraftStatus::Approved => "approved",
            DraftStatus::Implemented => "implemented",
            DraftStatus::Archived => "archived",
        }
    }
}

/// Draft as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Draft {
    /// Identifier, counted over all scopes of the store.
    pub id: u64,
    /// Readable name derived from the title; unique within the scope.
    pub slug: String,
    /// Scope (tenant).
    pub scope: Scope,
    /// Title, in one line.
    pub title: String,
    /// Status.
    pub status: DraftStatus,
    /// Author.
    pub author: String,
    /// Subject area, in one word.
    pub domain: Option<String>,
    /// Path of the file that holds the text.
    pub file_path: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// Task that the draft became.
    pub linked_task: Option<TaskId>,
    /// Project that the draft became.
    pub linked_project: Option<ProjectId>,
    /// Tags.
    pub tags: Option<Vec<String>>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Fields written by clients of the original server that the model has no place for, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

/// Request to create a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewDraft {
    /// Scope (tenant).
    pub scope: Scope,
    /// Title, in one line.
    pub title: String,
    /// Author.
    pub author: String,
    /// Status.
    pub status: DraftStatus,
    /// Subject area, in one word.
    pub domain: Option<String>,
    /// Path of the file that holds the text.
    pub file_path: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// Task that the draft became.
    pub linked_task: Option<TaskId>,
    /// Project that the draft became.
    pub linked_project: Option<ProjectId>,
    /// Tags.
    pub tags: Option<Vec<String>>,
    /// Fields written by clients of the original server that the model has no place for, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

impl NewDraft {
    /// Returns a request for a draft with the status `idea`.
    pub fn new(scope: Scope, title: impl Into<String>, author: impl Into<String>) -> Self {
        Self {
            scope,
            title: title.into(),
            author: author.into(),
            status: DraftStatus::default(),
            domain: None,
            file_path: None,
            body: None,
            linked_task: None,
            linked_project: None,
            tags: None,
            original: None,
        }
    }

    /// Returns the draft with the id, slug and time that the store gives it.
    pub fn at(self, id: u64, slug: impl Into<String>, at: Timestamp) -> Draft {
        let NewDraft {
            scope,
            title,
            author,
            status,
            domain,
            file_path,
            body,
            linked_task,
            linked_project,
            tags,
            original,
        } = self;
        Draft {
            id,
            slug: slug.into(),
            scope,
            title,
            status,
            author,
            domain,
            file_path,
            body,
            linked_task,
            linked_project,
            tags,
            created_at: at,
            updated_at: at,
            original,
        }
    }
}

/// Changes to a draft; `None` leaves a field unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DraftPatch {
    /// New title; the slug stays.
    pub title: Option<String>,
    /// New status.
    pub status: Option<DraftStatus>,
    /// New author.
    pub author: Option<String>,
    /// New subject area.
    pub domain: Option<String>,
    /// New path of the file.
    pub file_path: Option<String>,
    /// New text.
    pub body: Option<String>,
    /// Task that the draft became.
    pub linked_task: Option<TaskId>,
    /// Project that the draft became.
    pub linked_project: Option<ProjectId>,
    /// New tags; an empty list removes all.
    pub tags: Option<Vec<String>>,
    /// New value of [`Draft::original`].
    pub original: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_draft_has_every_field_of_its_request() {
        let asked = json!({
            "scope": "one", "title": "a", "author": "b", "status": "review", "domain": "c", "file_path": "d",
            "body": "e", "linked_task": "task-1", "linked_project": "p", "tags": ["f"], "original": "g",
        });
        let new: NewDraft = serde_json::from_value(asked).unwrap();
        let Value::Object(asked) = serde_json::to_value(&new).unwrap() else { panic!("{new:?}") };
        let at = Timestamp::from_millis(5);
        let made = serde_json::to_value(new.at(7, "slug", at)).unwrap();
        for (field, value) in asked {
            assert_eq!(made[&field], value, "{field}");
        }
        assert_eq!((&made["id"], &made["slug"]), (&json!(7), &json!("slug")));
        assert_eq!((&made["created_at"], &made["updated_at"]), (&json!(at), &json!(at)));
    }
}
