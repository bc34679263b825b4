//! The `acp` runner: any program that speaks the [Agent Client Protocol](https://agentclientprotocol.com), version 1, on its
//! standard input and output.
//!
//! Messages are read as plain JSON: an update, a field or a word that is new is no error, and the few dozen fields that matter
//! need no types of the whole protocol, which grows every week.

#[cfg(test)]
mod captured;
mod dialogue;
mod end;
mod permission;
mod runner;
mod setup;
mod tool_call;
mod turn;

pub(crate) use dialogue::AcpDialogue;
pub use runner::AcpRunner;
