//! The steps `push_branch` and `cleanup`: the branch of the work on the remote, by which other machines take it up.

use super::StepOutcome;
use crate::git::Push;
use crate::model::{CommitId, StepStatus};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::work::Work;
use crate::orchestrator::shared::blocking;

/// The step's name.
const PUSH: &str = "push_branch";
/// The step's name.
const CLEANUP: &str = "cleanup";

/// Pushes the work's branch: the same whether or not machines share their work.
pub(super) async fn push_branch(
    context: &RunContext,
    work: &Work,
    notes: &mut Notes,
) -> Result<StepOutcome, RunAbort> {
    let Some(remote) = context.shared.settings.remote.clone() else {
        return Ok(StepOutcome::skipped(PUSH, "there is no `repo.remote`"));
    };
    context.check()?;
    Ok(push(context, remote, Some(&work.base), &work.head, notes).await)
}

/// Pushes the work's branch where machines share their work. A remote that cannot be reached holds nothing up: this machine can
/// still review and land what it has.
pub(in crate::orchestrator::run) async fn share(
    context: &RunContext,
    base: Option<&CommitId>,
    head: &CommitId,
    notes: &mut Notes,
) -> StepOutcome {
    match context.shared.settings.shared_remote().map(str::to_owned) {
        Some(remote) => push(context, remote, base, head, notes).await,
        None => StepOutcome::nothing(),
    }
}

async fn push(
    context: &RunContext,
    remote: String,
    base: Option<&CommitId>,
    head: &CommitId,
    notes: &mut Notes,
) -> StepOutcome {
    let branch = context.work_branch();
    if let Some(base) = base
        && let Err(RunAbort::Fault(why)) = upload_lfs(context, &remote, base, head).await
    {
        let words = format!("only this machine has what {branch} points at in LFS: {why}");
        notes.add(PUSH, StepStatus::Waiting, words);
    }
    let (repository, name, commit) = (context.shared.repository.clone(), branch.clone(), head.clone());
    match blocking(move || repository.push_work(&remote, &commit, &name)).await {
        Ok(Push::Done) => StepOutcome::of(PUSH, StepStatus::Done, format!("{branch} is at {}", head.short())),
        Ok(Push::Rejected { why } | Push::Refused { why }) => {
            StepOutcome::of(PUSH, StepStatus::Waiting, format!("only this machine has {branch}: {why}"))
        }
        Err(error) => {
            StepOutcome::of(PUSH, StepStatus::Waiting, format!("only this machine has {branch}: {error}"))
        }
    }
}

/// Uploads what the commits between the two point at in LFS, before the commits themselves are pushed.
pub(in crate::orchestrator::run) async fn upload_lfs(
    context: &RunContext,
    remote: &str,
    base: &CommitId,
    head: &CommitId,
) -> Result<(), RunAbort> {
    let repository = context.shared.repository.clone();
    let (remote, base, head) = (remote.to_owned(), base.clone(), head.clone());
    Ok(blocking(move || {
        let objects = repository.lfs_objects(&base, &head)?;
        repository.lfs_push(&remote, objects.keys())
    })
    .await?)
}

/// Removes the work's branch from the remote: what is merged needs it no longer. The branch and the worktree here go with the end
/// of every finished task.
pub(in crate::orchestrator::run) async fn cleanup(context: &RunContext) -> Result<StepOutcome, RunAbort> {
    let Some(remote) = context.shared.settings.remote.clone() else {
        return Ok(StepOutcome::skipped(CLEANUP, "there is no `repo.remote`"));
    };
    let (repository, branch) = (context.shared.repository.clone(), context.work_branch());
    let words = format!("{branch} is gone from {remote}");
    blocking(move || repository.delete_remote_branch(&remote, &branch)).await?;
    Ok(StepOutcome::of(CLEANUP, StepStatus::Done, words))
}
