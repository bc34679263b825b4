//! Where time comes from.

use crate::model::Timestamp;
use std::fmt::Debug;
use std::time::Duration;

/// The source of time. Nothing in the libraries asks the operating system for the time by another way, so that a test
/// can run days in a second.
#[async_trait::async_trait]
pub trait Clock: Send + Sync + Debug {
    /// The present moment. May jump, as clocks of machines do.
    fn now(&self) -> Timestamp;

    /// Completes when `now` has reached `moment`.
    async fn sleep_until(&self, moment: Timestamp);

    /// Completes after `span`.
    async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }
}

/// The machine's clock.
#[cfg(feature = "engine")]
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[cfg(feature = "engine")]
#[async_trait::async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the injected clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep_until(&self, moment: Timestamp) {
        // In slices, so that a suspended or corrected clock is noticed.
        loop {
            let left = moment.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_secs(30))).await;
        }
    }
}
