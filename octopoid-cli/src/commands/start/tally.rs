//! What came of the tasks that this run of the orchestrator worked on.

use crate::error::Result;
use octopoid_core::model::{Scope, State, TaskId, Timestamp};
use octopoid_core::orchestrator::{Events, Notice};
use octopoid_core::store::{RunQuery, Store};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::task::JoinHandle;

/// Counts until the orchestrator ends. Apart from what is shown, so that a slow terminal makes no count wrong.
#[derive(Debug)]
pub(super) struct Tally {
    task: JoinHandle<Seen>,
}

/// The tasks that were worked on.
#[derive(Debug, Default)]
pub(super) struct Seen {
    tasks: BTreeSet<TaskId>,
    /// Whether notices were lost, and with them tasks.
    missed: bool,
}

impl Tally {
    /// Begins to count what comes.
    pub(super) fn begin(mut events: Events) -> Self {
        Self {
            task: tokio::spawn(async move {
                let mut seen = Seen::default();
                while let Some(notice) = events.next().await {
                    seen.hear(notice);
                }
                seen
            }),
        }
    }

    /// Waits until everything is counted. To be called when the orchestrator has ended.
    pub(super) async fn end(self) -> Seen {
        // A defect in counting must not hide how the run ended.
        self.task.await.unwrap_or_default()
    }
}

impl Seen {
    fn hear(&mut self, notice: Notice) {
        match notice {
            Notice::RunStarted { task, .. } | Notice::RunSettled { task, .. } => {
                self.tasks.insert(task);
            }
            Notice::Missed { .. } => self.missed = true,
            _ => {}
        }
    }

    /// Sorts the tasks by where they are in the queue now, and by who needs a person.
    pub(super) async fn sorted(
        mut self,
        store: &dyn Store,
        scope: &Scope,
        since: Timestamp,
        needs_person: &BTreeSet<TaskId>,
    ) -> Result<Ended> {
        if self.missed {
            let runs = store.list_runs(&RunQuery::new(scope.clone())).await?;
            let lately = runs.into_iter().filter(|run| run.started_at >= since);
            self.tasks.extend(lately.map(|run| run.task));
        }
        let mut ended = Ended::default();
        for id in self.tasks {
            let task = match store.task(scope, &id).await {
                Ok(task) => task,
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(error.into()),
            };
            let list = match &task.state {
                State::Done { landed: Some(_), .. } => &mut ended.landed,
                State::Done { landed: None, .. } => &mut ended.done,
                State::Failed { .. } if task.state.is_cancelled() => &mut ended.cancelled,
                State::Failed { .. } => &mut ended.failed,
                _ if needs_person.contains(&id) => &mut ended.waits_for_person,
                _ => &mut ended.under_way,
            };
            list.push(id);
        }
        Ok(ended)
    }
}

/// What a run did, by what became of its tasks.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// In the base branch.
    landed: Vec<TaskId>,
    /// Done without anything to merge: by a flow that does not, or in parts.
    done: Vec<TaskId>,
    failed: Vec<TaskId>,
    /// Called off by a person.
    cancelled: Vec<TaskId>,
    waits_for_person: Vec<TaskId>,
    /// Neither over nor in a person's hands.
    under_way: Vec<TaskId>,
}

impl Ended {
    /// In one line.
    pub(super) fn words(&self) -> String {
        let waits = if self.waits_for_person.len() == 1 { "waits for a person" } else { "wait for a person" };
        let parts: Vec<_> = [
            (&self.landed, "landed"),
            (&self.done, "done without a merge"),
            (&self.failed, "failed"),
            (&self.cancelled, "called off"),
            (&self.waits_for_person, waits),
            (&self.under_way, "under way"),
        ]
        .into_iter()
        .filter(|(tasks, _)| !tasks.is_empty())
        .map(|(tasks, words)| format!("{} {words}", tasks.len()))
        .collect();
        if parts.is_empty() { "no task was worked on".to_owned() } else { parts.join(", ") }
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "landed": self.landed, "done": self.done, "failed": self.failed, "cancelled": self.cancelled,
            "waits_for_person": self.waits_for_person, "under_way": self.under_way,
        })
    }
}
