//! Handle of a run under way.

use super::context::RunContext;
use super::followers::Followers;
use super::interrupt::Interrupt;
use super::lease::{ClaimTurn, HeldClaim};
use super::progress::Progress;
use crate::model::{AgentName, ClaimToken, Holder, OrchestratorId, RoleName, TaskId, Timestamp};
use crate::transition::Purpose;
use std::sync::{Arc, Mutex, PoisonError};

/// Run as the scheduler sees it while the run goes on by itself.
#[derive(Debug)]
pub(crate) struct RunHandle {
    pub(crate) task: TaskId,
    pub(crate) title: String,
    pub(crate) agent: AgentName,
    pub(crate) role: Option<RoleName>,
    pub(crate) purpose: Purpose,
    /// Set if its task belongs to a project.
    pub(crate) in_project: bool,
    pub(crate) token: ClaimToken,
    pub(crate) since: Timestamp,
    pub(crate) interrupt: Arc<Interrupt>,
    pub(crate) turn: ClaimTurn,
    pub(crate) progress: Arc<Mutex<Progress>>,
    pub(crate) followers: Arc<Followers>,
    /// Part of its costs that is in the sum of the day, in US dollars.
    pub(crate) counted_usd: f64,
}

impl RunHandle {
    /// Returns the handle of a run that begins.
    pub(super) fn of(context: &RunContext) -> Self {
        let HeldClaim { task, token, purpose, holder } = context.claim.clone();
        Self {
            task,
            title: context.task.title.clone(),
            agent: holder.agent,
            role: context.role.clone(),
            purpose,
            in_project: context.task.attributes.project.is_some(),
            token,
            since: context.started_at,
            interrupt: context.interrupt.clone(),
            turn: context.turn.clone(),
            progress: context.progress.clone(),
            followers: context.followers.clone(),
            counted_usd: 0.0,
        }
    }

    /// Returns the claim of the run, which `orchestrator` holds.
    pub(crate) fn held_claim(&self, orchestrator: OrchestratorId) -> HeldClaim {
        let holder = Holder { orchestrator, agent: self.agent.clone() };
        HeldClaim { task: self.task.clone(), token: self.token.clone(), purpose: self.purpose, holder }
    }

    /// Returns what it has cost so far beside what is in the sum of the day, in US dollars.
    pub(crate) fn uncounted_usd(&self) -> f64 {
        let progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        (progress.usage.cost_usd - self.counted_usd).max(0.0)
    }

    /// Returns the limit of its account that it met and that does not pause the others yet, in words.
    pub(crate) fn limit(&self) -> Option<String> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).limit.clone()
    }
}
