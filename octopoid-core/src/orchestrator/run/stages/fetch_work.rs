//! Submitted work that another machine made.

use crate::git::GitError;
use crate::model::CommitId;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::retry::require;
use crate::orchestrator::shared::blocking;
use crate::store::RunQuery;
use crate::transition::Purpose;

/// Fetches the submitted commits from the remote, unless they are here. Returns whether they came just now.
pub(in crate::orchestrator::run) async fn fetch_work(context: &RunContext) -> Result<bool, RunAbort> {
    let Some(submission) = &context.task.submission else { return Ok(false) };
    let Some(head) = submission.head.clone() else { return Ok(false) };
    let (repository, wanted) = (context.shared.repository.clone(), head.clone());
    if blocking(move || repository.has_commit(&wanted)).await {
        return Ok(false);
    }
    if let (Some(remote), Some(branch)) = (context.shared.settings.shared_remote(), &submission.branch) {
        let (remote, branch, wanted) = (remote.to_owned(), branch.clone(), head.clone());
        let repository = context.shared.repository.clone();
        let here = blocking(move || {
            repository.fetch(&remote, &branch)?;
            Ok::<_, GitError>(repository.has_commit(&wanted))
        });
        if here.await? {
            return Ok(true);
        }
    }
    if !was_made_here(context, &head).await? {
        return Err(RunAbort::Fault(format!(
            "the submitted work of {} ({}) is not on this machine; machines share work through a common `repo.remote`",
            context.task.id,
            head.short()
        )));
    }
    if context.claim.purpose == Purpose::Work {
        context.note(&format!("the earlier work ({}) is gone; it is begun again", head.short()));
        return Ok(false);
    }
    Err(RunAbort::WorkGone(format!(
        "the submitted work ({}) is gone from the repository, and no other machine had it; retry the task to have it done again",
        head.short()
    )))
}

/// Returns whether work that is not found was made by this very machine, so that no other one can have it either.
async fn was_made_here(context: &RunContext, head: &CommitId) -> Result<bool, RunAbort> {
    let query = RunQuery::new(context.task.scope.clone()).of_task(context.task.id.clone());
    let runs = require(context, || context.shared.store.list_runs(&query)).await?;
    let here = &context.shared.settings.orchestrator;
    Ok(runs.iter().any(|run| run.head.as_ref() == Some(head) && run.orchestrator == *here))
}
