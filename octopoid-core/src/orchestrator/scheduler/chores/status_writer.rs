//! Status file of the orchestrator.

use crate::model::{RunId, Timestamp};
use crate::orchestrator::disk::journal::replace;
use crate::orchestrator::run::RunHandle;
use crate::orchestrator::scheduler::Scheduler;
use crate::orchestrator::status::{AccountStatus, AgentStatus, Status, Work};
use crate::transition::Purpose;
use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

/// Shortest time between two writes of the status file.
pub(crate) const STATUS_PAUSE: Duration = Duration::from_millis(250);

impl Scheduler {
    pub(crate) fn status(&self, at: Timestamp) -> Status {
        let wanted = self.handle.wanted();
        let agents = self.shared.agents.iter().map(|agent| {
            let work =
                self.state.active.iter().find(|(_, run)| run.agent == agent.name && run.role.is_some());
            AgentStatus {
                name: agent.name.clone(),
                role: agent.role.clone(),
                runner: agent.runner.clone(),
                work: work.map(|(id, run)| work_of(id, run)),
                idle: self.state.agents.get(&agent.name).and_then(|known| known.idle.clone()),
            }
        });
        let landings = self.state.active.iter().filter(|(_, run)| run.purpose == Purpose::Land);
        Status {
            orchestrator: self.shared.settings.orchestrator.clone(),
            pid: std::process::id(),
            started_at: self.state.started_at,
            at,
            paused: wanted.paused,
            stopping: wanted.draining,
            maintenance: self.state.maintenance,
            store_away_since: self.state.outage.as_ref().map(|away| away.since),
            store_away_why: self.state.outage.as_ref().map(|away| away.why.clone()),
            agents: agents.collect(),
            accounts: self.accounts(at).collect(),
            landings: landings.map(|(id, run)| work_of(id, run)).collect(),
            waiting: self.waiting_reasons().collect(),
            warnings: self.state.warnings(at),
        }
    }

    /// Writes the status file, at most a few times a second unless `now` is set. Returns whether the file was written.
    pub(crate) fn write_status(&mut self, now: bool) -> bool {
        let at = self.shared.now();
        let mut work = BTreeMap::new();
        for (id, run) in self.state.active.iter().filter(|(_, run)| run.role.is_some()) {
            work.insert(&run.agent, (id, &run.task, run.since));
        }
        self.state.runtime_files.update(&self.shared.layout, &work, at);
        let recent = self.state.status_written.is_some_and(|last| at.since(last) < STATUS_PAUSE);
        if recent && !now {
            return false;
        }
        self.state.status_written = Some(at);
        let status = self.status(at);
        let written = serde_json::to_vec(&status)
            .map_err(std::io::Error::from)
            .and_then(|bytes| replace(&self.shared.layout.status(), &bytes));
        if let Err(error) = written {
            tracing::warn!(%error, "the status file cannot be written");
        }
        true
    }

    fn accounts(&self, at: Timestamp) -> impl Iterator<Item = AccountStatus> {
        self.state.accounts.closed(at).map(|(account, pause)| AccountStatus {
            account: account.to_owned(),
            agents: self
                .shared
                .agents
                .iter()
                .map(|agent| &agent.name)
                .filter(|agent| self.shared.account(agent) == account)
                .cloned()
                .collect(),
            until: pause.until,
            reason: pause.reason.clone(),
        })
    }
}

fn work_of(id: &RunId, run: &RunHandle) -> Work {
    let progress = run.progress.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Work {
        run: id.clone(),
        task: run.task.clone(),
        title: run.title.clone(),
        since: run.since,
        usage: progress.usage,
        last: progress.last,
    }
}
