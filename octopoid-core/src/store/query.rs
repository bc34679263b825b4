//! What stores are asked.

use crate::model::{
    ActionStatus, ClaimToken, DraftStatus, Holder, MachineStatus, Priority, ProjectId, ProjectStatus, Queue,
    RoleName, Scope, StateName, TaskId, Timestamp,
};
use crate::transition::Purpose;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Which tasks to list. Empty filters take everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TaskQuery {
    /// The tenant.
    pub scope: Scope,
    /// Only these queues, and tasks in `states`.
    pub queues: Vec<Queue>,
    /// Only tasks in these states of their flows, and those in `queues`.
    #[serde(default)]
    pub states: Vec<StateName>,
    /// Only these priorities.
    pub priorities: Vec<Priority>,
    /// Only these roles.
    pub roles: Vec<RoleName>,
    /// Only tasks that this holder's orchestrator has claimed.
    pub claimed_by: Option<crate::model::OrchestratorId>,
    /// Only tasks that this agent has claimed.
    #[serde(default)]
    pub agent: Option<crate::model::AgentName>,
    /// Only tasks of these kinds, as their attribute `type` has it.
    #[serde(default)]
    pub types: Vec<String>,
    /// Only tasks of this project.
    #[serde(default)]
    pub project: Option<ProjectId>,
    /// Only tasks that wait for a person, or only those that do not.
    #[serde(default)]
    pub needs_person: Option<bool>,
    /// Only tasks with this text in their title or id; case does not count for ASCII letters.
    #[serde(default)]
    pub search: Option<String>,
    /// Only tasks that come after this place in the order of creation, in whichever direction that is read.
    pub after: Option<u64>,
    /// So many fewer from the beginning.
    #[serde(default)]
    pub offset: u64,
    /// In which order.
    #[serde(default)]
    pub order: TaskOrder,
    /// At most so many, from 1 to 500.
    pub limit: u32,
}

impl TaskQuery {
    /// The longest page.
    pub const MAX_LIMIT: u32 = 500;

    /// All tasks of a scope, oldest first, in pages of 500.
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            queues: Vec::new(),
            states: Vec::new(),
            priorities: Vec::new(),
            roles: Vec::new(),
            claimed_by: None,
            agent: None,
            types: Vec::new(),
            project: None,
            needs_person: None,
            search: None,
            after: None,
            offset: 0,
            order: TaskOrder::Oldest,
            limit: Self::MAX_LIMIT,
        }
    }

    /// Only in a queue; may be repeated.
    #[must_use]
    pub fn in_queue(mut self, queue: Queue) -> Self {
        self.queues.push(queue);
        self
    }
}

/// The order of a list of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskOrder {
    /// By age, the oldest first.
    #[default]
    Oldest,
    /// By age, the newest first.
    Newest,
    /// The most urgent first, then the oldest.
    Priority,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The things, in the order that was asked for.
    pub items: Vec<T>,
    /// How many match in all.
    pub total: u64,
}

/// A request for the next task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClaimRequest {
    /// The tenant.
    pub scope: Scope,
    /// What for.
    pub purpose: Purpose,
    /// Only tasks of these roles; none takes any.
    pub roles: Vec<RoleName>,
    /// Only tasks of these kinds, as their attribute `type` has it; none takes any.
    #[serde(default)]
    pub types: Vec<String>,
    /// Only this task.
    pub task: Option<TaskId>,
    /// From this state that a flow adds, instead of from `incoming`; only to work on it.
    #[serde(default)]
    pub state: Option<StateName>,
    /// Who will hold it.
    pub holder: Holder,
    /// The claim's token, fresh and random. The same request again, because its answer was lost, gives the same claim.
    pub token: ClaimToken,
    /// How long the lease is.
    pub lease: Duration,
    /// Refused once the holder's orchestrator has so many claims on tasks in `claimed`.
    pub max_claimed: Option<u32>,
}

impl ClaimRequest {
    /// A request for any task.
    pub fn new(scope: Scope, purpose: Purpose, holder: Holder, token: ClaimToken, lease: Duration) -> Self {
        Self {
            scope,
            purpose,
            roles: Vec::new(),
            types: Vec::new(),
            task: None,
            state: None,
            holder,
            token,
            lease,
            max_claimed: None,
        }
    }

    /// Only tasks of a role; may be repeated.
    #[must_use]
    pub fn with_role(mut self, role: RoleName) -> Self {
        self.roles.push(role);
        self
    }

    /// Only this task.
    #[must_use]
    pub fn with_task(mut self, task: TaskId) -> Self {
        self.task = Some(task);
        self
    }

    /// With a bound on the orchestrator's claims.
    #[must_use]
    pub fn with_max_claimed(mut self, most: u32) -> Self {
        self.max_claimed = Some(most);
        self
    }
}

/// How many tasks stand where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct QueueCounts {
    /// Tasks by queue; a queue without tasks may be missing.
    pub queues: std::collections::BTreeMap<Queue, u64>,
    /// Tasks in `incoming` by role.
    pub incoming_by_role: std::collections::BTreeMap<RoleName, u64>,
    /// Tasks in `provisional` that wait for a reviewer.
    pub to_review: u64,
    /// Tasks in `provisional` that wait for landing.
    pub to_land: u64,
    /// Tasks in `provisional` that wait for a person.
    pub to_decide: u64,
}

impl QueueCounts {
    /// The number of tasks in a queue.
    pub fn in_queue(&self, queue: Queue) -> u64 {
        self.queues.get(&queue).copied().unwrap_or_default()
    }
}

/// Which events to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EventQuery {
    /// The tenant; none takes every scope, for whoever serves all of them.
    pub scope: Option<Scope>,
    /// Only after this number.
    pub after: u64,
    /// Only of this task.
    pub task: Option<TaskId>,
    /// At most so many, from 1 to 10 000.
    pub limit: u32,
}

impl EventQuery {
    /// The longest page.
    pub const MAX_LIMIT: u32 = 10_000;

    /// Everything of a scope after a number.
    pub fn after(scope: Scope, after: u64) -> Self {
        Self { scope: Some(scope), after, task: None, limit: 1000 }
    }

    /// Everything after a number.
    pub fn of_all_scopes(after: u64) -> Self {
        Self { scope: None, after, task: None, limit: 1000 }
    }

    /// Only of one task.
    #[must_use]
    pub fn of_task(mut self, task: TaskId) -> Self {
        self.task = Some(task);
        self
    }
}

/// Which runs to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RunQuery {
    /// The tenant.
    pub scope: Scope,
    /// Only of this task.
    pub task: Option<TaskId>,
    /// Only unsettled ones.
    pub unsettled: bool,
    /// At most so many, the newest, from 1 to 500.
    pub limit: u32,
}

impl RunQuery {
    /// The runs of a scope, newest first.
    pub fn new(scope: Scope) -> Self {
        Self { scope, task: None, unsettled: false, limit: 500 }
    }

    /// Only of one task.
    #[must_use]
    pub fn of_task(mut self, task: TaskId) -> Self {
        self.task = Some(task);
        self
    }
}

/// Whose use to add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct UsageQuery {
    /// The tenant.
    pub scope: Scope,
    /// Only of this task.
    pub task: Option<TaskId>,
    /// Only of runs that began at or after this moment.
    pub since: Option<Timestamp>,
}

impl UsageQuery {
    /// All use of a scope.
    pub fn new(scope: Scope) -> Self {
        Self { scope, task: None, since: None }
    }
}

/// Which projects to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectQuery {
    /// The tenant.
    pub scope: Scope,
    /// Only with this status.
    pub status: Option<ProjectStatus>,
    /// Only those that somebody asked for.
    pub created_by: Option<String>,
    /// Only those that come after this one in the list, which is the newest first.
    #[serde(default)]
    pub after: Option<ProjectId>,
    /// So many fewer from the beginning.
    pub offset: u64,
    /// At most so many, from 1 to 500.
    pub limit: u32,
}

impl ProjectQuery {
    /// All projects of a scope.
    pub fn new(scope: Scope) -> Self {
        Self { scope, status: None, created_by: None, after: None, offset: 0, limit: TaskQuery::MAX_LIMIT }
    }
}

/// Which drafts to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftQuery {
    /// The tenant.
    pub scope: Scope,
    /// Only with this status.
    pub status: Option<DraftStatus>,
    /// Only by this author.
    pub author: Option<String>,
    /// Only of this domain.
    pub domain: Option<String>,
    /// Only what became this task.
    pub linked_task: Option<TaskId>,
    /// Only what became this project.
    pub linked_project: Option<ProjectId>,
    /// Only with this slug.
    pub slug: Option<String>,
    /// Only those that come after this number in the list, which is the newest first.
    #[serde(default)]
    pub after: Option<u64>,
    /// So many fewer from the beginning.
    pub offset: u64,
    /// At most so many, from 1 to 500.
    pub limit: u32,
}

impl DraftQuery {
    /// All drafts of a scope.
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            status: None,
            author: None,
            domain: None,
            linked_task: None,
            linked_project: None,
            slug: None,
            after: None,
            offset: 0,
            limit: TaskQuery::MAX_LIMIT,
        }
    }
}

/// Which actions to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionQuery {
    /// The tenant.
    pub scope: Scope,
    /// Only about this kind of thing.
    pub entity_type: Option<String>,
    /// Only about this one.
    pub entity_id: Option<String>,
    /// Only with this status.
    pub status: Option<ActionStatus>,
    /// Only those that come after the one of this id in the list, which is the newest first.
    #[serde(default)]
    pub after: Option<String>,
    /// So many fewer from the beginning.
    pub offset: u64,
    /// At most so many, from 1 to 500.
    pub limit: u32,
}

impl ActionQuery {
    /// All actions of a scope.
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            entity_type: None,
            entity_id: None,
            status: None,
            after: None,
            offset: 0,
            limit: TaskQuery::MAX_LIMIT,
        }
    }
}

/// Which machines to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineQuery {
    /// The tenant.
    pub scope: Scope,
    /// Only of this cluster.
    pub cluster: Option<String>,
    /// Only with one of these statuses.
    pub statuses: Vec<MachineStatus>,
}

impl MachineQuery {
    /// All machines of a scope.
    pub fn new(scope: Scope) -> Self {
        Self { scope, cluster: None, statuses: Vec::new() }
    }
}
