//! The data.

use super::index::Index;
use crate::backend::{RecordKey, RecordKind, StoredReply};
use octopoid_core::model::{Event, Message, Run, RunId, Scope, Task, TaskId, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// Everything the store knows. What was numbered once is not numbered again.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) tenants: HashMap<Scope, Tenant>,
    pub(super) events: BTreeMap<u64, Event>,
    pub(super) last_event: u64,
    pub(super) last_message: u64,
    /// By the order in which they were first recorded.
    pub(super) runs: BTreeMap<u64, Run>,
    pub(super) last_run: u64,
    /// By kind and age.
    pub(super) records: BTreeMap<(RecordKind, u64), Record>,
    pub(super) last_record: u64,
    pub(super) counters: HashMap<String, u64>,
    pub(super) replies: HashMap<String, (StoredReply, Timestamp)>,
}

/// Row that is kept as text.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) scope: Option<Scope>,
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
    pub(super) messages: HashMap<TaskId, Vec<Message>>,
    pub(super) run_ids: HashMap<RunId, u64>,
    /// The events of each task, by number.
    pub(super) history: HashMap<TaskId, Vec<u64>>,
}

/// Shows how much there is: tokens and digests are secrets (I28), and the rest would fill a log.
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

    pub(super) fn tenant_mut(&mut self, scope: &Scope) -> &mut Tenant {
        self.tenants.entry(scope.clone()).or_default()
    }

    /// Returns the place of a record.
    pub(super) fn place(&self, key: RecordKey<'_>) -> Option<u64> {
        let mut of_kind = self.records.range((key.kind, 0)..=(key.kind, u64::MAX));
        let found = of_kind.find(|(_, record)| record.name == key.name && record.scope.as_ref() == key.scope);
        found.map(|((_, place), _)| *place)
    }

    /// Adds or replaces a run at its place.
    pub(super) fn insert_run(&mut self, place: u64, run: Run) -> Option<Run> {
        self.tenant_mut(&run.scope).run_ids.insert(run.id.clone(), place);
        self.runs.insert(place, run)
    }

    pub(super) fn remove_run(&mut self, place: u64) -> Option<Run> {
        let run = self.runs.remove(&place)?;
        self.tenant_mut(&run.scope).run_ids.remove(&run.id);
        Some(run)
    }

    /// Adds an event at its number.
    pub(super) fn insert_event(&mut self, event: Event) {
        let history = self.tenant_mut(&event.scope).history.entry(event.task.clone()).or_default();
        let place = history.partition_point(|seq| *seq < event.seq);
        history.insert(place, event.seq);
        self.events.insert(event.seq, event);
    }

    pub(super) fn remove_event(&mut self, seq: u64) -> Option<Event> {
        let event = self.events.remove(&seq)?;
        if let Some(history) = self.tenant_mut(&event.scope).history.get_mut(&event.task) {
            history.retain(|known| *known != seq);
        }
        Some(event)
    }
}

impl Tenant {
    pub(super) fn task(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.get(self.ids.get(id)?)
    }

    /// Adds or replaces a task; returns what it replaced.
    pub(super) fn insert(&mut self, task: Task) -> Option<Task> {
        let before = self.remove(task.seq);
        self.ids.insert(task.id.clone(), task.seq);
        if let Some(key) = &task.key {
            self.keys.insert(key.clone(), task.seq);
        }
        self.index.add(&task);
        self.tasks.insert(task.seq, task);
        before
    }

    pub(super) fn remove(&mut self, seq: u64) -> Option<Task> {
        let task = self.tasks.remove(&seq)?;
        self.index.remove(&task);
        self.ids.remove(&task.id);
        if let Some(key) = &task.key {
            self.keys.remove(key);
        }
        Some(task)
    }
}
