//! What a reviewer is shown of work that had been approved when it met a conflict: how the conflict was settled.

use crate::git::{GitError, Repository};
use crate::model::{ConflictResolution, RoleName, Task};
use crate::role::Workspace;

/// Returns how the work differs from what reviewers of this role, or a person, approved before; `None` if they have to look at
/// all of it: nothing was approved, or not by them, or what was approved is not on this machine.
pub(in crate::orchestrator::run) fn resolution(
    repository: &Repository,
    task: &Task,
    role: &RoleName,
    workspace: &Workspace,
) -> Result<Option<ConflictResolution>, GitError> {
    let review = task.review();
    let Some(approved) = review.and_then(|review| review.approved_before.as_ref()) else { return Ok(None) };
    let (Some(base), Some(head)) = (&workspace.base, &workspace.head) else { return Ok(None) };
    let here = [&approved.base, &approved.head].into_iter().all(|commit| repository.has_commit(commit));
    if !approved.counts_for(role) || !here {
        return Ok(None);
    }
    let before = repository.diff(&approved.base, &approved.head)?;
    Ok(Some(ConflictResolution::between(before, repository.diff(base, head)?)))
}
