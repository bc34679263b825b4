//! Holding on to the claim for as long as the run lives (I10).

use super::interrupt::{Interrupt, Interruption};
use crate::model::{ClaimToken, Holder, TaskId};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::shared::Shared;
use crate::store::{ClaimRequest, Result, StoreExt};
use crate::transition::Purpose;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

/// The claim of a run, to hold on to.
#[derive(Debug, Clone)]
pub(crate) struct HeldClaim {
    pub(super) task: TaskId,
    pub(super) token: ClaimToken,
    pub(super) purpose: Purpose,
    pub(super) holder: Holder,
}

impl HeldClaim {
    pub(crate) fn of(entry: &Entry) -> Self {
        let Entry { token, purpose, run, .. } = entry;
        let holder = Holder { orchestrator: run.orchestrator.clone(), agent: run.agent.clone() };
        Self { task: run.task.clone(), token: token.clone(), purpose: *purpose, holder }
    }

    /// Renews the claim. One that the store freed meanwhile, while it could not be reached say, is taken again under the
    /// same token where nobody else has taken it: an agent at work, and a finished result even more, win over the timer
    /// (I09, I10).
    pub(crate) async fn hold(&self, shared: &Shared) -> Result<()> {
        let (scope, lease) = (&shared.settings.scope, shared.settings.lease);
        match shared.store.renew(scope, &self.task, &self.token, lease).await {
            Ok(_) => Ok(()),
            Err(lost) if lost.is_lease_lost() => {
                // The token alone proves nothing any more, and the id may be another installation's by now.
                match shared.confirm_identity().await {
                    Ok(()) => {}
                    Err(error) if error.is_undecided() => return Err(error),
                    Err(_) => return Err(lost),
                }
                let (holder, token) = (self.holder.clone(), self.token.clone());
                let request = ClaimRequest::new(scope.clone(), self.purpose, holder, token, lease);
                match shared.store.claim(&request.with_task(self.task.clone())).await {
                    Ok(Some(_)) => {
                        tracing::warn!(task.id = %self.task, "a claim that had run out was taken again");
                        Ok(())
                    }
                    Err(error) if error.is_undecided() => Err(error),
                    _ => Err(lost),
                }
            }
            Err(error) => Err(error),
        }
    }
}

/// Lock between renewing a run's claim and ending it: a claim that was just given back
/// is not taken again by a renewal that found it gone.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClaimTurn(Arc<Mutex<Ended>>);

/// Set once the claim was ended by its run.
#[derive(Debug, Default)]
struct Ended(bool);

impl ClaimTurn {
    /// Holds on to the claim, unless its run has ended it.
    pub(crate) async fn hold(&self, claim: &HeldClaim, shared: &Shared) -> Result<()> {
        let ended = self.0.lock().await;
        if ended.0 { Ok(()) } else { claim.hold(shared).await }
    }

    /// Ends the claim, where `end` succeeds.
    pub(super) async fn end<T, E>(
        &self,
        end: impl Future<Output = std::result::Result<T, E>>,
    ) -> std::result::Result<T, E> {
        let mut ended = self.0.lock().await;
        let result = end.await;
        ended.0 |= result.is_ok();
        result
    }
}

/// Renews the claim's lease at a third of its length until the returned handle is dropped. A claim that is gone
/// interrupts the run; a store that cannot be reached, or knows us no more, is tried again, however late: whoever took the
/// claim meanwhile will say so.
pub(super) fn keep(
    shared: Arc<Shared>,
    claim: HeldClaim,
    turn: ClaimTurn,
    interrupt: Arc<Interrupt>,
) -> AbortOnDropHandle<()> {
    let renewing = async move {
        let lease = shared.settings.lease;
        let mut pause = lease / 3;
        loop {
            shared.clock.sleep(pause).await;
            match turn.hold(&claim, &shared).await {
                Ok(()) => pause = lease / 3,
                Err(error) if error.is_undecided() => {
                    tracing::warn!(task.id = %claim.task, %error, "a lease could not be renewed; trying again");
                    pause = (lease / 12).max(std::time::Duration::from_millis(100));
                }
                Err(error) => {
                    interrupt.press(Interruption::Lost(error.to_string()));
                    return;
                }
            }
        }
    };
    AbortOnDropHandle::new(tokio::spawn(renewing.in_current_span()))
}
