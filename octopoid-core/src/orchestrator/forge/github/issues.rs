//! The issues that people label there.

use super::client::Client;
use super::repository::named;
use super::wire::FoundIssue;
use super::{GithubError, GithubSettings};

/// An issue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GithubIssue {
    /// Its number in its repository.
    pub number: u64,
    /// One line.
    pub title: String,
    /// Its text, which anybody may have written; empty where there is none.
    pub body: String,
    /// Its page.
    pub url: String,
    /// Who opened it; none where the account is gone.
    pub author: Option<String>,
}

/// The issues of one repository on GitHub.
///
/// It remembers what was answered, so that asking again for what has not changed costs nothing of what GitHub allows:
/// keep it for as long as you ask.
#[derive(Debug)]
pub struct GithubIssues {
    repository: String,
    client: Client,
}

impl GithubIssues {
    /// With these settings; the repository's name is read from `remote_url` where the settings do not have it.
    ///
    /// # Errors
    /// [`GithubError::Settings`], with what to write where.
    pub fn new(settings: &GithubSettings, remote_url: Option<&str>) -> Result<Self, GithubError> {
        let (repository, _) = named(settings, remote_url)?;
        let client = Client::new(settings, &repository)?;
        Ok(Self { repository, client })
    }

    /// `owner/name`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The open issues with a label, the oldest first. Pull requests, which GitHub lists among them, are left out.
    ///
    /// # Errors
    /// [`GithubError`], with what to do.
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

/// The same refusal with what reading issues needs, which is less than merging does.
fn readable(error: GithubError) -> GithubError {
    match error {
        GithubError::Access { url, status: status @ 403, message, .. } => {
            let remedy = "give the token read access to the repository's issues";
            GithubError::Access { url, status, message, remedy }
        }
        other => other,
    }
}
