//! Choice of the approved task that lands next.

use super::Scheduler;
use super::cooldown::Cooldown;
use super::state::LoopState;
use super::tick::LANDING;
use crate::model::{AgentName, Hold, Holder, Provisional, State, Task, Timestamp};
use crate::orchestrator::error::RunError;
use crate::orchestrator::run::pause::LOOK_AGAIN;
use crate::orchestrator::status::Idle;
use crate::store::{ClaimRequest, ErrorKind};
use crate::transition::Purpose;
use std::collections::BTreeMap;

impl Scheduler {
    /// Starts the landing of the most urgent approved task that can land; one at a time.
    pub(crate) async fn start_landing(&mut self, provisional: &[Task]) -> Result<(), RunError> {
        let approved: Vec<_> = provisional.iter().filter(|task| self.may_land(task)).collect();
        // A task whose landing is in progress is claimed; dropping its entry would reset the number of failures, and with it the
        // length of the next pause.
        let LoopState { deferred_landings, active, .. } = &mut self.state;
        deferred_landings.retain(|id, _| {
            approved.iter().any(|task| &task.id == id) || active.values().any(|run| &run.task == id)
        });
        self.state.queued.clear();
        let now = self.shared.now();
        // The store distinguishes an unnamed branch from the configured branch by name; here both mean the same branch.
        let configured = self.shared.settings.base_branch.clone();
        let branch_of = |task: &Task| task.branch.clone().unwrap_or_else(|| configured.clone());
        let mut busy = in_hand(provisional, branch_of);
        for task in approved {
            if let Some(why) = busy.get(&branch_of(task)) {
                self.state.queued.insert(task.id.clone(), Idle { reason: why.clone(), until: None });
                continue;
            }
            if self.still_waits(task, now).await {
                continue;
            }
            let holder =
                Holder { orchestrator: self.shared.settings.orchestrator.clone(), agent: landing_agent() };
            let token = self.token_for(&landing_agent(), Purpose::Land, Some(&task.id));
            let request = ClaimRequest::new(
                task.scope.clone(),
                Purpose::Land,
                holder,
                token.clone(),
                self.shared.settings.lease,
            )
            .with_task(task.id.clone());
            match self.claim(&request).await {
                Ok(Some(task)) => {
                    self.claimed(task, token, Purpose::Land, None);
                    return Ok(());
                }
                // Whether the claim was granted is checked before another task is claimed for a landing.
                Err(error) if error.is_undecided() => return Err(error.into()),
                // Another machine was faster: with this task, or with another one on its branch.
                Err(error) if *error.kind() == ErrorKind::Conflict => {
                    let why = error.to_string();
                    busy.insert(branch_of(task), why.clone());
                    self.state.queued.insert(task.id.clone(), Idle { reason: why, until: None });
                }
                Ok(None) | Err(_) => {}
            }
        }
        self.state.hints.landings_seen();
        Ok(())
    }

    /// Returns whether a landing could start and there may be a task to land.
    pub(crate) fn should_look_for_landings(&mut self, now: Timestamp) -> bool {
        let wanted = self.handle.wanted();
        if wanted.paused || wanted.draining || self.state.maintenance || self.state.landing() {
            // Queued tasks are considered again when this is over.
            if !self.state.queued.is_empty() {
                self.state.queued.clear();
                self.state.hints.may_land();
            }
            return false;
        }
        self.state.hints.landing() || self.state.deferred_landings.values().any(|wait| wait.until <= now)
    }

    /// Returns whether it is too early to retry a deferred landing.
    async fn still_waits(&mut self, task: &Task, now: Timestamp) -> bool {
        let Some(wait) = self.state.deferred_landings.get_mut(&task.id) else { return false };
        if wait.until > now {
            return true;
        }
        let Some(work) = task.submission.as_ref().and_then(|submission| submission.head.as_ref()) else {
            return false;
        };
        let branch = task.branch.as_deref().unwrap_or(&self.shared.settings.base_branch);
        match self.shared.forge.obstacle(&self.shared.repository, branch, work).await {
            Ok(Some(why)) => {
                *wait =
                    Cooldown { until: now + LOOK_AGAIN, reason: why, faults: wait.faults + 1, fixed: false };
                true
            }
            // An error is left for the landing itself to report.
            Ok(None) | Err(_) => false,
        }
    }

    fn may_land(&self, task: &Task) -> bool {
        match &task.state {
            State::Provisional(Provisional { approval: Some(approval), hold: Hold::Free }) => {
                self.shared.settings.merge.auto || approval.person || self.goes_on(task)
            }
            _ => false,
        }
    }

    /// Returns whether approval moves the task to another state of its flow instead of landing it.
    fn goes_on(&self, task: &Task) -> bool {
        let state = task.review().and_then(|review| review.state.as_ref());
        self.shared.settings.flow_of(task).is_ok_and(|flow| flow.at(state).1.is_some())
    }

    /// Returns the reasons why approved tasks wait, for `status`.
    pub(crate) fn waiting_reasons(&self) -> impl Iterator<Item = (crate::model::TaskId, Idle)> + '_ {
        self.state
            .deferred_landings
            .iter()
            .map(|(id, wait)| (id.clone(), Idle { reason: wait.reason.clone(), until: Some(wait.until) }))
            .chain(self.state.queued.iter().map(|(id, idle)| (id.clone(), idle.clone())))
    }
}

/// Returns the branches on which a landing is in progress, with a description of it.
///
/// Over all machines, one task at a time lands on each branch: the store would refuse a second claim, so it is not requested.
fn in_hand(provisional: &[Task], branch_of: impl Fn(&Task) -> String) -> BTreeMap<String, String> {
    let landing = |task: &Task| {
        let holder = &task.state.landing()?.holder;
        Some((branch_of(task), format!("{} lands {} on the same branch", holder.orchestrator, task.id)))
    };
    provisional.iter().filter_map(landing).collect()
}

/// Returns the agent name under which the orchestrator claims a task that it lands.
fn landing_agent() -> AgentName {
    match AgentName::new(LANDING) {
        Ok(name) => name,
        Err(_) => unreachable!("a plain word is a valid name"),
    }
}
