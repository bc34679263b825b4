//! Recovery of the runs that an earlier process left unsettled (I09, I10, I11).

use super::Scheduler;
use crate::model::Task;
use crate::orchestrator::error::RunError;
use crate::orchestrator::run::{HeldClaim, Interruption, RunDriver};
use crate::store::{StoreError, StoreExt, TaskQuery};

impl Scheduler {
    /// Resumes every unsettled run of the journal from the stage it had reached.
    ///
    /// Gives back claims that are not in the journal.
    ///
    /// Before this, no claim is released and no work is started. Nothing is changed at all before the store has accepted this
    /// installation under the machine's id (I37).
    pub(super) async fn recover(&mut self) -> Result<(), RunError> {
        self.claim_identity().await?;
        let (entries, damaged) = self.shared.journal.entries().map_err(RunError::Journal)?;
        for message in damaged {
            self.state.warn(message.clone());
            self.shared.warn(message);
        }
        for mut entry in entries {
            // Already resumed, before the store became unavailable during the recovery.
            if self.state.active.contains_key(&entry.run.id) {
                continue;
            }
            let scope = &self.shared.settings.scope;
            let task = match self.shared.store.task(scope, &entry.run.task).await {
                Ok(task) => task,
                Err(error) if error.is_not_found() => {
                    self.shared.warn(format!("{}: its task is gone", entry.run.id));
                    self.shared.journal.forget(&entry.run.id).map_err(RunError::Journal)?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let held = task.state.claim().is_some_and(|claim| claim.token == entry.token);
            let transitioned = task.settled.as_ref().is_some_and(|settled| settled.token == entry.token);
            tracing::info!(run.id = %entry.run.id, stage = entry.run.stage.as_str(), held, transitioned, "resuming a run");
            if transitioned && !held {
                RunDriver::new(self.shared.clone(), entry, task.clone()).close(&task).await;
                continue;
            }
            // The lease may have expired while no process renewed it.
            match HeldClaim::of(&entry).hold(&self.shared).await {
                Ok(()) => {
                    let task = self.shared.store.task(scope, &entry.run.task).await?;
                    // On disk before the run is started, because the run may be what crashes the process.
                    entry.recoveries += 1;
                    self.shared.journal.save(&entry).map_err(RunError::Journal)?;
                    self.begin(entry, task);
                }
                Err(error) if error.is_undecided() => return Err(error.into()),
                Err(error) => self.abandon(entry, task, &error),
            }
        }
        self.release_unknown_claims().await
    }

    /// Ends a run whose claim is lost: its agent is stopped if it still runs, its work is kept.
    fn abandon(&mut self, entry: crate::orchestrator::disk::journal::Entry, task: Task, error: &StoreError) {
        let id = entry.run.id.clone();
        self.shared.warn(format!("{id} cannot go on: {error}"));
        self.begin(entry, task);
        if let Some(run) = self.state.active.get(&id) {
            run.interrupt.press(Interruption::Lost(error.to_string()));
        }
    }

    /// Gives back claims that the store granted but that are not in the journal, because the process died in between.
    async fn release_unknown_claims(&mut self) -> Result<(), RunError> {
        let mut query = TaskQuery::new(self.shared.settings.scope.clone());
        query.claimed_by = Some(self.shared.settings.orchestrator.clone());
        for task in self.shared.store.all_tasks(&query).await? {
            let Some(claim) = task.state.claim() else { continue };
            if self.state.active.values().any(|run| run.token == claim.token) {
                continue;
            }
            let reason = "the orchestrator ended before the work began";
            match self.shared.store.release(&task.scope, &task.id, &claim.token, reason).await {
                Ok(_) => {}
                Err(error) if error.is_undecided() => return Err(error.into()),
                Err(error) => self.shared.warn(format!("{} could not be given back: {error}", task.id)),
            }
        }
        Ok(())
    }
}
