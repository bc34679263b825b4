//! Where the base branch stands.

use super::abort::RunAbort;
use super::context::RunContext;
use crate::git::{GitError, Repository};
use crate::model::CommitId;
use crate::orchestrator::shared::blocking;

/// Place where the base branch stands.
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

/// Reads where the base branch of a run stands.
pub(super) async fn base_of(context: &RunContext) -> Result<Base, RunAbort> {
    let (repository, remote) = (context.shared.repository.clone(), context.shared.settings.remote.clone());
    let branch = context.base_branch.clone();
    Ok(blocking(move || base(&repository, remote.as_deref(), &branch)).await?)
}

/// Fetches the base branch of a run, where it has a remote.
pub(super) async fn fetch(context: &RunContext) -> Result<(), RunAbort> {
    let Some(remote) = context.shared.settings.remote.clone() else { return Ok(()) };
    let (repository, branch) = (context.shared.repository.clone(), context.base_branch.clone());
    Ok(blocking(move || repository.fetch(&remote, &branch)).await?)
}
