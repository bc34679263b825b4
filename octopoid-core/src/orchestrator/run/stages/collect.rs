//! Collecting the work of a role: what in its workspace is the work, and what is not (I29, I32).
//!
//! Only commits are the work. The worktree is made to be its newest commit before anything is tested or reviewed; what else
//! lay there is kept for a person, and noted.

use super::leftovers::{Left, is_within};
use crate::git::{GitError, Worktree};
use crate::model::{CommitId, Outcome};
use crate::orchestrator::disk::journal::{Entry, Report};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::{Notes, names};
use crate::orchestrator::shared::blocking;
use crate::role::WorkspaceKind;

/// Work that was collected.
#[derive(Debug)]
pub(in crate::orchestrator::run) struct Collected {
    /// The newest commit of the work.
    pub(in crate::orchestrator::run) head: CommitId,
    /// The number of its commits.
    pub(in crate::orchestrator::run) commits: u32,
    /// Report that replaces the role's, if the agent committed nothing and left too much to be committed for it.
    pub(in crate::orchestrator::run) failure: Option<Report>,
}

/// Collects what the role left in its workspace. `None` where that is no worktree of the work's own.
pub(in crate::orchestrator::run) async fn collect(
    context: &RunContext,
    entry: &Entry,
    notes: &mut Notes,
) -> Result<Option<Collected>, RunAbort> {
    match (context.workspace_kind(), &entry.base, &entry.start) {
        (WorkspaceKind::Own, Some(base), _) => {
            let submitted = matches!(&entry.report, Some(Report::Outcome(Outcome::Submitted { .. })));
            collect_work(context, base.clone(), submitted, notes).await.map(Some)
        }
        (WorkspaceKind::Task, _, Some(start)) => {
            set_aside_changes(context, start.clone()).await?;
            Ok(None)
        }
        (WorkspaceKind::Own | WorkspaceKind::Task | WorkspaceKind::None, ..) => Ok(None),
    }
}

/// Counts the work's commits, and makes the worktree be the newest of them. What an agent made and never committed at all is
/// committed for it, within bounds, when it says that it has submitted.
async fn collect_work(
    context: &RunContext,
    base: CommitId,
    submitted: bool,
    notes: &mut Notes,
) -> Result<Collected, RunAbort> {
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    let (title, agent) = (context.task.title.clone(), context.claim.holder.agent.to_string());
    let limits = context.shared.settings.leftovers;
    let aside = context.left_folder();
    let (head, commits, left) = blocking(move || {
        let worktree = Worktree::open(&repository, &path)?;
        worktree.recover()?;
        let mut left = Left::default();
        if submitted && repository.count_commits(&base, &worktree.head()?)? == 0 {
            let mut status = worktree.status()?;
            if is_within(&worktree, &status, limits) {
                left.opened = worktree.open_nested(&aside)?;
                if !left.opened.is_empty() {
                    // Of a nested repository, git lists the folder and not its files.
                    status = worktree.status()?;
                }
            }
            if is_within(&worktree, &status, limits) {
                left.taken_in = worktree.commit_all(&title, &agent)?;
            } else {
                left.opened.clear();
                left.taken_in = worktree.commit_tracked(&title, &agent)?;
                left.too_many = status.untracked.len();
            }
        }
        if submitted {
            left.clear(&worktree, &aside)?;
        }
        let head: CommitId = worktree.head()?;
        let commits = repository.count_commits(&base, &head)?;
        Ok::<_, GitError>((head, commits, left))
    })
    .await?;
    left.note(context, notes);
    let failure = (left.too_many > 0 && commits == 0).then(|| Report::Failed {
        message: format!(
            "the agent committed nothing, and left {} new files, which is more than `leftovers` lets be committed for it ({} \
             files, {} bytes); they were moved to {}. Commit what belongs to the work",
            left.too_many,
            limits.files,
            limits.bytes,
            context.left_folder().display()
        ),
    });
    Ok(Collected { head, commits, failure })
}

/// Leaves the worktree as a role found it that only reads; what it changed is kept apart.
async fn set_aside_changes(context: &RunContext, start: CommitId) -> Result<(), RunAbort> {
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    let aside = context.left_folder();
    let (kept, moved) = blocking(move || {
        let worktree = Worktree::open(&repository, &path)?;
        worktree.recover()?;
        let mut left = Left::default();
        left.clear(&worktree, &aside)?;
        if worktree.head()? != start {
            left.kept = worktree.save_leftovers()?.or(left.kept);
            worktree.reset_hard(&start)?;
        }
        Ok::<_, GitError>((left.kept, left.moved))
    })
    .await?;
    if let Some(name) = kept {
        let words = format!("the role changed files that it should only read; they are kept as {name}");
        context.note(&words);
    }
    if !moved.is_empty() {
        let words = format!("the role left {}; moved to {}", names(&moved), context.left_folder().display());
        context.note(&words);
    }
    Ok(())
}
