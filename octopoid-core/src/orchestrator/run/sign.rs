//! Signatures of the commits that land, where the user has commits signed.

use super::{RunAbort, RunContext};
use crate::git::{Signed, Worktree};
use crate::model::{CommitId, StepStatus};
use crate::orchestrator::shared::blocking;

/// The step's name.
const STEP: &str = "sign";

impl RunContext {
    /// Signs the work's commits on top of `base`. Returns the newest of them.
    pub(super) async fn sign_work(&mut self, base: &CommitId, head: CommitId) -> Result<CommitId, RunAbort> {
        let (repository, path, base) = (self.shared.repository.clone(), self.workspace_path(), base.clone());
        let signed = blocking(move || Worktree::open(&repository, &path)?.sign(&base)).await?;
        Ok(self.say_signed(signed, head))
    }

    /// Says what became of signatures. Returns the commit to go on with.
    pub(super) fn say_signed(&mut self, signed: Signed, commit: CommitId) -> CommitId {
        match signed {
            Signed::Unchanged => commit,
            Signed::Done { head, commits } => {
                let words = format!("{commits} commits, as `commit.gpgSign` asks for");
                self.note_step(STEP, StepStatus::Done, &words);
                head
            }
            Signed::Failed { why } => {
                let words = format!(
                    "the commits land without signatures, although `commit.gpgSign` is set: {why}. Only a key that needs no \
                     passphrase, or one that an agent of the system holds, can be used here"
                );
                let known =
                    |step: &crate::model::StepRecord| step.name == STEP && step.status == StepStatus::Skipped;
                if !self.entry.run.steps.iter().any(known) {
                    self.note_step(STEP, StepStatus::Skipped, &words);
                }
                commit
            }
        }
    }
}
