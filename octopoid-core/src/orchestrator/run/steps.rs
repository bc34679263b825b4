//! The steps of a task's flow, in order, up to the first that fails.

use super::submission::conflict_text;
use super::test::Ended;
use super::{Active, Broken, Resolution};
use crate::flow::{Script, StepKind};
use crate::model::{CommitId, StepStatus};
use crate::transition::{Cause, Command};

impl Active {
    /// Takes the work through steps; gives what becomes of it when one of them ends its way.
    pub(super) async fn steps(
        &mut self,
        steps: &[StepKind],
        tip: &CommitId,
    ) -> Result<Option<Resolution>, Broken> {
        for step in steps {
            match step {
                StepKind::Rebase => {
                    if let Some(conflict) = self.rebase_onto(tip).await? {
                        let text = conflict_text(&conflict, &self.entry.base_branch);
                        return Ok(Some(self.reject(text, Cause::Conflict)));
                    }
                    if self.entry.run.commits == 0 {
                        // Nothing is left of it on top of the base branch (I25).
                        self.withdraw(tip).await;
                        let note = "every change was in the base branch already".to_owned();
                        return self.landed(tip.clone(), Some(note)).await.map(Some);
                    }
                }
                StepKind::RunTests => {
                    if let Some(failure) = self.test().await? {
                        return Ok(Some(self.reject(failure, Cause::Tests)));
                    }
                }
                StepKind::Run(script) => {
                    if let Some(failure) = self.script(script).await? {
                        return Ok(Some(self.after_script(script, failure)));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Takes the work through the flow's checks. They look at its content alone, so what has passed them when it was handed
    /// in has passed them.
    pub(super) async fn checks(&mut self, checks: &[Script]) -> Result<Option<Resolution>, Broken> {
        let known = !checks.is_empty() && self.is_as_handed_in().await?;
        for script in checks {
            if known {
                self.record(&script.name, StepStatus::Skipped, "this content has passed before")?;
                continue;
            }
            if let Some(failure) = self.script(script).await? {
                return Ok(Some(self.after_script(script, failure)));
            }
        }
        Ok(None)
    }

    /// What runs once the work is merged: a failure is noted, and nothing is undone. What a run that was cut off has done
    /// is not done again.
    pub(super) async fn after_merge(&mut self, steps: &[StepKind]) -> Result<(), Broken> {
        for step in steps {
            let StepKind::Run(script) = step else { continue };
            let done = |record: &crate::model::StepRecord| {
                record.name == script.name && record.status == StepStatus::Done
            };
            if self.entry.run.steps.iter().any(done) {
                continue;
            }
            let says = format!("{} is merged, but `{}` after that fails", self.task.id, script.name);
            match self.execute(script, &says).await? {
                Ended::Passed { output } => self.passed(script, &output)?,
                Ended::Failed { told } => self.shared.warn(told),
            }
        }
        Ok(())
    }

    fn after_script(&self, script: &Script, failure: String) -> Resolution {
        if script.asks_person {
            let command = Command::Suspend { actor: self.holder(), reason: failure, question: false };
            return Resolution { command, pause: None };
        }
        self.reject(failure, Cause::Tests)
    }
}
