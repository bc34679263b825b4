//! Moments on the command line.

use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::Timestamp;
use std::time::Duration;

/// Parses a moment: a span of time ago (`90min`, `24h`, `7d`, `2w`), a day (`2026-03-01`, in UTC) or a time in RFC 3339.
pub(super) fn when(text: &str) -> Result<Timestamp, String> {
    parse(text, SystemClock.now())
}

fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let minutes = match unit {
        "m" | "min" => Some(1),
        "h" => Some(60),
        "d" => Some(24 * 60),
        "w" => Some(7 * 24 * 60),
        _ => None,
    };
    if let (Ok(number), Some(minutes)) = (number.parse::<u64>(), minutes) {
        return Ok(now - Duration::from_secs(number.saturating_mul(minutes * 60)));
    }
    let day = format!("{text}T00:00:00Z");
    text.parse().or_else(|_| day.parse()).map_err(|_| {
        "use a span such as 90min, 24h, 7d or 2w, a day such as 2026-03-01, or a time such as 2026-03-01T12:00:00Z".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_span_a_day_or_a_time() {
        let now: Timestamp = "2026-03-08T12:00:00Z".parse().unwrap();
        for (text, wanted) in [
            ("90min", "2026-03-08T10:30:00Z"),
            ("24h", "2026-03-07T12:00:00Z"),
            ("7d", "2026-03-01T12:00:00Z"),
            ("2w", "2026-02-22T12:00:00Z"),
            ("2026-03-01", "2026-03-01T00:00:00Z"),
            ("2026-03-01T02:00:00+01:00", "2026-03-01T01:00:00Z"),
        ] {
            assert_eq!(parse(text, now), Ok(wanted.parse().unwrap()), "{text}");
        }
        for text in ["", "d", "7", "7y", "yesterday", "2026-13-01"] {
            assert!(parse(text, now).unwrap_err().contains("2026-03-01"), "{text}");
        }
    }
}
