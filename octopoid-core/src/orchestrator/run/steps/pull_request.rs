//! Landing through a forge that shows work to people first.

use crate::flow::Flow;
use crate::git::Advance;
use crate::model::{CommitId, MessageKind, StepStatus, TaskPatch};
use crate::orchestrator::forge::{PullRequest, PullRequestBody, PullRequestState};
use crate::orchestrator::run::{RunAbort, RunContext, Settlement};
use crate::orchestrator::shared::blocking;
use crate::transition::{Actor, Command, Purpose};
use serde_json::{Map, json};

impl RunContext {
    /// The work as people are shown it; none where the forge shows nobody anything.
    pub(in crate::orchestrator::run) async fn proposal(&self) -> Result<Option<PullRequestBody>, RunAbort> {
        if !self.shared.forge.takes_proposals() {
            return Ok(None);
        }
        let mut task = self.task.clone();
        if self.entry.purpose == Purpose::Work {
            // It is not handed in yet, and looks as it will then.
            task.submission = Some(Box::new(self.submission()));
        }
        let submission = task.submission.as_ref();
        let (Some(submitted), Some(branch)) = (
            submission.and_then(|submission| submission.head.clone()),
            submission.and_then(|submission| submission.branch.clone()),
        ) else {
            return Ok(None);
        };
        let told = self.thread().await?;
        Ok(Some(PullRequestBody {
            repository: self.shared.repository.clone(),
            remote: self.shared.settings.remote.clone(),
            base_branch: self.entry.base_branch.clone(),
            branch,
            submitted,
            task,
            cost_usd: self.spent().await?.cost_usd,
            told: told.into_iter().map(|message| message.body).collect(),
        }))
    }

    /// The step `create_pr`.
    pub(in crate::orchestrator::run) async fn create_pr(&mut self) -> Result<(), RunAbort> {
        let (Some(proposal), Some(head)) = (self.proposal().await?, self.entry.run.head.clone()) else {
            return self.shown_to_nobody("create_pr");
        };
        if self.shown.as_ref() == Some(&head) {
            return self.record("create_pr", StepStatus::Skipped, format!("it shows {}", head.short()));
        }
        self.show(&proposal, &head).await
    }

    /// The step `wait_for_checks`.
    pub(in crate::orchestrator::run) async fn wait_for_checks(
        &mut self,
        flow: &Flow,
    ) -> Result<Option<Settlement>, RunAbort> {
        const STEP: &str = "wait_for_checks";
        let (Some(proposal), Some(head)) = (self.proposal().await?, self.entry.run.head.clone()) else {
            self.shown_to_nobody(STEP)?;
            return Ok(None);
        };
        if self.shown.as_ref() != Some(&head) {
            self.show(&proposal, &head).await?;
        }
        match self.shared.forge.pull_request_state(&proposal).await? {
            PullRequestState::Ready { head } => {
                self.record(
                    STEP,
                    StepStatus::Done,
                    format!("nothing stands in the way of {}", head.short()),
                )?;
                Ok(None)
            }
            PullRequestState::Settled(said) => self.said(said, None, flow).await.map(Some),
            PullRequestState::Unknown => {
                self.wait(format!("{} does not show the work yet", self.shared.forge.name())).map(Some)
            }
        }
    }

    /// The step `comment_review`: what was said of this round of work goes where people look at it.
    pub(in crate::orchestrator::run) async fn comment_review(&mut self) -> Result<(), RunAbort> {
        const STEP: &str = "comment_review";
        let Some(proposal) = self.proposal().await? else { return self.shown_to_nobody(STEP) };
        let since = self.task.submission.as_ref().and_then(|submission| submission.at);
        let said: Vec<_> = self
            .thread()
            .await?
            .into_iter()
            .filter(|message| matches!(message.kind, MessageKind::Approval | MessageKind::Feedback))
            .filter(|message| Some(message.at) >= since)
            .map(|message| {
                let what = if message.kind == MessageKind::Approval { "approves" } else { "rejects" };
                format!("**{}** {what}:\n\n{}\n", message.author, message.body.trim())
            })
            .collect();
        if said.is_empty() {
            return self.record(STEP, StepStatus::Skipped, "nobody has said anything of this work");
        }
        match self.shared.forge.comment(&proposal, &said.join("\n")).await? {
            Some(url) => self.record(STEP, StepStatus::Done, url),
            None => self.record(STEP, StepStatus::Skipped, "the work is not shown to people yet"),
        }
    }

    fn shown_to_nobody(&mut self, step: &str) -> Result<(), RunAbort> {
        let words = format!("the forge `{}` has no pull requests", self.shared.forge.name());
        self.record(step, StepStatus::Skipped, words)
    }

    /// Goes on from where the pull request stands, which is this round's work in the form that people have seen.
    pub(in crate::orchestrator::run) async fn take_up(&mut self, head: &CommitId) -> Result<(), RunAbort> {
        let (repository, wanted) = (self.shared.repository.clone(), head.clone());
        if blocking(move || repository.has_commit(&wanted)).await {
            self.entry.run.head = Some(head.clone());
            return Ok(());
        }
        Err(RunAbort::Fault(format!("the pull request's commit {} could not be fetched", head.short())))
    }

    /// Tidies up after work that is in the base branch without the forge having said so: the branch by which people see it
    /// is removed, which closes what they see, and the base branch here follows. Nothing of it holds the task up.
    pub(in crate::orchestrator::run) async fn withdraw(&self, tip: &CommitId) {
        let branch = self.task.submission.as_ref().and_then(|submission| submission.branch.clone());
        let (true, Some(branch), Some(remote)) =
            (self.shared.forge.takes_proposals(), branch, self.shared.settings.remote.clone())
        else {
            return;
        };
        let (repository, base, tip) =
            (self.shared.repository.clone(), self.entry.base_branch.clone(), tip.clone());
        let result = blocking(move || {
            repository.delete_remote_branch(&remote, &branch)?;
            repository.advance(&base, &repository.tip(&base)?, &tip)
        });
        match result.await {
            Ok(Advance::Moved | Advance::AlreadyThere) => {}
            Ok(other) => tracing::warn!(?other, "the base branch here did not follow"),
            Err(error) => tracing::warn!(%error, "finished work was not tidied up"),
        }
    }

    /// Shows the commit to people, and notes on the task where.
    pub(in crate::orchestrator::run) async fn show(
        &mut self,
        proposal: &PullRequestBody,
        commit: &CommitId,
    ) -> Result<(), RunAbort> {
        self.check()?;
        let Some(request) = self.shared.forge.propose(proposal, commit).await? else { return Ok(()) };
        self.shown = Some(commit.clone());
        self.record("pull_request", StepStatus::Done, format!("{} shows {}", request.url, commit.short()))?;
        self.note_pull_request(&request).await;
        Ok(())
    }

    /// Notes on the task where people see its work, unless that is known.
    pub(in crate::orchestrator::run) async fn note_pull_request(&mut self, request: &PullRequest) {
        let known = &self.task.attributes;
        if (known.pr_number, known.pr_url.as_ref()) == (Some(request.number), Some(&request.url)) {
            return;
        }
        let attributes = Map::from_iter([
            ("pr_number".to_owned(), json!(request.number)),
            ("pr_url".to_owned(), json!(&request.url)),
        ]);
        let patch = TaskPatch { attributes, ..TaskPatch::default() };
        let actor = Actor::System(self.shared.settings.orchestrator.clone());
        let (store, scope, id) = (&self.shared.store, &self.task.scope, &self.task.id);
        // Not noted now, it is noted when the landing looks again.
        match store.apply(scope, id, Command::Update { actor, patch }).await {
            Ok(task) => self.task = task,
            Err(error) => {
                tracing::warn!(task.id = %id, %error, "the pull request's number could not be noted");
            }
        }
    }
}
