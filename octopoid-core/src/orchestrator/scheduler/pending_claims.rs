//! Pending claims: claims that the store may have granted, because its answer was lost.

use super::Scheduler;
use super::state::PendingClaim;
use crate::model::{AgentName, ClaimToken, Task, TaskId};
use crate::orchestrator::error::RunError;
use crate::store::{ClaimRequest, Result as StoreResult, StoreError, StoreExt, TaskQuery};
use crate::transition::Purpose;

impl Scheduler {
    /// Returns the token for an agent's next claim.
    ///
    /// That is the token of the pending claim, so that the request is repeated and gets the same answer (I04), or a fresh one.
    pub(super) fn token_for(&self, agent: &AgentName, purpose: Purpose, task: Option<&TaskId>) -> ClaimToken {
        match self.state.pending_claims.get(agent) {
            Some(unknown) if unknown.purpose == purpose && unknown.task.as_ref() == task => {
                unknown.token.clone()
            }
            _ => self.shared.token(),
        }
    }

    /// Requests a claim, and records it as pending if no answer arrives.
    pub(super) async fn claim(&mut self, request: &ClaimRequest) -> StoreResult<Option<Task>> {
        let (agent, purpose) = (request.holder.agent.clone(), request.purpose);
        let answer = self.shared.store.claim(request).await;
        if answer.as_ref().is_err_and(StoreError::is_undecided) {
            let unknown = PendingClaim { token: request.token.clone(), purpose, task: request.task.clone() };
            self.state.pending_claims.insert(agent, unknown);
        } else {
            self.state.pending_claims.remove(&agent);
        }
        answer
    }

    /// Starts runs for claims that were granted although the answer was lost, or gives them back if no new work may start now.
    ///
    /// Otherwise they would stay unused until the lease ends, and the attempt would be charged (I17).
    pub(super) async fn resolve_pending_claims(&mut self) -> Result<(), RunError> {
        if self.state.pending_claims.is_empty() {
            return Ok(());
        }
        let shared = self.shared.clone();
        let mut query = TaskQuery::new(shared.settings.scope.clone());
        query.claimed_by = Some(shared.settings.orchestrator.clone());
        for task in shared.store.all_tasks(&query).await? {
            let Some(claim) = task.state.claim() else { continue };
            let (agent, token) = (claim.holder.agent.clone(), claim.token.clone());
            let Some(unknown) =
                self.state.pending_claims.get(&agent).filter(|unknown| unknown.token == token)
            else {
                continue;
            };
            let purpose = unknown.purpose;
            let wanted = self.handle.wanted();
            if wanted.paused || wanted.draining || self.state.maintenance {
                let reason = "the answer to the claim was lost, and no new work may start now";
                match shared.store.release(&task.scope, &task.id, &token, reason).await {
                    Err(error) if error.is_undecided() => return Err(error.into()),
                    Err(error) => shared.warn(format!("{} could not be given back: {error}", task.id)),
                    Ok(_) => {}
                }
            } else {
                tracing::info!(task.id = %task.id, "a claim whose answer was lost was granted; its run starts");
                self.claimed(task, token, purpose, shared.agent(&agent));
            }
            self.state.pending_claims.remove(&agent);
        }
        Ok(())
    }
}
