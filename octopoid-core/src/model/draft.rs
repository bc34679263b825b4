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
}

/// Changes to a draft; `None` leaves a field unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
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
