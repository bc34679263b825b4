//! Clean-up chore: each machine cleans up its own disk, at its start and when a task ends.

use crate::orchestrator::cleanup::expire;
use crate::orchestrator::cleanup::{Cleanup, CleanupError, KeptBecause, Whose};
use crate::orchestrator::scheduler::Scheduler;
use crate::orchestrator::scheduler::next_wake::NextWake;
use crate::orchestrator::shared::{Shared, blocking};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Time between two expiries of old logs and history.
const DAILY: Duration = Duration::from_secs(24 * 3600);

impl Scheduler {
    /// Starts a clean-up if one is due and none is running.
    pub(in crate::orchestrator::scheduler) fn clean_up(&mut self, ticked: &mut NextWake) {
        // What is left when the orchestrator stops is cleaned up at the next start.
        if !self.state.cleanups.is_empty() || self.handle.wanted().stopping {
            return;
        }
        let now = self.shared.now();
        let busy = self.state.active.values().map(|run| run.task.clone()).collect();
        let whose = self.state.cleanup.take(now, &busy);
        let expires = now >= self.state.cleanup.expiry;
        if expires {
            self.state.cleanup.expiry = now + DAILY;
        }
        if whose.is_some() || expires {
            let shared = self.shared.clone();
            self.state.cleanups.spawn(async move {
                let later = match whose {
                    Some(whose) => clean_up(&shared, &whose).await.unwrap_or_else(|error| {
                        tracing::warn!(%error, "clean-up failed; it is tried again later");
                        Some(whose)
                    }),
                    None => None,
                };
                if expires && let Err(error) = expire(&shared).await {
                    tracing::warn!(%error, "old logs and history could not be removed; they are tried again tomorrow");
                }
                later
            });
        }
        ticked.by(self.state.cleanup.expiry);
        if !self.state.cleanup.is_empty() && self.state.cleanup.not_before > now {
            ticked.by(self.state.cleanup.not_before);
        }
    }

    /// Records the end of a clean-up, and the tasks that it has to leave for later.
    pub(in crate::orchestrator) fn cleaned_up(
        &mut self,
        ended: Result<Option<Whose>, tokio::task::JoinError>,
    ) {
        match ended {
            Ok(None) => {}
            Ok(Some(later)) => self.state.cleanup.later(later, self.shared.now()),
            Err(error) => self.shared.warn(format!("clean-up ended by a defect: {error}")),
        }
    }
}

/// Cleans up. Returns the tasks that could not be decided on yet.
async fn clean_up(shared: &Arc<Shared>, whose: &Whose) -> Result<Option<Whose>, CleanupError> {
    let cleanup = Cleanup::new(shared.repository.clone(), shared.layout.clone(), &shared.settings);
    let scope = &shared.settings.scope;
    let plan = cleanup.plan_for(&*shared.store, scope, whose.clone(), BTreeMap::new()).await?;
    let later: BTreeSet<_> = plan
        .kept
        .iter()
        .filter(|kept| matches!(kept.why, KeptBecause::NotSeenYet { .. }))
        .filter_map(|kept| kept.task.clone())
        .collect();
    if !plan.removals.is_empty() {
        let turn = shared.worktrees.lock().await;
        let (mover, moved) = (cleanup.clone(), plan.clone());
        let done = blocking(move || mover.take_out(&moved)).await;
        drop(turn);
        for (removal, result) in done {
            let (what, place) = (removal.item.word(), removal.item.place());
            match result {
                Ok(None) => tracing::info!("removed the {what} {place}: {}", removal.why),
                Ok(Some(kept)) => tracing::info!("removed the {what} {place}; what it held is at {kept}"),
                // A run or a person has started to use it.
                Err(CleanupError::Changed { .. }) => {}
                Err(error) => shared.warn(format!("the {what} {place} could not be removed: {error}")),
            }
        }
        if let Err(error) = blocking(move || cleanup.empty_trash(&plan)).await {
            shared.warn(format!("removed worktrees are still in the trash: {error}"));
        }
    }
    Ok((!later.is_empty()).then_some(Whose::Tasks(later)))
}
