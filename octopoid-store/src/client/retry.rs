//! Pauses between the attempts of a request.

use octopoid_core::backoff::Backoff;
use rand::RngExt as _;
use std::time::Duration;

/// First pause.
const FIRST: Duration = Duration::from_millis(50);
/// Longest pause.
const LONGEST: Duration = Duration::from_secs(2);
/// Longest pause that a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(30);

/// Returns the pauses of a request, or of a feed.
pub(super) const fn backoff() -> Backoff {
    Backoff::new(FIRST, LONGEST)
}

/// Takes the next pause, with jitter, so that many clients do not come back at the same moment. A server that says when to
/// come back (`Retry-After`) is believed, up to 30 seconds.
pub(super) fn next_pause(backoff: &mut Backoff, retry_after: Option<Duration>) -> Duration {
    let pause = backoff.next_jittered(rand::rng().random());
    retry_after.map_or(pause, |asked| asked.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        for (attempts, least, most) in [(0, 25, 50), (1, 50, 100), (5, 800, 1600), (30, 1000, 2000)] {
            let pause = next_pause(&mut backoff().after_attempts(attempts), None).as_millis();
            assert!((least..=most).contains(&pause), "{attempts}: {pause}");
        }
    }

    #[test]
    fn a_server_says_when_within_reason() {
        for (asked, paused) in [(0, 0), (3, 3), (3000, 30)] {
            let pause = next_pause(&mut backoff(), Some(Duration::from_secs(asked)));
            assert_eq!(pause, Duration::from_secs(paused));
        }
    }
}
