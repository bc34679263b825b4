//! Claiming: carries out the scheduler's decision on which agents start work.

use super::Scheduler;
use super::accounts::Room;
use super::hints::Hint;
use super::next_wake::NextWake;
use super::plan::{Candidate, Decision, Situation, account_opens, no_room, plan};
use super::state::{Counted, Spent};
use crate::model::{
    AgentName, ClaimToken, Hold, Holder, Provisional, Queue, RoleName, State, Task, TaskId, Timestamp,
};
use crate::orchestrator::error::RunError;
use crate::orchestrator::panics::catch_panic;
use crate::orchestrator::run::RunHandle;
use crate::orchestrator::run::pause::Pause;
use crate::orchestrator::settings::AgentSettings;
use crate::orchestrator::status::Idle;
use crate::role::Role;
use crate::runner::RunnerCheck;
use crate::store::{ClaimRequest, ErrorKind, TaskOrder, TaskQuery, UsageQuery};
use crate::transition::{Command, Purpose};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

const DAY: i64 = 24 * 3600 * 1000;

/// Time for which the cost of the day is valid; the cost of this orchestrator's own runs is added at once.
const SPENT_AGE: Duration = Duration::from_secs(60);

/// Time for which the number of tasks in `provisional` is valid, unless this machine hears of a change.
const COUNT_AGE: Duration = Duration::from_secs(10);

impl Scheduler {
    /// Returns submitted work, most urgent first.
    pub(super) async fn submitted(&mut self) -> Result<Vec<Task>, RunError> {
        let mut query = TaskQuery::new(self.shared.settings.scope.clone()).in_queue(Queue::Provisional);
        (query.order, query.limit) = (TaskOrder::Priority, TaskQuery::MAX_LIMIT);
        let page = self.shared.store.list_tasks(&query).await?;
        self.state.provisional = Some(Counted { total: page.total, at: self.shared.now() });
        Ok(page.items)
    }

    /// Starts every agent for which there may be work. `submitted` is the submitted work, if this tick has already read it.
    pub(super) async fn start_agents(
        &mut self,
        submitted: Option<Vec<Task>>,
        ticked: &mut NextWake,
    ) -> Result<(), RunError> {
        let (mut words, mut submitted) = (self.words(), submitted);
        // The figures for the decision are only requested if an agent may start.
        let tries: Vec<_> =
            words.iter().filter(|(name, word)| *word == Decision::Try && self.hinted(name)).collect();
        if !tries.is_empty() {
            let lists = tries.iter().any(|(name, _)| self.needs_list(name));
            if lists && submitted.is_none() {
                submitted = Some(self.submitted().await?);
            }
            self.count_costs().await?;
            words = self.words();
        }
        let shared = self.shared.clone();
        // If there is room for only some agents, finishing started work comes first.
        words.sort_by_key(|(name, _)| self.purpose_of(name) == Some(Purpose::Work));
        let busy = words.iter().filter(|(_, word)| *word == Decision::Busy).count();
        let limits = shared.settings.limits;
        let mut room = limits.agents.saturating_sub(busy);
        let mut in_use: BTreeMap<&str, usize> = BTreeMap::new();
        for agent in shared.agents.iter().filter(|agent| self.state.is_busy(&agent.name)) {
            *in_use.entry(shared.account(&agent.name)).or_default() += 1;
        }
        for (name, word) in words {
            let Some(agent) = shared.agent(&name) else { continue };
            let account = shared.account(&agent.name);
            let used = in_use.get(account).copied().unwrap_or_default();
            let idle = match word {
                Decision::Busy => None,
                Decision::Idle(idle) => Some(idle),
                Decision::Try if !self.hinted(&name) => Some(match self.held_enough(&name) {
                    Some(reason) => Idle { reason: reason.clone(), until: None },
                    None => nothing_to_do(&shared, agent),
                }),
                Decision::Try if room == 0 => Some(no_room(&limits)),
                Decision::Try if let Some(reason) = self.limit_met(account) => {
                    Some(Idle { reason, until: None })
                }
                Decision::Try
                    if let Room::Some { agents, next } = self.state.accounts.room(account, shared.now())
                        && used >= agents =>
                {
                    Some(account_opens(account, agents, next))
                }
                Decision::Try => {
                    let idle = self.try_claim(agent, submitted.as_deref().unwrap_or_default()).await?;
                    if idle.is_none() {
                        room -= 1;
                        *in_use.entry(account).or_default() += 1;
                    }
                    idle
                }
            };
            if let Some(until) = idle.as_ref().and_then(|idle| idle.until) {
                ticked.by(until);
            }
            self.state.agents.entry(name).or_default().idle = idle;
        }
        Ok(())
    }

    /// Returns the limit that an ending run has met and that will pause all agents which share the account.
    fn limit_met(&self, account: &str) -> Option<String> {
        let mut runs = self.state.active.values().filter(|run| self.shared.account(&run.agent) == account);
        runs.find_map(RunHandle::limit)
    }

    /// Returns the scheduler's decision for each agent, based on what is known.
    fn words(&self) -> Vec<(AgentName, Decision)> {
        let (state, now) = (&self.state, self.shared.now());
        let candidates: Vec<_> = self
            .shared
            .agents
            .iter()
            .filter_map(|settings| {
                let known = state.agents.get(&settings.name);
                Some(Candidate {
                    settings,
                    purpose: self.purpose_of(&settings.name)?,
                    busy: state.is_busy(&settings.name),
                    last_start: known.and_then(|known| known.last_start),
                    backoff: known.and_then(|known| known.backoff.as_ref()),
                    account: self.shared.account(&settings.name),
                    account_room: state.accounts.room(self.shared.account(&settings.name), now),
                })
            })
            .collect();
        plan(&candidates, &self.situation())
    }

    fn situation(&self) -> Situation {
        let (wanted, now, tomorrow) = (self.handle.wanted(), self.shared.now(), self.tomorrow());
        let spent = self.state.spent.filter(|spent| spent.until == tomorrow);
        let under_way: f64 = self.state.active.values().map(RunHandle::uncounted_usd).sum();
        Situation {
            now,
            paused: wanted.paused,
            maintenance: self.state.maintenance,
            draining: wanted.draining,
            limits: self.shared.settings.limits,
            provisional: self.state.provisional.map_or(0, |counted| counted.total),
            spent_today: spent.map_or(0.0, |spent| spent.cost_usd) + under_way,
            tomorrow,
        }
    }

    fn purpose_of(&self, agent: &AgentName) -> Option<Purpose> {
        let role = &self.shared.agent(agent)?.role;
        Some(self.shared.roles.get(role)?.spec().claims)
    }

    /// Returns the hint about the work for an agent.
    fn hint(&self, agent: &AgentName) -> Hint {
        self.shared.agent(agent).map_or(Hint::Nothing, |agent| self.state.hints.for_role(&agent.role))
    }

    fn hinted(&self, agent: &AgentName) -> bool {
        self.hint(agent) != Hint::Nothing && self.held_enough(agent).is_none()
    }

    /// Returns the reason why an agent claims no further task, if the store has refused one to this machine.
    fn held_enough(&self, agent: &AgentName) -> Option<&String> {
        self.state.claims_refused.as_ref().filter(|_| self.purpose_of(agent) == Some(Purpose::Work))
    }

    /// Returns whether the submitted work has to be known before an agent can start.
    fn needs_list(&self, agent: &AgentName) -> bool {
        match self.purpose_of(agent) {
            Some(Purpose::Work) => {
                let now = self.shared.now();
                self.state.provisional.is_none_or(|counted| now.since(counted.at) >= COUNT_AGE)
            }
            Some(Purpose::Review) => self.hint(agent) == Hint::Something,
            Some(Purpose::Land) | None => false,
        }
    }

    fn tomorrow(&self) -> Timestamp {
        let today = self.shared.now().as_millis().div_euclid(DAY) * DAY;
        Timestamp::from_millis(today + DAY)
    }

    /// Sums up the cost of the current day. Once the limit is exceeded, it stays exceeded until the day ends.
    async fn count_costs(&mut self) -> Result<(), RunError> {
        let (now, tomorrow) = (self.shared.now(), self.tomorrow());
        let most = self.shared.settings.limits.cost_usd_per_day;
        let known = self.state.spent.filter(|spent| {
            spent.until == tomorrow && (now.since(spent.asked_at) < SPENT_AGE || spent.cost_usd >= most)
        });
        if known.is_none() {
            let mut query = UsageQuery::new(self.shared.settings.scope.clone());
            query.since = Some(Timestamp::from_millis(tomorrow.as_millis() - DAY));
            let cost_usd = self.shared.store.usage(&query).await?.cost_usd;
            self.state.spent = Some(Spent { until: tomorrow, asked_at: now, cost_usd });
            for run in self.state.active.values_mut() {
                run.counted_usd = run.progress.lock().unwrap_or_else(PoisonError::into_inner).recorded_usd;
            }
        }
        Ok(())
    }

    /// Tries to claim a task for an agent. Returns the reason if it claims none.
    async fn try_claim(
        &mut self,
        agent: &AgentSettings,
        submitted: &[Task],
    ) -> Result<Option<Idle>, RunError> {
        let shared = self.shared.clone();
        let Some(role) = shared.roles.get(&agent.role) else {
            return Ok(Some(nothing_to_do(&shared, agent)));
        };
        if let Some(idle) = self.check_runner(agent).await {
            return Ok(Some(idle));
        }
        if role.spec().claims == Purpose::Review {
            return self.try_review(agent, &**role, submitted).await;
        }
        let (claims, settings) = (role.spec().claims, &shared.settings);
        let token = self.token_for(&agent.name, claims, None);
        let mut request = self.request(agent, claims, &token);
        if claims == Purpose::Work {
            request = request.with_role(role.spec().name.clone()).with_max_claimed(settings.limits.claimed);
        }
        match self.claim(&request).await {
            Ok(Some(task)) => {
                self.state.hints.taken(&task.id);
                self.claimed(task, token, claims, Some(agent));
                Ok(None)
            }
            Ok(None) => {
                self.state.hints.nothing_for(&agent.role);
                Ok(Some(nothing_to_do(&shared, agent)))
            }
            Err(error) if *error.kind() == ErrorKind::Conflict => {
                self.state.claims_refused = Some(error.to_string());
                Ok(Some(Idle { reason: error.to_string(), until: None }))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tries to claim a task for a reviewing agent.
    ///
    /// Each task names the reviewers that it needs, so a specific task is requested: an offered one, or one of those that were
    /// submitted.
    async fn try_review(
        &mut self,
        agent: &AgentSettings,
        role: &dyn Role,
        submitted: &[Task],
    ) -> Result<Option<Idle>, RunError> {
        let role = &role.spec().name;
        let chosen: Vec<TaskId> = match self.state.hints.for_role(role) {
            Hint::Nothing => Vec::new(),
            Hint::Offered(tasks) => tasks.into_iter().collect(),
            Hint::Something => {
                submitted.iter().filter(|task| wants_review(task, role)).map(|task| task.id.clone()).collect()
            }
        };
        for id in chosen {
            let token = self.token_for(&agent.name, Purpose::Review, Some(&id));
            let request = self.request(agent, Purpose::Review, &token).with_task(id.clone());
            match self.claim(&request).await {
                // Another reviewer of the same role may have decided since the list was read.
                Ok(Some(task)) if task.review().is_some_and(|review| !review.wants(role)) => {
                    let reason = "it has been reviewed in the meantime".to_owned();
                    let command = Command::Release { token, reason };
                    self.shared.store.apply(&task.scope, &task.id, command).await?;
                }
                Ok(Some(task)) => {
                    self.state.hints.taken(&id);
                    self.claimed(task, token, Purpose::Review, Some(agent));
                    return Ok(None);
                }
                Err(error) if error.is_undecided() => return Err(error.into()),
                // Another orchestrator was faster.
                Ok(None) | Err(_) => {}
            }
            self.state.hints.taken(&id);
        }
        self.state.hints.nothing_for(role);
        Ok(Some(nothing_to_do(&self.shared, agent)))
    }

    fn request(&self, agent: &AgentSettings, purpose: Purpose, token: &ClaimToken) -> ClaimRequest {
        let settings = &self.shared.settings;
        let holder = Holder { orchestrator: settings.orchestrator.clone(), agent: agent.name.clone() };
        ClaimRequest::new(settings.scope.clone(), purpose, holder, token.clone(), settings.lease)
    }

    /// Checks that the agent's runner can start, before any task is claimed (I17).
    async fn check_runner(&mut self, agent: &AgentSettings) -> Option<Idle> {
        let shared = self.shared.clone();
        let runner = agent.runner.as_ref().and_then(|name| shared.runners.get(name))?;
        let check = RunnerCheck {
            command: agent.command.clone(),
            environment: shared.settings.environment_for(&agent.env),
        };
        let checked = match catch_panic(runner.check(&check)).await {
            Ok(checked) => checked.map_err(|unavailable| unavailable.to_string()),
            Err(words) => Err(format!("the runner `{}` panicked: {words}", runner.name())),
        };
        let reason = checked.err()?;
        Some(self.back_off(agent, Pause::after_fault(reason)))
    }
}

fn nothing_to_do(shared: &Arc<crate::orchestrator::shared::Shared>, agent: &AgentSettings) -> Idle {
    let reason = match shared.roles.get(&agent.role).map(|role| role.spec().claims) {
        Some(Purpose::Review) => "no submitted work waits for review".to_owned(),
        _ => format!("no task for the role `{}` is in `incoming`", agent.role),
    };
    Idle { reason, until: None }
}

/// Returns whether a task waits for a reviewer of this role.
fn wants_review(task: &Task, role: &RoleName) -> bool {
    let free = matches!(&task.state, State::Provisional(Provisional { approval: None, hold: Hold::Free }));
    // Work that was moved there by hand was never submitted: any reviewer may claim it.
    free && task.review().is_none_or(|review| review.wants(role))
}
