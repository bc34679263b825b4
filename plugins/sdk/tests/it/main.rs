//! Tests of the author's side.

#![expect(clippy::unwrap_used, reason = "a test has nobody to recover for")]

mod glue;
mod harness;
mod header;
mod messages;
