//! The lines that the host process prints.

use octopoid_core::model::StopReason;
use octopoid_core::runner::AgentEvent;
use serde::{Deserialize, Serialize};

/// A line of the host process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HostLine {
    /// Something that the agent did.
    Event(AgentEvent),
    /// A sign of life of an agent that does nothing worth a line.
    Alive,
    /// The agent retries a failed request by itself; what its end would mean if it went no further.
    Trouble(StopReason),
    /// The end of the agent's work: the last line.
    End(End),
}

/// The end of an agent's work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) stop: StopReason,
    /// Whether the agent itself says that it has finished, so that a result that it gave counts.
    #[serde(default)]
    pub(crate) finished: bool,
    /// A question to a person, where only a person can let it go on.
    #[serde(default)]
    pub(crate) question: Option<String>,
}

impl End {
    /// Returns the end of an agent that was stopped, or failed.
    pub(crate) fn stopped(stop: StopReason) -> Self {
        Self { stop, finished: false, question: None }
    }

    /// Returns the end of an agent that says that it has finished.
    pub(crate) fn finished(stop: StopReason) -> Self {
        Self { stop, finished: true, question: None }
    }

    /// Returns the end of an agent that needs a person's answer.
    pub(crate) fn asks(question: String) -> Self {
        Self { stop: StopReason::Completed, finished: false, question: Some(question) }
    }
}
