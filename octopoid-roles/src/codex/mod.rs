//! The `codex` runner: Codex, by the protocol of its `app-server`.
//!
//! A typed subset of that protocol would break with each of its weekly versions, so that messages are read as plain JSON: what is
//! unknown is ignored, and what is missing is said.

mod api_error;
mod approval;
#[cfg(test)]
mod captured;
mod dialogue;
mod item;
mod runner;
mod turn;

pub(crate) use api_error::api_error;
pub(crate) use dialogue::CodexDialogue;
pub use runner::CodexRunner;
