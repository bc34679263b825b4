//! Adding a task, unless the same one is open already (I25).

use crate::model::{NewTask, Queue, RoleName, Task};
use crate::store::{Result, Store, StoreExt, TaskQuery};
use serde::{Deserialize, Serialize};

/// What to do about a task that says exactly the same as an open one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Returns the open task instead of creating another.
    #[default]
    Refuse,
    /// Creates the task without looking.
    Allow,
}

/// What became of a request for a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "task", rename_all = "snake_case")]
#[must_use]
pub enum Enqueued {
    /// The task was created.
    Created(Box<Task>),
    /// Nothing was created: this task says the same and is not finished.
    Duplicate(Box<Task>),
}

/// Creates a task, or returns the open one that says the same.
///
/// # Behavior
/// - A duplicate is what [`find_duplicate`] finds.
/// - The look and the creation are two requests: of two callers that ask for the same in the same moment, each may get a
///   task. A caller that repeats its own request names a [`key`](NewTask::key), which makes one task of both.
///
/// # Errors
/// As [`TaskStore::list_tasks`](crate::store::TaskStore::list_tasks) and
/// [`TaskStore::create_task`](crate::store::TaskStore::create_task).
pub async fn enqueue(store: &dyn Store, new: NewTask, duplicates: Duplicates) -> Result<Enqueued> {
    let twin = match duplicates {
        Duplicates::Refuse => find_duplicate(store, &new).await?,
        Duplicates::Allow => None,
    };
    match twin {
        Some(twin) => Ok(Enqueued::Duplicate(Box::new(twin))),
        None => Ok(Enqueued::Created(Box::new(store.create_task(new).await?))),
    }
}

/// Finds the open task that says exactly the same as a new one.
///
/// Two tasks are the same if their titles and their descriptions are equal, but for white space around them, and the same
/// role works on them. A task that is done or failed is over, and may be asked for again. The task of an earlier request
/// with the same [`key`](NewTask::key) or [`id`](NewTask::id) is not another one.
///
/// # Errors
/// As [`TaskStore::list_tasks`](crate::store::TaskStore::list_tasks).
pub async fn find_duplicate(store: &dyn Store, new: &NewTask) -> Result<Option<Task>> {
    let (title, description) = (new.title.trim(), new.description.trim());
    if title.is_empty() {
        return Ok(None);
    }
    let mut query = TaskQuery::new(new.scope.clone());
    query.queues = Queue::ALL.into_iter().filter(|queue| is_open(*queue)).collect();
    let breakdown = new.attributes.needs_breakdown;
    query.roles.push(if breakdown { RoleName::breakdown() } else { new.role.clone() });
    // The store narrows it down; what is the same is decided here.
    query.search = Some(title.to_owned());
    let is_own =
        |task: &Task| new.id.as_ref() == Some(&task.id) || (new.key.is_some() && new.key == task.key);
    let is_same = |task: &Task| task.title == title && task.description.trim() == description;
    Ok(store.all_tasks(&query).await?.into_iter().find(|task| is_same(task) && !is_own(task)))
}

/// Returns whether a task in a queue is still to be done.
pub(super) const fn is_open(queue: Queue) -> bool {
    match queue {
        Queue::Done | Queue::Failed => false,
        Queue::Backlog
        | Queue::Blocked
        | Queue::Incoming
        | Queue::Claimed
        | Queue::Provisional
        | Queue::NeedsContinuation
        | Queue::Custom => true,
    }
}
