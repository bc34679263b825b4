//! What a role is given in a run: what the attempt begins with, its agents, and the account of what they use.

mod heard;
mod host;
mod meter;
mod previous;
pub(crate) mod report;
mod resolution;
mod tally;

pub(super) use host::{AgentLimits, Host, commit_lines, host_error};
pub(super) use previous::{Start, start};
pub(super) use report::Agents;
pub(super) use resolution::resolution;
pub(super) use tally::Tally;
