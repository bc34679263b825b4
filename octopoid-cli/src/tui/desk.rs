//! The desk: the queue that is shown, and what is known around it.

use super::entry::entries;
use super::snapshot::{Here, Limits, Snapshot};
use crate::assembly::{Explainer, Roles};
use crate::config::ForgeKind;
use crate::context::Context;
use crate::environment::Environment;
use crate::error::Result;
use crate::installation::{Installation, Orphan, running_status};
use crate::overview::{agents, start_of_day};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Project, ProjectStatus, RoleName, Scope, Task, Timestamp};
use octopoid_core::ops::{Board, Landing, Situation, project};
use octopoid_core::orchestrator::{Status, Work};
use octopoid_core::store::{ArtifactReader, MachineQuery, ProjectQuery, Store, UsageQuery};
use octopoid_core::transition::Purpose;
use octopoid_store::HttpStore;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most tasks that are done and shown.
pub(super) const DONE: u32 = 100;

/// Desk of an installation, or of a server alone.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(super) context: Context,
    pub(super) store: Arc<dyn Store>,
    pub(super) scope: Scope,
    pub(super) installation: Option<Installation>,
    /// The files that runs left, as the server has them; none without a server.
    pub(super) artifacts: Option<Arc<dyn ArtifactReader>>,
    name: String,
    /// What the roles of the installation claim tasks for.
    purposes: BTreeMap<RoleName, Purpose>,
}

impl Desk {
    /// Opens the desk of an installation.
    pub(crate) async fn of_installation(installation: Installation, context: Context) -> Result<Self> {
        let (store, artifacts): (Arc<dyn Store>, Option<Arc<dyn ArtifactReader>>) =
            match installation.connection(&context.environment)? {
                Some(connection) => {
                    let server = Arc::new(connection.open().await?);
                    (server.clone(), Some(server))
                }
                None => (installation.store(&context.environment).await?, None),
            };
        let purposes = Roles::load(&installation, &context.environment).await.purposes();
        let folder = installation.root.file_name().map(|name| name.to_string_lossy().into_owned());
        let server = installation.config.value.server.as_ref().filter(|_| installation.is_remote());
        let name = match (folder, server.and_then(|server| server.url.as_deref())) {
            (Some(folder), Some(url)) => format!("{folder} at {}", host(url)),
            (Some(folder), None) => folder,
            (None, _) => "octopoid".to_owned(),
        };
        let scope = installation.scope();
        Ok(Self { context, store, scope, installation: Some(installation), artifacts, name, purposes })
    }

    /// Returns the desk of a scope on a server, with no repository at hand.
    pub(crate) fn of_server(url: &str, server: Arc<HttpStore>, scope: Scope, context: Context) -> Self {
        let name = format!("{scope} at {}", host(url));
        let artifacts = Some(server.clone() as Arc<dyn ArtifactReader>);
        let purposes = BTreeMap::new();
        Self { context, store: server, scope, installation: None, artifacts, name, purposes }
    }

    /// Reads everything around a board.
    pub(super) async fn snapshot(&self, board: &Board) -> Result<Snapshot> {
        let here = self.here()?;
        let status = here.as_ref().and_then(|here| here.status.as_ref());
        let situation = self.situation(board).await?;
        let works = status.map_or_else(Vec::new, works);
        let entries = entries(board.tasks(), &situation, &works);
        let mut usage = UsageQuery::new(self.scope.clone());
        usage.since = Some(start_of_day(SystemClock.now()));
        let machines = MachineQuery::new(self.scope.clone());
        let (machines, today, ready) =
            tokio::try_join!(self.store.machines(&machines), self.store.usage(&usage), self.ready(board))?;
        Ok(Snapshot {
            name: self.name.clone(),
            entries,
            here,
            machines,
            ready,
            today: today.cost_usd,
            away: None,
        })
    }

    /// Returns a snapshot for a queue that cannot be read: the last one, with what this machine knows now.
    pub(super) fn without_queue(&self, last: Option<&Snapshot>, away: String) -> Snapshot {
        let mut snapshot = last.cloned().unwrap_or_default();
        snapshot.name.clone_from(&self.name);
        snapshot.here = self.here().ok().flatten();
        snapshot.away = Some(away);
        snapshot
    }

    async fn situation(&self, board: &Board) -> Result<Situation> {
        Ok(match &self.installation {
            Some(installation) => {
                Explainer::with_purposes(installation, &self.purposes, &*self.store, board.tasks())
                    .await?
                    .situation
            }
            None => Situation::on_server(&*self.store, &self.scope, board.tasks()).await?,
        })
    }

    fn here(&self) -> Result<Option<Here>> {
        let Some(installation) = &self.installation else { return Ok(None) };
        let (now, status) = (SystemClock.now(), running_status(installation));
        let orphans = Orphan::find(installation, now);
        let settings = installation.settings(&Environment::empty())?;
        Ok(Some(Here {
            agents: agents(status.as_ref(), &installation.agent_settings(), &orphans, now),
            paused: installation.pause_marker().exists(),
            status: status.map(without_time),
            orphans,
            landing: Landing::new(settings.base_branch)
                .with_tests(settings.test.is_some())
                .with_pull_request(installation.config.value.forge() == ForgeKind::Github),
            limits: Limits { day: settings.limits.cost_usd_per_day, task: settings.limits.cost_usd_per_task },
        }))
    }

    /// Reads the active projects that wait for a person. Those with open tasks are not counted for that.
    async fn ready(&self, board: &Board) -> octopoid_core::store::Result<Vec<Project>> {
        let mut query = ProjectQuery::new(self.scope.clone());
        query.status = Some(ProjectStatus::Active);
        let mut ready = Vec::new();
        for one in self.store.list_projects(&query).await?.items {
            let is_open = |task: &Task| {
                let attributes = &task.attributes;
                attributes.project.as_ref() == Some(&one.id) && !attributes.lands_project && !task.is_done()
            };
            if !board.tasks().any(is_open) && project::progress(&*self.store, &one).await?.needs_person(&one)
            {
                ready.push(one);
            }
        }
        Ok(ready)
    }
}

/// Returns the runs under way, landings among them.
fn works(status: &Status) -> Vec<Work> {
    let of_agents = status.agents.iter().filter_map(|agent| agent.work.as_ref());
    of_agents.chain(&status.landings).cloned().collect()
}

/// Returns a status that differs from an earlier one only where something is different.
fn without_time(mut status: Status) -> Status {
    status.at = Timestamp::default();
    status
}

/// Returns a server's name and port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
