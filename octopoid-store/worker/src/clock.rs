//! The platform's clock.

use octopoid_core::clock::Clock;
use octopoid_core::model::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use worker::send::IntoSendFuture as _;
use worker::{Date, Delay};

/// Longest time of one timer.
const LONGEST: Duration = Duration::from_secs(3600);

/// Clock of the platform. It stands still while the program computes, and goes on with each answer from outside.
#[derive(Debug, Default)]
pub(crate) struct PlatformClock {
    /// Latest moment that was returned as the monotonic time, in milliseconds.
    latest: AtomicI64,
}

#[async_trait::async_trait]
impl Clock for PlatformClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        let now = self.now().as_millis();
        let latest = self.latest.fetch_max(now, Ordering::Relaxed).max(now);
        Duration::from_millis(u64::try_from(latest).unwrap_or_default())
    }

    async fn sleep_until(&self, end: Duration) {
        loop {
            let left = end.saturating_sub(self.monotonic());
            if left.is_zero() {
                return;
            }
            // The platform's moments are whole milliseconds.
            Delay::from(left.max(Duration::from_millis(1)).min(LONGEST)).into_send().await;
        }
    }
}
