//! Reason why an agent ended.

use super::Timestamp;
use serde::{Deserialize, Serialize};

/// Reason why an agent ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The agent completed normally.
    Completed,
    /// The limit on turns was reached.
    MaxTurns,
    /// The limit on turns without a commit was reached.
    BurntOut,
    /// The budget was used up.
    Budget,
    /// The agent was stopped by the orchestrator.
    Cancelled,
    /// The maximum duration was exceeded.
    TimedOut,
    /// The maximum time without output was exceeded.
    Silent,
    /// The model's rate or usage limit was reached; not charged to the task (I17).
    RateLimited {
        /// Time at which the limit resets, if known.
        retry_at: Option<Timestamp>,
        /// Message of the agent program.
        message: String,
    },
    /// The model is overloaded or cannot be reached; not charged to the task (I17).
    Overloaded {
        /// Time at which to retry, if known.
        retry_at: Option<Timestamp>,
        /// Message of the agent program.
        message: String,
    },
    /// The program cannot run on this machine as configured: it is missing, or its key is missing or refused; not charged to the
    /// task (I17).
    Unavailable {
        /// Problem.
        problem: String,
        /// Action that fixes it.
        remedy: String,
    },
    /// The agent ended without completing normally.
    Crashed {
        /// Evidence: the exit code and the end of the output.
        reason: String,
    },
}

impl StopReason {
    /// Returns a description in one line, as the predicate of a sentence about the agent.
    pub fn describe(&self) -> String {
        match self {
            StopReason::Completed => "completed".to_owned(),
            StopReason::MaxTurns => "reached its limit of turns".to_owned(),
            StopReason::BurntOut => "took too many turns without a commit".to_owned(),
            StopReason::Budget => "reached its budget".to_owned(),
            StopReason::Cancelled => "was stopped".to_owned(),
            StopReason::TimedOut => "took longer than its time-out".to_owned(),
            StopReason::Silent => "was silent for longer than its idle time-out".to_owned(),
            StopReason::RateLimited { message, .. } => format!("was rate limited: {message}"),
            StopReason::Overloaded { message, .. } => {
                format!("met an overloaded or unreachable model: {message}")
            }
            StopReason::Unavailable { problem, remedy } => format!("cannot run: {problem}; {remedy}"),
            StopReason::Crashed { reason } => format!("crashed: {reason}"),
        }
    }
}
