//! The tasks of a live screen, kept up to date by the store's events.

use crate::model::{Queue, Scope, Task, TaskId};
use crate::store::{EventQuery, Result, Store, StoreExt, TaskOrder, TaskQuery};
use std::collections::{BTreeMap, BTreeSet};

/// The queues whose tasks are all on a board.
const OPEN: [Queue; 8] = [
    Queue::Backlog,
    Queue::Blocked,
    Queue::Incoming,
    Queue::Claimed,
    Queue::Provisional,
    Queue::NeedsContinuation,
    Queue::Failed,
    Queue::Custom,
];

/// The most changed tasks that are read one by one; the whole board is read where more have changed.
const ONE_BY_ONE: usize = 20;

/// Tasks of a scope: all that are not done, and the newest that are.
///
/// [`Board::refresh`] reads what has changed, so a screen that waits for
/// [`EventLog::wait_for_event`](crate::store::EventLog::wait_for_event) after [`Board::cursor`] stays up to date at the cost of
/// the changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    scope: Scope,
    done: u32,
    cursor: u64,
    tasks: BTreeMap<TaskId, Task>,
}

impl Board {
    /// Reads a board with at most so many done tasks, the newest by creation.
    ///
    /// # Errors
    /// As [`TaskStore::list_tasks`](crate::store::TaskStore::list_tasks) and
    /// [`EventLog::last_event`](crate::store::EventLog::last_event).
    pub async fn read(store: &dyn Store, scope: &Scope, done: u32) -> Result<Self> {
        // The cursor comes first: what changes while the tasks are read is read again.
        let cursor = store.last_event().await?;
        let mut query = TaskQuery::new(scope.clone());
        query.queues = OPEN.to_vec();
        let mut tasks = store.all_tasks(&query).await?;
        if done > 0 {
            let mut query = TaskQuery::new(scope.clone()).in_queue(Queue::Done);
            (query.order, query.limit) = (TaskOrder::Newest, done.min(TaskQuery::MAX_LIMIT));
            tasks.extend(store.list_tasks(&query).await?.items);
        }
        let tasks = tasks.into_iter().map(|task| (task.id.clone(), task)).collect();
        Ok(Self { scope: scope.clone(), done, cursor, tasks })
    }

    /// Returns the number of the last event that the board knows of.
    pub const fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Returns the tasks, by id.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values()
    }

    /// Returns a task of the board.
    pub fn task(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.get(id)
    }

    /// Reads what has changed since the board was read or refreshed. Returns the tasks with new events, none where nothing
    /// happened; `None` where the whole board was read.
    ///
    /// # Errors
    /// As [`EventLog::events`](crate::store::EventLog::events) and [`Board::read`]. The board is then as it was, or newer.
    pub async fn refresh(&mut self, store: &dyn Store) -> Result<Option<BTreeSet<TaskId>>> {
        // Events of other scopes move the cursor too, or a wait for the next one would end at once, again and again.
        let newest = store.last_event().await?;
        let query = EventQuery::after(self.scope.clone(), self.cursor);
        let events = store.events(&query).await?;
        let cursor = events.last().map_or(newest, |event| event.seq.max(newest));
        let is_full = events.len() >= query.limit as usize;
        let changed: BTreeSet<TaskId> = events.into_iter().map(|event| event.task).collect();
        if is_full || changed.len() > ONE_BY_ONE {
            *self = Self::read(store, &self.scope, self.done).await?;
            return Ok(None);
        }
        for id in &changed {
            match store.task(&self.scope, id).await {
                Ok(task) => {
                    self.tasks.insert(id.clone(), task);
                }
                Err(error) if error.is_not_found() => {
                    self.tasks.remove(id);
                }
                Err(error) => return Err(error),
            }
        }
        self.cursor = cursor;
        Ok(Some(changed))
    }
}
