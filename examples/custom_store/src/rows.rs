//! The tables, and changes of their rows.

use octopoid_core::model::{Event, Message, Run, Scope, Task, TaskId};
use octopoid_store::backend::{RecordKey, RecordKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All rows, by their keys.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) tasks: BTreeMap<Scope, BTreeMap<TaskId, Task>>,
    pub(crate) events: BTreeMap<u64, Event>,
    pub(crate) messages: BTreeMap<u64, Message>,
    pub(crate) runs: BTreeMap<u64, Run>,
    pub(crate) records: BTreeMap<OwnedKey, Record>,
}

/// Key of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct OwnedKey {
    pub(crate) kind: RecordKind,
    pub(crate) scope: Option<Scope>,
    pub(crate) name: String,
}

impl From<RecordKey<'_>> for OwnedKey {
    fn from(key: RecordKey<'_>) -> Self {
        Self { kind: key.kind, scope: key.scope.cloned(), name: key.name.to_owned() }
    }
}

/// Record, with its place in the order in which records were first written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) place: u64,
    pub(crate) body: String,
}

/// Change of one row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    PutTask(Box<Task>),
    RemoveTask(Scope, TaskId),
    PutEvent(Box<Event>),
    RemoveEvent(u64),
    PutMessage(Box<Message>),
    RemoveMessage(u64),
    PutRun(u64, Box<Run>),
    RemoveRun(u64),
    PutRecord(OwnedKey, Record),
    RemoveRecord(OwnedKey),
}

impl Rows {
    /// Changes a row and returns the change that takes it back; `None` where nothing changed.
    pub(crate) fn apply(&mut self, change: Change) -> Option<Change> {
        use Change::*;
        match change {
            PutTask(task) => {
                let (scope, id) = (task.scope.clone(), task.id.clone());
                let before = self.tasks.entry(scope.clone()).or_default().insert(id.clone(), *task);
                Some(before.map_or(RemoveTask(scope, id), |task| PutTask(Box::new(task))))
            }
            RemoveTask(scope, id) => {
                self.tasks.get_mut(&scope)?.remove(&id).map(|task| PutTask(Box::new(task)))
            }
            PutEvent(event) => {
                let key = event.seq;
                let before = self.events.insert(key, *event);
                Some(before.map_or(RemoveEvent(key), |event| PutEvent(Box::new(event))))
            }
            RemoveEvent(key) => self.events.remove(&key).map(|event| PutEvent(Box::new(event))),
            PutMessage(message) => {
                let key = message.id;
                let before = self.messages.insert(key, *message);
                Some(before.map_or(RemoveMessage(key), |message| PutMessage(Box::new(message))))
            }
            RemoveMessage(key) => self.messages.remove(&key).map(|message| PutMessage(Box::new(message))),
            PutRun(key, run) => {
                let before = self.runs.insert(key, *run);
                Some(before.map_or(RemoveRun(key), |run| PutRun(key, Box::new(run))))
            }
            RemoveRun(key) => self.runs.remove(&key).map(|run| PutRun(key, Box::new(run))),
            PutRecord(key, record) => {
                let before = self.records.insert(key.clone(), record);
                Some(before.map_or(RemoveRecord(key.clone()), |record| PutRecord(key, record)))
            }
            RemoveRecord(key) => self.records.remove(&key).map(|record| PutRecord(key, record)),
        }
    }

    /// Lists the changes that make these rows from nothing.
    pub(crate) fn snapshot(&self) -> impl Iterator<Item = Change> {
        use Change::*;
        let tasks =
            self.tasks.values().flat_map(BTreeMap::values).map(|task| PutTask(Box::new(task.clone())));
        let events = self.events.values().map(|event| PutEvent(Box::new(event.clone())));
        let messages = self.messages.values().map(|message| PutMessage(Box::new(message.clone())));
        let runs = self.runs.iter().map(|(key, run)| PutRun(*key, Box::new(run.clone())));
        let records = self.records.iter().map(|(key, record)| PutRecord(key.clone(), record.clone()));
        tasks.chain(events).chain(messages).chain(runs).chain(records)
    }
}
