//! The tasks that wait for a person: one list for every screen.

use super::explain::explain;
use super::remedy::Remedy;
use super::situation::Situation;
use super::unfinished::{Unfinished, unfinished};
use super::wait_reason::WaitReason;
use crate::model::{Queue, Scope, Task, TaskId, Timestamp};
use crate::store::{Result, Store, TaskQuery};
use serde::{Deserialize, Serialize};

/// A task that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NeedsYou {
    /// The task.
    pub task: TaskId,
    /// Its title.
    pub title: String,
    /// Its queue.
    pub queue: Queue,
    /// Why it waits, in one line.
    pub why: String,
    /// Why it waits, typed.
    pub reason: WaitReason,
    /// When the task last changed, which is when it began to wait unless it was edited since.
    pub since: Timestamp,
    /// What can be done about it, the most likely first.
    pub remedies: Vec<Remedy>,
}

/// Returns why a task waits for a person; none if it does not. Pure, and by the same reasons as
/// [`explain`](super::explain()).
pub fn needs_you(task: &Task, situation: &Situation) -> Option<NeedsYou> {
    let explanation = explain(task, situation);
    explanation.needs_person.then(|| NeedsYou {
        task: task.id.clone(),
        title: task.title.clone(),
        queue: task.queue(),
        why: explanation.to_string(),
        reason: explanation.reason,
        since: task.updated_at,
        remedies: explanation.remedies,
    })
}

/// Reads the tasks of a scope that wait for a person, by what is stored alone. Screens that know more, such as the agents of
/// an installation, read [`unfinished()`] tasks and use [`needs_you()`] with their own [`Situation`].
///
/// # Errors
/// As [`TaskStore::list_tasks`](crate::store::TaskStore::list_tasks).
pub async fn needs_you_in(store: &dyn Store, scope: &Scope) -> Result<Vec<NeedsYou>> {
    let Unfinished { tasks, .. } = unfinished(store, scope, TaskQuery::MAX_LIMIT).await?;
    let situation = Situation::on_server(store, scope, &tasks).await?;
    Ok(tasks.iter().filter_map(|task| needs_you(task, &situation)).collect())
}
