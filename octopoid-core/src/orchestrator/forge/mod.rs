//! Forges: the places where finished work is proposed to people and merged.

#[cfg(feature = "github")]
pub(crate) mod github;
mod interface;
mod local;

pub use interface::{
    Forge, ForgeComment, Landing, LandingOutcome, PullRequest, PullRequestBody, PullRequestState,
};
pub use local::LocalForge;
