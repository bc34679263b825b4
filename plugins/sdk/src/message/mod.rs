//! The messages across the boundary, as JSON.
//!
//! These messages have a version of their own, [`SCHEMA`]: the host takes every schema in its range. A field is only ever
//! added, always with a default, and unknown fields are ignored, on both sides.

mod call;
mod manifest;
mod outcome;
mod request;
#[cfg(feature = "schema")]
mod schema;

pub use call::{
    AgentCall, AgentReport, Artifact, Change, Commit, Diff, DiffRequest, FileDiff, Kept, Progress, Usage, op,
};
pub use manifest::{ClaimsFrom, Manifest, RoleManifest, WorkspaceKind};
pub use outcome::{Outcome, OutcomeKind, Proposal, Subtask};
pub use request::{LogEvent, Message, PreviousAttempt, Resolution, RunRequest, Task, Workspace};
#[cfg(feature = "schema")]
pub use schema::schemas;

/// The version of the messages that this crate speaks.
pub const SCHEMA: u32 = 1;
/// The versions that a host with this crate takes.
pub const SCHEMAS: std::ops::RangeInclusive<u32> = 1..=1;
