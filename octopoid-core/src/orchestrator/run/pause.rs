//! Pauses that the end of a run asks the scheduler for.

use crate::model::Timestamp;
use std::time::Duration;

/// Time after which an obstacle to a landing is checked again.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Length of a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PauseLength {
    /// Until a moment of the calendar, as a program has reported it.
    Until(Timestamp),
    /// As long as this.
    For(Duration),
    /// Longer with each fault in a row.
    Growing,
}

/// Extent of a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paused {
    /// The agent, or the landing, that met the fault.
    Agent,
    /// Every agent that uses the same account.
    Account,
}

/// A pause that a run's end asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pause {
    pub(crate) whose: Paused,
    pub(crate) length: PauseLength,
    pub(crate) reason: String,
}

impl Pause {
    /// A pause of the agent that met a fault, or of the landing.
    pub(crate) fn after_fault(reason: String) -> Self {
        Self { whose: Paused::Agent, length: PauseLength::Growing, reason }
    }
}
