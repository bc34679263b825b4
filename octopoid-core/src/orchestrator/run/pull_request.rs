//! Landing through a forge that shows work to people first.

use super::{Active, Broken};
use crate::git::Advance;
use crate::model::{CommitId, StepStatus, TaskPatch};
use crate::orchestrator::forge::{Proposal, PullRequest};
use crate::orchestrator::shared::blocking;
use crate::transition::{Actor, Command};
use serde_json::{Map, json};

impl Active {
    /// The work as people are shown it; none where the forge shows nobody anything.
    pub(super) async fn proposal(&self) -> Result<Option<Proposal>, Broken> {
        let submission = self.task.submission.as_ref();
        let (true, Some(submitted), Some(branch)) = (
            self.shared.forge.takes_proposals(),
            submission.and_then(|submission| submission.head.clone()),
            submission.and_then(|submission| submission.branch.clone()),
        ) else {
            return Ok(None);
        };
        let told = self.thread().await?;
        Ok(Some(Proposal {
            repository: self.shared.repository.clone(),
            remote: self.shared.settings.remote.clone(),
            base_branch: self.entry.base_branch.clone(),
            branch,
            submitted,
            task: self.task.clone(),
            cost_usd: self.spent().await?.cost_usd,
            told: told.into_iter().map(|message| message.body).collect(),
        }))
    }

    /// Goes on from where the pull request stands, which is this round's work in the form that people have seen.
    pub(super) async fn take_up(&mut self, head: &CommitId) -> Result<(), Broken> {
        let (repository, wanted) = (self.shared.repository.clone(), head.clone());
        if blocking(move || repository.has_commit(&wanted)).await {
            self.entry.run.head = Some(head.clone());
            return Ok(());
        }
        Err(Broken::Fault(format!("the pull request's commit {} could not be fetched", head.short())))
    }

    /// Tidies up after work that is in the base branch without the forge having said so: the branch by which people see it
    /// is removed, which closes what they see, and the base branch here follows. Nothing of it holds the task up.
    pub(super) async fn withdraw(&self, tip: &CommitId) {
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
    pub(super) async fn show(&mut self, proposal: &Proposal, commit: &CommitId) -> Result<(), Broken> {
        self.check()?;
        let Some(request) = self.shared.forge.propose(proposal, commit).await? else { return Ok(()) };
        self.record("pull_request", StepStatus::Done, format!("{} shows {}", request.url, commit.short()))?;
        self.note_pull_request(&request).await;
        Ok(())
    }

    /// Notes on the task where people see its work, unless that is known.
    pub(super) async fn note_pull_request(&mut self, request: &PullRequest) {
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
