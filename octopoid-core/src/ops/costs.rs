//! What runs used: sums over the run records, and over nothing else.

use crate::model::{AgentName, ProjectId, RoleName, Run, Scope, TaskId, Timestamp, Usage};
use crate::store::{Result, RunQuery, Store, StoreExt, TaskQuery};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What costs are added up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CostBy {
    /// The day in UTC on which a run began.
    Day,
    /// The role of a run's agent.
    Role,
    /// The agent.
    Agent,
    /// The project of a run's task.
    Project,
    /// The task.
    Task,
    /// The model.
    Model,
}

/// What a sum is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum CostOf {
    /// Runs that began on a day, such as `2026-03-01`, in UTC.
    Day(String),
    /// Runs of a role.
    Role(RoleName),
    /// Landings, which have no role.
    Landings,
    /// Runs of an agent.
    Agent(AgentName),
    /// Runs for a project.
    Project(ProjectId),
    /// Runs for tasks that belong to no project, or do not exist any more.
    NoProject,
    /// Runs for a task.
    Task(TaskId),
    /// Runs of a model.
    Model(String),
    /// Runs whose model is not known: the program did not say, the record is of an earlier version, or no agent ran.
    UnknownModel,
}

impl fmt::Display for CostOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CostOf::Day(day) => f.pad(day),
            CostOf::Role(role) => f.pad(role.as_str()),
            CostOf::Landings => f.pad("landing"),
            CostOf::Agent(agent) => f.pad(agent.as_str()),
            CostOf::Project(project) => f.pad(project.as_str()),
            CostOf::NoProject => f.pad("no project"),
            CostOf::Task(task) => f.pad(task.as_str()),
            CostOf::Model(model) => f.pad(model),
            CostOf::UnknownModel => f.pad("unknown model"),
        }
    }
}

/// One sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cost {
    /// What it is of.
    pub of: CostOf,
    /// How many runs.
    pub runs: u64,
    /// What they used.
    pub usage: Usage,
}

/// Sums, and the sum of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Costs {
    /// The sums; days, names and ids in their order.
    pub rows: Vec<Cost>,
    /// How many runs in all.
    pub runs: u64,
    /// What they used.
    pub total: Usage,
}

impl Costs {
    /// Adds runs up. Pure. `projects` has the projects of tasks, which matter for [`CostBy::Project`] alone.
    pub fn of(runs: &[Run], by: CostBy, projects: &BTreeMap<TaskId, ProjectId>) -> Self {
        let mut sums: BTreeMap<CostOf, (u64, Usage)> = BTreeMap::new();
        let mut costs = Costs::default();
        for run in runs {
            let of = match by {
                CostBy::Day => CostOf::Day(day(run.started_at)),
                CostBy::Role => run.role.clone().map_or(CostOf::Landings, CostOf::Role),
                CostBy::Agent => CostOf::Agent(run.agent.clone()),
                CostBy::Project => {
                    projects.get(&run.task).cloned().map_or(CostOf::NoProject, CostOf::Project)
                }
                CostBy::Task => CostOf::Task(run.task.clone()),
                CostBy::Model => run.model.clone().map_or(CostOf::UnknownModel, CostOf::Model),
            };
            let (count, usage) = sums.entry(of).or_default();
            *count += 1;
            *usage += run.usage;
            costs.runs += 1;
            costs.total += run.usage;
        }
        costs.rows = sums.into_iter().map(|(of, (runs, usage))| Cost { of, runs, usage }).collect();
        costs
    }
}

/// Which runs to add up, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CostQuery {
    /// The tenant.
    pub scope: Scope,
    /// What to add up by.
    pub by: CostBy,
    /// Only runs that began at or after this moment.
    pub since: Option<Timestamp>,
    /// Only runs that began before this moment.
    pub until: Option<Timestamp>,
}

impl CostQuery {
    /// A query for all runs of a scope.
    pub fn new(scope: Scope, by: CostBy) -> Self {
        Self { scope, by, since: None, until: None }
    }

    /// Only runs that began at or after a moment.
    #[must_use]
    pub fn since(mut self, moment: Timestamp) -> Self {
        self.since = Some(moment);
        self
    }

    /// Only runs that began before a moment.
    #[must_use]
    pub fn until(mut self, moment: Timestamp) -> Self {
        self.until = Some(moment);
        self
    }

    fn takes(&self, run: &Run) -> bool {
        self.since.is_none_or(|since| run.started_at >= since)
            && self.until.is_none_or(|until| run.started_at < until)
    }
}

/// Reads what runs used.
///
/// The newest runs of a scope are one request. Where more of them are asked for than a store lists at once, the runs of each
/// task are read.
///
/// # Errors
/// As [`RunStore::list_runs`](crate::store::RunStore::list_runs) and
/// [`TaskStore::list_tasks`](crate::store::TaskStore::list_tasks).
pub async fn costs(store: &dyn Store, query: &CostQuery) -> Result<Costs> {
    let newest = store.list_runs(&RunQuery::new(query.scope.clone())).await?;
    let is_full = newest.len() >= RunQuery::new(query.scope.clone()).limit as usize;
    let reaches = |run: &Run| query.since.is_some_and(|since| run.started_at < since);
    let is_complete = !is_full || newest.last().is_some_and(reaches);
    let needs_tasks = !is_complete || query.by == CostBy::Project;
    let tasks =
        if needs_tasks { store.all_tasks(&TaskQuery::new(query.scope.clone())).await? } else { Vec::new() };
    let mut runs =
        if is_complete { newest } else { of_tasks(store, query, tasks.iter().map(|task| &task.id)).await? };
    runs.retain(|run| query.takes(run));
    let projects = tasks.into_iter().filter_map(|task| Some((task.id, task.attributes.project?))).collect();
    Ok(Costs::of(&runs, query.by, &projects))
}

async fn of_tasks(
    store: &dyn Store,
    query: &CostQuery,
    tasks: impl Iterator<Item = &TaskId>,
) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for task in tasks {
        runs.extend(store.list_runs(&RunQuery::new(query.scope.clone()).of_task(task.clone())).await?);
    }
    Ok(runs)
}

/// The day of a moment, in UTC.
fn day(moment: Timestamp) -> String {
    moment.to_string().chars().take(10).collect()
}
