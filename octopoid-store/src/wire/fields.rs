//! Forms of values that the contract allows.

use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A yes or no; `0` and `1` are taken as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Yes;
        impl Visitor<'_> for Yes {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(value))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Flag, E> {
                match value {
                    0 => Ok(Flag(false)),
                    1 => Ok(Flag(true)),
                    other => Err(E::invalid_value(Unexpected::Unsigned(other), &self)),
                }
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Flag, E> {
                match value {
                    "true" | "1" => Ok(Flag(true)),
                    "false" | "0" => Ok(Flag(false)),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(Yes)
    }
}

/// List of words: an array, or a text with commas.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Names(pub Vec<String>);

impl Names {
    /// The words.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = Names;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Names, E> {
                let words = value.split(',').map(str::trim).filter(|word| !word.is_empty());
                Ok(Names(words.map(str::to_owned).collect()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Names, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element::<String>()? {
                    words.push(word);
                }
                Ok(Names(words))
            }
        }
        deserializer.deserialize_any(Words)
    }
}

/// Deserializes a field that is present, so that `null` differs from a missing field.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_also_a_number() {
        for (text, value) in [("true", true), ("0", false), ("1", true), ("\"false\"", false)] {
            assert_eq!(serde_json::from_str::<Flag>(text).unwrap(), Flag(value));
        }
        for bad in ["2", "null", "\"yes\"", "[]"] {
            assert!(serde_json::from_str::<Flag>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_a_list_or_have_commas() {
        for (text, words) in [("\"a, b\"", vec!["a", "b"]), ("[\"a,b\"]", vec!["a,b"]), ("\"\"", vec![])] {
            assert_eq!(serde_json::from_str::<Names>(text).unwrap().iter().collect::<Vec<_>>(), words);
        }
        assert!(serde_json::from_str::<Names>("[1]").is_err());
    }
}
