//! One tick: read what is, decide, act. Takes no input; doing it once more changes nothing.

use super::Orchestrator;
use super::accounts::Room;
use super::backoff::{Backoff, Pause};
use super::cleanup::ends_tasks;
use super::journal::Entry;
use super::log::RunLog;
use super::plan::{Candidate, Idle, Situation, Word, account_opens, no_room, plan};
use super::projects::may_end_project;
use super::redact::Redactor;
use super::run::{Active, ClaimTurn, Finished, HeldClaim, Interrupt, Interruption, execute};
use super::seam::catch_panic;
use super::settings::AgentSettings;
use super::start::RunError;
use super::state::{ActiveRun, Spent};
use crate::model::{
    AgentName, ClaimToken, EventKind, Hold, Holder, Provisional, Queue, RoleName, Run, State, Task, Timestamp,
};
use crate::runner::RunnerCheck;
use crate::store::{ClaimRequest, ErrorKind, EventQuery, TaskOrder, TaskQuery, UsageQuery};
use crate::transition::{Command, Purpose};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// The holder's name of a landing.
pub(super) const LANDING: &str = "landing";

const DAY: i64 = 24 * 3600 * 1000;

/// How long the sum of a day's costs is good; what this orchestrator itself uses is added to it at once.
const SPENT_AGE: Duration = Duration::from_secs(60);

/// How much the clock may differ from the monotonic one without having been set.
const CLOCK_DRIFT: Duration = Duration::from_millis(500);

/// What a tick came to.
#[derive(Debug, Default)]
pub(super) struct Ticked {
    /// When to look again at the latest, if nothing happens before.
    pub(super) wake_at: Option<Timestamp>,
}

impl Ticked {
    pub(super) fn by(&mut self, moment: Timestamp) {
        self.wake_at = Some(self.wake_at.map_or(moment, |at| at.min(moment)));
    }
}

impl Orchestrator {
    pub(super) async fn tick(&mut self) -> Result<Ticked, RunError> {
        let mut ticked = Ticked::default();
        self.follow_clock();
        self.news().await?;
        self.beat(&mut ticked).await?;
        self.expire(&mut ticked).await?;
        self.take_up_unknown_claims().await?;
        self.land_projects().await?;
        self.clean_up(&mut ticked);
        let mut query = TaskQuery::new(self.shared.settings.scope.clone()).in_queue(Queue::Provisional);
        (query.order, query.limit) = (TaskOrder::Priority, TaskQuery::MAX_LIMIT);
        let provisional = self.shared.store.list_tasks(&query).await?;
        self.start_landing(&provisional.items).await?;
        let now = self.shared.now();
        for wait in self.state.waiting.values().filter(|wait| wait.until > now) {
            ticked.by(wait.until);
        }
        let situation = self.situation(provisional.total).await?;
        self.start_agents(&situation, &provisional.items, &mut ticked).await?;
        Ok(ticked)
    }

    /// Notices that the clock was set back. Spans keep their length; what is in the calendar follows the clock.
    fn follow_clock(&mut self) {
        let (now, monotonic) = (self.shared.now(), self.shared.clock.monotonic());
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

    /// Reads the events since the last look. Interrupts runs whose claim somebody else ended: a person who cancelled,
    /// approved or requeued the task. Gives whether anything happened that may let something begin.
    pub(super) async fn news(&mut self) -> Result<bool, RunError> {
        let scope = self.shared.settings.scope.clone();
        let (mut touched, mut spoken_of) = (BTreeMap::new(), BTreeSet::new());
        let mut matters = false;
        loop {
            let events =
                self.shared.store.events(&EventQuery::after(scope.clone(), self.state.cursor)).await?;
            let Some(last) = events.last() else { break };
            self.state.cursor = last.seq;
            self.state.projects_due |= events.iter().any(|event| may_end_project(event.kind));
            let said = events.iter().filter(|event| event.kind == EventKind::MessagePosted);
            spoken_of.extend(said.map(|event| event.task.clone()));
            matters |= events.iter().any(|event| !is_record(event.kind));
            for ended in events.iter().filter(|event| ends_tasks(event.kind)) {
                self.state.cleanup.ended(ended.task.clone());
            }
            let ends = events.into_iter().filter(|event| ends_claims(event.kind));
            touched.extend(ends.map(|event| (event.task, event.kind)));
        }
        // An agent at work can read what people say meanwhile.
        for (id, run) in self.state.active.iter().filter(|(_, run)| spoken_of.contains(&run.task)) {
            if run.role.is_some() {
                self.shared.write_thread(id, &self.shared.store.messages(&scope, &run.task).await?);
            }
        }
        for run in self.state.active.values() {
            let Some(end) = touched.get(&run.task) else { continue };
            let why = match self.shared.store.task(&scope, &run.task).await {
                Ok(task) if task.state.claim().is_some_and(|claim| claim.token == run.token) => continue,
                // The run itself has just settled.
                Ok(task) if task.settled.as_ref().is_some_and(|settled| settled.token == run.token) => {
                    continue;
                }
                // Nobody ended it but the timer, over which a run that lives wins where nobody else has the task (I10).
                Ok(_) if *end == EventKind::LeaseExpired => {
                    let orchestrator = self.shared.settings.orchestrator.clone();
                    match run.turn.hold(&HeldClaim::of_run(run, orchestrator), &self.shared).await {
                        Ok(()) => continue,
                        Err(error) if error.is_undecided() => return Err(error.into()),
                        Err(error) => error.to_string(),
                    }
                }
                Ok(task) => {
                    task.note.unwrap_or_else(|| format!("the task is in `{}` now", task.state.queue()))
                }
                Err(error) if error.is_not_found() => "the task was deleted".to_owned(),
                Err(error) => return Err(error.into()),
            };
            run.interrupt.press(Interruption::Lost(why));
        }
        Ok(matters)
    }

    /// Frees what dead orchestrators held, now and then. Our own claims are the business of the runs that hold them.
    async fn expire(&mut self, ticked: &mut Ticked) -> Result<(), RunError> {
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

    async fn situation(&mut self, provisional: u64) -> Result<Situation, RunError> {
        let now = self.shared.now();
        let today = now.as_millis().div_euclid(DAY) * DAY;
        let tomorrow = Timestamp::from_millis(today + DAY);
        let known =
            self.state.spent.filter(|spent| spent.until == tomorrow && now.since(spent.asked_at) < SPENT_AGE);
        let spent_today = match known {
            Some(spent) => spent.cost_usd,
            None => {
                let mut query = UsageQuery::new(self.shared.settings.scope.clone());
                query.since = Some(Timestamp::from_millis(today));
                let cost_usd = self.shared.store.usage(&query).await?.cost_usd;
                self.state.spent = Some(Spent { until: tomorrow, asked_at: now, cost_usd });
                for run in self.state.active.values_mut() {
                    run.counted_usd = run.live.lock().unwrap_or_else(PoisonError::into_inner).recorded_usd;
                }
                cost_usd
            }
        };
        let spent_today = spent_today + self.state.active.values().map(ActiveRun::uncounted_usd).sum::<f64>();
        let wanted = self.handle.wanted();
        Ok(Situation {
            now,
            paused: wanted.paused,
            maintenance: self.state.maintenance,
            draining: wanted.draining,
            limits: self.shared.settings.limits,
            provisional,
            spent_today,
            tomorrow,
        })
    }

    async fn start_agents(
        &mut self,
        situation: &Situation,
        provisional: &[Task],
        ticked: &mut Ticked,
    ) -> Result<(), RunError> {
        let shared = self.shared.clone();
        let mut words = {
            let state = &self.state;
            let candidates: Vec<_> = shared
                .agents
                .iter()
                .filter_map(|settings| {
                    let known = state.agents.get(&settings.name);
                    Some(Candidate {
                        settings,
                        purpose: shared.roles.get(&settings.role)?.spec().claims,
                        busy: state.is_busy(&settings.name),
                        last_start: known.and_then(|known| known.last_start),
                        backoff: known.and_then(|known| known.backoff.as_ref()),
                        account: shared.account(&settings.name),
                        account_room: state.accounts.room(shared.account(&settings.name), situation.now),
                    })
                })
                .collect();
            plan(&candidates, situation)
        };
        // Where there is room for some only, finishing what was begun comes first.
        let begins = |name: &AgentName| {
            let role = shared.agent(name).and_then(|agent| shared.roles.get(&agent.role));
            role.is_some_and(|role| role.spec().claims == Purpose::Work)
        };
        words.sort_by_key(|(name, _)| begins(name));
        let busy = words.iter().filter(|(_, word)| *word == Word::Busy).count();
        let mut room = situation.limits.agents.saturating_sub(busy);
        let mut in_use: BTreeMap<&str, usize> = BTreeMap::new();
        for agent in shared.agents.iter().filter(|agent| self.state.is_busy(&agent.name)) {
            *in_use.entry(shared.account(&agent.name)).or_default() += 1;
        }
        // What one agent of a role does not find, the next does not either.
        let mut nothing = BTreeSet::new();
        for (name, word) in words {
            let Some(agent) = shared.agent(&name) else { continue };
            let account = shared.account(&agent.name);
            let used = in_use.get(account).copied().unwrap_or_default();
            let idle = match word {
                Word::Busy => None,
                Word::Idle(idle) => Some(idle),
                Word::Try if nothing.contains(&agent.role) => Some(nothing_to_do(&shared, agent)),
                Word::Try if room == 0 => Some(no_room(&situation.limits)),
                Word::Try
                    if let Room::Some { agents, next } = self.state.accounts.room(account, situation.now)
                        && used >= agents =>
                {
                    Some(account_opens(account, agents, next))
                }
                Word::Try => {
                    let idle = self.try_claim(agent, provisional).await?;
                    if idle.is_none() {
                        room -= 1;
                        *in_use.entry(account).or_default() += 1;
                    }
                    if idle.as_ref().is_some_and(|idle| idle.until.is_none()) {
                        nothing.insert(agent.role.clone());
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

    /// Lets an agent take a task. Gives the reason when it does not.
    async fn try_claim(
        &mut self,
        agent: &AgentSettings,
        provisional: &[Task],
    ) -> Result<Option<Idle>, RunError> {
        let shared = self.shared.clone();
        let Some(role) = shared.roles.get(&agent.role) else {
            return Ok(Some(nothing_to_do(&shared, agent)));
        };
        if let Some(runner) = agent.runner.as_ref().and_then(|name| shared.runners.get(name)) {
            let check = RunnerCheck {
                command: agent.command.clone(),
                environment: shared.settings.environment_for(&agent.env),
            };
            // Before any task is touched (I17).
            let checked = match catch_panic(runner.check(&check)).await {
                Ok(checked) => checked.map_err(|unavailable| unavailable.to_string()),
                Err(words) => Err(format!("the runner `{}` panicked: {words}", runner.name())),
            };
            if let Err(reason) = checked {
                return Ok(Some(self.back_off(agent, Pause::after_fault(reason))));
            }
        }
        let spec = role.spec();
        let settings = &shared.settings;
        let holder = Holder { orchestrator: settings.orchestrator.clone(), agent: agent.name.clone() };
        let request = |token: &ClaimToken| {
            let (scope, token) = (settings.scope.clone(), token.clone());
            ClaimRequest::new(scope, spec.claims, holder.clone(), token, settings.lease)
        };
        if spec.claims == Purpose::Review {
            // Each task says whose word it wants, so a review is of a task that was chosen for it.
            for task in provisional.iter().filter(|task| wants_review(task, &spec.name)) {
                let token = self.token_for(&agent.name, spec.claims, Some(&task.id));
                match self.claim(&request(&token).with_task(task.id.clone())).await {
                    // Somebody of the same role may have spoken since the list was read.
                    Ok(Some(task)) if task.review().is_some_and(|review| !review.wants(&spec.name)) => {
                        let reason = "it was reviewed meanwhile".to_owned();
                        let command = Command::Release { token, reason };
                        self.shared.store.apply(&task.scope, &task.id, command).await?;
                    }
                    Ok(Some(task)) => {
                        self.claimed(task, token, spec.claims, Some(agent));
                        return Ok(None);
                    }
                    Err(error) if error.is_undecided() => return Err(error.into()),
                    // Somebody was faster.
                    Ok(None) | Err(_) => {}
                }
            }
            return Ok(Some(nothing_to_do(&shared, agent)));
        }
        let token = self.token_for(&agent.name, spec.claims, None);
        let mut request = request(&token);
        if spec.claims == Purpose::Work {
            request = request.with_role(spec.name.clone()).with_max_claimed(settings.limits.claimed);
        }
        match self.claim(&request).await {
            Ok(Some(task)) => {
                self.claimed(task, token, spec.claims, Some(agent));
                Ok(None)
            }
            Ok(None) => Ok(Some(nothing_to_do(&shared, agent))),
            Err(error) if *error.kind() == ErrorKind::Conflict => {
                Ok(Some(Idle { reason: error.to_string(), until: None }))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Lets an agent pause after a fault, and says so once.
    pub(super) fn back_off(&mut self, agent: &AgentSettings, pause: Pause) -> Idle {
        let now = self.shared.now();
        let state = self.state.agents.entry(agent.name.clone()).or_default();
        let known = state.backoff.as_ref().is_some_and(|backoff| backoff.reason == pause.reason);
        let backoff = Backoff::after(state.backoff.as_ref(), pause, now);
        let idle = Idle { reason: backoff.reason.clone(), until: Some(backoff.until) };
        state.backoff = Some(backoff.clone());
        if !known {
            self.say_backoff(agent.name.clone(), backoff);
        }
        idle
    }

    pub(super) fn say_backoff(&mut self, agent: crate::model::AgentName, backoff: Backoff) {
        let account = self.shared.account(&agent);
        let closed = self.state.accounts.closed(self.shared.now()).any(|(name, _)| name == account);
        let who = if closed && account != agent.as_str() {
            format!("the account {account} is limited and its agents are paused")
        } else {
            format!("agent `{agent}` is backing off")
        };
        let message = format!("{who} until {}: {}", backoff.until, backoff.reason);
        tracing::warn!("{message}");
        self.state.warn(message);
        self.shared.tell(super::notice::Notice::Backoff {
            agent,
            until: backoff.until,
            reason: backoff.reason,
        });
    }

    /// Begins a run on a fresh claim.
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
        self.shared.reached(super::point::Point::Claimed, &run.id);
        if let Some(agent) = agent {
            self.state.agents.entry(agent.name.clone()).or_default().last_start = Some(self.shared.now());
        }
        let base_branch = task.branch.clone().unwrap_or_else(|| self.shared.settings.base_branch.clone());
        let entry = Entry {
            run,
            token,
            purpose,
            base_branch,
            base: None,
            tip: None,
            start: None,
            report: None,
            tested: None,
            passed: BTreeMap::new(),
            landing: None,
            recoveries: 0,
            held: None,
        };
        self.begin(entry, task);
    }

    /// A run, ready to be driven.
    pub(super) fn active(&self, entry: Entry, task: Task) -> Active {
        let shared = self.shared.clone();
        let agent = entry.run.role.as_ref().and_then(|_| shared.agent(&entry.run.agent)).cloned();
        let names = agent.as_ref().map(|agent| agent.env.clone()).unwrap_or_default();
        let redactor = Redactor::new(&shared.settings.environment, &names);
        let log = RunLog::open(&shared.layout, &task.id, entry.run.number, &entry.run.agent, redactor);
        let resumed = Self::was_at_work(entry.run.stage);
        Active {
            shared,
            task,
            agent,
            log: Arc::new(log),
            interrupt: Arc::new(Interrupt::default()),
            turn: ClaimTurn::default(),
            live: Arc::default(),
            spent_usd: 0.0,
            contained: None,
            shown: None,
            resumed,
            entry,
        }
    }

    /// Drives a run, new or taken up again, to its end.
    pub(super) fn begin(&mut self, entry: Entry, task: Task) {
        let known = ActiveRun {
            task: task.id.clone(),
            title: task.title.clone(),
            agent: entry.run.agent.clone(),
            role: entry.run.role.clone(),
            purpose: entry.purpose,
            token: entry.token.clone(),
            since: entry.run.started_at,
            interrupt: Arc::default(),
            turn: ClaimTurn::default(),
            live: Arc::default(),
            counted_usd: 0.0,
        };
        let mut active = self.active(entry, task);
        active.interrupt = known.interrupt.clone();
        active.turn = known.turn.clone();
        active.live = known.live.clone();
        let id = active.entry.run.id.clone();
        let span = tracing::info_span!("run", run.id = %id, agent.name = %known.agent);
        self.state.active.insert(id, known);
        let (shared, run) = (active.shared.clone(), active.entry.run.clone());
        let driven = async move {
            match catch_panic(execute(active)).await {
                Ok(finished) => finished,
                Err(words) => {
                    // Its lease is renewed no longer, and the journal has it: it is taken up again from there.
                    let reason = format!("the run {} ended by a defect: {words}", run.id);
                    shared.warn(reason.clone());
                    Finished::of_defect(&run, reason)
                }
            }
        };
        self.state.runs.spawn(tracing::Instrument::instrument(driven, span));
    }
}

/// Whether an event only records what is under way, so that nothing can begin because of it.
fn is_record(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Claimed
            | EventKind::ReviewClaimed
            | EventKind::LandingClaimed
            | EventKind::Blocked
            | EventKind::MessagePosted
            | EventKind::RunRecorded
    )
}

fn ends_claims(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Submitted
            | EventKind::BurnoutDetected
            | EventKind::Approved
            | EventKind::Accepted
            | EventKind::Rejected
            | EventKind::Requeued
            | EventKind::Released
            | EventKind::LeaseExpired
            | EventKind::PersonNeeded
            | EventKind::Failed
            | EventKind::Cancelled
            | EventKind::Forced
            | EventKind::Deleted
    )
}

fn nothing_to_do(shared: &super::shared::Shared, agent: &AgentSettings) -> Idle {
    let reason = match shared.roles.get(&agent.role).map(|role| role.spec().claims) {
        Some(Purpose::Review) => "no submitted work waits for review".to_owned(),
        _ => format!("no task for the role `{}` is in `incoming`", agent.role),
    };
    Idle { reason, until: None }
}

/// Whether a task waits for the word of a reviewer of this role.
fn wants_review(task: &Task, role: &RoleName) -> bool {
    let free = matches!(&task.state, State::Provisional(Provisional { approval: None, hold: Hold::Free }));
    // Work that was put there by hand was never submitted: whoever comes first looks at it.
    free && task.review().is_none_or(|review| review.wants(role))
}
