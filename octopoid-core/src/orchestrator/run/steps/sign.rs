//! Signatures of the commits that land, where the user has commits signed.

use crate::git::{Signed, Worktree};
use crate::model::{CommitId, StepRecord, StepStatus};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::shared::blocking;

/// The step's name.
const STEP: &str = "sign";

/// Signs the work's commits on top of `base`. Returns the newest of them.
pub(super) async fn sign_work(
    context: &RunContext,
    earlier: &[StepRecord],
    base: &CommitId,
    head: CommitId,
    notes: &mut Notes,
) -> Result<CommitId, RunAbort> {
    let (repository, path, base) =
        (context.shared.repository.clone(), context.workspace_path(), base.clone());
    let signed = blocking(move || Worktree::open(&repository, &path)?.sign(&base)).await?;
    Ok(note_signed(signed, head, earlier, notes))
}

/// Notes what became of signatures, which is said once if they cannot be made. `earlier` are the steps of the run so far.
///
/// Returns the commit to go on with.
pub(in crate::orchestrator::run) fn note_signed(
    signed: Signed,
    commit: CommitId,
    earlier: &[StepRecord],
    notes: &mut Notes,
) -> CommitId {
    match signed {
        Signed::Unchanged => commit,
        Signed::Done { head, commits } => {
            notes.add(STEP, StepStatus::Done, format!("{commits} commits, as `commit.gpgSign` asks for"));
            head
        }
        Signed::Failed { why } => {
            let known = |step: &StepRecord| step.name == STEP && step.status == StepStatus::Skipped;
            if !earlier.iter().any(known) {
                let words = format!(
                    "the commits land without signatures, although `commit.gpgSign` is set: {why}. Only a key that needs no \
                     passphrase, or one that an agent of the system holds, can be used here"
                );
                notes.add(STEP, StepStatus::Skipped, words);
            }
            commit
        }
    }
}
