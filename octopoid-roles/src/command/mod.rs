//! The `command` runner, for any program that speaks the protocol in this crate's README.

mod progress;
mod report;
mod result;
mod runner;

pub(crate) use report::unreadable;
pub(crate) use result::ResultFile;
pub use runner::CommandRunner;
