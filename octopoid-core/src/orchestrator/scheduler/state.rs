//! State that the scheduler keeps between ticks. All of it may be lost: it is rebuilt from the store and the journal.

use super::accounts::Accounts;
use super::cleanup_due::CleanupDue;
use super::cooldown::Cooldown;
use super::hints::Hints;
use crate::model::{AgentName, ClaimToken, EventKind, Load, RunId, TaskId, Timestamp};
use crate::orchestrator::cleanup::Whose;
use crate::orchestrator::disk::runtime_files::RuntimeFiles;
use crate::orchestrator::run::pause::{Pause, Paused};
use crate::orchestrator::run::{Finished, RunHandle};
use crate::orchestrator::status::Idle;
use crate::store::{EventFeed, StoreError};
use crate::transition::Purpose;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use tokio::task::JoinSet;

/// Number of lasting warnings that are kept for `status`.
const WARNINGS: usize = 20;

/// Number of crashes in a row after which an agent backs off.
const MOST_CRASHES: u32 = 3;

/// Number of tasks without a project that are remembered; for a task that is not, projects are looked up without need.
const REMEMBERED: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct LoopState {
    pub(crate) started_at: Timestamp,
    pub(crate) agents: BTreeMap<AgentName, AgentState>,
    pub(crate) runs: JoinSet<Finished>,
    /// Clean-up that is due on this machine.
    pub(crate) cleanup: CleanupDue,
    /// Clean-up in progress, at most one. Its result is what it left for later.
    pub(crate) cleanups: JoinSet<Option<Whose>>,
    /// Upload of the artifacts of runs that are over in progress, at most one. Its result is whether all are done.
    pub(crate) uploads: JoinSet<bool>,
    /// Time at which the next one is due; `None` if none is left.
    pub(crate) upload_due: Option<Timestamp>,
    pub(crate) active: BTreeMap<RunId, RunHandle>,
    /// Tasks that had a run here since the start.
    pub(crate) worked_on: BTreeSet<TaskId>,
    /// Limits that accounts have met.
    pub(crate) accounts: Accounts,
    /// Last reading of the system clock, with the monotonic time of that moment.
    pub(crate) clock: Option<(Timestamp, Duration)>,
    /// Approved tasks whose landing is deferred.
    pub(crate) deferred_landings: BTreeMap<TaskId, Cooldown>,
    /// Approved tasks that wait for the landing of another machine on their branch.
    pub(crate) queued: BTreeMap<TaskId, Idle>,
    /// Pending claims, by the agent that requested them.
    pub(crate) pending_claims: BTreeMap<AgentName, PendingClaim>,
    /// Feed of the events that concern this machine; set once the scheduler has started.
    pub(crate) feed: Option<Box<dyn EventFeed>>,
    /// Hints about which claims may succeed.
    pub(crate) hints: Hints,
    /// Tasks whose claim may have been ended by another process, with the event, until the run is checked.
    pub(crate) ended_claims: BTreeMap<TaskId, EventKind>,
    /// Tasks with new messages in their thread, until a running agent has received them.
    pub(crate) new_messages: BTreeSet<TaskId>,
    /// Unfinished tasks that ran here and do not belong to a project.
    pub(crate) without_project: BTreeSet<TaskId>,
    /// Number of tasks in `provisional`, if known.
    pub(crate) provisional: Option<Counted>,
    /// Reason why the store grants this machine no further claim until one of its runs has ended.
    pub(crate) claims_refused: Option<String>,
    /// Time of the next full check without any news.
    pub(crate) next_recheck: Timestamp,
    /// Whether a project may have been completed since the last check.
    pub(crate) projects_due: bool,
    /// Time at which leases are next checked for expiry.
    pub(crate) next_expiry: Timestamp,
    /// Time of the next heartbeat.
    pub(crate) next_beat: Timestamp,
    /// Last reported load of the agents, with its time.
    pub(crate) reported_load: Option<(Timestamp, Vec<Load>)>,
    /// Whether this machine has been registered.
    pub(crate) registered: bool,
    /// Whether a person has put this machine into maintenance.
    pub(crate) maintenance: bool,
    /// Current outage of the store.
    pub(crate) outage: Option<StoreOutage>,
    /// Error that says that the store is gone for good; the orchestrator ends with it.
    pub(crate) gone: Option<StoreError>,
    /// Cost of the current day, if known.
    pub(crate) spent: Option<Spent>,
    pub(crate) warnings: VecDeque<String>,
    pub(crate) status_written: Option<Timestamp>,
    pub(crate) runtime_files: RuntimeFiles,
    pub(crate) runs_settled: u64,
    /// Whether a bug ended a run that is still in the journal.
    pub(crate) run_cut_off: bool,
}

#[derive(Debug, Default)]
pub(crate) struct AgentState {
    /// Number of runs in a row that crashed.
    pub(crate) crashes: u32,
    pub(crate) last_start: Option<Timestamp>,
    pub(crate) backoff: Option<Cooldown>,
    pub(crate) idle: Option<Idle>,
}

/// Claim whose answer was lost, so that the store may have granted it.
#[derive(Debug)]
pub(crate) struct PendingClaim {
    pub(crate) token: ClaimToken,
    pub(crate) purpose: Purpose,
    /// Task that was requested by id.
    pub(crate) task: Option<TaskId>,
}

/// Outage of the store.
#[derive(Debug)]
pub(crate) struct StoreOutage {
    pub(crate) since: Timestamp,
    pub(crate) why: String,
    /// Number of failed requests in a row.
    pub(crate) tries: u32,
}

/// Number of tasks, with the time at which they were counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) total: u64,
    pub(crate) at: Timestamp,
}

/// Cost of one day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    /// End of the day.
    pub(crate) until: Timestamp,
    /// Time at which the store was asked; the cost of other machines since then is not included.
    pub(crate) asked_at: Timestamp,
    pub(crate) cost_usd: f64,
}

impl LoopState {
    pub(crate) fn is_busy(&self, agent: &AgentName) -> bool {
        self.active.values().any(|run| &run.agent == agent)
    }

    /// Discards the knowledge that there is nothing to do, so that everything is checked again.
    pub(crate) fn forget_nothing_to_do(&mut self) {
        self.hints.everything();
        (self.provisional, self.claims_refused) = (None, None);
    }

    pub(crate) fn landing(&self) -> bool {
        self.active.values().any(|run| run.purpose == Purpose::Land)
    }

    /// Records the end of a run, whose agent uses `account`. Returns the cooldown that it causes.
    pub(crate) fn settled(
        &mut self,
        finished: Finished,
        account: &str,
        now: Timestamp,
    ) -> Option<(AgentName, Cooldown)> {
        let active = self.active.remove(&finished.run);
        self.runs_settled += 1;
        // A landing ends its task, in most cases.
        if active.as_ref().is_some_and(|active| !active.in_project && active.purpose != Purpose::Land) {
            self.without_project.insert(finished.task.clone());
            while self.without_project.len() > REMEMBERED {
                self.without_project.pop_first();
            }
        }
        self.claims_refused = None;
        self.run_cut_off |= finished.defect;
        if let Some(spent) = &mut self.spent {
            let counted = active.as_ref().map_or(0.0, |run| run.counted_usd);
            spent.cost_usd += (finished.cost_usd - counted).max(0.0);
        }
        if active.is_some_and(|active| active.purpose == Purpose::Land) {
            // Its branch is free for another landing.
            self.hints.may_land();
            match finished.pause {
                Some(pause) => {
                    let earlier = self.deferred_landings.get(&finished.task);
                    let backoff = Cooldown::after(earlier, pause, now);
                    self.deferred_landings.insert(finished.task, backoff);
                }
                None => {
                    self.deferred_landings.remove(&finished.task);
                }
            }
            return None;
        }
        let state = self.agents.entry(finished.agent.clone()).or_default();
        state.crashes = if finished.crashed { state.crashes + 1 } else { 0 };
        let Some(pause) = finished.pause else {
            self.accounts.went_well(account, now);
            // If one task after the other fails, the cause may be the machine or its network: further tasks are not spent on it.
            let backoff = (state.crashes >= MOST_CRASHES).then(|| {
                let reason =
                    format!("it crashed {} times in a row; look at the logs of its tasks", state.crashes);
                Cooldown::after(state.backoff.as_ref(), Pause::after_fault(reason), now)
            });
            state.backoff.clone_from(&backoff);
            return backoff.map(|backoff| (finished.agent, backoff));
        };
        let backoff = match pause.whose {
            Paused::Account => self.accounts.limited(account, pause, now),
            Paused::Agent => {
                let backoff = Cooldown::after(state.backoff.as_ref(), pause, now);
                state.backoff = Some(backoff.clone());
                backoff
            }
        };
        Some((finished.agent, backoff))
    }

    /// Moves the times that end a time span after the clock was set back: time spans keep their length (I35).
    pub(crate) fn set_back(&mut self, by: Duration) {
        let moments = [&mut self.next_expiry, &mut self.next_beat, &mut self.next_recheck];
        let counted = self.provisional.as_mut().map(|counted| &mut counted.at);
        let told = self.reported_load.iter_mut().map(|(at, _)| at);
        let starts = self.agents.values_mut().filter_map(|agent| agent.last_start.as_mut());
        let written = self.status_written.iter_mut().chain(&mut self.upload_due);
        let asked = self.spent.as_mut().map(|spent| &mut spent.asked_at);
        for moment in moments.into_iter().chain(told).chain(starts).chain(written).chain(asked).chain(counted)
        {
            *moment = *moment - by;
        }
        let backoffs = self.agents.values_mut().filter_map(|agent| agent.backoff.as_mut());
        backoffs.chain(self.deferred_landings.values_mut()).for_each(|backoff| backoff.set_back(by));
        self.accounts.set_back(by);
        self.cleanup.set_back(by);
    }

    /// Returns the current warnings for a person: lasting ones, and the agents that are backing off now.
    pub(crate) fn warnings(&self, now: Timestamp) -> Vec<String> {
        let lasting = self.warnings.iter().cloned();
        let backoffs =
            self.agents.iter().filter_map(|(agent, state)| Some((agent.as_str(), state.backoff.as_ref()?)));
        let agents = backoffs.filter(|(_, backoff)| backoff.until > now);
        let agents = agents.map(|(agent, backoff)| backing_off(agent, backoff));
        // An account of one agent has that agent's name.
        let of_one = |name: &str| self.agents.keys().any(|agent| agent.as_str() == name);
        let accounts = self.accounts.closed(now).map(|(name, backoff)| match of_one(name) {
            true => backing_off(name, backoff),
            false => account_paused(name, backoff),
        });
        lasting.chain(agents).chain(accounts).collect()
    }

    pub(crate) fn warn(&mut self, message: String) {
        if self.warnings.back() != Some(&message) {
            self.warnings.push_back(message);
        }
        while self.warnings.len() > WARNINGS {
            self.warnings.pop_front();
        }
    }
}

/// Describes the backoff of an agent.
pub(crate) fn backing_off(agent: &str, backoff: &Cooldown) -> String {
    format!("agent `{agent}` is backing off until {}: {}", backoff.until, backoff.reason)
}

/// Describes the pause of all agents of an account.
pub(crate) fn account_paused(account: &str, backoff: &Cooldown) -> String {
    let Cooldown { until, reason, .. } = backoff;
    format!("the account {account} is limited and its agents are paused until {until}: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orchestrator::run::pause::{Pause, PauseLength};

    #[test]
    fn a_backoff_is_a_warning_until_it_has_ended() {
        let (now, mut state) = (Timestamp::from_millis(0), LoopState::default());
        let folder = tempfile::tempdir().unwrap();
        state.accounts = Accounts::open(folder.path().join("accounts.json"));
        state.warn("a file was damaged".to_owned());
        let pause = |whose| Pause {
            whose,
            length: PauseLength::For(Duration::from_secs(60)),
            reason: "no key".into(),
        };
        let backoff = Cooldown::after(None, pause(Paused::Agent), now);
        let agent = AgentName::new("a").unwrap();
        state.agents.entry(agent).or_default().backoff = Some(backoff.clone());
        state.accounts.limited("team", pause(Paused::Account), now);
        let all =
            ["a file was damaged".to_owned(), backing_off("a", &backoff), account_paused("team", &backoff)];
        assert_eq!(state.warnings(now), all);
        assert_eq!(state.warnings(backoff.until), all[..1]);
    }
}
