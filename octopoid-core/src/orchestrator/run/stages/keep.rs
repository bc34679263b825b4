//! Keeping the work under a name.

use crate::model::CommitId;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::steps::{StepOutcome, share};
use crate::orchestrator::shared::blocking;

/// Names the work with a branch, so that no clean-up of git's can take its commits away, and shares it with other machines.
pub(in crate::orchestrator::run) async fn keep_on_branch(
    context: &RunContext,
    base: Option<&CommitId>,
    head: &CommitId,
    notes: &mut Notes,
) -> Result<StepOutcome, RunAbort> {
    let (repository, branch, commit) =
        (context.shared.repository.clone(), context.work_branch(), head.clone());
    blocking(move || repository.set_branch(&branch, &commit)).await?;
    Ok(share(context, base, head, notes).await)
}
