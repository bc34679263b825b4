//! Landing through pull requests on GitHub.
//!
//! The client is a small one on top of `reqwest`, which the project already uses for its own server: a dozen calls, in which
//! conditional requests and rate limits are explicit, because a program that polls every few seconds depends on them.
//!
//! The state is kept on GitHub; only what saves requests is cached here. The pull request of a task is the one of its branch, the
//! round of work is marked in its text, and the task's thread shows which comments have been forwarded. So an operation that was
//! cut off is simply repeated.

mod client;
mod forge;
mod issues;
mod judge;
mod repository;
mod text;
mod wire;

pub use client::GithubError;
pub use forge::GithubForge;
pub use issues::{GithubIssue, GithubIssues};
pub use repository::github_repository;

use std::time::Duration;

/// Settings for access to a repository on GitHub.
#[derive(Clone)]
#[non_exhaustive]
pub struct GithubSettings {
    /// Base address of the API: `https://api.github.com`, or `https://host/api/v3` for GitHub Enterprise.
    pub api_url: String,
    /// Repository as `owner/name`; `None` reads it from the remote's address.
    pub repository: Option<String>,
    /// Access token.
    pub token: String,
    /// Number of approvals that a pull request needs before it is merged, in addition to GitHub's own rules.
    pub required_approvals: u32,
    /// Time after which a pull request without checks counts as one that has none.
    pub checks_grace: Duration,
    /// Longest pause between two requests for a deferred pull request.
    pub poll: Duration,
}

impl std::fmt::Debug for GithubSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GithubSettings")
            .field("api_url", &self.api_url)
            .field("repository", &self.repository)
            .finish_non_exhaustive()
    }
}

impl GithubSettings {
    /// Creates settings for github.com with a token.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            api_url: "https://api.github.com".to_owned(),
            repository: None,
            token: token.into(),
            required_approvals: 0,
            checks_grace: Duration::from_secs(20),
            poll: Duration::from_secs(30),
        }
    }
}
