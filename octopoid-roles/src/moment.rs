//! Reading the moments that programs write.

use octopoid_core::model::Timestamp;
use serde_json::Value;

/// The largest number that is read as seconds, in the year 5138; a larger one is of a smaller unit.
const MOST: f64 = 1e11;

/// Returns the moment of a number since 1970 in seconds, milliseconds, microseconds or nanoseconds, as all occur; `None` if it is
/// none of them.
#[expect(clippy::cast_possible_truncation, reason = "it is within bounds")]
pub(crate) fn of_number(number: f64) -> Option<Timestamp> {
    let seconds =
        [1.0, 1e3, 1e6, 1e9].into_iter().map(|unit| number / unit).find(|seconds| *seconds <= MOST)?;
    (seconds > 0.0).then(|| Timestamp::from_millis((seconds * 1000.0) as i64))
}

/// Returns the moment in a value: a text in the form of RFC 3339, or a number since 1970, also as a text.
pub(crate) fn of_value(value: &Value) -> Option<Timestamp> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match value {
        Value::String(text) => text.trim().parse().ok().or_else(|| of_number(number(text)?)),
        Value::Number(value) => of_number(value.as_f64()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn seconds_milliseconds_and_texts_are_the_same_moment() {
        let moment = Timestamp::from_millis(1_767_225_600_000);
        for value in [
            json!(1_767_225_600),
            json!(1_767_225_600_000_i64),
            json!(1_767_225_600.0),
            json!(1_767_225_600_000_000_i64),
            json!(1_767_225_600_000_000_000_i64),
            json!("1767225600"),
            json!("2026-01-01T00:00:00Z"),
            json!("2026-01-01T01:00:00+01:00"),
        ] {
            assert_eq!(of_value(&value), Some(moment), "{value}");
        }
        for value in [json!(null), json!("soon"), json!(-5), json!(0), json!(1e300), json!({})] {
            assert_eq!(of_value(&value), None, "{value}");
        }
    }
}
