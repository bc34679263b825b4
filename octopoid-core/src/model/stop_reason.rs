//! Why an agent ended.

use super::Timestamp;
use serde::{Deserialize, Serialize};

/// Why an agent ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// It came to its own end.
    Completed,
    /// It took as many turns as it may.
    MaxTurns,
    /// It took as many turns without a commit as it may.
    BurntOut,
    /// It used as much money as it may.
    Budget,
    /// We stopped it.
    Cancelled,
    /// It took longer than it may.
    TimedOut,
    /// It was silent for longer than it may.
    Silent,
    /// The model's limits; not charged to the task (I17).
    RateLimited {
        /// When the limit lifts, if that is known.
        retry_at: Option<Timestamp>,
        /// The program's words.
        message: String,
    },
    /// The model has too much to do, or cannot be reached; not charged to the task (I17).
    Overloaded {
        /// When to try again, if that is known.
        retry_at: Option<Timestamp>,
        /// The program's words.
        message: String,
    },
    /// The program cannot work on this machine as it is: missing, no key, a refused key; not charged to the task (I17).
    Unavailable {
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// It ended without coming to its own end.
    Crashed {
        /// What was seen: the exit code, the end of what it printed.
        reason: String,
    },
}

impl StopReason {
    /// In one line.
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
