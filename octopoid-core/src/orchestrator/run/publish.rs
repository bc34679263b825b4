//! Work that other machines can take up: its branch goes to the remote, and comes from there.

use super::{RunAbort, RunContext};
use crate::git::Push;
use crate::model::{CommitId, StepStatus};
use crate::orchestrator::shared::blocking;
use crate::store::RunQuery;
use crate::transition::Purpose;

impl RunContext {
    /// Puts the work's branch on the remote, where work is shared. A remote that cannot be reached holds nothing up:
    /// this machine can still review and land what it has.
    pub(super) async fn share(&mut self, branch: &str, head: &CommitId) -> Result<(), RunAbort> {
        let Some(remote) = self.shared.settings.shared_remote().map(str::to_owned) else { return Ok(()) };
        self.push(remote, branch, head).await
    }

    /// The step `push_branch`: the same whether or not machines share their work.
    pub(super) async fn push_branch(&mut self) -> Result<(), RunAbort> {
        let Some(remote) = self.shared.settings.remote.clone() else {
            return self.record("push_branch", StepStatus::Skipped, "there is no `repo.remote`");
        };
        self.check()?;
        let Some(head) = self.entry.run.head.clone() else { return Ok(()) };
        self.push(remote, &self.work_branch(), &head).await
    }

    async fn push(&mut self, remote: String, branch: &str, head: &CommitId) -> Result<(), RunAbort> {
        if let Some(base) = self.entry.base.clone()
            && let Err(RunAbort::Fault(why)) = self.upload_lfs(&remote, &base, head).await
        {
            let words = format!("only this machine has what {branch} points at in LFS: {why}");
            self.note_step("push_branch", StepStatus::Waiting, &words);
        }
        let (repository, name, commit) = (self.shared.repository.clone(), branch.to_owned(), head.clone());
        let pushed = blocking(move || repository.push_work(&remote, &commit, &name)).await;
        let (status, words) = match pushed {
            Ok(Push::Done) => (StepStatus::Done, format!("{branch} is at {}", head.short())),
            Ok(Push::Rejected { why } | Push::Refused { why }) => {
                (StepStatus::Waiting, format!("only this machine has {branch}: {why}"))
            }
            Err(error) => (StepStatus::Waiting, format!("only this machine has {branch}: {error}")),
        };
        self.record("push_branch", status, words)
    }

    /// The step `cleanup`: what is merged needs its branch on the remote no longer. Its branch and its worktree here go with
    /// the end of every finished task.
    pub(super) async fn cleanup(&mut self) -> Result<(), RunAbort> {
        let Some(remote) = self.shared.settings.remote.clone() else {
            return self.record("cleanup", StepStatus::Skipped, "there is no `repo.remote`");
        };
        let (repository, branch) = (self.shared.repository.clone(), self.work_branch());
        let words = format!("{branch} is gone from {remote}");
        blocking(move || repository.delete_remote_branch(&remote, &branch)).await?;
        self.record("cleanup", StepStatus::Done, words)
    }

    /// Has the submitted commits here, from the remote where another machine made them. Says whether they came just now.
    pub(super) async fn fetch_work(&self) -> Result<bool, RunAbort> {
        let Some(submission) = &self.task.submission else { return Ok(false) };
        let Some(head) = submission.head.clone() else { return Ok(false) };
        let (repository, wanted) = (self.shared.repository.clone(), head.clone());
        if blocking(move || repository.has_commit(&wanted)).await {
            return Ok(false);
        }
        if let (Some(remote), Some(branch)) = (self.shared.settings.shared_remote(), &submission.branch) {
            let (remote, branch, wanted) = (remote.to_owned(), branch.clone(), head.clone());
            let repository = self.shared.repository.clone();
            let here = blocking(move || {
                repository.fetch(&remote, &branch)?;
                Ok::<_, crate::git::GitError>(repository.has_commit(&wanted))
            });
            if here.await? {
                return Ok(true);
            }
        }
        if !self.was_made_here(&head).await? {
            return Err(RunAbort::Fault(format!(
                "the submitted work of {} ({}) is not on this machine; machines share work through a common `repo.remote`",
                self.task.id,
                head.short()
            )));
        }
        if self.entry.purpose == Purpose::Work {
            let words = format!("the earlier work ({}) is gone; it is begun again", head.short());
            self.log.note(self.shared.now(), &words);
            return Ok(false);
        }
        Err(RunAbort::WorkGone(format!(
            "the submitted work ({}) is gone from the repository, and no other machine had it; retry the task to have it done \
             again",
            head.short()
        )))
    }

    /// Whether work that is nowhere to be found is that of this very machine, so that no other one can have it either.
    async fn was_made_here(&self, head: &CommitId) -> Result<bool, RunAbort> {
        let query = RunQuery::new(self.task.scope.clone()).of_task(self.task.id.clone());
        let runs = self.require(|| self.shared.store.list_runs(&query)).await?;
        let here = &self.shared.settings.orchestrator;
        Ok(runs.iter().any(|run| run.head.as_ref() == Some(head) && run.orchestrator == *here))
    }
}
