//! The steps of a task's flow, in order, up to the first that fails.

use super::custom_step::OwnEnd;
use super::test::Ended;
use crate::flow::{Flow, Script, StepKind};
use crate::model::{CommitId, StepRecord, StepStatus};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::run::stages::submit::conflict_text;
use crate::orchestrator::run::{RunAbort, RunContext, Settlement, timing};
use crate::transition::{Cause, Command, Purpose};
use tracing::Instrument;

/// What is said of work that needs no merge.
pub(in crate::orchestrator::run) const IN_BASE: &str = "every change was in the base branch already";

/// Whether a step shows work that is to land, which is needless where it has landed.
fn shows_work(step: &StepKind) -> bool {
    match step {
        StepKind::UpdateChangelog
        | StepKind::PushBranch
        | StepKind::CreatePr
        | StepKind::WaitForChecks
        | StepKind::CommentReview => true,
        StepKind::Rebase
        | StepKind::RunTests
        | StepKind::Cleanup
        | StepKind::Run(_)
        | StepKind::Own { .. } => false,
    }
}

/// The work as it was before a step.
struct Work {
    base: Option<CommitId>,
    head: Option<CommitId>,
    commits: u32,
}

impl RunContext {
    fn work_now(&self) -> Work {
        let Entry { base, run, .. } = &self.entry;
        Work { base: base.clone(), head: run.head.clone(), commits: run.commits }
    }

    /// Takes the work through steps; gives what becomes of it when one of them ends its way.
    pub(in crate::orchestrator::run) async fn steps(
        &mut self,
        steps: &[StepKind],
        tip: &CommitId,
        flow: &Flow,
    ) -> Result<Option<Settlement>, RunAbort> {
        for step in steps {
            self.begin_step();
            if let Some(end) = self.step(step, tip, flow).instrument(timing::step(step.name())).await? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    async fn step(
        &mut self,
        step: &StepKind,
        tip: &CommitId,
        flow: &Flow,
    ) -> Result<Option<Settlement>, RunAbort> {
        if self.contained.is_some() && shows_work(step) {
            self.record(step.name(), StepStatus::Skipped, IN_BASE)?;
            return Ok(None);
        }
        match step {
            StepKind::Rebase => {
                let work = self.work_now();
                if let Some(conflict) = self.rebase_onto(tip).await? {
                    let text = conflict_text(&conflict, &self.entry.base_branch);
                    return Ok(Some(self.reject(text, Cause::Conflict)));
                }
                if self.entry.run.commits == 0 {
                    // Nothing is left of it on top of the base branch (I25). What is there is tested, and the work reviewed, as
                    // any other: that it is there says nothing of how it came there (I30).
                    self.record("rebase", StepStatus::Skipped, IN_BASE)?;
                    self.say_landed_by_others(tip, work.head.as_ref()).await?;
                    (self.entry.base, self.entry.run.commits) = (work.base, work.commits);
                    self.entry.run.head.clone_from(&work.head);
                    self.contained = work.head;
                }
            }
            StepKind::UpdateChangelog => self.update_changelog().await?,
            StepKind::RunTests => {
                if let Some(failure) = self.test().await? {
                    return Ok(Some(self.reject(failure, Cause::Tests)));
                }
            }
            StepKind::PushBranch => self.push_branch().await?,
            StepKind::CreatePr => self.create_pr().await?,
            StepKind::WaitForChecks => return self.wait_for_checks(flow).await,
            StepKind::CommentReview => self.comment_review().await?,
            StepKind::Cleanup => self.cleanup().await?,
            StepKind::Run(script) => {
                if let Some(failure) = self.script(script, false).await? {
                    return Ok(Some(self.sent_back(script.asks_person, failure)));
                }
            }
            StepKind::Own { name, asks_person } => match self.custom_step(name, false).await? {
                OwnEnd::GoesOn => {}
                OwnEnd::Refused(failure) => return Ok(Some(self.sent_back(*asks_person, failure))),
                OwnEnd::Waits(why) if self.entry.purpose == Purpose::Land => return self.wait(why).map(Some),
                OwnEnd::Waits(why) => return Err(RunAbort::Fault(format!("`{name}` has to wait: {why}"))),
            },
        }
        Ok(None)
    }

    /// Takes the work through the flow's checks. They look at its content alone, so what has passed them when it was handed
    /// in has passed them.
    pub(in crate::orchestrator::run) async fn checks(
        &mut self,
        checks: &[Script],
    ) -> Result<Option<Settlement>, RunAbort> {
        let known = !checks.is_empty() && self.is_as_handed_in().await?;
        for script in checks {
            if known {
                self.record(&script.name, StepStatus::Skipped, "this content has passed before")?;
                continue;
            }
            self.begin_step();
            let passed = self.script(script, true).instrument(timing::step(&script.name));
            if let Some(failure) = passed.await? {
                return Ok(Some(self.sent_back(script.asks_person, failure)));
            }
        }
        Ok(None)
    }

    /// What runs once the work is merged: a failure is noted, and nothing is undone. What a run that was cut off has done
    /// is not done again.
    pub(in crate::orchestrator::run) async fn after_merge(
        &mut self,
        steps: &[StepKind],
    ) -> Result<(), RunAbort> {
        for step in steps {
            let done = |record: &StepRecord| record.name == step.name() && record.status == StepStatus::Done;
            if self.entry.run.steps.iter().any(done) {
                continue;
            }
            let says = format!("{} is merged, but `{}` after that fails", self.task.id, step.name());
            self.begin_step();
            let span = timing::step(step.name());
            let failed = match step {
                StepKind::Run(script) => match self.execute(script, &says, false).instrument(span).await? {
                    Ended::Passed { output } => self.passed(script, &output).map(|()| None),
                    Ended::Failed { told } => Ok(Some(told)),
                },
                StepKind::Own { name, .. } => match self.custom_step(name, true).instrument(span).await {
                    Ok(OwnEnd::GoesOn) => Ok(None),
                    Ok(OwnEnd::Refused(why) | OwnEnd::Waits(why)) => Ok(Some(format!("{says}: {why}"))),
                    Err(error) => Err(error),
                },
                StepKind::CommentReview => self.comment_review().instrument(span).await.map(|()| None),
                StepKind::Cleanup => self.cleanup().instrument(span).await.map(|()| None),
                // A flow in which another step comes after the merge is refused.
                _ => Ok(None),
            };
            match failed {
                Ok(None) => {}
                Ok(Some(told)) => self.shared.warn(told),
                Err(RunAbort::Fault(why)) => {
                    self.record(step.name(), StepStatus::Refused, why.clone())?;
                    self.shared.warn(format!("{says}: {why}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn sent_back(&self, asks_person: bool, failure: String) -> Settlement {
        if asks_person {
            let command = Command::Suspend { actor: self.holder(), reason: failure, question: false };
            return Settlement { command, pause: None };
        }
        self.reject(failure, Cause::Tests)
    }
}
