//! Drafts.

use octopoid_core::model::{Draft, DraftStatus, InvalidId, NewDraft, Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// A draft in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct DraftBody {
    /// Counts up over all scopes of the store.
    pub(crate) id: u64,
    /// A readable name, usable in place of the id.
    pub(crate) slug: String,
    /// One line.
    pub(crate) title: String,
    /// `idea`, `draft`, `review`, `approved`, `implemented` or `archived`.
    #[cfg_attr(feature = "api", schema(value_type = String))]
    pub(crate) status: DraftStatus,
    /// Author.
    pub(crate) author: String,
    /// Subject, in a word.
    pub(crate) domain: Option<String>,
    /// The file that holds its text.
    pub(crate) file_path: Option<String>,
    /// Its text.
    #[serde(default)]
    pub(crate) body: Option<String>,
    /// The task it became.
    pub(crate) linked_task_id: Option<String>,
    /// The project it became.
    pub(crate) linked_project_id: Option<String>,
    /// Free words, as a JSON list in a text.
    pub(crate) tags: Option<String>,
    /// The tenant.
    pub(crate) scope: String,
    /// Time of creation.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) created_at: Timestamp,
    /// Time of the last change.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) updated_at: Timestamp,
    /// Values of clients of the original server that nothing else reads, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) original: Option<String>,
}

impl From<&Draft> for DraftBody {
    fn from(draft: &Draft) -> Self {
        let draft = draft.clone();
        Self {
            id: draft.id,
            slug: draft.slug,
            title: draft.title,
            status: draft.status,
            author: draft.author,
            domain: draft.domain,
            file_path: draft.file_path,
            body: draft.body,
            linked_task_id: draft.linked_task.map(Into::into),
            linked_project_id: draft.linked_project.map(Into::into),
            tags: draft.tags.and_then(|tags| serde_json::to_string(&tags).ok()),
            scope: draft.scope.into(),
            created_at: draft.created_at,
            updated_at: draft.updated_at,
            original: draft.original,
        }
    }
}

impl TryFrom<DraftBody> for Draft {
    type Error = InvalidId;

    fn try_from(body: DraftBody) -> Result<Draft, InvalidId> {
        let mut new = NewDraft::new(body.scope.try_into()?, body.title, body.author);
        new.status = body.status;
        new.domain = body.domain;
        new.file_path = body.file_path;
        new.body = body.body;
        new.linked_task = body.linked_task_id.map(TryInto::try_into).transpose()?;
        new.linked_project = body.linked_project_id.map(TryInto::try_into).transpose()?;
        new.tags = body.tags.and_then(|tags| serde_json::from_str(&tags).ok());
        new.original = body.original;
        let mut draft = new.at(body.id, body.slug, body.created_at);
        draft.updated_at = body.updated_at;
        Ok(draft)
    }
}

/// Asks for a new draft.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct NewDraftBody {
    /// Title, in one line. Required.
    pub(crate) title: Option<String>,
    /// Author. Required.
    pub(crate) author: Option<String>,
    /// Default: `idea`.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) status: Option<DraftStatus>,
    /// Subject, in a word.
    pub(crate) domain: Option<String>,
    /// The file that holds its text.
    pub(crate) file_path: Option<String>,
    /// Its text.
    pub(crate) body: Option<String>,
    /// The task it became.
    pub(crate) linked_task_id: Option<String>,
    /// The project it became.
    pub(crate) linked_project_id: Option<String>,
    /// Free words.
    pub(crate) tags: Option<Vec<String>>,
    /// Values of clients of the original server that nothing else reads, as JSON text.
    pub(crate) original: Option<String>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

impl NewDraftBody {
    /// What asks for the same.
    pub(crate) fn of(new: NewDraft) -> Self {
        Self {
            title: Some(new.title),
            author: Some(new.author),
            status: Some(new.status),
            domain: new.domain,
            file_path: new.file_path,
            body: new.body,
            linked_task_id: new.linked_task.map(Into::into),
            linked_project_id: new.linked_project.map(Into::into),
            tags: new.tags,
            original: new.original,
            scope: Some(Scope::into(new.scope)),
        }
    }
}

/// Changes to a draft. What is missing stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct DraftUpdate {
    /// One line.
    pub(crate) title: Option<String>,
    /// Author.
    pub(crate) author: Option<String>,
    /// Status.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) status: Option<DraftStatus>,
    /// Subject, in a word.
    pub(crate) domain: Option<String>,
    /// The file that holds its text.
    pub(crate) file_path: Option<String>,
    /// Its text.
    pub(crate) body: Option<String>,
    /// The task it became.
    pub(crate) linked_task_id: Option<String>,
    /// The project it became.
    pub(crate) linked_project_id: Option<String>,
    /// Free words; none at all for an empty list.
    pub(crate) tags: Option<Vec<String>>,
    /// Values of clients of the original server that nothing else reads, as JSON text.
    pub(crate) original: Option<String>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}
