//! Clocks: the [`Clock`] trait, the operating system's clock and a clock that never goes backwards.

use crate::model::Timestamp;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Source of time.
///
/// Libraries read the time only through this trait, never from the operating system directly, so that a test can simulate days
/// in a second.
#[async_trait::async_trait]
pub trait Clock: Send + Sync + Debug {
    /// Returns the current wall-clock time.
    ///
    /// May jump in either direction when the machine's clock is set. Use it for records, calendar days and schedules.
    fn now(&self) -> Timestamp;

    /// Returns the time elapsed since an arbitrary fixed moment in the past.
    ///
    /// Advances evenly and is never set. Use it to measure durations. May stop while the machine is suspended.
    fn monotonic(&self) -> Duration;

    /// Returns [`now`](Self::now) and [`monotonic`](Self::monotonic), read together.
    fn now_and_monotonic(&self) -> (Timestamp, Duration) {
        (self.now(), self.monotonic())
    }

    /// Waits until [`monotonic`](Self::monotonic) reaches `end`.
    ///
    /// Setting the wall clock back delays nothing. May complete early by as long as `monotonic` stopped during suspend.
    async fn sleep_until(&self, end: Duration);

    /// Waits for the duration `span`.
    async fn sleep(&self, span: Duration) {
        self.sleep_until(self.monotonic() + span).await;
    }
}

/// Clock of the operating system.
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
        // Sleeps in slices of at most 30 s, so that a suspend or a wall clock set forward is noticed.
        loop {
            let left = moment.since(self.now()).min(end.saturating_sub(self.monotonic()));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_secs(30))).await;
        }
    }
}

/// Wall clock that never goes backwards.
///
/// While the underlying clock is behind (it was set back), time continues from the latest moment returned, at the rate of the
/// monotonic clock. Stores measure leases with this clock, so that a claim that is not renewed expires even if the machine's
/// clock is set back.
#[derive(Debug)]
pub struct SteadyClock {
    clock: Arc<dyn Clock>,
    latest: Mutex<Latest>,
}

/// Latest moment returned, with the monotonic time at which it was returned.
#[derive(Debug, Clone, Copy)]
struct Latest {
    shown: Timestamp,
    at: Duration,
}

impl SteadyClock {
    /// Returns a steady clock over `clock`, starting at its current time.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let latest = Mutex::new(Latest { shown: clock.now(), at: clock.monotonic() });
        Self { clock, latest }
    }

    /// Advances the clock to `moment` if it is behind; later calls to [`now`](Clock::now) return at least `moment`.
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
