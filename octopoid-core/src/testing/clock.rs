//! Manual clock: time advances only when the test says so.

use crate::clock::Clock;
use crate::model::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Clock that stands still until it is advanced. A sleeper wakes when the clock reaches its wake time.
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
    time: watch::Sender<Time>,
    /// Monotonic times at which sleepers wake.
    wakes: Mutex<Vec<Duration>>,
}

#[derive(Debug, Clone, Copy)]
struct Time {
    now: Timestamp,
    monotonic: Duration,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl ManualClock {
    /// Returns a clock set to 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        let now = Timestamp::from_millis(1_767_225_600_000);
        Self { time: watch::Sender::new(Time { now, monotonic: Duration::ZERO }), wakes: Mutex::default() }
    }

    /// Advances the wall clock and the monotonic clock.
    pub fn advance(&self, span: Duration) {
        self.time.send_modify(|time| {
            time.now = time.now + span;
            time.monotonic += span;
        });
    }

    /// Advances to the wake time of the next sleeper and returns by how much; `None` without a sleeper.
    pub fn advance_to_next(&self) -> Option<Duration> {
        let next = *self.wakes().iter().min()?;
        let span = next.saturating_sub(self.monotonic());
        self.advance(span);
        Some(span)
    }

    fn wakes(&self) -> MutexGuard<'_, Vec<Duration>> {
        self.wakes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the wall clock, forwards or backwards, without advancing the monotonic clock.
    pub fn set(&self, moment: Timestamp) {
        self.time.send_modify(|time| time.now = moment);
    }
}

/// Registration of a sleeper, removed on drop.
#[derive(Debug)]
struct Sleeper<'a> {
    clock: &'a ManualClock,
    wakes_at: Duration,
}

impl<'a> Sleeper<'a> {
    fn new(clock: &'a ManualClock, wakes_at: Duration) -> Self {
        clock.wakes().push(wakes_at);
        Self { clock, wakes_at }
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        let mut wakes = self.clock.wakes();
        if let Some(place) = wakes.iter().position(|wakes_at| *wakes_at == self.wakes_at) {
            wakes.swap_remove(place);
        }
    }
}

#[async_trait::async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.time.borrow().now
    }

    fn monotonic(&self) -> Duration {
        self.time.borrow().monotonic
    }

    fn now_and_monotonic(&self) -> (Timestamp, Duration) {
        let time = *self.time.borrow();
        (time.now, time.monotonic)
    }

    async fn sleep_until(&self, end: Duration) {
        let mut time = self.time.subscribe();
        let _sleeper = Sleeper::new(self, end);
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = time.wait_for(|time| time.monotonic >= end).await;
    }
}
