//! Time that passes when the test says so.

use crate::clock::Clock;
use crate::model::Timestamp;
use std::time::Duration;
use tokio::sync::watch;

/// A clock that stands still until it is advanced; whoever sleeps on it wakes when it reaches their moment.
///
/// ```
/// use octopoid_core::clock::Clock;
/// use octopoid_core::testing::ManualClock;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(86_400));
/// assert_eq!(clock.now().since(before), Duration::from_secs(86_400));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl ManualClock {
    /// A clock that shows 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        Self { now: watch::Sender::new(Timestamp::from_millis(1_767_225_600_000)) }
    }

    /// Lets time pass.
    pub fn advance(&self, span: Duration) {
        self.now.send_modify(|now| *now = *now + span);
    }

    /// Sets the time, also backwards, as clocks of machines are set.
    pub fn set(&self, moment: Timestamp) {
        self.now.send_replace(moment);
    }
}

#[async_trait::async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.now.subscribe().wait_for(|now| *now >= moment).await;
    }
}
