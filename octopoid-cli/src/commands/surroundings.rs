//! What is known around tasks, gathered for explaining them.

use crate::environment::Environment;
use crate::error::Result;
use crate::output::words::Surroundings;
use crate::project::Project;
use crate::roles::Roles;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Task, TaskId};
use octopoid_core::orchestrator::{Status, running_pid};
use octopoid_core::store::{MachineQuery, Store};
use octopoid_core::transition::Purpose;
use std::collections::BTreeSet;

impl Surroundings {
    /// Reads them for some tasks.
    pub(crate) async fn gather(
        project: &Project,
        environment: &Environment,
        store: &dyn Store,
        tasks: impl IntoIterator<Item = &Task>,
    ) -> Result<Self> {
        let purposes = Roles::load(project, environment).await.purposes();
        let agents = project.agent_settings();
        let active = agents.iter().filter(|agent| !agent.paused);
        let mut all = Self {
            now: SystemClock.now(),
            status: running_status(project),
            paused: project.pause_marker().exists(),
            roles: active
                .filter_map(|agent| Some((agent.role.clone(), *purposes.get(&agent.role)?)))
                .collect(),
            person_approves: !project.settings(&Environment::empty())?.merge.auto,
            ..Self::default()
        };
        if project.is_remote() {
            // Other machines have agents too; which of their roles they are for is known where this one has them as well.
            for machine in store.machines(&MachineQuery::new(project.scope())).await? {
                let known = machine.agents.into_iter().map(|agent| agent.role);
                all.roles.extend(known.map(|role| {
                    let purpose = purposes.get(&role).copied().unwrap_or(Purpose::Work);
                    (role, purpose)
                }));
            }
        }
        let wanted: BTreeSet<TaskId> =
            tasks.into_iter().flat_map(|task| task.unresolved_blockers().cloned()).collect();
        for id in wanted {
            match store.task(&project.scope(), &id).await {
                Ok(task) => {
                    all.blockers.insert(id, task.queue());
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all)
    }
}

/// What the running orchestrator says of itself; none when none runs. A file that a dead one left does not count.
pub(crate) fn running_status(project: &Project) -> Option<Status> {
    running_pid(&project.layout)?;
    let bytes = octopoid_roles::regular_file::read(project.layout.status()).ok()?;
    serde_json::from_slice(&bytes).ok()
}
