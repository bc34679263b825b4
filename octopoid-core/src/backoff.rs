//! Exponential backoff. Pure: it neither sleeps nor draws random numbers.

use std::time::Duration;

/// A series of pauses between attempts, each twice as long as the one before, up to a bound.
///
/// ```
/// use octopoid_core::backoff::Backoff;
/// use std::time::Duration;
///
/// let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(1));
/// let pauses: Vec<_> = (0..4).map(|_| backoff.next_pause().as_millis()).collect();
/// assert_eq!(pauses, [200, 400, 800, 1000]);
/// backoff.reset();
/// assert_eq!(backoff.next_pause().as_millis(), 200);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    attempts: u32,
}

impl Backoff {
    /// Creates a series that begins with `first` and never exceeds `longest`.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, attempts: 0 }
    }

    /// Sets how many pauses count as taken already.
    #[must_use]
    pub const fn after_attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// Returns the number of pauses taken.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the next pause without taking it.
    pub fn peek(&self) -> Duration {
        let factor = 1u32.checked_shl(self.attempts).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }

    /// Takes the next pause and returns its length.
    pub fn next_pause(&mut self) -> Duration {
        let pause = self.peek();
        self.attempts = self.attempts.saturating_add(1);
        pause
    }

    /// Takes the next pause and returns a length between its half and its whole, so that many clients that were cut off at once do not
    /// come back at once. `random` selects the length and lies between 0 and 1.
    pub fn next_jittered(&mut self, random: f64) -> Duration {
        self.next_pause().mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }

    /// Starts the series from the beginning.
    pub const fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_bound_however_many_are_taken() {
        let (first, longest) = (Duration::from_secs(5), Duration::from_secs(600));
        let mut backoff = Backoff::new(first, longest);
        let pauses: Vec<_> = (0..10).map(|_| backoff.next_pause().as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
        assert_eq!(backoff.attempts(), 10);
        assert_eq!(Backoff::new(first, longest).after_attempts(u32::MAX).next_pause(), longest);
    }

    #[test]
    fn jitter_keeps_between_half_and_all_of_a_pause() {
        let second = Duration::from_secs(1);
        for (random, least, most) in [(0.0, 500, 500), (0.5, 700, 800), (1.0, 1000, 1000), (7.0, 1000, 1000)]
        {
            let pause = Backoff::new(second, second).next_jittered(random).as_millis();
            assert!((least..=most).contains(&pause), "{random}: {pause}");
        }
    }
}
