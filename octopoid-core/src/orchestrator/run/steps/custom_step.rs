//! Steps of the embedding program's own.

use crate::model::StepStatus;
use crate::orchestrator::panics::catch_panic;
use crate::orchestrator::run::{RunAbort, RunContext};
use crate::orchestrator::step::{StepContext, StepEnd};

/// What an own step means for the work.
#[derive(Debug)]
pub(in crate::orchestrator::run) enum OwnEnd {
    GoesOn,
    Refused(String),
    Waits(String),
}

impl RunContext {
    /// Takes an own step, unless this run has taken it on this very content.
    pub(in crate::orchestrator::run) async fn custom_step(
        &mut self,
        name: &str,
        merged: bool,
    ) -> Result<OwnEnd, RunAbort> {
        let Some(step) = self.shared.steps.get(name).cloned() else {
            // What is built has every step that its flows name.
            return Err(RunAbort::Fault(format!("the step `{name}` is not registered")));
        };
        let when = if merged { "after" } else { "before" };
        let key = format!("step {name} {when} the merge");
        let Some(tree) = self.not_passed(name, &key).await? else { return Ok(OwnEnd::GoesOn) };
        let context = StepContext {
            task: self.task.clone(),
            run: self.entry.run.id.clone(),
            repository: self.shared.repository.clone(),
            workspace: self.workspace_path(),
            base_branch: self.entry.base_branch.clone(),
            head: self.entry.run.head.clone(),
            merged,
            cancel: self.interrupt.cancel.clone(),
        };
        let end = tokio::select! {
            end = catch_panic(step.run(&context)) => end.map_err(|words| {
                RunAbort::Fault(format!("the step `{name}` panicked: {words}"))
            })?,
            () = self.interrupt.cancel.cancelled() => {
                self.check()?;
                return Err(RunAbort::Stopping);
            }
        };
        self.check()?;
        match end {
            Ok(StepEnd::Done(words)) => {
                self.entry.passed.insert(key, tree);
                self.record(name, StepStatus::Done, words)?;
            }
            Ok(StepEnd::Skipped(why)) => self.record(name, StepStatus::Skipped, why)?,
            Ok(StepEnd::Refused(why)) => {
                self.record(name, StepStatus::Refused, why.clone())?;
                return Ok(OwnEnd::Refused(format!("`{name}` refuses the work: {why}")));
            }
            Ok(StepEnd::Waits(why)) => {
                self.record(name, StepStatus::Waiting, why.clone())?;
                return Ok(OwnEnd::Waits(why));
            }
            Err(error) => return Err(RunAbort::Fault(format!("the step `{name}` failed: {error}"))),
        }
        Ok(OwnEnd::GoesOn)
    }
}
