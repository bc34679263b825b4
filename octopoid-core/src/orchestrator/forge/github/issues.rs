//! Issues of a repository on GitHub, selected by a label.

use super::client::Client;
use super::repository::named;
use super::wire::FoundIssue;
use super::{GithubError, GithubSettings};

/// Issue on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GithubIssue {
    /// Number of the issue in its repository.
    pub number: u64,
    /// Title, one line.
    pub title: String,
    /// Text of the issue, which anybody may have written; empty if it has none.
    pub body: String,
    /// Address of the issue's page.
    pub url: String,
    /// Login of the user who opened it; `None` if the account no longer exists.
    pub author: Option<String>,
}

/// Client for the issues of one repository on GitHub.
///
/// Caches responses, so that a request for an unchanged response does not count against the rate limit: keep the client for as
/// long as you poll.
#[derive(Debug)]
pub struct GithubIssues {
    repository: String,
    client: Client,
}

impl GithubIssues {
    /// Creates a client. The repository's name is read from `remote_url` if the settings do not contain it.
    ///
    /// # Errors
    /// Returns [`GithubError::Settings`], which says what to configure.
    pub fn new(settings: &GithubSettings, remote_url: Option<&str>) -> Result<Self, GithubError> {
        let (repository, _) = named(settings, remote_url)?;
        let client = Client::new(settings, &repository)?;
        Ok(Self { repository, client })
    }

    /// Returns the repository as `owner/name`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the open issues with a label, oldest first. Pull requests, which GitHub lists among them, are left out.
    ///
    /// # Errors
    /// Returns a [`GithubError`] if GitHub cannot be reached or denies access.
    pub async fn open_with(&self, label: &str) -> Result<Vec<GithubIssue>, GithubError> {
        let query = [("state", "open"), ("labels", label), ("sort", "created"), ("direction", "asc")];
        let found: Vec<FoundIssue> = self.client.issues(&query).await.map_err(readable)?;
        let issue = |found: FoundIssue| GithubIssue {
            number: found.number,
            title: found.title,
            body: found.body.unwrap_or_default(),
            url: found.html_url,
            author: found.user.map(|user| user.login),
        };
        Ok(found.into_iter().filter(|found| found.pull_request.is_none()).map(issue).collect())
    }
}

/// Replaces the remedy of a denied access: reading issues needs fewer permissions than merging.
fn readable(error: GithubError) -> GithubError {
    match error {
        GithubError::Access { url, status: status @ 403, message, .. } => {
            let remedy = "give the token read access to the repository's issues";
            GithubError::Access { url, status, message, remedy }
        }
        other => other,
    }
}
