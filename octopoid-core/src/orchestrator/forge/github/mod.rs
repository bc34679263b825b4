//! Landing through pull requests on GitHub.
//!
//! The client is a small one of our own over `reqwest`, which the project has already for its own server: a dozen calls, in
//! which conditional requests and limits are plain to see, because a program that asks every few seconds lives by them.
//!
//! What is on GitHub is the state; nothing of it is kept here but what saves a request. A task's pull request is the one
//! of its branch, the round of work that it shows stands in its text, and which remarks were handed on stands in the
//! task's thread. So whatever was cut off is simply done again.

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

/// Which repository on which GitHub, and by whose right.
#[derive(Clone)]
#[non_exhaustive]
pub struct GithubSettings {
    /// Where the API is: `https://api.github.com`, or an enterprise's own `https://host/api/v3`.
    pub api_url: String,
    /// `owner/name`; none reads it from the remote's address.
    pub repository: Option<String>,
    /// The key to it.
    pub token: String,
    /// The approvals that a pull request needs before it is merged, beside what GitHub itself asks for.
    pub required_approvals: u32,
    /// How long a pull request without any check is given until it counts as one that has none.
    pub checks_grace: Duration,
    /// The longest pause between two looks at a pull request that waits.
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
    /// The public GitHub, with a token.
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
