//! The `command` runner: any program that speaks the protocol in this crate's README.

mod progress;
mod report;
mod result;
mod runner;

pub use runner::CommandRunner;
