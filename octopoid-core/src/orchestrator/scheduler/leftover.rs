//! Unfinished tasks that an orchestrator leaves when it ends, with the reasons, which are those of its status.

use super::Scheduler;
use crate::model::{Gates, Hold, Provisional, Queue, RoleName, State, Task, TaskId};
use crate::transition::Purpose;
use serde::{Deserialize, Serialize};

/// Task that is not done, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Leftover {
    /// Id of the task.
    pub task: TaskId,
    /// Title of the task.
    pub title: String,
    /// Queue of the task.
    pub queue: Queue,
    /// Reason why the task makes no progress.
    pub why: String,
}

/// Kind of thing that an unfinished task waits for, with the reason.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WaitsFor {
    /// Waits for an agent or a landing on this machine.
    Turn(String),
    /// Waits for other tasks.
    Tasks(String),
    /// Waits for a person.
    Person(String),
}

impl Leftover {
    pub(crate) fn new(task: Task, why: String) -> Self {
        Self { queue: task.queue(), task: task.id, title: task.title, why }
    }
}

impl Scheduler {
    /// Returns what an unfinished task waits for; `None` if another machine has claimed it, or may claim it.
    pub(crate) fn waits_for(&self, task: &Task) -> Option<WaitsFor> {
        if let Some(reason) = task.state.needs_person() {
            return Some(WaitsFor::Person(reason.to_owned()));
        }
        match &task.state {
            State::Blocked => {
                let blockers: Vec<_> = task.unresolved_blockers().map(TaskId::as_str).collect();
                Some(WaitsFor::Tasks(format!("waits for {}", blockers.join(", "))))
            }
            State::Incoming => self.why_idle(Purpose::Work, task).map(WaitsFor::Turn),
            State::Provisional(Provisional { approval: None, hold: Hold::Free }) => {
                self.why_idle(Purpose::Review, task).map(WaitsFor::Turn)
            }
            State::Provisional(Provisional { approval: Some(approval), hold: Hold::Free }) => {
                if !self.shared.settings.merge.auto && !approval.person {
                    let reason = format!("approved by {}; a person must approve too", approval.by);
                    return Some(WaitsFor::Person(reason));
                }
                let waiting = self.waiting_reasons().find(|(id, _)| *id == task.id);
                let reason = waiting.map(|(_, idle)| idle.reason);
                Some(WaitsFor::Turn(reason.unwrap_or_else(|| "it is approved and has not landed".to_owned())))
            }
            State::Custom { state } => Some(WaitsFor::Person(format!(
                "it is in `{state}`, from which a person or a program of its flow moves it"
            ))),
            State::Backlog
            | State::Claimed { .. }
            | State::Provisional(_)
            | State::NeedsContinuation { .. }
            | State::Done { .. }
            | State::Failed { .. } => None,
        }
    }

    /// Returns why the agents that could claim a task do not; `None` if this machine has no such agents but other machines may.
    fn why_idle(&self, purpose: Purpose, task: &Task) -> Option<String> {
        let shared = &self.shared;
        let could = shared.agents.iter().filter(|agent| {
            let claims = shared.roles.get(&agent.role).map(|role| role.spec().claims);
            claims == Some(purpose)
                && match purpose {
                    Purpose::Review => task.review().is_none_or(|review| review.wants(&agent.role)),
                    Purpose::Work | Purpose::Land => task.role == agent.role,
                }
        });
        let reasons: Vec<_> = could
            .map(|agent| {
                let idle = self.state.agents.get(&agent.name).and_then(|known| known.idle.as_ref());
                let reason = idle.map_or("it was not asked", |idle| idle.reason.as_str());
                format!("agent `{}`: {reason}", agent.name)
            })
            .collect();
        match (reasons.is_empty(), purpose) {
            (false, _) => Some(reasons.join("; ")),
            (true, _) if shared.settings.machine.is_some() => None,
            (true, Purpose::Review) => Some(no_reviewer(task)),
            (true, Purpose::Work | Purpose::Land) => {
                Some(format!("no agent here has the role `{}`", task.role))
            }
        }
    }
}

/// Describes the lack of an agent that reviews a task.
fn no_reviewer(task: &Task) -> String {
    let open: Vec<_> =
        task.review().into_iter().flat_map(|review| review.open()).map(RoleName::as_str).collect();
    match task.review().map(|review| &review.gates) {
        Some(Gates::Roles { .. }) if !open.is_empty() => {
            format!("it waits for a review by `{}`, and no agent here has that role", open.join("` or `"))
        }
        _ => "no agent here reviews".to_owned(),
    }
}
