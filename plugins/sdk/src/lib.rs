#![doc = include_str!("../README.md")]

pub mod abi;
mod error;
#[doc(hidden)]
pub mod export;
mod fence;
mod host;
pub mod message;
mod role;
pub mod testing;

pub use error::{Error, ErrorKind};
pub use host::{Host, LogLevel};
pub use message::{
    AgentCall, AgentReport, Artifact, Change, ClaimsFrom, Commit, Diff, FileDiff, Message, Outcome,
    OutcomeKind, Proposal, RoleManifest as RoleSpec, RunRequest, Subtask, Task, Usage, Workspace,
    WorkspaceKind,
};
pub use role::Role;
pub use serde_json;
