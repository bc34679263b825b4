//! The schedule of a job. Pure.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use octopoid_core::model::Timestamp;
use std::fmt;
use std::time::Duration;

/// The schedule of a job.
#[derive(Debug, Clone)]
pub(crate) enum Schedule {
    /// At the times that a cron expression names, in UTC.
    Cron(Box<Cron>),
    /// At every multiple of a span, counted from 1970.
    Every(Duration),
}

/// Whether a job is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is due for this time.
    Due(Timestamp),
    /// It is due later; none if never again.
    Later(Option<Timestamp>),
}

impl Schedule {
    /// Parses a cron expression.
    pub(super) fn cron(text: &str) -> Result<Self, String> {
        let five = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        match five.parse(text) {
            Ok(cron) => Ok(Schedule::Cron(Box::new(cron))),
            Err(error) => Err(format!("`{text}` is no schedule: {error}")),
        }
    }

    /// Parses a span such as `30m`, `6h` or `1d`, of a minute at least.
    pub(super) fn every(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no span of a minute or more");
        let unit = text.chars().last().ok_or_else(wrong)?;
        let seconds = match unit {
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let number: u64 = text[..text.len() - 1].trim().parse().map_err(|_| wrong())?;
        let seconds = number.checked_mul(seconds).filter(|seconds| (60..=366 * 86_400).contains(seconds));
        Ok(Schedule::Every(Duration::from_secs(seconds.ok_or_else(wrong)?)))
    }

    /// Returns whether the job is due, given when its newest task was created. A job without tasks is due at once if it has a
    /// span, and otherwise at its first time after `begun`.
    pub(crate) fn standing(&self, last: Option<Timestamp>, begun: Timestamp, now: Timestamp) -> Standing {
        let newest = self.before(now);
        let made = match (self, last) {
            (_, Some(last)) => newest.is_none_or(|newest| newest <= last),
            (Schedule::Every(_), None) => false,
            (Schedule::Cron(_), None) => newest.is_none_or(|newest| newest <= begun),
        };
        match newest {
            Some(newest) if !made => Standing::Due(newest),
            _ => Standing::Later(self.after(now)),
        }
    }

    /// Returns the newest due time up to now.
    fn before(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Schedule::Every(span) => {
                let span = i64::try_from(span.as_millis()).ok()?;
                Some(Timestamp::from_millis(now.as_millis().div_euclid(span) * span))
            }
            Schedule::Cron(cron) => {
                let now = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?.to_zoned(TimeZone::UTC);
                let found = cron.find_previous_occurrence(&now, true).ok()?;
                Some(Timestamp::from_millis(found.timestamp().as_millisecond()))
            }
        }
    }

    /// Returns the next due time.
    fn after(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Schedule::Every(span) => Some(self.before(now)? + *span),
            Schedule::Cron(cron) => {
                let now = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?.to_zoned(TimeZone::UTC);
                let found = cron.find_next_occurrence(&now, false).ok()?;
                Some(Timestamp::from_millis(found.timestamp().as_millisecond()))
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schedule::Cron(cron) => f.write_str(cron.as_str()),
            Schedule::Every(span) => write!(f, "every {}", crate::output::text::span(*span)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(hours * HOUR)
    }

    #[test]
    fn a_span_is_due_at_once_and_then_once_in_each() {
        let six = Schedule::every("6h").unwrap();
        assert_eq!(six.standing(None, at(13), at(13)), Standing::Due(at(12)));
        assert_eq!(six.standing(Some(at(13)), at(13), at(17)), Standing::Later(Some(at(18))));
        assert_eq!(six.standing(Some(at(13)), at(13), at(18)), Standing::Due(at(18)));
        // Two days away are made up for once.
        assert_eq!(six.standing(Some(at(13)), at(13), at(61)), Standing::Due(at(60)));
    }

    #[test]
    fn a_cron_expression_is_due_at_its_times_from_the_first_start_on() {
        let three = Schedule::cron("0 3 * * *").unwrap();
        assert_eq!(three.standing(None, at(10), at(11)), Standing::Later(Some(at(27))));
        assert_eq!(three.standing(None, at(10), at(28)), Standing::Due(at(27)));
        assert_eq!(three.standing(Some(at(27)), at(10), at(28)), Standing::Later(Some(at(51))));
        assert_eq!(three.standing(Some(at(27)), at(10), at(100)), Standing::Due(at(99)));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in ["", "6", "6x", "0m", "h", "-1h", "500d"] {
            assert!(Schedule::every(text).is_err(), "{text}");
        }
        assert!(Schedule::cron("0 3 * *").is_err() && Schedule::cron("61 3 * * *").is_err());
        assert!(Schedule::cron("*/5 * * * * *").is_err(), "no seconds");
    }
}
