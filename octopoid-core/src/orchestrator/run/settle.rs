//! The end of a run: the transition in the store, the record, the clean-up.

use super::lease::HeldClaim;
use super::patience::Patience;
use super::{Active, Resolution};
use crate::git::Worktree;
use crate::model::{Queue, RunStage, State, Task};
use crate::orchestrator::notice::Notice;
use crate::orchestrator::point::Point;
use crate::orchestrator::shared::blocking;
use crate::orchestrator::verdict::Pause;
use crate::role::WorkspaceKind;
use crate::store::{ErrorKind, StoreError};

impl Active {
    /// Writes the run into the store, so that others see it.
    pub(super) async fn announce(&mut self) {
        if let Err(error) = self.shared.store.save_run(&self.entry.run).await {
            tracing::warn!(run.id = %self.entry.run.id, %error, "a run could not be recorded yet");
        }
    }

    /// Ends the run: with a command for the store, or because the claim was lost.
    pub(super) async fn settle(&mut self, resolution: Result<Resolution, String>) -> Option<Pause> {
        self.shared.reached(Point::Settling, &self.entry.run.id);
        let (task, note, pause) = match resolution {
            Ok(resolution) => match self.carry_out(&resolution).await {
                // The journal keeps it: the next start goes on here.
                None => return resolution.pause,
                Some(Ok(task)) => {
                    let note = task.note.clone();
                    (Some(task), note, resolution.pause)
                }
                Some(Err(error)) => {
                    (None, Some(format!("the result was not taken: {error}")), resolution.pause)
                }
            },
            Err(why) => (None, Some(why), None),
        };
        self.shared.reached(Point::Transitioned, &self.entry.run.id);
        self.entry.run.note = note.map(|note| self.log.clean(&note));
        self.close(task.as_ref()).await;
        pause
    }

    /// Records a run whose transition is in the store, or whose claim is lost, cleans up after it and forgets it.
    pub(crate) async fn close(&mut self, task: Option<&Task>) {
        self.entry.run.stage = RunStage::Settled;
        self.entry.run.finished_at = Some(self.shared.now());
        if !self.save_record().await {
            return;
        }
        self.shared.reached(Point::Recorded, &self.entry.run.id);
        if let Some(task) = task {
            self.clean_up(task).await;
        }
        if let Err(error) = self.shared.journal.forget(&self.entry.run.id) {
            self.shared.warn(format!("the journal could not forget {}: {error}", self.entry.run.id));
        }
        self.shared.reached(Point::Forgotten, &self.entry.run.id);
        let queue = task.map(Task::queue);
        let words = match (&queue, &self.entry.run.note) {
            (Some(queue), Some(note)) => format!("the task is in `{queue}`: {note}"),
            (Some(queue), None) => format!("the task is in `{queue}`"),
            (None, note) => {
                format!("ended without effect: {}", note.as_deref().unwrap_or("the claim is gone"))
            }
        };
        self.log.note(self.shared.now(), &words);
        self.shared.tell(Notice::RunSettled {
            run: self.entry.run.id.clone(),
            task: self.entry.run.task.clone(),
            agent: self.entry.run.agent.clone(),
            outcome: self.entry.run.outcome.as_ref().map(crate::model::Outcome::kind),
            queue,
            note: self.entry.run.note.clone(),
            usage: self.entry.run.usage,
        });
    }

    /// Carries the command out, however long the store is away: a finished result waits for it (I09). Only what the store
    /// itself says of the claim, the task or the command ends a run.
    async fn carry_out(&self, resolution: &Resolution) -> Option<Result<Task, StoreError>> {
        let mut patience = Patience::new();
        loop {
            match self.command(resolution).await {
                Err(error) if error.is_undecided() => {
                    if !self.waits(&mut patience, &error).await {
                        return None;
                    }
                }
                said => return Some(said),
            }
        }
    }

    async fn command(&self, resolution: &Resolution) -> Result<Task, StoreError> {
        let (store, scope, id) = (&self.shared.store, &self.task.scope, &self.task.id);
        let lost = match store.apply(scope, id, resolution.command.clone()).await {
            Err(error) if error.is_lease_lost() => error,
            said => return said,
        };
        // The lease may only have run out, over a laptop's sleep say; a late renewal decides.
        match HeldClaim::of(&self.entry).hold(&self.shared).await {
            Ok(()) => store.apply(scope, id, resolution.command.clone()).await,
            Err(error) if error.is_undecided() => Err(error),
            Err(_) => Err(lost),
        }
    }

    /// Records the run. Says no when the orchestrator stops before the store could be reached.
    async fn save_record(&self) -> bool {
        let mut patience = Patience::new();
        loop {
            match self.shared.store.save_run(&self.entry.run).await {
                Ok(()) => return true,
                // The task has gone on already: a record that the store cannot write is not worth holding the agent up.
                Err(error) if error.is_undecided() && *error.kind() != ErrorKind::Internal => {
                    if !self.waits(&mut patience, &error).await {
                        return false;
                    }
                }
                // A task that was deleted meanwhile takes its runs with it.
                Err(error) => {
                    tracing::warn!(run.id = %self.entry.run.id, %error, "a run was not recorded");
                    return true;
                }
            }
        }
    }

    /// Removes what the task no longer needs: everything once it is done, and a worktree in which nothing was made once
    /// it stands still or is done in parts. What cannot be removed is left, and listed by `worktrees`.
    async fn clean_up(&mut self, task: &Task) {
        let in_parts = task.breakdown.as_ref().is_some_and(|breakdown| breakdown.done);
        let stands_still = in_parts || matches!(task.queue(), Queue::NeedsContinuation | Queue::Failed);
        let done = task.is_done();
        let landed = matches!(&task.state, State::Done { landed: Some(_), .. });
        if !(done || stands_still) || self.workspace_kind() == WorkspaceKind::None {
            return;
        }
        let (repository, path) = (self.shared.repository.clone(), self.shared.layout.worktree(&task.id));
        let branch =
            task.submission.as_ref().and_then(|submission| submission.branch.clone()).filter(|_| done);
        let tip = self.entry.tip.clone();
        let remote = self.shared.settings.shared_remote().map(str::to_owned);
        let turn = self.shared.worktrees.lock().await;
        let result = blocking(move || {
            if path.exists() {
                let worktree = Worktree::open(&repository, &path)?;
                let clean = !worktree.is_dirty()?;
                let untouched = match tip {
                    Some(tip) => clean && repository.is_ancestor(&worktree.head()?, &tip)?,
                    None => false,
                };
                if untouched || clean && landed {
                    worktree.discard()?;
                } else if done {
                    worktree.remove()?;
                }
            }
            let Some(branch) = branch else { return Ok(()) };
            if let Some(remote) = remote
                && let Err(error) = repository.delete_remote_branch(&remote, &branch)
            {
                tracing::warn!(%error, "a branch of finished work stays on the remote");
            }
            repository.delete_branch(&branch)
        })
        .await;
        drop(turn);
        if let Err(error) = result {
            self.shared.warn(format!("the worktree of {} could not be removed: {error}", task.id));
        }
    }
}
