//! What is known around tasks when they are explained.

use crate::model::{Queue, Registration, RoleName, Scope, Task, TaskId, Timestamp};
use crate::store::{MachineQuery, Result, Store};
use crate::transition::Purpose;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Whether the orchestrator of an installation takes tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrchestratorState {
    /// Nothing is known of one, such as on a server.
    #[default]
    Unknown,
    /// It runs.
    Running,
    /// It runs, and a person has paused it.
    Paused,
    /// None runs.
    Stopped,
}

/// Why approved work waits to land.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delay {
    /// The reason, in words.
    pub reason: String,
    /// When that ends by itself; none where something else has to happen.
    pub until: Option<Timestamp>,
}

impl Delay {
    /// Returns a delay that does not end by itself.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), until: None }
    }
}

/// What a machine says of itself when it registers, as far as explanations need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// What the role of each of its agents claims tasks for.
    pub claims: BTreeMap<RoleName, Purpose>,
    /// Whether it lands what agents have approved, without a person.
    pub lands: bool,
}

impl Capabilities {
    /// Returns what a machine says of itself.
    pub fn new(claims: BTreeMap<RoleName, Purpose>, lands: bool) -> Self {
        Self { claims, lands }
    }

    /// Reads what a machine said; `None` if it says nothing of that.
    fn of(registration: &Registration) -> Option<Self> {
        Self::deserialize(registration.capabilities.as_ref()?).ok()
    }
}

/// What is known around tasks: who could work on them, and where the tasks stand that they wait for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Situation {
    /// The orchestrator here.
    pub orchestrator: OrchestratorState,
    /// What the role of each agent claims tasks for; none where the agents are not known, so that no task is said to lack one.
    pub roles: Option<BTreeMap<RoleName, Purpose>>,
    /// Whether a person must approve before anything lands, whatever a task's flow says.
    pub person_approves: bool,
    /// Why approved tasks wait to land, as far as an orchestrator said so.
    pub landings: BTreeMap<TaskId, Delay>,
    /// The queues of the tasks that others wait for; a task that does not exist is missing.
    pub blockers: BTreeMap<TaskId, Queue>,
}

impl Situation {
    /// Reads where the tasks stand that some tasks wait for, but for those that are among them. Everything else is unknown.
    ///
    /// # Errors
    /// As [`TaskStore::task`](crate::store::TaskStore::task), but for tasks that do not exist.
    pub async fn around(
        store: &dyn Store,
        scope: &Scope,
        tasks: impl IntoIterator<Item = &Task>,
    ) -> Result<Self> {
        let (mut wanted, mut known) = (BTreeSet::new(), BTreeMap::new());
        for task in tasks {
            wanted.extend(task.unresolved_blockers());
            known.insert(&task.id, task.queue());
        }
        let mut situation = Self::default();
        for id in wanted {
            let queue = match known.get(id) {
                Some(queue) => *queue,
                None => match store.task(scope, id).await {
                    Ok(task) => task.queue(),
                    Err(error) if error.is_not_found() => continue,
                    Err(error) => return Err(error),
                },
            };
            situation.blockers.insert(id.clone(), queue);
        }
        Ok(situation)
    }

    /// Reads what the machines of a scope have registered: the roles of their agents, and whether a person approves before they land.
    /// Unknown where a machine does not say so. The rest is unknown.
    ///
    /// # Errors
    /// As [`MachineStore::machines`](crate::store::MachineStore::machines).
    pub async fn of_machines(store: &dyn Store, scope: &Scope) -> Result<Self> {
        let machines = store.machines(&MachineQuery::new(scope.clone())).await?;
        let told = machines.iter().map(|machine| Capabilities::of(&machine.registration));
        let told: Option<Vec<_>> = told.collect();
        let mut situation = Self::default();
        if let Some(told) = told.filter(|told| !told.is_empty()) {
            situation.person_approves = told.iter().all(|one| !one.lands);
            situation.add_roles(told.into_iter().flat_map(|one| one.claims));
        }
        Ok(situation)
    }

    /// Like [`around`](Self::around), with what the [machines](Self::of_machines) have registered: what a server knows.
    ///
    /// # Errors
    /// As those.
    pub async fn on_server(
        store: &dyn Store,
        scope: &Scope,
        tasks: impl IntoIterator<Item = &Task>,
    ) -> Result<Self> {
        let Self { blockers, .. } = Self::around(store, scope, tasks).await?;
        Ok(Self { blockers, ..Self::of_machines(store, scope).await? })
    }

    /// Adds the roles of agents.
    pub fn add_roles(&mut self, roles: impl IntoIterator<Item = (RoleName, Purpose)>) {
        self.roles.get_or_insert_default().extend(roles);
    }

    /// Adds the roles of the agents of all registered machines. What a role claims tasks for is looked up in `purposes`; a
    /// role that is not there is taken for one that works.
    ///
    /// # Errors
    /// As [`MachineStore::machines`](crate::store::MachineStore::machines).
    pub async fn add_machines(
        &mut self,
        store: &dyn Store,
        scope: &Scope,
        purposes: &BTreeMap<RoleName, Purpose>,
    ) -> Result<()> {
        let machines = store.machines(&MachineQuery::new(scope.clone())).await?;
        let roles = machines.into_iter().flat_map(|machine| machine.agents).map(|agent| agent.role);
        self.add_roles(roles.map(|role| {
            let purpose = purposes.get(&role).copied().unwrap_or(Purpose::Work);
            (role, purpose)
        }));
        Ok(())
    }

    /// Returns whether an agent works in a role.
    pub(super) fn has_worker(&self, role: &RoleName) -> bool {
        self.roles.as_ref().is_none_or(|roles| roles.get(role) == Some(&Purpose::Work))
    }

    /// Returns whether an agent reviews in a role whose word a task still waits for.
    pub(super) fn has_reviewer(&self, task: &Task) -> bool {
        let Some(roles) = &self.roles else { return true };
        let mut reviewing = roles.iter().filter(|(_, purpose)| **purpose == Purpose::Review);
        reviewing.any(|(role, _)| task.review().is_none_or(|review| review.wants(role)))
    }
}
