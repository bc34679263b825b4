//! The threads of tasks.

use super::tasks::task_id;
use super::{Answer, actor, checked, next, page, required};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Name, Params, ScopeParams, Write, number};
use crate::server::api::problem::Problem;
use crate::wire::message::message_number;
use crate::wire::{Flag, MessageBody, Messages, NewMessage, ProblemBody};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use octopoid_core::model::{Message, MessageDraft, Scope, TaskId};
use octopoid_core::store::{EventQuery, Result, Store, StoreError};
use serde::Deserialize;
use std::collections::HashSet;

/// Page of a thread.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ThreadParams {
    /// The tenant.
    scope: Option<String>,
    /// At most so many; 0 for all of them.
    #[serde(deserialize_with = "number")]
    limit: Option<u32>,
    /// Number of records to skip.
    #[serde(deserialize_with = "number")]
    offset: Option<u64>,
    /// Continue after this position: the last answer's `next`.
    #[serde(deserialize_with = "number")]
    after: Option<u64>,
}

/// A task's thread, oldest first.
#[utoipa::path(get, path = "/tasks/{id}/messages", tag = "messages", params(("id" = String, Path), ThreadParams),
    responses((status = 200, body = Messages), (status = 404, body = ProblemBody)))]
pub(crate) async fn task_messages(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Params(params): Params<ThreadParams>,
) -> Answer<Messages> {
    let scope = caller.scope(params.scope.as_deref())?;
    let thread = app.store.messages(&scope, &task_id(&id)?).await;
    let thread = thread.map_err(|error| Problem::of_verb("read", &id, &error))?;
    Ok(Json(cut(thread, (params.limit, params.offset, params.after))))
}

/// A page of messages: at most so many, so many fewer from the beginning, and after this one.
fn cut(
    mut thread: Vec<Message>,
    (limit, offset, after): (Option<u32>, Option<u64>, Option<u64>),
) -> Messages {
    let (limit, offset) = (page(limit), offset.unwrap_or_default());
    thread.retain(|message| after.is_none_or(|after| message.id > after));
    let total = thread.len() as u64;
    let (skip, take) =
        (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(usize::MAX));
    let shown: Vec<_> = thread.iter().skip(skip).take(take).collect();
    let next = next(&shown, limit).map(|message| message.id);
    let messages = shown.into_iter().map(MessageBody::from).collect();
    Messages { messages, total, limit, offset, next }
}

/// Filters and page of a list of messages.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageParams {
    /// The tenant.
    scope: Option<String>,
    /// Only those of this task.
    task_id: Option<String>,
    /// Only for this reader.
    to_actor: Option<String>,
    /// Only of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only those without a reply.
    #[param(value_type = Option<bool>)]
    unreplied: Option<Flag>,
    /// A message and all below it; other filters and pages do not count.
    thread_id: Option<String>,
    /// Largest number of records. Default: 50.
    #[serde(deserialize_with = "number")]
    limit: Option<u32>,
    /// Number of records to skip.
    #[serde(deserialize_with = "number")]
    offset: Option<u64>,
    /// Continue after this position: the last answer's `next`.
    #[serde(deserialize_with = "number")]
    after: Option<u64>,
}

/// Messages over all tasks, oldest first.
#[utoipa::path(get, path = "/messages", tag = "messages", params(MessageParams),
    responses((status = 200, body = Messages), (status = 400, body = ProblemBody)))]
pub(crate) async fn list_messages(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<MessageParams>,
) -> Answer<Messages> {
    let scope = caller.scope(params.scope.as_deref())?;
    let mut all = match &params.task_id {
        Some(id) => match app.store.messages(&scope, &task_id(id)?).await {
            Err(error) if error.is_not_found() => Vec::new(),
            thread => thread?,
        },
        None => every_message(&*app.store, &scope).await?,
    };
    if let Some(root) = &params.thread_id {
        let below = message_number(root).map(|root| below(&all, root)).unwrap_or_default();
        all.retain(|message| below.contains(&message.id));
        let total = all.len() as u64;
        let limit = u32::try_from(total).unwrap_or(u32::MAX);
        let messages = all.iter().map(MessageBody::from).collect();
        return Ok(Json(Messages { messages, total, limit, offset: 0, next: None }));
    }
    let answered: HashSet<u64> = all.iter().filter_map(|message| message.parent).collect();
    let unreplied = params.unreplied.is_some_and(|flag| flag.0);
    all.retain(|message| {
        (params.to_actor.is_none() || message.to == params.to_actor)
            && params.kind.as_ref().is_none_or(|kind| MessageBody::from(message).label == *kind)
            && !(unreplied && answered.contains(&message.id))
    });
    Ok(Json(cut(all, (params.limit, params.offset, params.after))))
}

/// Every message of a scope. Each has its event in the history, so that names the tasks that have any.
async fn every_message(store: &dyn Store, scope: &Scope) -> Result<Vec<Message>> {
    let mut tasks: HashSet<TaskId> = HashSet::new();
    let mut query = EventQuery::after(scope.clone(), 0);
    query.limit = EventQuery::MAX_LIMIT;
    loop {
        let events = store.events(&query).await?;
        let Some(last) = events.last() else { break };
        query.after = last.seq;
        tasks.extend(events.into_iter().map(|event| event.task));
    }
    let mut all = Vec::new();
    for task in tasks {
        match store.messages(scope, &task).await {
            Ok(thread) => all.extend(thread),
            Err(error) if error.is_not_found() => {}
            Err(error) => {
                return Err(StoreError::unavailable("the threads cannot be read").with_source(error));
            }
        }
    }
    all.sort_by_key(|message| message.id);
    Ok(all)
}

/// A message and everything that answers it. Answers come after what they answer.
fn below(all: &[Message], root: u64) -> HashSet<u64> {
    let mut found = HashSet::new();
    for message in all {
        if message.id == root || message.parent.is_some_and(|parent| found.contains(&parent)) {
            found.insert(message.id);
        }
    }
    found
}

/// Posts a message in a task's thread.
#[utoipa::path(post, path = "/messages", tag = "messages", params(ScopeParams), request_body = NewMessage,
    responses((status = 201, body = MessageBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn post_message(
    Write { body, caller, store, .. }: Write<NewMessage>,
) -> Result<(StatusCode, Json<MessageBody>), Problem> {
    let fields = [("task_id", &body.task_id), ("from_actor", &body.from_actor), ("content", &body.content)];
    let missing: Vec<_> = fields
        .into_iter()
        .filter(|(_, value)| value.as_ref().is_none_or(|text| text.trim().is_empty()))
        .map(|(field, _)| field)
        .chain(
            body.label
                .as_ref()
                .is_none_or(|text| body.kind.is_none() && text.trim().is_empty())
                .then_some("type"),
        )
        .collect();
    if !missing.is_empty() {
        return Err(Problem::missing(&missing));
    }
    let scope = caller.scope(body.scope.as_deref())?;
    let id = required(body.task_id, "task_id")?;
    let label = body.label.unwrap_or_default();
    if label.len() > 100 {
        return Err(Problem::invalid("type", "type: use at most 100 bytes"));
    }
    let (kind, label) = NewMessage::kinds(body.kind, &label);
    let author = actor(required(body.from_actor, "from_actor")?, "from_actor")?;
    let mut draft = MessageDraft::new(kind, author, required(body.content, "content")?);
    draft.to = body.to_actor.map(|name| actor(name, "to_actor")).transpose()?;
    draft.label = label;
    draft.detached = body.detached;
    draft.parent = match body.parent_message_id {
        None => None,
        Some(parent) => Some(message_number(&parent).ok_or_else(|| {
            let parent: String = parent.chars().take(100).collect();
            Problem::invalid("parent_message_id", format!("Parent message not found: {parent}"))
        })?),
    };
    let task: TaskId = checked(id.clone(), "task_id").map_err(|_| Problem::no_task(&id))?;
    let posted = store.post_message(&scope, &task, draft).await;
    let posted = posted.map_err(|error| match error.is_not_found() {
        true => Problem::no_task(&id),
        false => Problem::named(&error, &[("body", "content")]),
    })?;
    Ok((StatusCode::CREATED, Json(MessageBody::from(&posted))))
}
