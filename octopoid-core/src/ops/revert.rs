//! Taking back what a task landed, by another task.

use super::enqueue::is_open;
use super::{Duplicates, Enqueued, OpError, Result, enqueue};
use crate::model::{CommitId, NewTask, Priority, Revert, Scope, State, Task, TaskId};
use crate::store::{RunQuery, Store, StoreExt, TaskQuery};

/// Request to take back what a task landed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevertRequest {
    /// Why; may be empty. The agent, if one is needed, and the reviewers read it.
    pub reason: String,
    /// Priority of the new task.
    pub priority: Priority,
    /// Who asks for it.
    pub author: String,
}

impl RevertRequest {
    /// Returns a request by `author`, without a reason, of normal priority.
    pub fn new(author: impl Into<String>) -> Self {
        Self { reason: String::new(), priority: Priority::default(), author: author.into() }
    }

    /// Sets the reason.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// Sets the priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }
}

/// Reads which commits a task landed.
///
/// # Errors
/// [`OpError::NotLanded`] for a task that is not done or landed nothing; [`OpError::LandingUnknown`] where the record of its landing
/// does not say where the base branch stood before; as [`TaskStore::task`](crate::store::TaskStore::task).
pub async fn landing_of(store: &dyn Store, scope: &Scope, id: &TaskId) -> Result<(Task, Revert)> {
    let task = store.task(scope, id).await?;
    let State::Done { landed: Some(landed), .. } = &task.state else {
        return Err(OpError::NotLanded { task: id.clone(), queue: task.queue() });
    };
    let landed = landed.clone();
    let runs = store.list_runs(&RunQuery::new(scope.clone()).of_task(id.clone())).await?;
    // Newest first: a landing that was tried before began on another commit.
    let landing = runs.into_iter().find(|run| run.role.is_none() && run.commits > 0);
    let before: Option<CommitId> = landing.and_then(|run| run.base);
    match before {
        Some(before) => Ok((task, Revert::new(id.clone(), before, landed))),
        None => Err(OpError::LandingUnknown { task: id.clone(), landed }),
    }
}

/// Creates the task that takes back what another one landed. It goes through the flow of that one: tests, reviews and landing.
/// Returns the task that does so already, as long as it is open.
///
/// The machine that works on it makes the commit; where later commits are in the way, an agent is asked to.
///
/// # Errors
/// As [`landing_of`] and [`enqueue`](super::enqueue()).
pub async fn revert(
    store: &dyn Store,
    scope: &Scope,
    id: &TaskId,
    request: RevertRequest,
) -> Result<Enqueued> {
    let (task, landing) = landing_of(store, scope, id).await?;
    let landed = landing.landed.clone();
    let mut new = new_task(&task, landing, request);
    let mut query = TaskQuery::new(scope.clone());
    // The store narrows it down.
    query.search = Some(new.title.clone());
    let mut earlier = store.all_tasks(&query).await?;
    earlier.retain(|task| task.attributes.reverts == new.attributes.reverts);
    // What was taken back may have landed again, and a task that was called off is not the last word.
    let number = earlier.len();
    if let Some(open) = earlier.into_iter().find(|task| is_open(task.queue())) {
        return Ok(Enqueued::Duplicate(Box::new(open)));
    }
    new.key = Some(format!("revert/{id}/{landed}/{number}"));
    Ok(enqueue(store, new, Duplicates::Refuse).await?)
}

/// Returns the task that takes a landing back. Pure.
fn new_task(of: &Task, landing: Revert, request: RevertRequest) -> NewTask {
    let Revert { task, before, landed } = &landing;
    let title = format!("Revert \"{}\"", of.title.chars().take(280).collect::<String>());
    let mut description = format!(
        "Take back what {task} landed: the commits after {before}, up to {landed}.\n\nKeep what later commits have added, and leave \
         everything else as it is. `git diff {before} {landed}` shows what is to be undone."
    );
    if !request.reason.trim().is_empty() {
        description.push_str(&format!("\n\nWhy: {}", request.reason.trim()));
    }
    let mut new = NewTask::new(title, description)
        .with_scope(of.scope.clone())
        .with_priority(request.priority)
        .with_author(request.author);
    new.branch.clone_from(&of.branch);
    new.attributes.flow.clone_from(&of.attributes.flow);
    // What lands a project is taken back where that landed.
    if !of.attributes.lands_project {
        new.attributes.project.clone_from(&of.attributes.project);
    } else {
        new.attributes.flow = None;
    }
    new.attributes.reverts = Some(landing);
    new
}
