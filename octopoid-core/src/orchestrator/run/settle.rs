//! The end of a run: the transition in the store, the record, the clean-up.

use super::lease::HeldClaim;
use super::{Active, Resolution};
use crate::git::Worktree;
use crate::model::{Queue, RunStage, State, Task};
use crate::orchestrator::notice::Notice;
use crate::orchestrator::point::Point;
use crate::orchestrator::shared::blocking;
use crate::orchestrator::verdict::Pause;
use crate::role::WorkspaceKind;
use crate::store::StoreError;
use std::time::Duration;

/// The longest pause between two tries to reach the store.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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
                Ok(task) => {
                    let note = task.note.clone();
                    (Some(task), note, resolution.pause)
                }
                Err(error) => (None, Some(format!("the result was not taken: {error}")), resolution.pause),
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
        self.save_record().await;
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

    /// Carries the command out, however long the store is away: a finished result waits for it (I09).
    async fn carry_out(&mut self, resolution: &Resolution) -> Result<Task, StoreError> {
        let scope = self.task.scope.clone();
        let mut pause = Duration::from_millis(200);
        loop {
            let mut result = self.shared.store.apply(&scope, &self.task.id, resolution.command.clone()).await;
            if result.as_ref().is_err_and(StoreError::is_lease_lost) {
                // The lease may only have run out, over a laptop's sleep say; a late renewal decides.
                if HeldClaim::of(&self.entry).hold(&self.shared).await.is_ok() {
                    result = self.shared.store.apply(&scope, &self.task.id, resolution.command.clone()).await;
                }
            }
            match result {
                Err(error) if error.is_retryable() => {
                    tracing::warn!(run.id = %self.entry.run.id, %error, "the result waits for the store");
                    self.shared.clock.sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                other => return other,
            }
        }
    }

    async fn save_record(&mut self) {
        let mut pause = Duration::from_millis(200);
        loop {
            match self.shared.store.save_run(&self.entry.run).await {
                Err(error) if error.is_retryable() => {
                    self.shared.clock.sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                // A task that was deleted meanwhile takes its runs with it.
                Err(error) => {
                    return tracing::warn!(run.id = %self.entry.run.id, %error, "a run was not recorded");
                }
                Ok(()) => return,
            }
        }
    }

    /// Removes what the task no longer needs: everything once it is done, and a worktree in which nothing was made once
    /// it stands still. What cannot be removed is left, and listed by `worktrees`.
    async fn clean_up(&mut self, task: &Task) {
        let stands_still = matches!(task.queue(), Queue::NeedsContinuation | Queue::Failed);
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
