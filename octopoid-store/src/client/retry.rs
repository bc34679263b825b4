//! When to send a request again.

use rand::RngExt as _;
use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(2);

/// The pause before the next attempt: twice as long each time, and a random part of it, so that many clients do not come
/// back at the same moment. A server that says when to come is believed, within reason.
pub(super) fn pause(attempt: u32, asked: Option<Duration>) -> Duration {
    if let Some(asked) = asked {
        return asked.min(Duration::from_secs(30));
    }
    let most = FIRST.saturating_mul(1 << attempt.min(10)).min(LONGEST);
    rand::rng().random_range(most / 2..=most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        for (attempt, least, most) in [(0, 25, 50), (1, 50, 100), (5, 800, 1600), (30, 1000, 2000)] {
            let pause = pause(attempt, None).as_millis();
            assert!((least..=most).contains(&pause), "{attempt}: {pause}");
        }
        assert_eq!(pause(0, Some(Duration::from_secs(3))), Duration::from_secs(3));
        assert_eq!(pause(0, Some(Duration::from_secs(3000))), Duration::from_secs(30));
    }
}
