//! The base branch, as seen from a run.

use super::{RunAbort, RunContext};
use crate::git::{GitError, Repository};
use crate::model::CommitId;
use crate::orchestrator::shared::blocking;

/// Where the base branch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    /// The newest commit that both the repository's and the remote's branch can move on from.
    pub(crate) tip: CommitId,
    /// The two have gone apart, and only a person can join them.
    pub(crate) diverged: bool,
}

/// Reads where the base branch stands, in the repository and, as last fetched, on its remote.
pub(crate) fn base(repository: &Repository, remote: Option<&str>, branch: &str) -> Result<Base, GitError> {
    let here = repository.tip(branch)?;
    let there = match remote {
        Some(remote) => repository.remote_tip(remote, branch)?,
        None => None,
    };
    let Some(there) = there.filter(|there| *there != here) else {
        return Ok(Base { tip: here, diverged: false });
    };
    if repository.is_ancestor(&here, &there)? {
        Ok(Base { tip: there, diverged: false })
    } else {
        let diverged = !repository.is_ancestor(&there, &here)?;
        Ok(Base { tip: here, diverged })
    }
}

impl RunContext {
    /// Where this run's base branch stands.
    pub(super) async fn base(&self) -> Result<Base, RunAbort> {
        let (repository, remote) = (self.shared.repository.clone(), self.shared.settings.remote.clone());
        let branch = self.entry.base_branch.clone();
        Ok(blocking(move || base(&repository, remote.as_deref(), &branch)).await?)
    }

    /// Fetches the base branch, where it has a remote.
    pub(super) async fn fetch(&self) -> Result<(), RunAbort> {
        let Some(remote) = self.shared.settings.remote.clone() else { return Ok(()) };
        let (repository, branch) = (self.shared.repository.clone(), self.entry.base_branch.clone());
        Ok(blocking(move || repository.fetch(&remote, &branch)).await?)
    }
}
