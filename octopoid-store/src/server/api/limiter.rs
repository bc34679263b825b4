//! Per-key rate limiting.

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use octopoid_core::clock::Clock;
use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Time after which one more request is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryAfter(pub(crate) Duration);

/// Number of requests that are allowed at once, and again in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimit {
    pub(crate) burst: NonZeroU32,
    pub(crate) period: Duration,
}

impl RateLimit {
    /// Returns a limit of at least one request.
    pub(crate) fn new(burst: u32, period: Duration) -> Self {
        Self { burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN), period }
    }

    fn quota(self) -> Quota {
        let each = (self.period / self.burst.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_second(self.burst));
        quota.allow_burst(self.burst)
    }
}

/// The monotonic side of the project's clock.
#[derive(Debug, Clone)]
struct Monotonic(Arc<dyn Clock>);

impl GovernorClock for Monotonic {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

type Buckets<K> = RateLimiter<K, HashMapStateStore<K>, Monotonic, NoOpMiddleware<Duration>>;

/// Number of keys at which old ones are removed for the first time.
const SWEEP: usize = 1024;
/// Largest number of keys.
const CAPACITY: usize = 1 << 16;

/// Rate limiter with a token bucket for each key.
///
/// Its memory is bounded. Keys whose bucket is full again are removed. If more than the capacity remain, all are: an
/// attacker with that many addresses is not stopped by a limit per address anyway, and other clients are not slowed down
/// because of it.
pub(crate) struct Limiter<K: Hash + Eq + Clone> {
    buckets: RwLock<Buckets<K>>,
    quota: Quota,
    clock: Monotonic,
    capacity: usize,
    /// Number of keys at which old ones are removed next.
    sweep_at: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    pub(crate) fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        let (quota, clock) = (limit.quota(), Monotonic(clock));
        let buckets = RwLock::new(Buckets::hashmap_with_clock(quota, clock.clone()));
        Self { buckets, quota, clock, capacity: CAPACITY, sweep_at: AtomicUsize::new(SWEEP) }
    }

    /// Counts one request of `key`.
    ///
    /// # Errors
    /// The key has used up its limit; the request is not counted.
    pub(crate) fn check(&self, key: &K) -> Result<(), RetryAfter> {
        if self.len() >= self.sweep_at.load(Ordering::Relaxed) {
            self.sweep();
        }
        let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
        buckets.check_key(key).map_err(|until| RetryAfter(until.wait_time_from(self.clock.now())))
    }

    /// Returns the number of keys.
    fn len(&self) -> usize {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Removes old keys, or all of them. The next sweep comes at twice as many as remain, so that its cost is shared by as
    /// many new keys.
    fn sweep(&self) {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        buckets.retain_recent();
        if buckets.len() >= self.capacity {
            *buckets = Buckets::hashmap_with_clock(self.quota, self.clock.clone());
        }
        let next = (buckets.len() * 2).max(SWEEP).min(self.capacity);
        self.sweep_at.store(next, Ordering::Relaxed);
    }
}

impl<K: Hash + Eq + Clone> fmt::Debug for Limiter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Limiter");
        debug.field("keys", &self.len()).field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "conformance"))]
mod tests {
    use super::*;
    use crate::conformance::SteppedClock;

    const MINUTE: Duration = Duration::from_secs(60);

    fn limiter<K: Hash + Eq + Clone>() -> (Limiter<K>, Arc<SteppedClock>) {
        let clock = Arc::new(SteppedClock::new());
        (Limiter::new(RateLimit::new(3, MINUTE), Arc::clone(&clock) as Arc<dyn Clock>), clock)
    }

    #[test]
    fn each_key_has_its_own_limit() {
        let (limiter, clock) = limiter();
        for _ in 0..3 {
            assert_eq!(limiter.check(&"one"), Ok(()));
        }
        assert_eq!(limiter.check(&"one"), Err(RetryAfter(Duration::from_secs(20))));
        assert_eq!(limiter.check(&"other"), Ok(()));
        clock.advance(Duration::from_secs(19));
        assert_eq!(limiter.check(&"one"), Err(RetryAfter(Duration::from_secs(1))));
        clock.advance(Duration::from_secs(1));
        assert_eq!(limiter.check(&"one"), Ok(()));
        assert!(limiter.check(&"one").is_err());
    }

    #[test]
    fn unused_requests_do_not_accumulate() {
        let (limiter, clock) = limiter();
        clock.advance(100 * MINUTE);
        let allowed = (0..10).filter(|_| limiter.check(&"key").is_ok()).count();
        assert_eq!(allowed, 3);
    }

    #[test]
    fn old_keys_are_removed() {
        let (limiter, clock) = limiter();
        for key in 0..100_000_u32 {
            limiter.check(&key).unwrap();
            clock.advance(MINUTE / 100);
        }
        assert!(limiter.len() <= SWEEP, "{}", limiter.len());
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let (mut limiter, _clock) = limiter();
        limiter.capacity = 5000;
        for key in 0..100_000_u32 {
            limiter.check(&key).unwrap();
            assert!(limiter.len() <= 5000);
        }
    }
}
