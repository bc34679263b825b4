//! Holding on to the claim for as long as the run lives (I10).

use super::{Active, Interruption};
use crate::store::StoreExt;
use tokio_util::task::AbortOnDropHandle;

/// Renews the claim's lease at a third of its length until the returned handle is dropped. A claim that is gone
/// interrupts the run; a store that cannot be reached is tried again, however late: whoever took the claim meanwhile
/// will say so.
pub(super) fn keep(run: &Active) -> AbortOnDropHandle<()> {
    let (shared, interrupt) = (run.shared.clone(), run.interrupt.clone());
    let (task, token) = (run.task.id.clone(), run.entry.token.clone());
    AbortOnDropHandle::new(tokio::spawn(async move {
        let lease = shared.settings.lease;
        let mut next = shared.now() + lease / 3;
        loop {
            shared.clock.sleep_until(next).await;
            match shared.store.renew(&shared.settings.scope, &task, &token, lease).await {
                Ok(_) => next = shared.now() + lease / 3,
                Err(error) if error.is_retryable() => {
                    tracing::warn!(task.id = %task, %error, "a lease could not be renewed; trying again");
                    next = shared.now() + (lease / 12).max(std::time::Duration::from_millis(100));
                }
                Err(error) => {
                    interrupt.press(Interruption::Lost(error.to_string()));
                    return;
                }
            }
        }
    }))
}
