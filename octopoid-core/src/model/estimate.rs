//! Priority and complexity of tasks.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Urgency of a task; the lowest number is claimed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Priority {
    /// Immediate.
    P0,
    /// Next.
    P1,
    /// Normal; the default.
    #[default]
    P2,
    /// Low; done when there is time.
    P3,
}

impl Priority {
    /// All priorities, the most urgent first.
    pub const ALL: [Priority; 4] = [Priority::P0, Priority::P1, Priority::P2, Priority::P3];

    /// Returns `P0` to `P3`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Priority::P0 => "P0",
            Priority::P1 => "P1",
            Priority::P2 => "P2",
            Priority::P3 => "P3",
        }
    }
}

/// Size of a task, as estimated by its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Complexity {
    /// One line.
    XS,
    /// Several lines.
    S,
    /// One or two files.
    M,
    /// Several files.
    L,
    /// Too large for one run; to be broken down.
    XL,
}

impl Complexity {
    /// All complexities, the smallest first.
    pub const ALL: [Complexity; 5] =
        [Complexity::XS, Complexity::S, Complexity::M, Complexity::L, Complexity::XL];

    /// Returns `XS` to `XL`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Complexity::XS => "XS",
            Complexity::S => "S",
            Complexity::M => "M",
            Complexity::L => "L",
            Complexity::XL => "XL",
        }
    }
}

/// Error returned when a text is not one of the allowed words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not one of {allowed}")]
#[non_exhaustive]
pub struct UnknownWord {
    /// Rejected text, shortened to 40 characters.
    pub value: String,
    /// Allowed words.
    pub allowed: &'static str,
}

macro_rules! words {
    ($type:ty, $allowed:literal) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                <$type>::ALL
                    .into_iter()
                    .find(|word| word.as_str().eq_ignore_ascii_case(text))
                    .ok_or_else(|| UnknownWord { value: text.chars().take(40).collect(), allowed: $allowed })
            }
        }
    };
}
words!(Priority, "P0, P1, P2, P3");
words!(Complexity, "XS, S, M, L, XL");
