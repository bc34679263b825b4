//! Forges: where finished work is shown to people and merged.

#[cfg(feature = "github")]
pub(crate) mod github;
mod interface;
mod local;

pub use interface::{Forge, Landed, Landing, Look, Proposal, PullRequest};
pub use local::LocalForge;
