//! Queries and requests of the store traits.

use crate::model::{
    ActionStatus, ClaimToken, DraftStatus, Holder, MachineStatus, Priority, ProjectId, ProjectStatus, Queue,
    RoleName, Scope, StateName, TaskId, Timestamp,
};
use crate::transition::Purpose;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Query for a list of tasks. An empty filter matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TaskQuery {
    /// Scope (tenant).
    pub scope: Scope,
    /// Queues; tasks in `states` match too.
    pub queues: Vec<Queue>,
    /// States added by flows; tasks in `queues` match too.
    #[serde(default)]
    pub states: Vec<StateName>,
    /// Priorities.
    pub priorities: Vec<Priority>,
    /// Roles.
    pub roles: Vec<RoleName>,
    /// Machine that has claimed the task.
    pub claimed_by: Option<crate::model::OrchestratorId>,
    /// Agent that has claimed the task.
    #[serde(default)]
    pub agent: Option<crate::model::AgentName>,
    /// Kinds of work, as in the attribute `type`.
    #[serde(default)]
    pub types: Vec<String>,
    /// Project.
    #[serde(default)]
    pub project: Option<ProjectId>,
    /// Whether the task waits for a person.
    #[serde(default)]
    pub needs_person: Option<bool>,
    /// Text in the title or id; ignores the case of ASCII letters.
    #[serde(default)]
    pub search: Option<String>,
    /// Sequence number, in order of creation, after which the list begins, in either direction.
    pub after: Option<u64>,
    /// Number of tasks to skip at the beginning.
    #[serde(default)]
    pub offset: u64,
    /// Order of the list.
    #[serde(default)]
    pub order: TaskOrder,
    /// Maximum number of tasks, from 1 to 500.
    pub limit: u32,
}

impl TaskQuery {
    /// Maximum size of a page.
    pub const MAX_LIMIT: u32 = 500;

    /// Returns a query for all tasks of a scope, oldest first, in pages of 500.
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

    /// Adds a queue to the filter; may be repeated.
    #[must_use]
    pub fn in_queue(mut self, queue: Queue) -> Self {
        self.queues.push(queue);
        self
    }
}

/// Order of a list of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskOrder {
    /// Oldest first.
    #[default]
    Oldest,
    /// Newest first.
    Newest,
    /// Most urgent first, then oldest first.
    Priority,
}

/// Page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// Items, in the requested order.
    pub items: Vec<T>,
    /// Total number of matching items.
    pub total: u64,
}

impl<T> Page<T> {
    /// Returns a page with some of the matching items and the number of all.
    pub fn new(items: Vec<T>, total: u64) -> Self {
        Self { items, total }
    }
}

/// Request to claim the next task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClaimRequest {
    /// Scope (tenant).
    pub scope: Scope,
    /// Purpose of the claim.
    pub purpose: Purpose,
    /// Roles of the task; empty matches any.
    pub roles: Vec<RoleName>,
    /// Kinds of work, as in the attribute `type`; empty matches any.
    #[serde(default)]
    pub types: Vec<String>,
    /// Task to claim; `None` matches any.
    pub task: Option<TaskId>,
    /// Flow state to claim from, instead of `incoming`; only for the purpose `Work`.
    #[serde(default)]
    pub state: Option<StateName>,
    /// Holder of the new claim.
    pub holder: Holder,
    /// Token of the new claim, fresh and random. Repeating the request with it, after a lost response, returns the same claim.
    pub token: ClaimToken,
    /// Length of the lease.
    pub lease: Duration,
    /// Number of the machine's claims on tasks in `claimed` from which the request is refused.
    pub max_claimed: Option<u32>,
}

impl ClaimRequest {
    /// Returns a request for any task.
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

    /// Adds a role to the filter; may be repeated.
    #[must_use]
    pub fn with_role(mut self, role: RoleName) -> Self {
        self.roles.push(role);
        self
    }

    /// Sets the task to claim.
    #[must_use]
    pub fn with_task(mut self, task: TaskId) -> Self {
        self.task = Some(task);
        self
    }

    /// Sets the maximum number of the machine's claims.
    #[must_use]
    pub fn with_max_claimed(mut self, most: u32) -> Self {
        self.max_claimed = Some(most);
        self
    }
}

/// Numbers of tasks by queue.
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
    /// Returns the number of tasks in a queue.
    pub fn in_queue(&self, queue: Queue) -> u64 {
        self.queues.get(&queue).copied().unwrap_or_default()
    }
}

/// Query for events. A filter that is `None` matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EventQuery {
    /// Scope (tenant); `None` matches every scope, for a reader that serves all of them.
    pub scope: Option<Scope>,
    /// Sequence number after which the list begins.
    pub after: u64,
    /// Task.
    pub task: Option<TaskId>,
    /// Maximum number of events, from 1 to 10 000.
    pub limit: u32,
}

impl EventQuery {
    /// Maximum size of a page.
    pub const MAX_LIMIT: u32 = 10_000;

    /// Returns a query for all events of a scope after a sequence number.
    pub fn after(scope: Scope, after: u64) -> Self {
        Self { scope: Some(scope), after, task: None, limit: 1000 }
    }

    /// Returns a query for all events of every scope after a sequence number.
    pub fn of_all_scopes(after: u64) -> Self {
        Self { scope: None, after, task: None, limit: 1000 }
    }

    /// Sets the task.
    #[must_use]
    pub fn of_task(mut self, task: TaskId) -> Self {
        self.task = Some(task);
        self
    }
}

/// Query for runs. A filter that is `None` matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RunQuery {
    /// Scope (tenant).
    pub scope: Scope,
    /// Task.
    pub task: Option<TaskId>,
    /// Whether only unsettled runs match.
    pub unsettled: bool,
    /// Maximum number of runs, counted from the newest, from 1 to 500.
    pub limit: u32,
}

impl RunQuery {
    /// Returns a query for the runs of a scope, newest first.
    pub fn new(scope: Scope) -> Self {
        Self { scope, task: None, unsettled: false, limit: 500 }
    }

    /// Sets the task.
    #[must_use]
    pub fn of_task(mut self, task: TaskId) -> Self {
        self.task = Some(task);
        self
    }
}

/// Query for the sum of usage. A filter that is `None` matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct UsageQuery {
    /// Scope (tenant).
    pub scope: Scope,
    /// Task.
    pub task: Option<TaskId>,
    /// Time at or after which the runs began.
    pub since: Option<Timestamp>,
}

impl UsageQuery {
    /// Returns a query for all usage of a scope.
    pub fn new(scope: Scope) -> Self {
        Self { scope, task: None, since: None }
    }
}

/// Query for projects. A filter that is `None` matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ProjectQuery {
    /// Scope (tenant).
    pub scope: Scope,
    /// Status.
    pub status: Option<ProjectStatus>,
    /// Creator.
    pub created_by: Option<String>,
    /// Project after which the list begins; the list is ordered newest first.
    #[serde(default)]
    pub after: Option<ProjectId>,
    /// Number of projects to skip at the beginning.
    pub offset: u64,
    /// Maximum number of projects, from 1 to 500.
    pub limit: u32,
}

impl ProjectQuery {
    /// Returns a query for all projects of a scope.
    pub fn new(scope: Scope) -> Self {
        Self { scope, status: None, created_by: None, after: None, offset: 0, limit: TaskQuery::MAX_LIMIT }
    }
}

/// Query for drafts. A filter that is `None` matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DraftQuery {
    /// Scope (tenant).
    pub scope: Scope,
    /// Status.
    pub status: Option<DraftStatus>,
    /// Author.
    pub author: Option<String>,
    /// Subject area.
    pub domain: Option<String>,
    /// Task that the draft became.
    pub linked_task: Option<TaskId>,
    /// Project that the draft became.
    pub linked_project: Option<ProjectId>,
    /// Slug.
    pub slug: Option<String>,
    /// Id of the draft after which the list begins; the list is ordered newest first.
    #[serde(default)]
    pub after: Option<u64>,
    /// Number of drafts to skip at the beginning.
    pub offset: u64,
    /// Maximum number of drafts, from 1 to 500.
    pub limit: u32,
}

impl DraftQuery {
    /// Returns a query for all drafts of a scope.
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

/// Query for actions. A filter that is `None` matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ActionQuery {
    /// Scope (tenant).
    pub scope: Scope,
    /// Kind of record that the action is about.
    pub entity_type: Option<String>,
    /// Id of that record.
    pub entity_id: Option<String>,
    /// Status.
    pub status: Option<ActionStatus>,
    /// Id of the action after which the list begins; the list is ordered newest first.
    #[serde(default)]
    pub after: Option<String>,
    /// Number of actions to skip at the beginning.
    pub offset: u64,
    /// Maximum number of actions, from 1 to 500.
    pub limit: u32,
}

impl ActionQuery {
    /// Returns a query for all actions of a scope.
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

/// Query for machines. An empty filter matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MachineQuery {
    /// Scope (tenant).
    pub scope: Scope,
    /// Cluster.
    pub cluster: Option<String>,
    /// Statuses.
    pub statuses: Vec<MachineStatus>,
}

impl MachineQuery {
    /// Returns a query for all machines of a scope.
    pub fn new(scope: Scope) -> Self {
        Self { scope, cluster: None, statuses: Vec::new() }
    }
}
