//! The contract's errors, and those of stores, as problems.

use super::{Code, Problem};
use octopoid_core::store::{ErrorKind, StoreError};
use std::time::Duration;

/// Returns the part of a name from outside that an answer repeats.
pub(in crate::server::api) fn short(name: &str) -> String {
    name.chars().take(100).collect()
}

impl Problem {
    /// Creates the problem of an invalid field.
    pub(crate) fn invalid(field: impl Into<String>, error: impl Into<String>) -> Self {
        Self::new(Code::Invalid, error.into()).with_field("field", field.into())
    }

    /// Creates the problem of missing required fields.
    pub(crate) fn missing(fields: &[&str]) -> Self {
        let plural = if fields.len() == 1 { "" } else { "s" };
        Self::invalid(fields[0], format!("Missing required field{plural}: {}", fields.join(", ")))
    }

    pub(crate) fn not_found(error: impl Into<String>) -> Self {
        Self::new(Code::NotFound, error.into())
    }

    pub(crate) fn no_task(id: &str) -> Self {
        Self::not_found("Task not found").with_field("task_id", short(id))
    }

    /// Creates the problem of a claim without a task: the contract has a `message` here and nothing else.
    pub(crate) fn no_tasks() -> Self {
        Self::not_found("No tasks available").with_field("message", "No tasks available").bare()
    }

    pub(crate) fn forbidden(error: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, error.into())
    }

    pub(crate) fn unauthorized(error: impl Into<String>) -> Self {
        Self::new(Code::Unauthorized, error.into())
    }

    pub(crate) fn too_many(error: impl Into<String>, wait: Duration) -> Self {
        Self::new(Code::TooManyRequests, error.into()).with_retry_after(wait)
    }

    /// Creates the problem of a failed verb on a task: the message is the contract's, the store's own is in the details.
    pub(crate) fn of_verb(verb: &str, id: &str, error: &StoreError) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::no_task(id),
            ErrorKind::Conflict | ErrorKind::LeaseLost | ErrorKind::Forbidden => {
                Self::new(code(error.kind()), format!("Failed to {verb} task"))
                    .with_details([error.to_string()])
                    .with_refusal(error)
            }
            _ => Self::of_task(error),
        }
    }

    /// Creates the problem of a store's error about a task, with the contract's names of fields.
    pub(crate) fn of_task(error: &StoreError) -> Self {
        let names =
            [("description", "content"), ("lease", "lease_duration_seconds"), ("token", "claim_token")];
        Self::named(error, &names)
    }

    /// Creates the problem of a store's error, with the contract's names of fields that have others in the model.
    pub(crate) fn named(error: &StoreError, names: &[(&str, &str)]) -> Self {
        match error.kind() {
            ErrorKind::Invalid { field } => {
                let other = names.iter().find(|(model, _)| model == field);
                let name = other.map_or(field.as_str(), |(_, wire)| wire);
                let words = error.to_string();
                let rule = words.strip_prefix(&format!("{field}: ")).unwrap_or(&words);
                // A rule that is a sentence is the contract's own, and clients compare it as it is.
                let sentence = rule.starts_with(|first: char| first.is_uppercase());
                let words = if sentence { rule.to_owned() } else { format!("{name}: {rule}") };
                Self::invalid(name, words).with_refusal(error)
            }
            _ => Self::of(error),
        }
    }

    /// Creates the problem of a store's error.
    pub(crate) fn of(error: &StoreError) -> Self {
        let code = code(error.kind());
        match error.kind() {
            ErrorKind::Invalid { .. } => return Self::named(error, &[]),
            // The cause is for the log: clients must not see paths or statements.
            ErrorKind::Unavailable | ErrorKind::Gone => {
                Self::new(code, "the store cannot be used just now; try again")
                    .with_retry_after(Duration::from_secs(1))
                    .with_cause(chain(error))
            }
            ErrorKind::Internal => Self::internal(chain(error)),
            _ => Self::new(code, error.to_string()),
        }
        .with_refusal(error)
    }

    /// Adds the refusal of the state machine, if there is one.
    fn with_refusal(self, error: &StoreError) -> Self {
        match error.refusal().and_then(|refusal| serde_json::to_value(refusal).ok()) {
            Some(refusal) => self.with_field("refusal", refusal),
            None => self,
        }
    }
}

fn code(kind: &ErrorKind) -> Code {
    match kind {
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::Conflict => Code::Conflict,
        ErrorKind::LeaseLost => Code::LeaseLost,
        ErrorKind::Invalid { .. } => Code::Invalid,
        ErrorKind::Unauthorized => Code::Unauthorized,
        ErrorKind::Forbidden => Code::Forbidden,
        ErrorKind::Unavailable | ErrorKind::Gone => Code::Unavailable,
        _ => Code::Internal,
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::of(&error)
    }
}
