//! Landing approved work: fetch, rebase, test the result, move the base branch forward (I12, I20).

use super::prepare::{Owner, Ready, make_ready};
use crate::flow::{Flow, OwnState, Stage};
use crate::git::MergeStrategy;
use crate::git::{GitError, Signed};
use crate::model::{CommitId, RunStage, StepStatus};
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::forge::{Landing, LandingOutcome, PullRequestState};
use crate::orchestrator::run::pause::{Pause, PauseLength};
use crate::orchestrator::run::steps::sequence::IN_BASE;
use crate::orchestrator::run::{RunAbort, RunContext, Settlement, timing};
use crate::orchestrator::scheduler::landings::LOOK_AGAIN;
use crate::orchestrator::shared::blocking;
use crate::transition::Command;
use tracing::Instrument;

/// How often a landing is tried again because the base branch moved meanwhile, before it waits.
const RACES: u32 = 5;

impl RunContext {
    pub(in crate::orchestrator::run) async fn land(&mut self, flow: &Flow) -> Result<Settlement, RunAbort> {
        // One at a time, and the next one starts from what this one leaves.
        let shared = self.shared.clone();
        let _turn = shared.landing.lock().await;
        self.check()?;
        if self.entry.run.stage < RunStage::Prepared {
            self.enter(RunStage::Prepared)?;
            self.announce().await;
            self.shared.reached(Point::Prepared, &self.entry.run.id);
        }
        let review = self.task.review();
        let made_in = review.and_then(|review| review.made_in.clone());
        let (stage, next) = flow.at(review.and_then(|review| review.state.as_ref()));
        if let Some(next) = next {
            return self.advance(stage, next, flow).await;
        }
        for _ in 0..RACES {
            self.fetch().await?;
            self.need_project_branch().await?;
            let base = self.base().await?;
            if base.diverged {
                let why = format!(
                    "`{0}` and its remote have gone apart; join them (for example with `git pull --rebase` on `{0}`) and the landing goes on",
                    self.entry.base_branch
                );
                return self.wait(why);
            }
            let tip = base.tip;
            if let Some(why) = self.held_by(&tip).await? {
                return self.wait(why);
            }
            if let Some(landed) = self.already_landed(&tip).await? {
                self.withdraw(&tip).await;
                self.after_merge(&flow.after_merge).await?;
                return self.landed(landed, Some("was in the base branch already".to_owned())).await;
            }
            self.fetch_work().await?;
            // What is not merged is shown to nobody.
            let proposal = if flow.merges { self.proposal().await? } else { None };
            self.shown = None;
            if let Some(proposal) = &proposal {
                let state = self.shared.forge.pull_request_state(proposal).await?;
                if state != PullRequestState::Unknown
                    && let Some(request) = self.shared.forge.pull_request(proposal).await?
                {
                    self.note_pull_request(&request).await;
                }
                match state {
                    PullRequestState::Unknown => {}
                    PullRequestState::Ready { head } => {
                        self.take_up(&head).await?;
                        self.shown = Some(head);
                    }
                    PullRequestState::Settled(LandingOutcome::BaseMoved) => continue,
                    PullRequestState::Settled(said) => return self.said(said, None, flow).await,
                }
            }
            self.open_worktree(&tip).await?;
            self.contained = None;
            if let Some(end) = self.steps(&stage.steps, &tip, flow).await? {
                return Ok(end);
            }
            if let Some(end) = self.checks(&flow.checks(made_in.as_ref())).await? {
                return Ok(end);
            }
            if let Some(work) = self.contained.clone() {
                self.withdraw(&tip).await;
                let commit = self.seen_in(&tip, Some(work)).await?;
                self.after_merge(&flow.after_merge).await?;
                return self.landed(commit, Some(IN_BASE.to_owned())).await;
            }
            if !flow.merges {
                self.record("merge", StepStatus::Skipped, "the flow does not merge")?;
                let command = Command::Accept { actor: self.holder(), landed: None };
                return Ok(Settlement { command, pause: None });
            }
            let commit = self.choose(&tip).await?;
            let landing = Landing {
                repository: self.shared.repository.clone(),
                base_branch: self.entry.base_branch.clone(),
                remote: self.shared.settings.remote.clone(),
                onto: tip,
                commit: commit.clone(),
                strategy: self.shared.settings.merge.strategy,
                proposal,
            };
            if let Some(remote) = &landing.remote {
                self.upload_lfs(remote, &landing.onto, &commit).await?;
            }
            if let Some(proposal) = &landing.proposal
                && self.shown.as_ref() != Some(&commit)
            {
                self.show(proposal, &commit).await?;
            }
            self.begin_step();
            match self.shared.forge.land(&landing).instrument(timing::step("merge")).await? {
                LandingOutcome::BaseMoved => {
                    self.record("merge", StepStatus::Skipped, "the base branch moved meanwhile; again")?;
                }
                said => return self.said(said, Some(commit), flow).await,
            }
        }
        self.wait(format!("the base branch moved {RACES} times while the work was being tested"))
    }

    /// Takes approved work to the next state of its flow's own.
    async fn advance(&mut self, stage: &Stage, next: &OwnState, flow: &Flow) -> Result<Settlement, RunAbort> {
        if !stage.steps.is_empty() {
            self.fetch().await?;
            self.need_project_branch().await?;
            let tip = self.base().await?.tip;
            self.fetch_work().await?;
            self.open_worktree(&tip).await?;
            if let Some(end) = self.steps(&stage.steps, &tip, flow).await? {
                return Ok(end);
            }
        }
        let command = Command::Advance {
            token: self.entry.token.clone(),
            to: next.name.clone(),
            role: next.role.clone(),
            gates: next.stage.gates.clone(),
        };
        Ok(Settlement { command, pause: None })
    }

    /// Ends the run with the forge's word.
    pub(in crate::orchestrator::run) async fn said(
        &mut self,
        said: LandingOutcome,
        commit: Option<CommitId>,
        flow: &Flow,
    ) -> Result<Settlement, RunAbort> {
        match said {
            LandingOutcome::Merged { commit: seen, note } => {
                self.shared.reached(Point::Landed, &self.entry.run.id);
                let Some(commit) = seen.or(commit) else {
                    return Err(RunAbort::Fault("the forge names no commit that landed".to_owned()));
                };
                self.after_merge(&flow.after_merge).await?;
                self.landed(commit, note).await
            }
            LandingOutcome::BaseMoved => self.wait("the base branch moved meanwhile".to_owned()),
            LandingOutcome::Deferred { why } => {
                let mut resolution = self.wait(why)?;
                // Whoever shows work to people is asked cheaply before the next try, so nothing speaks for waiting longer
                // each time.
                if self.shared.forge.takes_proposals()
                    && let Some(pause) = &mut resolution.pause
                {
                    pause.length = PauseLength::For(LOOK_AGAIN);
                }
                Ok(resolution)
            }
            LandingOutcome::ChangesRequested { feedback, cause } => {
                self.record("merge", StepStatus::Refused, feedback.clone())?;
                Ok(self.reject(feedback, cause))
            }
            LandingOutcome::Closed { why } => {
                self.record("merge", StepStatus::Refused, why.clone())?;
                let command = Command::Suspend { actor: self.holder(), reason: why, question: false };
                Ok(Settlement { command, pause: None })
            }
        }
    }

    /// The commit by which the work is in the base branch, where it is.
    async fn already_landed(&self, tip: &CommitId) -> Result<Option<CommitId>, RunAbort> {
        let Some(chosen) = self.entry.landing.clone() else { return Ok(None) };
        let (repository, tip) = (self.shared.repository.clone(), tip.clone());
        Ok(blocking(move || {
            Ok::<_, crate::git::GitError>(repository.is_ancestor(&chosen, &tip)?.then_some(chosen))
        })
        .await?)
    }

    /// The commit by which work is in the base branch, whose newest one it may not be; that one where it cannot be told.
    pub(in crate::orchestrator::run) async fn seen_in(
        &self,
        tip: &CommitId,
        work: Option<CommitId>,
    ) -> Result<CommitId, RunAbort> {
        let Some(work) = work else { return Ok(tip.clone()) };
        let (repository, tip) = (self.shared.repository.clone(), tip.clone());
        Ok(blocking(move || repository.seen_in(&work, &tip).map(|seen| seen.unwrap_or(tip))).await?)
    }

    /// Opens the task's worktree, or makes it again from what was submitted.
    async fn open_worktree(&mut self, tip: &CommitId) -> Result<(), RunAbort> {
        let wanted = self.task.submission.as_ref().and_then(|submission| submission.head.clone());
        let (repository, path, tip) = (self.shared.repository.clone(), self.workspace_path(), tip.clone());
        let turn = self.shared.worktrees.lock().await;
        // What is approved is what was submitted, or its rebased form from an earlier try of this very run.
        let rebased = self.entry.run.head.clone();
        let owner = Owner::of(&self.task);
        let ready = move || make_ready(&repository, &path, &tip, rebased.or(wanted), true, &owner);
        let Ready { base, head, .. } = blocking(ready).await?;
        drop(turn);
        if self.entry.tested.is_none() {
            self.entry.tested =
                self.task.submission.as_ref().and_then(|submission| submission.tested.clone());
        }
        self.entry.base = Some(base);
        self.entry.run.head = Some(head);
        Ok(())
    }

    /// Makes the commit that the base branch will move to, the same one however often this is done, and notes it
    /// before anything moves.
    async fn choose(&mut self, onto: &CommitId) -> Result<CommitId, RunAbort> {
        let Some(head) = self.entry.run.head.clone() else {
            return Err(RunAbort::Fault("there is no work to land".to_owned()));
        };
        let (repository, onto) = (self.shared.repository.clone(), onto.clone());
        // A forge with pull requests makes its own commit from the work.
        let strategy = match self.shared.forge.takes_proposals() {
            true => MergeStrategy::Rebase,
            false => self.shared.settings.merge.strategy,
        };
        let message = format!("{}\n\nTask: {}\n", self.task.title, self.task.id);
        let at = self.entry.run.started_at;
        let (made, signed) = blocking(move || {
            let made = repository.make_landing(&head, &onto, strategy, &message, at)?;
            // Work that lands as it is was signed when it was put on top of the base branch.
            let signed = match strategy {
                MergeStrategy::Rebase => Signed::Unchanged,
                MergeStrategy::Squash | MergeStrategy::Merge => repository.sign(&onto, &made)?,
            };
            Ok::<_, GitError>((made, signed))
        })
        .await?;
        let commit = self.say_signed(signed, made);
        self.entry.landing = Some(commit.clone());
        self.enter(RunStage::Steps)?;
        self.shared.reached(Point::LandingChosen, &self.entry.run.id);
        Ok(commit)
    }

    pub(in crate::orchestrator::run) async fn landed(
        &mut self,
        commit: CommitId,
        note: Option<String>,
    ) -> Result<Settlement, RunAbort> {
        let mut words = format!("{} is at {}", self.entry.base_branch, commit.short());
        if let Some(note) = note {
            words.push_str(": ");
            words.push_str(&note);
        }
        self.record("merge", StepStatus::Done, words)?;
        let command = Command::Accept { actor: self.holder(), landed: Some(commit) };
        Ok(Settlement { command, pause: None })
    }

    pub(in crate::orchestrator::run) fn wait(&mut self, why: String) -> Result<Settlement, RunAbort> {
        self.record("merge", StepStatus::Waiting, why.clone())?;
        let pause = Some(Pause::after_fault(why.clone()));
        Ok(Settlement { command: self.release(&why), pause })
    }
}
