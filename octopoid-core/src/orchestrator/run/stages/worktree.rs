//! The worktree of a task, made ready for its work.

use crate::git::{GitError, Repository, Worktree};
use crate::model::{CommitId, Task};
use std::path::Path;

/// Task for which a worktree is made.
///
/// Ids are unique within the scope of one store only, and the folder may have been used with another store, or by the original
/// Octopoid: work that was made for another task of the same id must not become part of this one's.
#[derive(Debug, Clone)]
pub(in crate::orchestrator::run) struct Owner {
    /// Name that is unique among all tasks of all stores.
    name: String,
    /// Set if it has been worked on before, so that a worktree without an owner may be its own, of an earlier version.
    begun: bool,
}

impl Owner {
    pub(in crate::orchestrator::run) fn of(task: &Task) -> Self {
        let Task { scope, id, seq, created_at, .. } = task;
        let name = format!("{scope}/{id} #{seq} of {created_at}");
        Self { name, begun: task.counters.runs > 1 || task.submission.is_some() }
    }

    /// Returns whether the task may go on in a worktree: in its own, or in one that has nothing beyond the base branch, as a kill
    /// leaves it before its owner is noted.
    fn may_use(&self, repository: &Repository, worktree: &Worktree, tip: &CommitId) -> bool {
        let own = worktree.owner().map_or(self.begun, |name| name == self.name);
        let is_bare =
            || Ok::<_, GitError>(repository.is_ancestor(&worktree.head()?, tip)? && !worktree.is_dirty()?);
        // One that cannot even be looked at is not worked in.
        own || is_bare().unwrap_or(false)
    }
}

/// Worktree that is ready for a task.
pub(in crate::orchestrator::run) struct Ready {
    /// Commit of the base branch that the work stands on.
    pub(in crate::orchestrator::run) base: CommitId,
    /// The newest commit of its work.
    pub(in crate::orchestrator::run) head: CommitId,
    /// Set if the folder held another task's work, which was moved aside.
    pub(in crate::orchestrator::run) others: bool,
}

/// Makes a worktree with the task's work so far, or one at the base branch's tip.
pub(in crate::orchestrator::run) fn make_ready(
    repository: &Repository,
    path: &Path,
    tip: &CommitId,
    submitted: Option<CommitId>,
    exact: bool,
    owner: &Owner,
) -> Result<Ready, GitError> {
    let submitted = submitted.filter(|commit| repository.has_commit(commit));
    let there = Worktree::open(repository, path).ok();
    let others = there.as_ref().is_some_and(|worktree| !owner.may_use(repository, worktree, tip));
    let worktree = match there.filter(|_| !others) {
        Some(worktree) => {
            worktree.recover()?;
            worktree
        }
        // Another task's folder is moved aside, and its commits are kept under a name.
        None => repository.worktree_add(path, submitted.as_ref().unwrap_or(tip))?,
    };
    worktree.set_owner(&owner.name)?;
    let mut head = worktree.head()?;
    if exact {
        // A reviewer judges exactly what was submitted.
        let wanted = submitted.unwrap_or_else(|| head.clone());
        if wanted != head || worktree.is_dirty()? {
            worktree.set_aside(&wanted)?;
            head = wanted;
        }
    } else if head != *tip && repository.is_ancestor(&head, tip)? && !worktree.is_dirty()? {
        // Nothing of its own yet: begin from the newest commit.
        worktree.reset_hard(tip)?;
        head = tip.clone();
    }
    let base = repository.merge_base(&head, tip)?.unwrap_or_else(|| tip.clone());
    Ok(Ready { base, head, others })
}

/// Returns what [`make_ready`] would return, and changes nothing.
pub(in crate::orchestrator::run) fn would_be_ready(
    repository: &Repository,
    path: &Path,
    tip: &CommitId,
    submitted: Option<CommitId>,
    exact: bool,
    owner: &Owner,
) -> Result<(CommitId, CommitId), GitError> {
    let submitted = submitted.filter(|commit| repository.has_commit(commit));
    let worktree = Worktree::open(repository, path).ok();
    let worktree = worktree.filter(|worktree| owner.may_use(repository, worktree, tip));
    let begun = match &worktree {
        Some(worktree) => Some(worktree.head()?),
        None => None,
    };
    let dirty = match &worktree {
        Some(worktree) => worktree.is_dirty()?,
        None => false,
    };
    let mut head = match (begun, submitted) {
        (Some(_), Some(wanted)) if exact => wanted,
        (Some(begun), _) => begun,
        (None, submitted) => submitted.unwrap_or_else(|| tip.clone()),
    };
    if !exact && !dirty && head != *tip && repository.is_ancestor(&head, tip)? {
        head = tip.clone();
    }
    let base = repository.merge_base(&head, tip)?.unwrap_or_else(|| tip.clone());
    Ok((base, head))
}
