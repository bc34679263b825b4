//! What becomes of the entries of a list.

use super::entry::ListedTask;
use crate::model::{NewTask, Task};
use crate::ops::find_duplicate;
use crate::store::{Result, Store, StoreExt, TaskQuery};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What becomes of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Listed {
    /// A task is created.
    New,
    /// A task was created of it before.
    Known {
        /// The task.
        task: Box<Task>,
        /// Whether the task says something else than the entry, which has changed since or was edited as a task.
        differs: bool,
    },
    /// An open task says exactly the same.
    Duplicate {
        /// The task.
        task: Box<Task>,
    },
    /// Nothing: its box is ticked.
    Ticked,
}

/// Entry of a list with what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedTask {
    /// Entry.
    pub entry: ListedTask,
    /// What becomes of it.
    pub listed: Listed,
    /// Request for its task.
    new: NewTask,
}

/// Returns what would become of the entries of a list, and changes nothing. `template` says what all tasks have in common; `source` is
/// the name of the list, by which its entries are known again.
///
/// # Errors
/// As [`TaskStore::list_tasks`](crate::store::TaskStore::list_tasks).
pub async fn plan(
    store: &dyn Store,
    source: &str,
    entries: Vec<ListedTask>,
    template: &NewTask,
) -> Result<Vec<PlannedTask>> {
    let tasks = store.all_tasks(&TaskQuery::new(template.scope.clone())).await?;
    let mut known: BTreeMap<_, _> =
        tasks.into_iter().filter_map(|task| Some((task.key.clone()?, task))).collect();
    let mut planned = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut new = template.clone();
        new.title.clone_from(&entry.title);
        new.description.clone_from(&entry.description);
        let key = key(source, template, &entry);
        let listed = if let Some(task) = known.remove(&key) {
            let differs = task.description.trim() != entry.description;
            Listed::Known { task: Box::new(task), differs }
        } else if entry.ticked {
            Listed::Ticked
        } else {
            match find_duplicate(store, &new).await? {
                Some(task) => Listed::Duplicate { task: Box::new(task) },
                None => Listed::New,
            }
        };
        new.key = Some(key);
        planned.push(PlannedTask { entry, listed, new });
    }
    Ok(planned)
}

/// Creates the tasks of the entries that are new, in the order of the list. Returns the entries with their tasks; `None` for one
/// whose box is ticked.
///
/// # Errors
/// As [`TaskStore::create_task`](crate::store::TaskStore::create_task); those before it are created then, and known when this is
/// repeated.
pub async fn create(
    store: &dyn Store,
    planned: Vec<PlannedTask>,
) -> Result<Vec<(PlannedTask, Option<Task>)>> {
    let mut done = Vec::with_capacity(planned.len());
    for one in planned {
        let task = match &one.listed {
            Listed::New => Some(store.create_task(one.new.clone()).await?),
            Listed::Known { task, .. } | Listed::Duplicate { task } => Some((**task).clone()),
            Listed::Ticked => None,
        };
        done.push((one, task));
    }
    Ok(done)
}

/// Returns the key of an entry's task.
fn key(source: &str, template: &NewTask, entry: &ListedTask) -> String {
    let text = format!("{source}\n{}\n{}", template.role, entry.title);
    format!(
        "list/{:032x}",
        text.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
    )
}

/// Constants of FNV-1a with 128 bits, whose values must never change: keys are stored.
const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
