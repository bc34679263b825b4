//! What an installation does and what waits in its queue, as `octopoid status` and the dashboard show it.

use crate::assembly::Explainer;
use crate::environment::Environment;
use crate::error::Result;
use crate::installation::{Installation, Orphan, running_status};
use crate::output::explained::Explained;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Project, Task, Timestamp};
use octopoid_core::ops::{Unfinished, project, unfinished};
use octopoid_core::orchestrator::{AgentSettings, AgentStatus, Idle, Status, Work};
use octopoid_core::store::{QueueCounts, Store, UsageQuery};
use serde::Serialize;

/// The most tasks of a queue that `octopoid status` shows.
const SHOWN: u32 = 20;
const DAY: i64 = 24 * 3600 * 1000;

/// Overview of an installation.
#[derive(Debug)]
pub(crate) struct Overview {
    pub(crate) now: Timestamp,
    pub(crate) status: Option<Status>,
    pub(crate) paused: bool,
    /// The runs left by a killed orchestrator.
    pub(crate) orphans: Vec<Orphan>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) counts: QueueCounts,
    /// Tasks that wait, with the reason.
    pub(crate) waiting: Vec<(Task, Explained)>,
    /// How many more tasks wait.
    pub(crate) more: u64,
    /// Active projects whose tasks are all done.
    pub(crate) ready: Vec<Project>,
    pub(crate) today: f64,
    pub(crate) limit_today: f64,
    /// Why the queue cannot be read; none if it can.
    pub(crate) away: Option<String>,
}

/// One agent, running or configured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Agent {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) runner: Option<String>,
    pub(crate) work: Option<Work>,
    pub(crate) idle: Option<Idle>,
}

impl Overview {
    /// Gathers everything, with the tasks that wait.
    pub(crate) async fn gather(
        installation: &Installation,
        environment: &Environment,
        store: &dyn Store,
    ) -> Result<Self> {
        let now = SystemClock.now();
        let scope = installation.scope();
        let status = running_status(installation);
        let Unfinished { tasks, more, .. } = unfinished(store, &scope, SHOWN).await?;
        let explainer = Explainer::gather(installation, environment, store, &tasks).await?;
        let waiting = tasks
            .into_iter()
            .filter(|task| task.state.claim().is_none())
            .map(|task| {
                let explained = explainer.explain(&task);
                (task, explained)
            })
            .collect();
        let mut query = UsageQuery::new(scope.clone());
        query.since = Some(start_of_day(now));
        let settings = installation.settings(&Environment::empty())?;
        let orphans = Orphan::find(installation, now);
        Ok(Self {
            now,
            agents: agents(status.as_ref(), &installation.agent_settings(), &orphans, now),
            orphans,
            paused: installation.pause_marker().exists(),
            status,
            counts: store.queue_counts(&scope).await?,
            waiting,
            more,
            ready: project::ready(store, &scope).await?,
            today: store.usage(&query).await?.cost_usd,
            limit_today: settings.limits.cost_usd_per_day,
            away: None,
        })
    }

    /// Gathers only what this machine knows without the queue.
    pub(crate) fn without_queue(installation: &Installation, away: String) -> Self {
        let (now, status) = (SystemClock.now(), running_status(installation));
        let orphans = Orphan::find(installation, now);
        Self {
            now,
            agents: agents(status.as_ref(), &installation.agent_settings(), &orphans, now),
            orphans,
            status,
            paused: installation.pause_marker().exists(),
            counts: QueueCounts::default(),
            waiting: Vec::new(),
            more: 0,
            ready: Vec::new(),
            today: 0.0,
            limit_today: 0.0,
            away: Some(away),
        }
    }
}

/// Returns the beginning of a moment's day in UTC, to which the limit on costs applies.
pub(crate) fn start_of_day(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis().div_euclid(DAY) * DAY)
}

/// Returns the running agents, or the configured ones if none run.
pub(crate) fn agents(
    status: Option<&Status>,
    configured: &[AgentSettings],
    orphans: &[Orphan],
    now: Timestamp,
) -> Vec<Agent> {
    let of_status = |agent: &AgentStatus| Agent {
        name: agent.name.to_string(),
        role: agent.role.to_string(),
        runner: agent.runner.clone(),
        work: agent.work.clone(),
        idle: agent.idle.clone(),
    };
    let of_settings = |agent: &AgentSettings| {
        let orphan = orphans.iter().find(|orphan| orphan.agent == agent.name);
        let reason = match orphan {
            Some(orphan) => orphan.words(now),
            None if agent.paused => "paused in agents.yaml".to_owned(),
            None => "no orchestrator runs".to_owned(),
        };
        Agent {
            name: agent.name.to_string(),
            role: agent.role.to_string(),
            runner: agent.runner.clone(),
            work: None,
            idle: Some(Idle::new(reason)),
        }
    };
    match status {
        Some(status) => status.agents.iter().map(of_status).collect(),
        None => configured.iter().map(of_settings).collect(),
    }
}
