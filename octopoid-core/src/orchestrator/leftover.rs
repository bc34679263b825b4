//! What is left when an orchestrator ends though it was told to work until there is nothing left.

use super::Orchestrator;
use super::start::RunError;
use crate::model::{Hold, Provisional, Queue, State, Task, TaskId};
use crate::store::{StoreExt, TaskQuery};
use crate::transition::Purpose;
use serde::{Deserialize, Serialize};

/// A task that could be worked on, and is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Leftover {
    /// The task.
    pub task: TaskId,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub queue: Queue,
    /// Why no agent here works on it.
    pub why: String,
}

impl Orchestrator {
    /// Returns the tasks that wait for neither a person nor another task.
    pub(super) async fn leftovers(&self) -> Result<Vec<Leftover>, RunError> {
        let mut query = TaskQuery::new(self.shared.settings.scope.clone());
        query.queues = vec![Queue::Incoming, Queue::Provisional];
        let tasks = self.shared.store.all_tasks(&query).await?;
        let left = tasks.into_iter().filter_map(|task| {
            let why = self.why_left(&task)?;
            Some(Leftover { queue: task.queue(), task: task.id, title: task.title, why })
        });
        Ok(left.collect())
    }

    /// Returns why no agent here works on a task; `None` if it is not for an agent.
    fn why_left(&self, task: &Task) -> Option<String> {
        match &task.state {
            State::Incoming => self.why_idle(Purpose::Work, Some(task)),
            State::Provisional(Provisional { approval: None, hold: Hold::Free }) => {
                self.why_idle(Purpose::Review, None)
            }
            State::Provisional(Provisional { approval: Some(approval), hold: Hold::Free })
                if self.shared.settings.merge.auto || approval.person =>
            {
                let waiting = self.waiting_reasons().find(|(id, _)| *id == task.id);
                Some(
                    waiting.map_or_else(
                        || "it is approved and has not landed".to_owned(),
                        |(_, idle)| idle.reason,
                    ),
                )
            }
            _ => None,
        }
    }

    /// Why the agents that could take something do not. None where there are no such agents, but other machines may have them.
    fn why_idle(&self, purpose: Purpose, task: Option<&Task>) -> Option<String> {
        let shared = &self.shared;
        let could = shared.agents.iter().filter(|agent| {
            let claims = shared.roles.get(&agent.role).map(|role| role.spec().claims);
            claims == Some(purpose) && task.is_none_or(|task| task.role == agent.role)
        });
        let reasons: Vec<_> = could
            .map(|agent| {
                let idle = self.state.agents.get(&agent.name).and_then(|known| known.idle.as_ref());
                let reason = idle.map_or("it was not asked", |idle| idle.reason.as_str());
                format!("agent `{}`: {reason}", agent.name)
            })
            .collect();
        if reasons.is_empty() && shared.settings.machine.is_some() {
            return None;
        }
        Some(match (reasons.is_empty(), task) {
            (false, _) => reasons.join("; "),
            (true, Some(task)) => format!("no agent here has the role `{}`", task.role),
            (true, None) => "no agent here reviews".to_owned(),
        })
    }
}
