//! The base branch of a run.

use super::abort::RunAbort;
use super::context::RunContext;
use crate::git::BaseBranch;
use crate::orchestrator::shared::blocking;

/// Reads the position of a run's base branch.
pub(super) async fn base_of(context: &RunContext) -> Result<BaseBranch, RunAbort> {
    let (repository, remote) = (context.shared.repository.clone(), context.shared.settings.remote.clone());
    let branch = context.base_branch.clone();
    Ok(blocking(move || repository.base_branch(remote.as_deref(), &branch)).await?)
}

/// Fetches the base branch of a run, where it has a remote.
pub(super) async fn fetch(context: &RunContext) -> Result<(), RunAbort> {
    let Some(remote) = context.shared.settings.remote.clone() else { return Ok(()) };
    let (repository, branch) = (context.shared.repository.clone(), context.base_branch.clone());
    Ok(blocking(move || repository.fetch(&remote, &branch)).await?)
}
