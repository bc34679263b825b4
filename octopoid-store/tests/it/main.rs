//! Tests of this crate as its users see it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test has nobody to recover for, and says what it leaves out"
)]

#[cfg(feature = "server")]
mod artifacts;
mod chaos;
#[cfg(feature = "server")]
mod clocks;
mod conformance;
mod contract;
mod dependencies;
mod fields;
mod http;
mod keys;
mod model;
mod open;
mod orchestrator;
#[cfg(feature = "postgres")]
mod postgres;
mod requests;
#[cfg(feature = "server")]
mod server;
mod sqlite;
mod worker;
