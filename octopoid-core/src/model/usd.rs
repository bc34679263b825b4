//! An amount of money in US dollars.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Amount of US dollars that is not negative, exact to a millionth.
///
/// Unlike a floating-point number it can be compared and hashed. It is serialized as a number of dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd {
    micros: u64,
}

/// Error returned when a number is no amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("use a number of US dollars that is not negative, such as 2.50")]
#[non_exhaustive]
pub struct InvalidUsd;

/// Millionths of a dollar.
const MICROS: f64 = 1e6;
/// Largest amount, in dollars: more than any task costs, and exact as a floating-point number.
const MOST: f64 = 1e9;

impl Usd {
    /// Checks and rounds a number of dollars.
    ///
    /// # Errors
    /// [`InvalidUsd`] for a number that is negative, not finite or more than a thousand million.
    pub fn new(dollars: f64) -> Result<Self, InvalidUsd> {
        if !(0.0..=MOST).contains(&dollars) {
            return Err(InvalidUsd);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
        let micros = (dollars * MICROS).round() as u64;
        Ok(Self { micros })
    }

    /// Returns the number of dollars.
    pub fn dollars(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "the largest amount is exact")]
        let micros = self.micros as f64;
        micros / MICROS
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${:.2}", self.dollars())
    }
}

impl FromStr for Usd {
    type Err = InvalidUsd;

    /// Parses a number of dollars, with or without a dollar sign.
    fn from_str(text: &str) -> Result<Self, InvalidUsd> {
        let text = text.trim();
        let number = text.strip_prefix('$').unwrap_or(text).parse().map_err(|_| InvalidUsd)?;
        Self::new(number)
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.dollars())
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(f64::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_back_as_it_was_written() {
        for text in ["0", "2.5", "$0.01", " 1000000000 "] {
            let amount: Usd = text.parse().unwrap();
            let json = serde_json::to_string(&amount).unwrap();
            assert_eq!(serde_json::from_str::<Usd>(&json).unwrap(), amount, "{json}");
        }
        assert_eq!("2.5".parse::<Usd>().unwrap().to_string(), "$2.50");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["-1", "NaN", "inf", "ten", "", "1e30"] {
            assert_eq!(text.parse::<Usd>(), Err(InvalidUsd), "{text}");
        }
    }
}
