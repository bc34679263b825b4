//! Requests that may come twice (I04).

use super::Batch;
use octopoid_core::store::{ErrorKind, RequestKey, Result, StoreError};
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

/// What a write gave, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) digest: [u8; 32],
    pub(crate) answer: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer<T> {
    Done(T),
    Refused { kind: Refused, field: Option<String>, message: String },
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
pub(crate) fn once<B: Batch, T: Serialize + DeserializeOwned>(
    batch: &mut B,
    request: Option<&RequestKey>,
    context: Context<'_>,
    work: impl FnOnce(&mut B, Context<'_>) -> Result<T>,
) -> Result<T> {
    let Some(request) = request else { return work(batch, context) };
    if let Some(kept) = batch.request(&request.key)? {
        return answer(&kept, request);
    }
    let before = batch.changes();
    let result = work(batch, context);
    let answer = match &result {
        // Nothing was done, so there is nothing that must not be done twice.
        Ok(_) if batch.changes() == before => return result,
        Ok(value) => Answer::Done(value),
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

/// As JSON, with room for a task, which most answers are: a text that grows is copied each time.
fn written(answer: &impl Serialize) -> Result<String> {
    let failed = || StoreError::internal("an answer cannot be written as JSON");
    let mut text = Vec::with_capacity(1024);
    serde_json::to_writer(&mut text, answer).map_err(|error| failed().with_source(error))?;
    String::from_utf8(text).map_err(|error| failed().with_source(error))
}

fn answer<T: DeserializeOwned>(kept: &Kept, request: &RequestKey) -> Result<T> {
    if kept.digest != request.digest {
        let message = "the idempotency key was used for another request; use a fresh one for each";
        return Err(StoreError::new(ErrorKind::Conflict, message));
    }
    let answer = serde_json::from_str(&kept.answer)
        .map_err(|error| StoreError::internal("a kept answer cannot be read").with_source(error))?;
    match answer {
        Answer::Done(value) => Ok(value),
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
