//! Cooldowns of agents, accounts and landings after failures. Pure functions.

use crate::backoff::Backoff;
use crate::model::Timestamp;
use crate::orchestrator::run::pause::{Pause, PauseLength};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Time during which an agent, the agents of an account, or a landing start nothing after a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cooldown {
    /// Time at which the cooldown ends.
    pub until: Timestamp,
    /// Human-readable reason, with what a person can do about it.
    pub reason: String,
    /// Number of failures in a row, which determines the length of the cooldown.
    pub faults: u32,
    /// Whether `until` is a calendar time. Otherwise it is moved when the clock is set back.
    #[serde(default)]
    pub fixed: bool,
}

impl Cooldown {
    /// Returns the next cooldown after a failure.
    pub(crate) fn after(earlier: Option<&Cooldown>, pause: Pause, now: Timestamp) -> Self {
        let earlier = earlier.map_or(0, |cooldown| cooldown.faults);
        let growing = (now + PAUSES.after_attempts(earlier).peek(), false);
        let (until, fixed) = match pause.length {
            PauseLength::Until(moment) if moment > now => (moment, true),
            // A time in the past is ignored.
            PauseLength::Until(_) | PauseLength::Growing => growing,
            PauseLength::For(length) => (now + length, false),
        };
        Self { until, reason: pause.reason, faults: earlier + 1, fixed }
    }

    /// Keeps the length of the cooldown after the clock was set back.
    pub(crate) fn set_back(&mut self, by: Duration) {
        if !self.fixed {
            self.until = self.until - by;
        }
    }
}

/// Lengths of the cooldowns after failures in a row.
const PAUSES: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(600));

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
            let next = Cooldown::after(backoff.as_ref(), pause(PauseLength::Growing), NOW);
            spans.push(next.until.since(NOW).as_secs());
            backoff = Some(next);
        }
        assert_eq!(spans, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600]);
    }

    #[test]
    fn i35_only_a_moment_of_the_calendar_stays_when_the_clock_is_set_back() {
        let hour = Duration::from_secs(3600);
        let mut reported = Cooldown::after(None, pause(PauseLength::Until(NOW + hour)), NOW);
        reported.set_back(26 * hour);
        assert_eq!(reported.until, NOW + hour);
        let mut growing = Cooldown::after(None, pause(PauseLength::Growing), NOW);
        growing.set_back(26 * hour);
        assert_eq!(growing.until.since(NOW - 26 * hour).as_secs(), 5);
        // A time that had passed when it was reported is ignored.
        assert_eq!(
            Cooldown::after(None, pause(PauseLength::Until(NOW - hour)), NOW).until.since(NOW).as_secs(),
            5
        );
    }
}
