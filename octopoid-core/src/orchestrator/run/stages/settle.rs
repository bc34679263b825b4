//! The end of a run: the transition in the store, the record, the clean-up.

use crate::model::{RunStage, Task};
use crate::orchestrator::cleanup::{Cleanup, CleanupError, Known, Owner, Standing, Whose};
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::notice::Notice;
use crate::orchestrator::run::lease::HeldClaim;
use crate::orchestrator::run::pause::{Pause, Paused};
use crate::orchestrator::run::retry::store_backoff;
use crate::orchestrator::run::{RunContext, Settlement};
use crate::orchestrator::shared::blocking;
use crate::role::WorkspaceKind;
use crate::store::{ErrorKind, StoreError};
use std::convert::Infallible;
use std::sync::PoisonError;

impl RunContext {
    /// Writes the run into the store, so that others see it.
    pub(in crate::orchestrator::run) async fn announce(&mut self) {
        if let Err(error) = self.shared.store.save_run(&self.entry.run).await {
            tracing::warn!(run.id = %self.entry.run.id, %error, "a run could not be recorded yet");
        }
    }

    /// Ends the run: with a command for the store, or because the claim was lost.
    pub(in crate::orchestrator::run) async fn settle(
        &mut self,
        resolution: Result<Settlement, String>,
    ) -> Option<Pause> {
        self.interrupt.begin_settling();
        self.shared.reached(Point::Settling, &self.entry.run.id);
        if let Ok(Settlement { pause: Some(pause), .. }) = &resolution
            && pause.whose == Paused::Account
        {
            // Other agents of the account hear of the task as soon as it is free, and must not begin with it before the pause.
            let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.limit = Some(pause.reason.clone());
        }
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
            Err(why) => {
                // It is lost: nothing is to take it again.
                let _ = self.turn.end(async { Ok::<_, Infallible>(()) }).await;
                (None, Some(why), None)
            }
        };
        self.shared.reached(Point::Transitioned, &self.entry.run.id);
        self.entry.run.note = note.map(|note| self.log.clean(&note));
        self.close(task.as_ref()).await;
        pause
    }

    /// Records a run whose transition is in the store, or whose claim is lost, cleans up after it and forgets it.
    pub(crate) async fn close(&mut self, task: Option<&Task>) {
        self.reach(RunStage::Settled);
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
            duration: self.elapsed(),
        });
    }

    /// Carries the command out, however long the store is away: a finished result waits for it (I09). Only what the store
    /// itself says of the claim, the task or the command ends a run.
    async fn carry_out(&self, resolution: &Settlement) -> Option<Result<Task, StoreError>> {
        let mut backoff = store_backoff();
        loop {
            match self.turn.end(self.command(resolution)).await {
                Err(error) if error.is_undecided() => {
                    if !self.pause(&mut backoff, &error).await {
                        return None;
                    }
                }
                said => return Some(said),
            }
        }
    }

    async fn command(&self, resolution: &Settlement) -> Result<Task, StoreError> {
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
        let mut backoff = store_backoff();
        loop {
            match self.shared.store.save_run(&self.entry.run).await {
                Ok(()) => return true,
                // The task has gone on already: a record that the store cannot write is not worth holding the agent up.
                Err(error) if error.is_undecided() && *error.kind() != ErrorKind::Internal => {
                    if !self.pause(&mut backoff, &error).await {
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

    /// Removes what the task no longer needs: everything once it is over, and a worktree in which nothing was made once it
    /// stands still or is done in parts. What cannot be removed is left to the next clean-up, and listed by `worktrees`.
    async fn clean_up(&mut self, task: &Task) {
        if self.workspace_kind() == WorkspaceKind::None {
            return;
        }
        let known = Known::of(task);
        if matches!(known.standing, Standing::Unfinished(_)) {
            return;
        }
        let shared = self.shared.clone();
        let cleanup = Cleanup::new(shared.repository.clone(), shared.layout.clone(), &shared.settings)
            .of_run(self.entry.run.id.clone(), shared.observer.clone());
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
        self.remove_shared_branch(task).await;
    }

    /// Removes the branch of finished work from the remote through which machines share it.
    async fn remove_shared_branch(&self, task: &Task) {
        let branch = task.submission.as_ref().and_then(|submission| submission.branch.clone());
        let (Some(branch), Some(remote), true) =
            (branch, self.shared.settings.shared_remote().map(str::to_owned), task.is_done())
        else {
            return;
        };
        let repository = self.shared.repository.clone();
        if let Err(error) = blocking(move || repository.delete_remote_branch(&remote, &branch)).await {
            tracing::warn!(%error, "a branch of finished work stays on the remote");
        }
    }
}
