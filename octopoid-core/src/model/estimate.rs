//! Priority and complexity of tasks.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How urgent a task is; the lowest number goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Priority {
    /// Now.
    P0,
    /// Next.
    P1,
    /// Normal; what a task has when nobody says otherwise.
    #[default]
    P2,
    /// When there is time.
    P3,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Priority; 4] = [Priority::P0, Priority::P1, Priority::P2, Priority::P3];

    /// `P0` to `P3`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Priority::P0 => "P0",
            Priority::P1 => "P1",
            Priority::P2 => "P2",
            Priority::P3 => "P3",
        }
    }
}

/// How big a task is, by the estimate of whoever wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Complexity {
    /// A line.
    XS,
    /// Some lines.
    S,
    /// A file or two.
    M,
    /// Several files.
    L,
    /// Better broken down.
    XL,
}

impl Complexity {
    /// Every complexity, the smallest first.
    pub const ALL: [Complexity; 5] =
        [Complexity::XS, Complexity::S, Complexity::M, Complexity::L, Complexity::XL];

    /// `XS` to `XL`.
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

/// A word that is none of the allowed ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not one of {allowed}")]
pub struct UnknownWord {
    /// The word.
    pub value: String,
    /// The allowed ones.
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
