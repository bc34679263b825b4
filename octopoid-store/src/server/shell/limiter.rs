//! How often somebody may.

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Not now; but after this time one more is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests, try again in {:.1} s", .0.as_secs_f64())]
pub struct RetryAfter(pub Duration);

type Limits<K, C> = RateLimiter<K, HashMapStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// The fewest keys between two looks at which of them are old.
const SWEEP: usize = 1024;

/// Counts per key, as a bucket that holds `burst` and is filled up again within a period.
///
/// Its memory is bounded. Keys whose bucket is full again are forgotten. When there are more than `most` others, all are:
/// an attacker with that many addresses is not stopped by a count per address anyway, and everybody else is not made to
/// pay for him.
pub struct Limiter<K: Hash + Eq + Clone, C: Clock = MonotonicClock> {
    limits: RwLock<Limits<K, C>>,
    quota: Quota,
    clock: C,
    most: usize,
    /// How many keys there may be before the next look.
    sweep_at: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// At most `burst` at once per key, and as many again in each `period` (at least a nanosecond each).
    pub fn new(burst: NonZeroU32, period: Duration) -> Self {
        Self::with_clock(burst, period, MonotonicClock)
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Limiter<K, C> {
    /// With another clock, as for tests.
    pub fn with_clock(burst: NonZeroU32, period: Duration, clock: C) -> Self {
        let each = (period / burst.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_second(burst)).allow_burst(burst);
        let limits = RwLock::new(Limits::hashmap_with_clock(quota, clock.clone()));
        Self { limits, quota, clock, most: 1 << 16, sweep_at: AtomicUsize::new(SWEEP) }
    }

    /// With another bound on the keys that are remembered, at least 1. 65 536.
    #[must_use]
    pub fn with_most(mut self, most: usize) -> Self {
        self.most = most.max(1);
        self.sweep_at = AtomicUsize::new(SWEEP.min(self.most));
        self
    }

    /// Counts one for `key`.
    ///
    /// # Errors
    /// It has had its share. This one is not counted.
    pub fn check(&self, key: &K) -> Result<(), RetryAfter> {
        if self.len() >= self.sweep_at.load(Ordering::Relaxed) {
            self.make_room();
        }
        let limits = self.limits.read().unwrap_or_else(PoisonError::into_inner);
        limits.check_key(key).map_err(|until| RetryAfter(until.wait_time_from(self.clock.now())))
    }

    /// How many keys are remembered.
    pub fn len(&self) -> usize {
        self.limits.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether no key is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets old keys, or all of them. The next look comes when there are twice as many as are left, so that its price is
    /// shared by as many new keys.
    fn make_room(&self) {
        let mut limits = self.limits.write().unwrap_or_else(PoisonError::into_inner);
        limits.retain_recent();
        if limits.len() >= self.most {
            *limits = Limits::hashmap_with_clock(self.quota, self.clock.clone());
        }
        let next = (limits.len() * 2).max(SWEEP).min(self.most);
        self.sweep_at.store(next, Ordering::Relaxed);
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> fmt::Debug for Limiter<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("keys", &self.len()).field("most", &self.most).finish_non_exhaustive()
    }
}
