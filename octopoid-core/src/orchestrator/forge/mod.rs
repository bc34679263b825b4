//! Forges: where finished work is shown to people and merged.

#[cfg(feature = "github")]
pub(crate) mod github;
mod interface;
mod local;

pub use interface::{Forge, Landing, LandingOutcome, PullRequest, PullRequestBody, PullRequestState};
pub use local::LocalForge;
