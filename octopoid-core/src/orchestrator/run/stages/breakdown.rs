//! A task that is to be done in parts.

use crate::model::{RoleName, StepStatus, Subtask, TaskId};
use crate::orchestrator::run::{RunAbort, RunContext, Settlement};
use crate::transition::{Command, Refusal, check_depth, check_subtasks};

/// The step's name.
const STEP: &str = "break down";

impl RunContext {
    /// Stops before the agent costs anything, where the task's parts would be too deep.
    pub(in crate::orchestrator::run) async fn too_deep(&mut self) -> Result<Option<Settlement>, RunAbort> {
        if self.task.role != RoleName::breakdown() || self.task.attributes.parent.is_none() {
            return Ok(None);
        }
        let ancestors = self.ancestors().await?;
        let Err(error) = check_depth(ancestors, self.shared.store.policy()) else { return Ok(None) };
        let reason = format!("it cannot be broken down: {}; give it another role", rule(error));
        let command = Command::Suspend { actor: self.holder(), reason, question: false };
        Ok(Some(Settlement { command, pause: None }))
    }

    /// Has the parts made, all in one command of the store's, so that nothing half-done can remain. A graph that cannot be
    /// is the agent's failure, and is charged.
    pub(in crate::orchestrator::run) async fn break_down(
        &mut self,
        mut subtasks: Vec<Subtask>,
    ) -> Result<Command, RunAbort> {
        for part in &mut subtasks {
            part.title = self.log.clean(part.title.trim().lines().next().unwrap_or_default());
            part.description = self.log.clean(&part.description);
        }
        let ancestors = self.ancestors().await?;
        Ok(match check_subtasks(&subtasks, ancestors, self.shared.store.policy()) {
            Ok(()) => {
                self.record(STEP, StepStatus::Done, format!("{} parts", subtasks.len()))?;
                Command::BreakDown { token: self.entry.token.clone(), subtasks }
            }
            Err(error) => {
                let reason = format!("the task cannot be broken down like this: {}", rule(error));
                self.record(STEP, StepStatus::Refused, reason.clone())?;
                Command::Requeue { actor: self.holder(), reason }
            }
        })
    }

    /// How many tasks this one is a part of, one within the other.
    async fn ancestors(&self) -> Result<u32, RunAbort> {
        let deepest = self.shared.store.policy().max_depth;
        let (mut count, mut above) = (0, self.task.attributes.parent.clone());
        // What a client wrote as a parent may be anything, also a circle.
        while let Some(id) = above.filter(|_| count < deepest) {
            count += 1;
            above = self.parent_of(&id).await?;
        }
        Ok(count)
    }

    async fn parent_of(&self, id: &TaskId) -> Result<Option<TaskId>, RunAbort> {
        self.check()?;
        match self.retry(|| self.shared.store.task(&self.task.scope, id)).await {
            Ok(task) => Ok(task.attributes.parent),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(self.abort_reason(&error)),
        }
    }
}

/// A refusal without the field's name, which is the store's business.
fn rule(refusal: Refusal) -> String {
    match refusal {
        Refusal::Invalid { rule, .. } => rule,
        other => other.to_string(),
    }
}
