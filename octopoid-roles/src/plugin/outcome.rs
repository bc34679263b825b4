//! The outcome of a plugin's run, from how it ended.

use super::host_calls::AgentFailure;
use super::table::Reply;
use octopoid_core::model::{Outcome, OutcomeKind, StopReason};
use octopoid_core::role::RoleError;
use octopoid_plugin::{Error, ErrorKind};
use serde_json::Value;

/// How a run of a plugin ended.
#[derive(Debug)]
pub(super) enum End {
    /// It ended by itself.
    Replied(Reply),
    /// It was told to stop, and ended.
    Stopped(Reply),
    /// It was told to stop because it showed no sign of life, and ended.
    Silent(Reply),
    /// It was told to stop, and did not end.
    GivenUp {
        /// Whether it was cancelled, rather than only silent.
        wanted: bool,
        /// The description of what happened.
        message: String,
    },
    /// Its process died.
    Died(String),
    /// It could not be started.
    NotBegun(Error),
}

/// The plugin and its role, as far as outcomes and messages need them.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// The name for messages: `plugin NAME VERSION (PATH)`.
    pub(super) plugin: String,
    /// The outcomes that its role may report; any if empty.
    pub(super) outcomes: Vec<OutcomeKind>,
}

/// Returns the role's result. `failure` is the reason that its last agent gave no report that counts.
pub(super) fn result(who: &Who, end: End, failure: Option<AgentFailure>) -> Result<Outcome, RoleError> {
    let cancelled = || Err(RoleError::Agent(StopReason::Cancelled));
    match end {
        // A finished result is never thrown away, whenever it comes (I09).
        End::Replied(Reply::Outcome(text))
        | End::Stopped(Reply::Outcome(text))
        | End::Silent(Reply::Outcome(text)) => Ok(outcome(who, &text)),
        End::Stopped(_) | End::GivenUp { wanted: true, .. } => cancelled(),
        End::Silent(_) => Err(RoleError::Agent(StopReason::Silent)),
        End::GivenUp { wanted: false, message } | End::Died(message) => broke_off(who, &message),
        End::Replied(Reply::Panicked(message)) => broke_off(who, &message),
        End::Replied(Reply::Failed(error)) => failed(who, error, failure),
        End::NotBegun(error) => Err(RoleError::Unusable(format!("{}: {error}", who.plugin))),
    }
}

fn failed(who: &Who, error: Error, failure: Option<AgentFailure>) -> Result<Outcome, RoleError> {
    match (error.kind, failure) {
        // The host knows better how its agent failed than what a plugin handed on.
        (ErrorKind::Agent, Some(failure)) => Err(failure.into()),
        (ErrorKind::Settings, _) => Err(RoleError::Unusable(format!("{}: {error}", who.plugin))),
        _ if error.retryable => Err(RoleError::Host {
            message: format!("{}: {error}", who.plugin),
            source: Some(Box::new(error)),
        }),
        _ => broke_off(who, &error.message),
    }
}

/// Returns the role's own failure, which is charged to the task, so that it is not repeated without end (I15).
fn broke_off(who: &Who, message: &str) -> Result<Outcome, RoleError> {
    Err(RoleError::Failed(format!("{}: {message}", who.plugin)))
}

fn outcome(who: &Who, text: &str) -> Outcome {
    let seen = |words: String| Outcome::NoReport { seen: format!("{}: {words}", who.plugin) };
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let start: String = text.chars().take(200).collect();
            return seen(format!("its reply is not JSON ({error}): {start}"));
        }
    };
    match Outcome::from_result(&value) {
        Ok(outcome) if who.outcomes.is_empty() || who.outcomes.contains(&outcome.kind()) => outcome,
        Ok(outcome) => seen(format!("`{}` is not an outcome that its manifest names", outcome.kind())),
        Err(error) => seen(error.to_string()),
    }
}
