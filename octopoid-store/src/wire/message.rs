//! Messages of a task's thread.

use octopoid_core::model::{InvalidId, Message, MessageDraft, MessageKind, Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// A message in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct MessageBody {
    /// Such as `msg-12`.
    pub(crate) id: String,
    /// The task.
    pub(crate) task_id: String,
    /// Author.
    pub(crate) from_actor: String,
    /// Recipient.
    pub(crate) to_actor: Option<String>,
    /// What it is, in the author's word.
    #[serde(rename = "type")]
    pub(crate) label: String,
    /// What it is, in the model's word.
    #[cfg_attr(feature = "api", schema(value_type = String))]
    pub(crate) kind: MessageKind,
    /// Text.
    pub(crate) content: String,
    /// The message that it answers.
    pub(crate) parent_message_id: Option<String>,
    /// When.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) created_at: Timestamp,
    /// The tenant.
    pub(crate) scope: String,
}

/// Posts a message in a task's thread.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct NewMessage {
    /// The task. Required.
    pub(crate) task_id: Option<String>,
    /// Author. Required.
    pub(crate) from_actor: Option<String>,
    /// Recipient.
    pub(crate) to_actor: Option<String>,
    /// What it is: a word of the model or one's own. Required.
    #[serde(rename = "type")]
    pub(crate) label: Option<String>,
    /// What it is in the model's word, where `type` is one's own.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) kind: Option<MessageKind>,
    /// Text. Required.
    pub(crate) content: Option<String>,
    /// The message of the same thread that it answers.
    pub(crate) parent_message_id: Option<String>,
    /// Whether it is accepted without such a task.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) detached: bool,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

/// The number in a message's id.
pub(crate) fn message_number(id: &str) -> Option<u64> {
    id.strip_prefix("msg-")?.parse().ok()
}

fn message_id(number: u64) -> String {
    format!("msg-{number}")
}

#[cfg(feature = "api")]
fn kind_of(word: &str) -> Option<MessageKind> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

impl From<&Message> for MessageBody {
    fn from(message: &Message) -> Self {
        Self {
            id: message_id(message.id),
            task_id: message.task.to_string(),
            from_actor: message.author.clone(),
            to_actor: message.to.clone(),
            label: message.label.clone().unwrap_or_else(|| message.kind.as_str().to_owned()),
            kind: message.kind,
            content: message.body.clone(),
            parent_message_id: message.parent.map(message_id),
            created_at: message.at,
            scope: message.scope.to_string(),
        }
    }
}

impl TryFrom<MessageBody> for Message {
    type Error = InvalidId;

    fn try_from(body: MessageBody) -> Result<Message, InvalidId> {
        let mut draft = MessageDraft::new(body.kind, body.from_actor, body.content);
        draft.to = body.to_actor;
        draft.parent = body.parent_message_id.as_deref().and_then(message_number);
        draft.label = Some(body.label).filter(|label| label != body.kind.as_str());
        let number = message_number(&body.id).unwrap_or_default();
        Ok(draft.at(number, Scope::new(body.scope)?, TaskId::new(body.task_id)?, body.created_at))
    }
}

impl NewMessage {
    /// What says the same as a draft.
    pub(crate) fn of(scope: &Scope, task: &TaskId, draft: MessageDraft) -> Self {
        Self {
            task_id: Some(task.to_string()),
            from_actor: Some(draft.author),
            to_actor: draft.to,
            label: Some(draft.label.unwrap_or_else(|| draft.kind.as_str().to_owned())),
            kind: Some(draft.kind),
            content: Some(draft.body),
            parent_message_id: draft.parent.map(message_id),
            detached: draft.detached,
            scope: Some(scope.to_string()),
        }
    }

    /// Returns the model's kind, and the author's own word where that is another one.
    #[cfg(feature = "api")]
    pub(crate) fn kinds(kind: Option<MessageKind>, label: &str) -> (MessageKind, Option<String>) {
        match (kind, kind_of(label)) {
            (None, Some(known)) => (known, None),
            (Some(kind), Some(known)) if kind == known => (kind, None),
            (kind, _) => (kind.unwrap_or(MessageKind::Comment), Some(label.to_owned())),
        }
    }
}
