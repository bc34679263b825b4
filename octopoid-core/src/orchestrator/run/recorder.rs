//! Keeping a run's record up to date while its agent works, so that its usage and its conversation are known however it ends (I34).

use super::host::Host;
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::shared::Shared;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// The least time between two writings of the journal.
const JOURNAL_PAUSE: Duration = Duration::from_secs(10);
/// The least time between two writings into the store, where others read what is being used.
const STORE_PAUSE: Duration = Duration::from_secs(60);

/// Writes the run's record as its agent's usage and conversation become known. Never completes; dropped when the role ends.
pub(super) async fn keep(shared: Arc<Shared>, mut entry: Entry, host: Arc<Host>) -> Infallible {
    let mut stored_at = shared.clock.monotonic();
    loop {
        host.changed.notified().await;
        host.tally().put_into(&mut entry.run);
        if let Err(error) = shared.journal.save(&entry) {
            tracing::debug!(run.id = %entry.run.id, %error, "a run's usage is not in the journal yet");
        }
        let now = shared.clock.monotonic();
        if now.saturating_sub(stored_at) >= STORE_PAUSE {
            stored_at = now;
            match shared.store.save_run(&entry.run).await {
                Ok(()) => {
                    host.progress.lock().unwrap_or_else(PoisonError::into_inner).recorded_usd =
                        entry.run.usage.cost_usd;
                }
                Err(error) => {
                    tracing::debug!(run.id = %entry.run.id, %error, "a run's usage is not in the store yet");
                }
            }
        }
        shared.clock.sleep(JOURNAL_PAUSE).await;
    }
}
