//! Keeping the work under a name.

use crate::model::{ArtifactKind, CommitId};
use crate::orchestrator::disk::bounded_file::BoundedFile;
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

/// Keeps what the work changes as a file for people. The work does without it where that fails.
pub(in crate::orchestrator::run) async fn keep_diff(
    context: &RunContext,
    base: Option<&CommitId>,
    head: &CommitId,
) {
    let Some(base) = base.cloned() else { return };
    let (repository, head, log) = (context.shared.repository.clone(), head.clone(), context.log.clone());
    let path = context.shared.layout.artifact(&context.task.id, context.number, ArtifactKind::Diff);
    let kept = blocking(move || -> Result<(), RunAbort> {
        let diff = repository.diff(&base, &head)?;
        let (mut file, replacement) = BoundedFile::replace(&path)?;
        for change in &diff.files {
            file.write(&log.clean(&change.patch))?;
        }
        Ok(replacement.put_in_place()?)
    });
    if let Err(error) = kept.await {
        tracing::warn!(run.id = %context.id, ?error, "the diff of the work could not be kept");
    }
}
