//! Moments as programs write them.

use octopoid_core::model::Timestamp;
use serde_json::Value;

/// A number above this is of milliseconds: as seconds it would be in the year 5138.
const MOST_SECONDS: i64 = 100_000_000_000;

/// Returns the moment of a number since 1970, in seconds or in milliseconds, as both occur.
pub(crate) fn of_number(number: i64) -> Timestamp {
    let millis = if number.abs() > MOST_SECONDS { number } else { number.saturating_mul(1000) };
    Timestamp::from_millis(millis)
}

/// Returns the moment in a value: a text in the form of RFC 3339, or a number since 1970, also as a text.
pub(crate) fn of_value(value: &Value) -> Option<Timestamp> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match value {
        Value::String(text) => text.trim().parse().ok().or_else(|| whole(number(text)?)),
        Value::Number(value) => whole(value.as_f64()?),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn whole(number: f64) -> Option<Timestamp> {
    (number.is_finite() && number > 0.0).then(|| match number > 1e11 {
        true => Timestamp::from_millis(number as i64),
        false => Timestamp::from_millis((number * 1000.0) as i64),
    })
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
            json!("1767225600"),
            json!("2026-01-01T00:00:00Z"),
            json!("2026-01-01T01:00:00+01:00"),
        ] {
            assert_eq!(of_value(&value), Some(moment), "{value}");
        }
        for value in [json!(null), json!("soon"), json!(-5), json!(0), json!({})] {
            assert_eq!(of_value(&value), None, "{value}");
        }
        assert_eq!(of_number(1_767_225_600), moment);
        assert_eq!(of_number(1_767_225_600_000), moment);
    }
}
