//! One tick of the scheduler: read the state, decide, act. Takes no input and is idempotent.

use super::Scheduler;
use super::cooldown::Cooldown;
use super::next_wake::NextWake;
use super::state::{account_paused, backing_off};
use crate::model::{ClaimToken, Run, Task};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::error::RunError;
use crate::orchestrator::panics::catch_panic;
use crate::orchestrator::run::pause::Pause;
use crate::orchestrator::run::{Finished, RunDriver};
use crate::orchestrator::settings::AgentSettings;
use crate::orchestrator::status::Idle;
use crate::transition::Purpose;
use std::time::Duration;

/// Agent name under which the orchestrator claims a landing.
pub(super) const LANDING: &str = "landing";

/// Largest difference between the system clock and the monotonic clock that does not count as a change of the clock.
const CLOCK_DRIFT: Duration = Duration::from_millis(500);

impl Scheduler {
    pub(super) async fn tick(&mut self) -> Result<NextWake, RunError> {
        let mut ticked = NextWake::default();
        self.follow_clock();
        self.news().await?;
        self.recheck(&mut ticked);
        self.beat(&mut ticked).await?;
        self.expire(&mut ticked).await?;
        self.resolve_pending_claims().await?;
        self.land_projects().await?;
        self.clean_up(&mut ticked);
        self.upload(&mut ticked);
        let mut submitted = None;
        if self.should_look_for_landings(self.shared.now()) {
            let tasks = self.submitted().await?;
            self.start_landing(&tasks).await?;
            submitted = Some(tasks);
        }
        let now = self.shared.now();
        for wait in self.state.deferred_landings.values().filter(|wait| wait.until > now) {
            ticked.by(wait.until);
        }
        self.start_agents(submitted, &mut ticked).await?;
        Ok(ticked)
    }

    /// Detects that the clock was set back. Time spans keep their length; calendar times follow the clock.
    fn follow_clock(&mut self) {
        let (now, monotonic) = self.shared.clock.now_and_monotonic();
        if let Some((last, at)) = self.state.clock {
            let by = (last + monotonic.saturating_sub(at)).since(now);
            if by > CLOCK_DRIFT {
                self.shared.warn(format!("the machine's clock was set back by {} s", by.as_secs()));
                self.state.set_back(by);
            }
        }
        self.state.clock = Some((now, monotonic));
        self.state.accounts.tidy(now);
    }

    /// Releases the expired claims of other orchestrators, periodically.
    ///
    /// Claims of this orchestrator are left to the runs that hold them.
    async fn expire(&mut self, ticked: &mut NextWake) -> Result<(), RunError> {
        if self.shared.store.expires_leases() {
            return Ok(());
        }
        let now = self.shared.now();
        if now >= self.state.next_expiry {
            let settings = &self.shared.settings;
            for task in self.shared.store.expire_leases(&settings.scope, Some(&settings.orchestrator)).await?
            {
                tracing::warn!(task.id = %task.id, "a lease ran out; the task is free again");
            }
            self.state.next_expiry =
                now + (settings.lease / 3).clamp(Duration::from_secs(1), Duration::from_secs(30));
        }
        ticked.by(self.state.next_expiry);
        Ok(())
    }

    /// Starts the backoff of an agent after a failure, and reports it once.
    pub(super) fn back_off(&mut self, agent: &AgentSettings, pause: Pause) -> Idle {
        let now = self.shared.now();
        let state = self.state.agents.entry(agent.name.clone()).or_default();
        let known = state.backoff.as_ref().is_some_and(|backoff| backoff.reason == pause.reason);
        let backoff = Cooldown::after(state.backoff.as_ref(), pause, now);
        let idle = Idle { reason: backoff.reason.clone(), until: Some(backoff.until) };
        state.backoff = Some(backoff.clone());
        if !known {
            self.announce_cooldown(agent.name.clone(), backoff);
        }
        idle
    }

    pub(super) fn announce_cooldown(&mut self, agent: crate::model::AgentName, backoff: Cooldown) {
        let account = self.shared.account(&agent);
        let closed = self.state.accounts.closed(self.shared.now()).any(|(name, _)| name == account);
        let words = match closed && account != agent.as_str() {
            true => account_paused(account, &backoff),
            false => backing_off(agent.as_str(), &backoff),
        };
        tracing::warn!("{words}");
        self.shared.tell(crate::orchestrator::notice::Notice::Backoff {
            agent,
            until: backoff.until,
            reason: backoff.reason,
        });
    }

    /// Starts a run for a new claim.
    pub(super) fn claimed(
        &mut self,
        task: Task,
        token: ClaimToken,
        purpose: Purpose,
        agent: Option<&AgentSettings>,
    ) {
        let Some(holder) = task.state.claim().map(|claim| claim.holder.clone()) else { return };
        let run = Run::new(
            task.scope.clone(),
            task.id.clone(),
            task.counters.runs,
            holder.agent,
            agent.map(|agent| agent.role.clone()),
            holder.orchestrator,
            self.shared.now(),
        );
        self.shared.reached(crate::orchestrator::failpoint::Point::Claimed, &run.id);
        if let Some(agent) = agent {
            self.state.agents.entry(agent.name.clone()).or_default().last_start = Some(self.shared.now());
        }
        let base_branch = task.branch.clone().unwrap_or_else(|| self.shared.settings.base_branch.clone());
        let entry = Entry::new(run, token, purpose, base_branch);
        self.begin(entry, task);
    }

    /// Drives a run, new or resumed, to its end.
    pub(super) fn begin(&mut self, entry: Entry, task: Task) {
        let driver = RunDriver::new(self.shared.clone(), entry, task);
        let known = driver.handle();
        let run = driver.run().clone();
        let span = tracing::info_span!(
            "run",
            run.id = %run.id,
            task.id = %known.task,
            agent.name = %known.agent,
            role = known.role.as_ref().map(tracing::field::display)
        );
        self.state.worked_on.insert(known.task.clone());
        self.state.active.insert(run.id.clone(), known);
        let shared = self.shared.clone();
        let driven = async move {
            match catch_panic(driver.execute()).await {
                Ok(finished) => finished,
                Err(words) => {
                    // The lease is no longer renewed, and the journal has the run: it is resumed from there.
                    let reason = format!("the run {} ended by a defect: {words}", run.id);
                    shared.warn(reason.clone());
                    Finished::of_defect(&run, reason)
                }
            }
        };
        self.state.runs.spawn(tracing::Instrument::instrument(driven, span));
    }
}
