//! The steps between an agent's work and its submission: rebase, test, branch.

use crate::flow::Flow;
use crate::git::{Conflict, Rebased, Worktree, agent_branch};
use crate::model::{CommitId, Outcome, Review, StepStatus, Submission};
use crate::orchestrator::disk::journal::Report;
use crate::orchestrator::run::{RunAbort, RunContext, Settlement};
use crate::orchestrator::shared::blocking;
use crate::transition::{Cause, Command, Purpose};
use std::time::Duration;

/// How often a step that fails for a reason outside the work is tried before a person is asked.
const STEP_TRIES: u32 = 4;

impl RunContext {
    /// Takes the work through the steps and checks of its flow and hands it in.
    pub(in crate::orchestrator::run) async fn submit(&mut self, flow: &Flow) -> Result<Settlement, RunAbort> {
        let tip = self.base().await?.tip;
        if let Some(end) = self.settle_pointers().await? {
            return Ok(end);
        }
        if let Some(end) = self.copied_files_in_work().await? {
            return Ok(end);
        }
        let made_in = self.task.review().and_then(|review| review.made_in.clone());
        if let Some(end) = self.steps(&flow.hand_in, &tip, flow).await? {
            return Ok(end);
        }
        if let Some(end) = self.checks(&flow.checks(made_in.as_ref())).await? {
            return Ok(end);
        }
        self.keep_on_branch().await?;
        self.say_changed_checks(flow).await?;
        let mut gates = flow.at(made_in.as_ref()).0.gates.clone();
        if self.touches_protected().await? {
            gates = gates.with_person();
        }
        let mut submission = self.submission();
        submission.review = Review::of(gates);
        Ok(Settlement {
            command: Command::Submit { token: self.entry.token.clone(), submission },
            pause: None,
        })
    }

    /// Hands in what a burnt-out attempt left, so that a person can look at it.
    pub(in crate::orchestrator::run) async fn hand_in_unfinished(
        &mut self,
        turn_limit_reached: bool,
    ) -> Result<Command, RunAbort> {
        let mut submission = self.submission();
        submission.turn_limit_reached = turn_limit_reached;
        if self.entry.run.commits > 0 {
            self.keep_on_branch().await?;
        } else {
            submission.branch = None;
        }
        Ok(Command::Submit { token: self.entry.token.clone(), submission })
    }

    /// The work as it is handed in.
    pub(in crate::orchestrator::run) fn submission(&self) -> Submission {
        let mut submission = Submission::new(self.entry.run.commits, self.entry.run.usage.turns);
        submission.head = self.entry.run.head.clone();
        submission.base = self.entry.base.clone();
        submission.tested = self.entry.tested.clone();
        submission.session = self.entry.run.session.clone();
        submission.branch = Some(self.work_branch());
        if let Some(Report::Outcome(Outcome::Submitted { summary, .. })) = &self.entry.report {
            submission.summary = Some(summary.clone());
        }
        submission
    }

    /// The branch that holds the work.
    pub(in crate::orchestrator::run) fn work_branch(&self) -> String {
        let earlier = self.task.submission.as_ref().and_then(|submission| submission.branch.clone());
        earlier.unwrap_or_else(|| agent_branch(self.task.id.as_str(), self.entry.run.started_at))
    }

    pub(in crate::orchestrator::run) fn reject(&self, reason: String, cause: Cause) -> Settlement {
        Settlement { command: Command::Reject { actor: self.holder(), reason, cause }, pause: None }
    }

    /// Puts the work on top of a commit of the base branch. On a conflict the worktree is as it was (I19).
    pub(in crate::orchestrator::run) async fn rebase_onto(
        &mut self,
        tip: &CommitId,
    ) -> Result<Option<Conflict>, RunAbort> {
        if !self.stands_on(tip).await? {
            self.without_changelog().await?;
        }
        let mut tries = 1;
        let rebased = loop {
            self.check()?;
            let (repository, path, onto) =
                (self.shared.repository.clone(), self.workspace_path(), tip.clone());
            let from = self.began_from();
            let result = blocking(move || {
                let worktree = Worktree::open(&repository, &path)?;
                worktree.recover()?;
                worktree.rebase(&onto, from.as_ref())
            });
            match result.await {
                Ok(rebased) => break rebased,
                Err(error) if tries < STEP_TRIES => {
                    self.log.note(self.shared.now(), &format!("rebase: {error}; trying again"));
                    self.shared.clock.sleep(Duration::from_secs(1 << tries)).await;
                    tries += 1;
                }
                Err(error) => return Err(error.into()),
            }
        };
        match rebased {
            Rebased::Onto { head, moved, commits } => {
                // What lands as it was handed in was signed then.
                let head = match moved || self.entry.purpose == Purpose::Work {
                    true => self.sign_work(tip, head).await?,
                    false => head,
                };
                self.entry.base = Some(tip.clone());
                self.entry.run.head = Some(head);
                self.entry.run.commits = commits;
                let status = if moved { StepStatus::Done } else { StepStatus::Skipped };
                let words = if moved { "rebased onto" } else { "stands on" };
                self.record("rebase", status, format!("{words} {} {}", self.entry.base_branch, tip.short()))?;
                Ok(None)
            }
            Rebased::Conflict(conflict) => {
                let files: Vec<_> = conflict.files.iter().map(|file| file.path.as_str()).collect();
                self.record("rebase", StepStatus::Refused, format!("conflicts in {}", files.join(", ")))?;
                Ok(Some(conflict))
            }
        }
    }

    /// The base branch's commit that the work was made on, as it was noted then.
    fn began_from(&self) -> Option<CommitId> {
        let submitted = self.task.submission.as_ref().and_then(|submission| submission.base.clone());
        match self.entry.purpose {
            Purpose::Land => submitted,
            Purpose::Work | Purpose::Review => self.entry.base.clone().or(submitted),
        }
    }

    async fn stands_on(&self, tip: &CommitId) -> Result<bool, RunAbort> {
        let Some(head) = self.entry.run.head.clone() else { return Ok(false) };
        let (repository, tip) = (self.shared.repository.clone(), tip.clone());
        Ok(blocking(move || repository.is_ancestor(&tip, &head)).await?)
    }

    /// Names the work with a branch, so that no clean-up of git's can take its commits away.
    async fn keep_on_branch(&mut self) -> Result<(), RunAbort> {
        let branch = self.work_branch();
        let Some(head) = self.entry.run.head.clone() else {
            return Err(RunAbort::Fault("the run has no commit to keep".to_owned()));
        };
        let (repository, name, commit) = (self.shared.repository.clone(), branch.clone(), head.clone());
        blocking(move || repository.set_branch(&name, &commit)).await?;
        self.share(&branch, &head).await
    }
}

/// What an agent is told about a conflict: a job of its own, with both sides.
pub(in crate::orchestrator::run) fn conflict_text(conflict: &Conflict, base_branch: &str) -> String {
    let mut text = format!(
        "The work conflicts with `{base_branch}`, which has moved on to {}. Rebase your commits onto that commit in your worktree \
         (`git rebase {}`), settle the conflicts so that the intent of both sides is kept, and continue the rebase. Change nothing else.\n",
        conflict.onto.short(),
        conflict.onto
    );
    for file in &conflict.files {
        text.push_str(&format!("\nConflict in `{}`:\n", file.path));
        for (side, content) in [("the base branch has", &file.ours), ("the work has", &file.theirs)] {
            match content {
                Some(content) => text.push_str(&format!("--- {side}:\n{content}\n")),
                None => text.push_str(&format!("--- {side} no such file\n")),
            }
        }
    }
    text
}
