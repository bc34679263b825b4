//! Where time comes from.

use crate::model::Timestamp;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The source of time. Nothing in the libraries asks the operating system for the time by another way, so that a test
/// can run days in a second.
#[async_trait::async_trait]
pub trait Clock: Send + Sync + Debug {
    /// The present moment. May jump in either direction, as clocks of machines do when they are set: it is for records, days and
    /// schedules.
    fn now(&self) -> Timestamp;

    /// The time since some fixed moment in the past, which passes evenly and is never set: it is for spans. It may stand still
    /// while the machine sleeps.
    fn monotonic(&self) -> Duration;

    /// Both at once.
    fn now_and_monotonic(&self) -> (Timestamp, Duration) {
        (self.now(), self.monotonic())
    }

    /// Completes when `monotonic` has reached `end`: a clock that is set back delays nothing. May complete as much earlier as
    /// `monotonic` has stood still.
    async fn sleep_until(&self, end: Duration);

    /// Completes after `span`.
    async fn sleep(&self, span: Duration) {
        self.sleep_until(self.monotonic() + span).await;
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

    fn monotonic(&self) -> Duration {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }

    async fn sleep_until(&self, end: Duration) {
        let moment = self.now() + end.saturating_sub(self.monotonic());
        // In slices, so that a machine that slept, or whose clock was set forward, is noticed.
        loop {
            let left = moment.since(self.now()).min(end.saturating_sub(self.monotonic()));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_secs(30))).await;
        }
    }
}

/// A clock that is never set back: while another one is, it goes on from the latest moment that it has shown.
///
/// Stores measure leases by it, so that a claim without renewals ends even if the machine's clock is set back.
#[derive(Debug)]
pub struct SteadyClock {
    clock: Arc<dyn Clock>,
    latest: Mutex<Latest>,
}

/// What was shown last, and when that was.
#[derive(Debug, Clone, Copy)]
struct Latest {
    shown: Timestamp,
    at: Duration,
}

impl SteadyClock {
    /// Returns a clock that shows what `clock` shows, as long as that is not set back.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let latest = Mutex::new(Latest { shown: clock.now(), at: clock.monotonic() });
        Self { clock, latest }
    }

    /// Lets the clock show `moment` or a later one from now on.
    pub fn at_least(&self, moment: Timestamp) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if moment > latest.shown {
            *latest = Latest { shown: moment, at: self.clock.monotonic() };
        }
    }
}

#[async_trait::async_trait]
impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let at = self.clock.monotonic();
        let shown = self.clock.now().max(latest.shown + at.saturating_sub(latest.at));
        *latest = Latest { shown, at };
        shown
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    async fn sleep_until(&self, end: Duration) {
        self.clock.sleep_until(end).await;
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::ManualClock;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn i35_a_steady_clock_goes_on_while_another_is_set_back_and_follows_it_forward() {
        let machine = Arc::new(ManualClock::new());
        let start = machine.now();
        let steady = SteadyClock::new(machine.clone());
        machine.advance(HOUR);
        assert_eq!(steady.now(), start + HOUR);
        machine.set(start - 26 * HOUR);
        assert_eq!(steady.now(), start + HOUR);
        machine.advance(HOUR);
        assert_eq!(steady.now(), start + 2 * HOUR);
        machine.set(start + 5 * HOUR);
        assert_eq!(steady.now(), start + 5 * HOUR);
        steady.at_least(start + 9 * HOUR);
        machine.advance(HOUR);
        assert_eq!(steady.now(), start + 10 * HOUR);
    }

    #[tokio::test]
    async fn i35_a_sleep_ends_after_its_span_though_the_clock_is_set_back() {
        let clock = Arc::new(ManualClock::new());
        let sleeping = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(HOUR).await }
        });
        tokio::task::yield_now().await;
        clock.set(clock.now() - 26 * HOUR);
        clock.advance(HOUR / 2);
        assert!(!sleeping.is_finished());
        clock.advance(HOUR / 2);
        sleeping.await.unwrap();
    }
}
