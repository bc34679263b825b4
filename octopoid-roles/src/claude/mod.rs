//! The `claude` runner: Claude Code in print mode.
//!
//! Its stream of events is read as plain JSON, so that a new kind of event is no error. What an end means is decided from
//! exit status, last result event and its error flag together: API errors call themselves `success`, an interrupted run
//! exits with 0.

mod credentials;
mod event;
mod flags;
mod hooks;
mod runner;
mod session;
mod stop_reason;
mod transcript;

pub use runner::ClaudeRunner;
