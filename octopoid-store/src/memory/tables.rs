//! The data.

use super::index::Index;
use crate::engine::{Kept, Shelf};
use octopoid_core::model::{Event, Message, Run, RunId, Scope, Task, TaskId, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// Everything the store knows. The counters never go back, so nothing is numbered twice.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) tenants: HashMap<Scope, Tenant>,
    pub(super) events: BTreeMap<u64, Event>,
    pub(super) last_event: u64,
    pub(super) last_task: u64,
    pub(super) last_message: u64,
    pub(super) last_run: u64,
    /// By kind and age.
    pub(super) records: BTreeMap<(Shelf, u64), Record>,
    pub(super) last_record: u64,
    pub(super) counters: HashMap<String, u64>,
    /// How many writes there were.
    pub(super) changes: u64,
    pub(super) requests: HashMap<String, (Kept, Timestamp)>,
}

/// Something small that is kept whole.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) scope: Scope,
    pub(super) name: String,
    pub(super) body: String,
}

/// What belongs to one scope.
#[derive(Debug, Default)]
pub(super) struct Tenant {
    /// By their place in the order of creation.
    pub(super) tasks: BTreeMap<u64, Task>,
    pub(super) ids: HashMap<TaskId, u64>,
    pub(super) keys: HashMap<String, u64>,
    pub(super) index: Index,
    pub(super) last_number: u64,
    pub(super) messages: HashMap<TaskId, Vec<Message>>,
    /// By the order in which they were first recorded.
    pub(super) runs: BTreeMap<u64, Run>,
    pub(super) run_ids: HashMap<RunId, u64>,
    /// The events of each task, by number.
    pub(super) history: HashMap<TaskId, Vec<u64>>,
}

/// Says how much there is: tokens and digests are secrets (I28), and the rest would fill a log.
impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks: usize = self.tenants.values().map(|tenant| tenant.tasks.len()).sum();
        f.debug_struct("Tables")
            .field("tasks", &tasks)
            .field("events", &self.events.len())
            .finish_non_exhaustive()
    }
}

impl Tables {
    pub(super) fn tenant(&self, scope: &Scope) -> Option<&Tenant> {
        self.tenants.get(scope)
    }

    /// The place of a record.
    pub(super) fn place(&self, shelf: Shelf, scope: &Scope, name: &str) -> Option<u64> {
        let mut shelf = self.records.range((shelf, 0)..=(shelf, u64::MAX));
        shelf.find(|(_, record)| record.name == name && &record.scope == scope).map(|((_, place), _)| *place)
    }

    pub(super) fn tenant_mut(&mut self, scope: &Scope) -> &mut Tenant {
        self.tenants.entry(scope.clone()).or_default()
    }
}

impl Tenant {
    pub(super) fn task(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.get(self.ids.get(id)?)
    }

    pub(super) fn put(&mut self, task: &Task) {
        if let Some(before) = self.tasks.insert(task.seq, task.clone()) {
            self.index.remove(&before);
        }
        self.ids.insert(task.id.clone(), task.seq);
        if let Some(key) = &task.key {
            self.keys.insert(key.clone(), task.seq);
        }
        self.index.add(task);
    }
}
