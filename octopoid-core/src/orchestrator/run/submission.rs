//! The steps between an agent's work and its submission: rebase, test, branch.

use super::{Active, Broken, Resolution};
use crate::flow::Flow;
use crate::git::{Conflict, Rebased, Worktree, agent_branch};
use crate::model::{CommitId, Review, StepStatus, Submission};
use crate::orchestrator::shared::blocking;
use crate::transition::{Cause, Command};
use std::time::Duration;

/// How often a step that fails for a reason outside the work is tried before a person is asked.
const STEP_TRIES: u32 = 4;

impl Active {
    /// Takes the work through the steps and checks of its flow and hands it in.
    pub(super) async fn submit(&mut self, summary: String, flow: &Flow) -> Result<Resolution, Broken> {
        let tip = self.base().await?.tip;
        if let Some(end) = self.steps(&flow.hand_in, &tip).await? {
            return Ok(end);
        }
        if let Some(end) = self.checks(&flow.checks).await? {
            return Ok(end);
        }
        let branch = self.keep_on_branch().await?;
        let mut submission = self.submission();
        submission.branch = Some(branch);
        submission.summary = Some(summary);
        submission.review = Review::of(flow.gates.clone());
        Ok(Resolution {
            command: Command::Submit { token: self.entry.token.clone(), submission },
            pause: None,
        })
    }

    /// Hands in what a burnt-out attempt left, so that a person can look at it.
    pub(super) async fn hand_in_unfinished(&mut self, turn_limit_reached: bool) -> Result<Command, Broken> {
        let mut submission = self.submission();
        submission.turn_limit_reached = turn_limit_reached;
        if self.entry.run.commits > 0 {
            submission.branch = Some(self.keep_on_branch().await?);
        }
        Ok(Command::Submit { token: self.entry.token.clone(), submission })
    }

    fn submission(&self) -> Submission {
        let mut submission = Submission::new(self.entry.run.commits, self.entry.run.usage.turns);
        submission.head = self.entry.run.head.clone();
        submission.base = self.entry.base.clone();
        submission.tested = self.entry.tested.clone();
        submission.session = self.entry.run.session.clone();
        submission
    }

    pub(super) fn reject(&self, reason: String, cause: Cause) -> Resolution {
        Resolution { command: Command::Reject { actor: self.holder(), reason, cause }, pause: None }
    }

    /// Puts the work on top of a commit of the base branch. On a conflict the worktree is as it was (I19).
    pub(super) async fn rebase_onto(&mut self, tip: &CommitId) -> Result<Option<Conflict>, Broken> {
        let mut tries = 1;
        let rebased = loop {
            self.check()?;
            let (repository, path, onto) =
                (self.shared.repository.clone(), self.workspace_path(), tip.clone());
            let result = blocking(move || {
                let worktree = Worktree::open(&repository, &path)?;
                worktree.recover()?;
                worktree.rebase(&onto)
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

    /// Names the work with a branch, so that no clean-up of git's can take its commits away.
    async fn keep_on_branch(&mut self) -> Result<String, Broken> {
        let earlier = self.task.submission.as_ref().and_then(|submission| submission.branch.clone());
        let branch =
            earlier.unwrap_or_else(|| agent_branch(self.task.id.as_str(), self.entry.run.started_at));
        let Some(head) = self.entry.run.head.clone() else {
            return Err(Broken::Fault("the run has no commit to keep".to_owned()));
        };
        let (repository, name, commit) = (self.shared.repository.clone(), branch.clone(), head.clone());
        blocking(move || repository.set_branch(&name, &commit)).await?;
        self.share(&branch, &head).await?;
        Ok(branch)
    }
}

/// What an agent is told about a conflict: a job of its own, with both sides.
pub(super) fn conflict_text(conflict: &Conflict, base_branch: &str) -> String {
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
