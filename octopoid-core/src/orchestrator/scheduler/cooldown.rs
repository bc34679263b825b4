//! Pauses after faults. Pure.

use crate::model::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a pause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PauseLength {
    /// Until a moment of the calendar, as a program has reported it.
    Until(Timestamp),
    /// As long as this.
    For(Duration),
    /// Longer with each fault in a row.
    Growing,
}

/// Who pauses.
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

/// Why an agent takes nothing for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backoff {
    /// Until when.
    pub until: Timestamp,
    /// Why, in words, with what to do where a person can do something.
    pub reason: String,
    /// Faults in a row, which lengthen the pause.
    pub faults: u32,
    /// Whether `until` is a moment of the calendar. Otherwise it moves with a clock that is set back.
    #[serde(default)]
    pub fixed: bool,
}

impl Backoff {
    /// The next pause after a fault.
    pub(crate) fn after(earlier: Option<&Backoff>, pause: Pause, now: Timestamp) -> Self {
        let faults = earlier.map_or(0, |backoff| backoff.faults) + 1;
        let growing = (now + span(faults), false);
        let (until, fixed) = match pause.length {
            PauseLength::Until(moment) if moment > now => (moment, true),
            // A moment that has passed says nothing.
            PauseLength::Until(_) | PauseLength::Growing => growing,
            PauseLength::For(length) => (now + length, false),
        };
        Self { until, reason: pause.reason, faults, fixed }
    }

    /// Keeps its length though the clock was set back.
    pub(crate) fn set_back(&mut self, by: Duration) {
        if !self.fixed {
            self.until = self.until - by;
        }
    }
}

/// How long a pause is after the `faults`th fault in a row: from 5 seconds, doubling, to 10 minutes.
fn span(faults: u32) -> Duration {
    Duration::from_secs((5u64 << faults.saturating_sub(1).min(7)).min(600))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn pause(length: PauseLength) -> Pause {
        Pause { length, ..Pause::after_fault("why".into()) }
    }

    #[test]
    fn faults_in_a_row_lengthen_the_pause_up_to_a_bound() {
        let mut backoff = None;
        let mut spans = Vec::new();
        for _ in 0..11 {
            let next = Backoff::after(backoff.as_ref(), pause(PauseLength::Growing), NOW);
            spans.push(next.until.since(NOW).as_secs());
            backoff = Some(next);
        }
        assert_eq!(spans, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600]);
    }

    #[test]
    fn i35_only_a_moment_of_the_calendar_stays_when_the_clock_is_set_back() {
        let hour = Duration::from_secs(3600);
        let mut reported = Backoff::after(None, pause(PauseLength::Until(NOW + hour)), NOW);
        reported.set_back(26 * hour);
        assert_eq!(reported.until, NOW + hour);
        let mut growing = Backoff::after(None, pause(PauseLength::Growing), NOW);
        growing.set_back(26 * hour);
        assert_eq!(growing.until.since(NOW - 26 * hour).as_secs(), 5);
        // One that had passed when it was reported is not believed.
        assert_eq!(
            Backoff::after(None, pause(PauseLength::Until(NOW - hour)), NOW).until.since(NOW).as_secs(),
            5
        );
    }
}
