//! What came of the tasks that this run of the orchestrator worked on.

use octopoid_core::model::{Queue, StepStatus, TaskId};
use octopoid_core::orchestrator::{Events, Notice};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinHandle;

/// Counts until the orchestrator ends. Apart from what is shown, so that a slow terminal makes no count wrong.
#[derive(Debug)]
pub(super) struct Tally {
    task: JoinHandle<Seen>,
}

/// What was heard of each task.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Where it stood when its last run was over.
    tasks: BTreeMap<TaskId, Queue>,
    merged: BTreeSet<TaskId>,
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
            Notice::Step { task, step, .. } if step.name == "merge" && step.status == StepStatus::Done => {
                self.merged.insert(task);
            }
            Notice::RunSettled { task, queue: Some(queue), .. } => {
                self.tasks.insert(task, queue);
            }
            _ => {}
        }
    }

    /// The same with who needs a person by now.
    pub(super) fn sorted(self, needs_person: &BTreeSet<TaskId>) -> Ended {
        let mut ended = Ended::default();
        for (task, queue) in self.tasks {
            let list = match queue {
                Queue::Done if self.merged.contains(&task) => &mut ended.landed,
                Queue::Done => &mut ended.done,
                Queue::Failed => &mut ended.failed,
                _ if needs_person.contains(&task) => &mut ended.waits_for_person,
                _ => &mut ended.under_way,
            };
            list.push(task);
        }
        ended
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
            "landed": self.landed, "done": self.done, "failed": self.failed,
            "waits_for_person": self.waits_for_person, "under_way": self.under_way,
        })
    }
}
