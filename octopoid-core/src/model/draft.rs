//! An idea or a proposal that may become a task or a project.

use super::{ProjectId, Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// How far a draft is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftStatus {
    /// A thought.
    #[default]
    Idea,
    /// Being written.
    Draft,
    /// Somebody looks at it.
    Review,
    /// To be done.
    Approved,
    /// Done.
    Implemented,
    /// Put away.
    Archived,
}

impl DraftStatus {
    /// Every status, in order.
    pub const ALL: [DraftStatus; 6] = [
        DraftStatus::Idea,
        DraftStatus::Draft,
        DraftStatus::Review,
        DraftStatus::Approved,
        DraftStatus::Implemented,
        DraftStatus::Archived,
    ];

    /// The name used in files, on the wire and in the command line.
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

/// A draft, as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Counts up over all scopes of the store.
    pub id: u64,
    /// A readable name, made from the title, unique within the scope.
    pub slug: String,
    /// The tenant.
    pub scope: Scope,
    /// One line.
    pub title: String,
    /// How far it is.
    pub status: DraftStatus,
    /// Who wrote it.
    pub author: String,
    /// What it is about, in a word.
    pub domain: Option<String>,
    /// The file that holds its text.
    pub file_path: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// The task it became.
    pub linked_task: Option<TaskId>,
    /// The project it became.
    pub linked_project: Option<ProjectId>,
    /// Free words.
    pub tags: Option<Vec<String>>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything about it changed.
    pub updated_at: Timestamp,
    /// What clients of the original server wrote and the model has no place for, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

/// A request to create a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// The tenant.
    pub scope: Scope,
    /// One line.
    pub title: String,
    /// Who writes it.
    pub author: String,
    /// How far it is.
    pub status: DraftStatus,
    /// What it is about, in a word.
    pub domain: Option<String>,
    /// The file that holds its text.
    pub file_path: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// The task it became.
    pub linked_task: Option<TaskId>,
    /// The project it became.
    pub linked_project: Option<ProjectId>,
    /// Free words.
    pub tags: Option<Vec<String>>,
    /// What clients of the original server wrote and the model has no place for, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

impl NewDraft {
    /// An idea of somebody's.
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

/// Changes to a draft. Only what is `Some` changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DraftPatch {
    /// A new title; the slug stays.
    pub title: Option<String>,
    /// Another status.
    pub status: Option<DraftStatus>,
    /// Another author.
    pub author: Option<String>,
    /// Another domain.
    pub domain: Option<String>,
    /// Another file.
    pub file_path: Option<String>,
    /// Another text.
    pub body: Option<String>,
    /// The task it became.
    pub linked_task: Option<TaskId>,
    /// The project it became.
    pub linked_project: Option<ProjectId>,
    /// Other words; none at all for an empty list.
    pub tags: Option<Vec<String>>,
    /// Another text in [`Draft::original`].
    pub original: Option<String>,
}
