//! Making the workspace ready.

use super::fetch_work::fetch_work;
use super::project_branch::require_project_branch;
use super::worktree::{Owner, Ready, make_ready};
use crate::model::{CommitId, RunStage};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::base::{base_of, fetch};
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::worktree_setup::set_up;
use crate::orchestrator::shared::blocking;
use crate::role::WorkspaceKind;
use crate::transition::Purpose;

/// Workspace that is ready.
#[derive(Debug)]
pub(in crate::orchestrator::run) enum Prepared {
    /// A folder without git.
    Folder,
    /// The task's worktree.
    Worktree {
        /// The commit of the base branch that the work stands on.
        base: CommitId,
        /// The newest commit of the base branch.
        tip: CommitId,
        /// The newest commit of the work.
        start: CommitId,
    },
}

/// Makes the workspace ready; what an earlier attempt left there stays. `None` if it has been since before a restart.
pub(in crate::orchestrator::run) async fn prepare(
    context: &RunContext,
    stage: RunStage,
) -> Result<Option<Prepared>, RunAbort> {
    let path = context.workspace_path();
    if stage >= RunStage::Prepared && path.exists() {
        return Ok(None);
    }
    context.check()?;
    if context.workspace_kind() == WorkspaceKind::None {
        std::fs::create_dir_all(path)?;
        return Ok(Some(Prepared::Folder));
    }
    if let Err(RunAbort::Fault(message)) = fetch(context).await {
        // Work can begin from what is here; the landing will fetch again.
        context.note(&format!("could not fetch the base branch: {message}"));
    }
    require_project_branch(context).await?;
    let fetched = fetch_work(context).await?;
    let tip = base_of(context).await?.tip;
    // What another machine has done since counts more than what this one had.
    let exact = fetched || context.claim.purpose == Purpose::Review;
    let (repository, place, from) = (context.shared.repository.clone(), path.clone(), tip.clone());
    let (submitted, owner) = (context.submitted(), Owner::of(&context.task));
    let turn = context.shared.worktrees.lock().await;
    let ready = blocking(move || make_ready(&repository, &place, &from, submitted, exact, &owner)).await?;
    drop(turn);
    let Ready { base, head: start, others } = ready;
    if others {
        context.note(&format!(
            "`{}` held the work of another task of this id: the folder is kept beside it as `….kept-N`, its commits under \
             refs/octopoid/kept/",
            path.display()
        ));
    }
    set_up(context, &path).await?;
    Ok(Some(Prepared::Worktree { base, tip, start }))
}
