//! Holds of the branch on which a run is to land (I31).

use super::RunContext;
use crate::model::{CommitId, Queue};
use std::io;

impl RunContext {
    /// Why nothing may land on the run's base branch, whose newest commit this is. Holds that are over are forgotten.
    pub(crate) async fn held_by(&self, tip: &CommitId) -> io::Result<Option<String>> {
        let shared = &self.shared;
        for hold in shared.holds.of(&self.entry.base_branch) {
            let contained = shared.repository.is_ancestor(&hold.commit, tip).unwrap_or(false);
            let waits = match shared.store.task(&self.task.scope, &hold.task).await {
                Ok(task) => matches!(task.queue(), Queue::NeedsContinuation | Queue::Claimed),
                Err(error) => !error.is_not_found(),
            };
            if contained && waits {
                return Ok(Some(format!(
                    "nothing lands on `{}` for now: {}; {} waits for a person because of it",
                    hold.branch, hold.why, hold.task
                )));
            }
            shared.holds.end(&hold)?;
        }
        Ok(None)
    }
}
