//! Summary that an orchestrator returns when it ends.

use super::Scheduler;
use super::leftover::{Leftover, WaitsFor};
use crate::model::{Queue, State, Task, TaskId};
use crate::store::{StoreError, StoreExt, TaskQuery};
use serde::{Deserialize, Serialize};
use std::fmt;

/// State of the tasks at the time at which the orchestrator ended.
///
/// `landed`, `done`, `failed`, `cancelled` and `under_way` contain tasks that this orchestrator worked on; `needs_person`,
/// `waiting` and `blocked` contain every task of its scope to which that applies, worked on or not. No task is in two lists.
///
/// [`Display`](fmt::Display) gives the counts in one line, such as `2 landed, 1 waiting`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// Tasks whose work is on the base branch.
    pub landed: Vec<TaskId>,
    /// Tasks that are done and had nothing to merge.
    pub done: Vec<TaskId>,
    /// Tasks that failed.
    pub failed: Vec<Leftover>,
    /// Tasks that a person cancelled.
    pub cancelled: Vec<TaskId>,
    /// Tasks that wait for a person's answer or decision.
    pub needs_person: Vec<Leftover>,
    /// Tasks that an agent here, or a landing, could continue but has not.
    pub waiting: Vec<Leftover>,
    /// Tasks that wait for other tasks.
    pub blocked: Vec<Leftover>,
    /// Tasks that another machine has claimed or may claim, or that were put into the backlog.
    pub under_way: Vec<TaskId>,
    /// Whether the orchestrator was paused, drained or stopped, so that `waiting` tasks were left on purpose.
    pub held_up: bool,
    /// Reason why the store could not be read; the lists are then incomplete.
    pub unread: Option<String>,
}

impl Summary {
    /// Returns whether no task failed, waits or needs a person, and the store could be read.
    pub fn is_complete(&self) -> bool {
        let left = [&self.failed, &self.needs_person, &self.waiting, &self.blocked];
        left.into_iter().all(Vec::is_empty) && self.under_way.is_empty() && self.unread.is_none()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waits = if self.needs_person.len() == 1 { "waits for a person" } else { "wait for a person" };
        let counts = [
            (self.landed.len(), "landed"),
            (self.done.len(), "done without a merge"),
            (self.failed.len(), "failed"),
            (self.cancelled.len(), "called off"),
            (self.needs_person.len(), waits),
            (self.waiting.len(), "waiting"),
            (self.blocked.len(), "blocked"),
            (self.under_way.len(), "under way"),
        ];
        let mut separator = "";
        for (count, words) in counts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {words}")?;
            separator = ", ";
        }
        match (&self.unread, separator) {
            (Some(why), _) => write!(f, "{separator}the rest is unknown: {why}"),
            (None, "") => f.write_str("no task was worked on"),
            (None, _) => Ok(()),
        }
    }
}

impl Scheduler {
    /// Reads the final state of the tasks from the store.
    pub(super) async fn summary(&self) -> Summary {
        let mut summary = Summary { held_up: self.is_held_up(), ..Summary::default() };
        let mut tasks = Vec::new();
        if let Err(error) = self.read_tasks(&mut tasks).await {
            summary.unread = Some(error.to_string());
        }
        tasks.sort_by_key(|task| task.seq);
        for task in tasks {
            self.add(&mut summary, task);
        }
        summary
    }

    /// Reads the tasks that were worked on, and the unfinished tasks of the scope.
    async fn read_tasks(&self, tasks: &mut Vec<Task>) -> Result<(), StoreError> {
        let (store, scope) = (&self.shared.store, &self.shared.settings.scope);
        for id in &self.state.worked_on {
            match store.task(scope, id).await {
                Ok(task) => tasks.push(task),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        let mut query = TaskQuery::new(scope.clone());
        query.queues = vec![
            Queue::Incoming,
            Queue::Provisional,
            Queue::NeedsContinuation,
            Queue::Blocked,
            Queue::Custom,
        ];
        let open = store.all_tasks(&query).await?;
        tasks.extend(open.into_iter().filter(|task| !self.state.worked_on.contains(&task.id)));
        Ok(())
    }

    fn add(&self, summary: &mut Summary, task: Task) {
        match &task.state {
            State::Done { landed: Some(_), .. } => summary.landed.push(task.id),
            State::Done { landed: None, .. } => summary.done.push(task.id),
            State::Failed { .. } if task.state.is_cancelled() => summary.cancelled.push(task.id),
            State::Failed { reason } => {
                let reason = reason.clone();
                summary.failed.push(Leftover::new(task, reason));
            }
            _ => match self.waits_for(&task) {
                Some(WaitsFor::Turn(why)) => summary.waiting.push(Leftover::new(task, why)),
                Some(WaitsFor::Tasks(why)) => summary.blocked.push(Leftover::new(task, why)),
                Some(WaitsFor::Person(why)) => summary.needs_person.push(Leftover::new(task, why)),
                None if self.state.worked_on.contains(&task.id) => summary.under_way.push(task.id),
                None => {}
            },
        }
    }
}
