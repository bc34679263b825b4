//! The dice's seeds: the same ones in every run, or those that somebody asks for.

use std::ops::Range;

/// The variable that names another first seed, and how many to try: `7` or `7..200`.
const SEEDS: &str = "OCTOPOID_TEST_SEEDS";

/// So many seeds, unless somebody asks for others.
#[expect(clippy::disallowed_methods, reason = "how a person repeats a failure or looks for another")]
pub(crate) fn seeds(usual: u64) -> Range<u64> {
    let Ok(wanted) = std::env::var(SEEDS) else { return 1..1 + usual };
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{SEEDS} is {wanted:?}"));
    match wanted.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => number(&wanted)..number(&wanted) + 1,
    }
}
