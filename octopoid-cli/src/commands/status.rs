//! `octopoid status`: what runs, what waits, and why.

mod page;

use crate::assembly::Explainer;
use crate::context::Context;
use crate::environment::Environment;
use crate::error::{Kind, Result};
use crate::installation::Installation;
use crate::installation::Orphan;
use crate::installation::running_status;
use crate::output::explained::Explained;
use crate::output::json;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Project, Task, Timestamp};
use octopoid_core::ops::{Unfinished, project, unfinished};
use octopoid_core::orchestrator::{AgentSettings, AgentStatus, Idle, Status, Work};
use octopoid_core::store::{QueueCounts, Store, UsageQuery};
use serde::Serialize;
use serde_json::json;

/// The most tasks of a queue that are shown.
const SHOWN: u32 = 20;
const DAY: i64 = 24 * 3600 * 1000;

pub(super) async fn run(context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let view = match installation.store(&context.environment).await {
        Ok(store) => View::gather(&installation, &context.environment, &*store).await?,
        // What the orchestrator here does can be told all the same.
        Err(error)
            if installation.is_remote()
                && (error.kind == Kind::Unavailable || running_status(&installation).is_some()) =>
        {
            View::without_queue(&installation, error.message)
        }
        Err(error) => return Err(error),
    };
    if context.output.json {
        context.output.json(&view.json());
    } else {
        page::print(&view, context.output);
    }
    Ok(())
}

/// Everything that `octopoid status` shows.
#[derive(Debug)]
struct View {
    now: Timestamp,
    status: Option<Status>,
    paused: bool,
    /// The runs left by a killed orchestrator.
    orphans: Vec<Orphan>,
    agents: Vec<Agent>,
    counts: QueueCounts,
    /// Tasks that wait, with the reason.
    waiting: Vec<(Task, Explained)>,
    /// How many more tasks wait.
    more: u64,
    /// Active projects whose tasks are all done.
    ready: Vec<Project>,
    today: f64,
    limit_today: f64,
    /// Why the queue cannot be read; none if it can.
    away: Option<String>,
}

/// One agent, running or configured.
#[derive(Debug, Serialize)]
struct Agent {
    name: String,
    role: String,
    runner: Option<String>,
    work: Option<Work>,
    idle: Option<Idle>,
}

impl View {
    async fn gather(
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
        query.since = Some(Timestamp::from_millis(now.as_millis().div_euclid(DAY) * DAY));
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
    fn without_queue(installation: &Installation, away: String) -> Self {
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

    fn json(&self) -> serde_json::Value {
        let running = self.status.as_ref().map(|status| {
            json!({
                "orchestrator": status.orchestrator, "pid": status.pid, "started_at": status.started_at,
                "paused": status.paused, "stopping": status.stopping, "out_of_service": status.maintenance,
                "queue_away_since": status.store_away_since, "queue_away_why": status.store_away_why,
            })
        });
        let waiting: Vec<_> =
            self.waiting.iter().map(|(task, explained)| json::task(task, explained)).collect();
        json!({
            "running": running,
            "queue_away": self.away,
            "paused": self.paused,
            "agents": self.agents,
            "orphans": self.orphans,
            "landings": self.status.as_ref().map_or(&[][..], |status| &status.landings),
            "queues": self.counts.queues,
            "to_review": self.counts.to_review,
            "to_land": self.counts.to_land,
            "to_decide": self.counts.to_decide,
            "waiting": waiting,
            "more_waiting": self.more,
            "ready_projects": self.ready,
            "today": { "cost_usd": self.today, "limit_usd": self.limit_today },
            "warnings": self.status.as_ref().map_or(&[][..], |status| &status.warnings),
        })
    }
}

/// Returns the running agents, or the configured ones if none run.
fn agents(
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
