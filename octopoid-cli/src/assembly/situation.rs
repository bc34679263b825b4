//! Explaining tasks by what an installation and its store know.

use super::Roles;
use crate::environment::Environment;
use crate::error::Result;
use crate::installation::{Installation, running_status};
use crate::output::explained::Explained;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{RoleName, Task, Timestamp};
use octopoid_core::ops::{Delay, OrchestratorState, Situation, explain};
use octopoid_core::store::Store;
use octopoid_core::transition::Purpose;
use std::collections::BTreeMap;

/// An explainer of tasks, with what was known at one moment.
#[derive(Debug)]
pub(crate) struct Explainer {
    pub(crate) now: Timestamp,
    pub(crate) situation: Situation,
}

impl Explainer {
    /// Reads what is known around some tasks.
    pub(crate) async fn gather(
        installation: &Installation,
        environment: &Environment,
        store: &dyn Store,
        tasks: impl IntoIterator<Item = &Task>,
    ) -> Result<Self> {
        let purposes = Roles::load(installation, environment).await.purposes();
        Self::with_purposes(installation, &purposes, store, tasks).await
    }

    /// Reads what is known around some tasks, where it is known already what roles claim tasks for: loading them may start
    /// programs, which a screen that reads again and again does once.
    pub(crate) async fn with_purposes(
        installation: &Installation,
        purposes: &BTreeMap<RoleName, Purpose>,
        store: &dyn Store,
        tasks: impl IntoIterator<Item = &Task>,
    ) -> Result<Self> {
        let scope = installation.scope();
        let mut situation = Situation::around(store, &scope, tasks).await?;
        let agents = installation.agent_settings();
        let active = agents.iter().filter(|agent| !agent.paused);
        situation
            .add_roles(active.filter_map(|agent| Some((agent.role.clone(), *purposes.get(&agent.role)?))));
        if installation.is_remote() {
            // Other machines have agents too; which of their roles they are for is known where this one has them as well.
            situation.add_machines(store, &scope, purposes).await?;
        }
        situation.person_approves = !installation.settings(&Environment::empty())?.merge.auto;
        let status = running_status(installation);
        situation.orchestrator = match &status {
            None => OrchestratorState::Stopped,
            Some(_) if installation.pause_marker().exists() => OrchestratorState::Paused,
            Some(_) => OrchestratorState::Running,
        };
        let waiting = status.into_iter().flat_map(|status| status.waiting);
        let delays = waiting.map(|(task, idle)| {
            let mut delay = Delay::new(idle.reason);
            delay.until = idle.until;
            (task, delay)
        });
        situation.landings = delays.collect();
        Ok(Self { now: SystemClock.now(), situation })
    }

    /// Explains a task.
    pub(crate) fn explain(&self, task: &Task) -> Explained {
        Explained::new(&explain(task, &self.situation), self.now)
    }
}
