//! What the end of a run does outside of its journal: the transition and the record in the store, the clean-up.

use crate::model::{Run, Task};
use crate::orchestrator::cleanup::{Cleanup, CleanupError, Known, Owner, Standing, Whose};
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::retry::{pause, store_backoff};
use crate::orchestrator::shared::blocking;
use crate::role::WorkspaceKind;
use crate::store::{ErrorKind, StoreError};
use crate::transition::Command;

/// Writes the record of a run that goes on into the store, so that others see it.
pub(in crate::orchestrator::run) async fn announce(context: &RunContext, run: &Run) {
    if let Err(error) = context.shared.store.save_run(run).await {
        tracing::warn!(run.id = %run.id, %error, "a run could not be recorded yet");
    }
}

/// Ends the claim with a command, however long the store is away: a finished result waits for it (I09). Only what the store itself
/// says of the claim, the task or the command ends a run.
///
/// Returns `None` if the orchestrator stops before the store could be reached.
pub(in crate::orchestrator::run) async fn settle_claim(
    context: &RunContext,
    command: &Command,
) -> Option<Result<Task, StoreError>> {
    let mut backoff = store_backoff();
    loop {
        match context.turn.end(apply(context, command)).await {
            Err(error) if error.is_undecided() => {
                if !pause(context, &mut backoff, &error).await {
                    return None;
                }
            }
            said => return Some(said),
        }
    }
}

async fn apply(context: &RunContext, command: &Command) -> Result<Task, StoreError> {
    let (store, scope, id) = (&context.shared.store, &context.task.scope, &context.task.id);
    let lost = match store.apply(scope, id, command.clone()).await {
        Err(error) if error.is_lease_lost() => error,
        said => return said,
    };
    // The lease may only have run out, over a laptop's sleep say; a late renewal decides.
    match context.claim.hold(&context.shared).await {
        Ok(()) => store.apply(scope, id, command.clone()).await,
        Err(error) if error.is_undecided() => Err(error),
        Err(_) => Err(lost),
    }
}

/// Writes the record of a run that is over into the store. Returns `false` if the orchestrator stops before the store could be
/// reached.
pub(in crate::orchestrator::run) async fn save_record(context: &RunContext, run: &Run) -> bool {
    let mut backoff = store_backoff();
    loop {
        match context.shared.store.save_run(run).await {
            Ok(()) => return true,
            // The task has gone on already: a record that the store cannot write is not worth holding the agent up.
            Err(error) if error.is_undecided() && *error.kind() != ErrorKind::Internal => {
                if !pause(context, &mut backoff, &error).await {
                    return false;
                }
            }
            // A task that was deleted meanwhile takes its runs with it.
            Err(error) => {
                tracing::warn!(run.id = %run.id, %error, "a run was not recorded");
                return true;
            }
        }
    }
}

/// Removes what the task no longer needs: everything once it is over, and a worktree in which nothing was made once it
/// stands still or is done in parts. What cannot be removed is left to the next clean-up, and listed by `worktrees`.
pub(in crate::orchestrator::run) async fn clean_up(context: &RunContext, task: &Task) {
    if context.workspace_kind() == WorkspaceKind::None {
        return;
    }
    let known = Known::of(task);
    if matches!(known.standing, Standing::Unfinished(_)) {
        return;
    }
    let shared = context.shared.clone();
    let cleanup = Cleanup::new(shared.repository.clone(), shared.layout.clone(), &shared.settings)
        .of_run(context.id.clone(), shared.observer.clone());
    let whose = Whose::Tasks([task.id.clone()].into());
    let known = [(Owner::Task(task.id.clone()), known)].into();
    let plan = cleanup.plan_for(&*shared.store, &task.scope, whose, known).await;
    let failed = match plan {
        Ok(plan) => {
            let turn = shared.worktrees.lock().await;
            let (mover, moved) = (cleanup.clone(), plan.clone());
            let done = blocking(move || mover.take_out(&moved)).await;
            drop(turn);
            let emptied = blocking(move || cleanup.empty_trash(&plan)).await;
            let failed = done.into_iter().find_map(|(_, result)| result.err());
            failed.or_else(|| emptied.err().map(CleanupError::from))
        }
        Err(error) => Some(error),
    };
    if let Some(error) = failed {
        shared.warn(format!("clean-up after {} is not complete: {error}", task.id));
    }
    remove_shared_branch(context, task).await;
}

/// Removes the branch of finished work from the remote through which machines share it.
async fn remove_shared_branch(context: &RunContext, task: &Task) {
    let branch = task.submission.as_ref().and_then(|submission| submission.branch.clone());
    let (Some(branch), Some(remote), true) =
        (branch, context.shared.settings.shared_remote().map(str::to_owned), task.is_done())
    else {
        return;
    };
    let repository = context.shared.repository.clone();
    if let Err(error) = blocking(move || repository.delete_remote_branch(&remote, &branch)).await {
        tracing::warn!(%error, "a branch of finished work stays on the remote");
    }
}
