//! Tests of this crate as its users see it.

#![expect(clippy::unwrap_used, reason = "a test has nobody to recover for")]

mod adoption;
mod captured;
mod command;
mod conformance;
mod cut_off;
mod ends;
mod folder;
mod plugin;
mod real_claude;
mod support;
mod two_way;
