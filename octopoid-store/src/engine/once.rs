//! Requests that may come twice (I04).

use super::Batch;
use super::kept_task::KeptTask;
use crate::json_text::json_text;
use octopoid_core::model::{Action, ApiKey, Draft, FlowRecord, Machine, Message, Project, RoleRecord, Task};
use octopoid_core::store::{ErrorKind, Pruned, RequestKey, Result, StoreError};
use octopoid_core::transition::Context;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// One request, and how many writes it has made.
#[derive(Debug)]
pub(crate) struct Request {
    key: RequestKey,
    writes: AtomicU32,
}

impl Request {
    pub(crate) fn new(key: RequestKey) -> Arc<Self> {
        Arc::new(Self { key, writes: AtomicU32::new(0) })
    }

    /// The key of its next write. The writes of a request come in a fixed order, so each has a key of its own.
    pub(crate) fn next_write(&self) -> RequestKey {
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        // The number stands first, so that no caller's key can look like it.
        RequestKey { key: format!("{number}#{}", self.key.key), digest: self.key.digest }
    }
}

/// What a write gives.
pub(crate) trait Given: Serialize + DeserializeOwned {
    /// The tasks that it is, if that is what it is.
    fn tasks(&self) -> Option<&[Task]> {
        None
    }

    /// What these tasks are, for a write that gives tasks.
    fn of_tasks(_: Vec<Task>) -> Option<Self> {
        None
    }
}

impl Given for Task {
    fn tasks(&self) -> Option<&[Task]> {
        Some(std::slice::from_ref(self))
    }

    fn of_tasks(mut tasks: Vec<Task>) -> Option<Self> {
        tasks.pop()
    }
}

impl Given for Option<Task> {
    fn tasks(&self) -> Option<&[Task]> {
        Some(self.as_slice())
    }

    fn of_tasks(mut tasks: Vec<Task>) -> Option<Self> {
        Some(tasks.pop())
    }
}

impl Given for Vec<Task> {
    fn tasks(&self) -> Option<&[Task]> {
        Some(self)
    }

    fn of_tasks(tasks: Vec<Task>) -> Option<Self> {
        Some(tasks)
    }
}

macro_rules! without_tasks {
    ($($outcome:ty),*) => {
        $(impl Given for $outcome {})*
    };
}
without_tasks!((), u64, Pruned, Message, Project, Draft, Action, FlowRecord, Vec<RoleRecord>);
without_tasks!(Machine, (Machine, bool), ApiKey, Option<ApiKey>);

/// What a write gave, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) digest: [u8; 32],
    pub(crate) answer: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer<'a, T> {
    /// What is no task; by earlier versions, tasks too.
    Done(T),
    Tasks(Vec<KeptTask<'a>>),
    Refused {
        kind: Refused,
        field: Option<String>,
        message: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Refused {
    NotFound,
    Conflict,
    LeaseLost,
    Invalid,
    Forbidden,
}

/// Carries a write out, or gives what it gave before.
pub(crate) fn once<B: Batch, T: Given>(
    batch: &mut B,
    request: Option<&RequestKey>,
    context: Context<'_>,
    work: impl FnOnce(&mut B, Context<'_>) -> Result<T>,
) -> Result<T> {
    let Some(request) = request else { return work(batch, context) };
    if let Some(kept) = batch.request(&request.key)? {
        return repeated(batch, &kept, request);
    }
    let before = batch.changes();
    let result = work(batch, context);
    let answer = match &result {
        // Nothing was done, so there is nothing that must not be done twice.
        Ok(_) if batch.changes() == before => return result,
        Ok(value) => match value.tasks() {
            Some(tasks) => Answer::Tasks(tasks.iter().map(KeptTask::new).collect()),
            None => Answer::Done(value),
        },
        Err(error) => match refused(error) {
            Some(kind) => {
                let field = match error.kind() {
                    ErrorKind::Invalid { field } => Some(field.clone()),
                    _ => None,
                };
                Answer::Refused { kind, field, message: error.to_string() }
            }
            None => return result,
        },
    };
    let answer = written(&answer)?;
    batch.put_request(&request.key, &Kept { digest: request.digest, answer }, context.now)?;
    result
}

/// As JSON, with room for a task, which most answers are.
fn written(answer: &impl Serialize) -> Result<String> {
    let failed = || StoreError::internal("an answer cannot be written as JSON");
    let text = json_text(answer, 1024).map_err(|error| failed().with_source(error))?;
    String::from_utf8(text).map_err(|error| failed().with_source(error))
}

/// What was given before.
fn repeated<B: Batch, T: Given>(batch: &mut B, kept: &Kept, request: &RequestKey) -> Result<T> {
    if kept.digest != request.digest {
        let message = "the idempotency key was used for another request; use a fresh one for each";
        return Err(StoreError::new(ErrorKind::Conflict, message));
    }
    let unreadable = || StoreError::internal("a kept answer cannot be read");
    match serde_json::from_str(&kept.answer).map_err(|error| unreadable().with_source(error))? {
        Answer::Done(value) => Ok(value),
        Answer::Tasks(tasks) => {
            let tasks = tasks.into_iter().map(|task| described(batch, task.into_task()));
            T::of_tasks(tasks.collect::<Result<_>>()?).ok_or_else(unreadable)
        }
        Answer::Refused { kind, field, message } => {
            let kind = match kind {
                Refused::NotFound => ErrorKind::NotFound,
                Refused::Conflict => ErrorKind::Conflict,
                Refused::LeaseLost => ErrorKind::LeaseLost,
                Refused::Invalid => ErrorKind::Invalid { field: field.unwrap_or_default() },
                Refused::Forbidden => ErrorKind::Forbidden,
            };
            Err(StoreError::new(kind, message))
        }
    }
}

/// With the description as it is by now, which nearly always is as it was; a task that is gone has none.
fn described(batch: &mut impl Batch, mut task: Task) -> Result<Task> {
    let present = batch.task(&task.scope, &task.id)?.filter(|present| present.seq == task.seq);
    task.description = present.map(|present| present.description).unwrap_or_default();
    Ok(task)
}

/// The refusals that stay refusals.
fn refused(error: &StoreError) -> Option<Refused> {
    match error.kind() {
        ErrorKind::NotFound => Some(Refused::NotFound),
        ErrorKind::Conflict => Some(Refused::Conflict),
        ErrorKind::LeaseLost => Some(Refused::LeaseLost),
        ErrorKind::Invalid { .. } => Some(Refused::Invalid),
        ErrorKind::Forbidden => Some(Refused::Forbidden),
        _ => None,
    }
}
