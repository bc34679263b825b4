//! What is known around tasks, gathered for explaining them.

use crate::assembly::Roles;
use crate::environment::Environment;
use crate::error::Result;
use crate::installation::Installation;
use crate::installation::running_status;
use crate::output::words::Surroundings;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Task, TaskId};
use octopoid_core::store::{MachineQuery, Store};
use octopoid_core::transition::Purpose;
use std::collections::BTreeSet;

impl Surroundings {
    /// Reads them for some tasks.
    pub(crate) async fn gather(
        installation: &Installation,
        environment: &Environment,
        store: &dyn Store,
        tasks: impl IntoIterator<Item = &Task>,
    ) -> Result<Self> {
        let purposes = Roles::load(installation, environment).await.purposes();
        let agents = installation.agent_settings();
        let active = agents.iter().filter(|agent| !agent.paused);
        let mut all = Self {
            now: SystemClock.now(),
            status: running_status(installation),
            paused: installation.pause_marker().exists(),
            roles: active
                .filter_map(|agent| Some((agent.role.clone(), *purposes.get(&agent.role)?)))
                .collect(),
            person_approves: !installation.settings(&Environment::empty())?.merge.auto,
            ..Self::default()
        };
        if installation.is_remote() {
            // Other machines have agents too; which of their roles they are for is known where this one has them as well.
            for machine in store.machines(&MachineQuery::new(installation.scope())).await? {
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
            match store.task(&installation.scope(), &id).await {
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
