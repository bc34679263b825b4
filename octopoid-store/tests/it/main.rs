//! Tests of this crate as its users see it.

#![expect(clippy::unwrap_used, reason = "a test has nobody to recover for")]

mod conformance;
mod durability;
