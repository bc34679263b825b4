//! The tasks that wait for something.

use crate::model::{Queue, Scope, Task};
use crate::store::{Result, Store, TaskOrder, TaskQuery};

/// The tasks that are neither done nor called off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Unfinished {
    /// The most urgent tasks of each queue; some have a claim.
    pub tasks: Vec<Task>,
    /// How many more there are.
    pub more: u64,
}

/// The queues of unfinished tasks that may wait for something, those first that need a person most often.
const QUEUES: [Queue; 6] = [
    Queue::NeedsContinuation,
    Queue::Failed,
    Queue::Custom,
    Queue::Provisional,
    Queue::Incoming,
    Queue::Blocked,
];

/// Reads the tasks that wait for anything at all: neither done, called off or put aside, nor worked on. At most `each` of
/// every queue.
///
/// # Errors
/// As [`TaskStore::list_tasks`](crate::store::TaskStore::list_tasks).
pub async fn unfinished(store: &dyn Store, scope: &Scope, each: u32) -> Result<Unfinished> {
    let mut found = Unfinished::default();
    for queue in QUEUES {
        let (mut query, mut left) = (TaskQuery::new(scope.clone()).in_queue(queue), each);
        query.order = TaskOrder::Priority;
        // Those that were called off stand there for ever, and must not take the place of one that failed.
        query.limit = if queue == Queue::Failed { TaskQuery::MAX_LIMIT } else { each };
        let page = store.list_tasks(&query).await?;
        found.more += page.total - page.items.len() as u64;
        for task in page.items.into_iter().filter(|task| !task.state.is_cancelled()) {
            if left == 0 {
                found.more += 1;
                continue;
            }
            left -= 1;
            found.tasks.push(task);
        }
    }
    Ok(found)
}
