//! Clock for cases.

use octopoid_core::clock::Clock;
use octopoid_core::model::Timestamp;
use std::time::Duration;
use tokio::sync::watch;

/// Clock that stands still until it is advanced.
#[derive(Debug)]
pub struct SteppedClock {
    now: watch::Sender<Timestamp>,
}

impl Default for SteppedClock {
    fn default() -> Self {
        Self { now: watch::Sender::new(Timestamp::from_millis(1_767_225_600_000)) }
    }
}

impl SteppedClock {
    /// Returns a clock that shows 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        Self::default()
    }

    /// Advances the clock.
    pub fn advance(&self, span: Duration) {
        self.now.send_modify(|now| *now = *now + span);
    }
}

#[async_trait::async_trait]
impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn monotonic(&self) -> Duration {
        // It is never set, so its own time passes evenly.
        self.now().since(Timestamp::from_millis(0))
    }

    async fn sleep_until(&self, end: Duration) {
        let moment = Timestamp::from_millis(0) + end;
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.now.subscribe().wait_for(|now| *now >= moment).await;
    }
}
