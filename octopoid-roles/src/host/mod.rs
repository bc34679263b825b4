//! The host process of agents that speak a two-way protocol.
//!
//! Such an agent is answered while it works, and it has to go on when the orchestrator is killed. So the orchestrator starts this
//! small process in its place ([`detached`](octopoid_core::runner::detached)), which starts the agent, speaks with it, keeps its
//! limits, and prints one line of JSON for each thing that happens. The runner reads these lines, as it does
//! those of any other program, also the ones that were printed while no orchestrator was there.
//!
//! What is said is decided without I/O: a `Dialogue` takes each message of the agent and returns what to send and to print.

mod api_error;
#[cfg(test)]
pub(crate) mod captured;
mod dialogue;
mod line;
mod message;
mod permission;
mod process;
mod runner;
mod spec;
mod speech;
mod talk;
mod transcript;

pub use process::host_process;

pub(crate) use api_error::ApiError;
pub(crate) use dialogue::{Dialogue, Out};
pub(crate) use line::End;
pub(crate) use message::{Calls, Message, RpcError, text};
pub(crate) use permission::{Permissions, ToolUse, command_of};
pub(crate) use runner::{Agent, Hosted, run};
pub(crate) use spec::{HostSpec, Protocol};
pub(crate) use speech::{Speech, shortened};
