//! The [`Forge`] implementation for GitHub.

use super::client::{Client, GithubError, lock};
use super::judge::{self, Judgement};
use super::repository::named;
use super::wire::{Event, Pull};
use super::{GithubSettings, text};
use crate::git::MergeStrategy;
use crate::git::{Advance, GitError, Push, Repository};
use crate::model::{CommitId, PlacedComment, Side};
use crate::orchestrator::forge::{
    Forge, Landing, LandingOutcome, PullRequest, PullRequestBody, PullRequestState,
};
use crate::orchestrator::shared::blocking;
use async_trait::async_trait;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// First pause between two requests for a deferred pull request; it doubles up to [`GithubSettings::poll`].
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// Forge that lands work through pull requests on GitHub.
#[derive(Debug)]
pub struct GithubForge {
    settings: GithubSettings,
    owner: String,
    client: Client,
    /// Deferred work by its submitted commit, so that checking again does not require a landing.
    waiting: Mutex<HashMap<CommitId, Waiting>>,
    /// Time at which a commit was first seen on GitHub, for commits without checks.
    first_seen: Mutex<HashMap<CommitId, Instant>>,
}

#[derive(Debug, Clone)]
struct Waiting {
    proposal: PullRequestBody,
    why: String,
    next: Instant,
    pause: Duration,
}

impl GithubForge {
    /// Creates a forge.
    ///
    /// `remote_url` is the address of the remote, from which the repository's name is read if the settings do not contain it.
    ///
    /// # Errors
    /// Returns [`GithubError::Settings`], which says what to configure.
    pub fn new(settings: GithubSettings, remote_url: Option<&str>) -> Result<Self, GithubError> {
        let (name, owner) = named(&settings, remote_url)?;
        let client = Client::new(&settings, &name)?;
        Ok(Self { owner, client, settings, waiting: Mutex::default(), first_seen: Mutex::default() })
    }

    /// Returns the pull request for this round of work, if there is one.
    ///
    /// A pull request for an earlier round is ignored, because this round has to be proposed first.
    async fn shown(&self, proposal: &PullRequestBody) -> Result<Option<Pull>, GitError> {
        let pull = self.client.pull_of(&self.owner, &proposal.branch).await?;
        Ok(pull.filter(|pull| text::shows(pull.body.as_deref(), &proposal.submitted)))
    }

    /// Returns the state of a pull request that is not merged. Changes nothing.
    async fn judged(&self, proposal: &PullRequestBody, pull: &Pull) -> Result<PullRequestState, GitError> {
        if pull.state != "open" {
            if closed_by_deletion(&self.client.events(pull.number).await?) {
                return Ok(PullRequestState::Unknown);
            }
            let why = format!(
                "the pull request {} was closed without merging; if the work is not wanted, cancel the task; otherwise reopen it there, or let the task go on with a note for the agent",
                pull.html_url
            );
            return Ok(PullRequestState::Settled(LandingOutcome::Closed { why }));
        }
        if !self.client.has_branch(&proposal.branch).await? {
            return Ok(PullRequestState::Unknown);
        }
        let head = sha(&pull.head.sha)?;
        match self.judgement(proposal, pull, &head).await? {
            Judgement::Refused { feedback, cause, comments } => {
                let outcome = LandingOutcome::ChangesRequested { feedback, cause, comments };
                Ok(PullRequestState::Settled(outcome))
            }
            Judgement::Waits(why) => Ok(PullRequestState::Settled(LandingOutcome::Deferred {
                why: format!("{}: {why}", pull.html_url),
            })),
            Judgement::Ready => {
                let (repository, remote) = (proposal.repository.clone(), remote(proposal)?);
                let (branch, wanted) = (proposal.branch.clone(), head.clone());
                blocking(move || match repository.has_commit(&wanted) {
                    true => Ok(()),
                    false => repository.fetch(&remote, &branch),
                })
                .await?;
                Ok(PullRequestState::Ready { head })
            }
        }
    }

    async fn judgement(
        &self,
        proposal: &PullRequestBody,
        pull: &Pull,
        head: &CommitId,
    ) -> Result<Judgement, GitError> {
        let reviews = self.client.reviews(pull.number).await?;
        let remarks = self.client.remarks(pull.number).await?;
        let people = judge::reviews(&reviews, &remarks, &proposal.told, self.settings.required_approvals);
        if let Judgement::Refused { .. } = people {
            return Ok(people);
        }
        let statuses = self.client.statuses(head.as_str()).await?;
        let runs = self.client.check_runs(head.as_str()).await?;
        let (checks, some) = judge::checks(&statuses, &runs);
        let first = *lock(&self.first_seen).entry(head.clone()).or_insert_with(Instant::now);
        Ok(match (checks, people) {
            (Judgement::Ready, people @ Judgement::Waits(_)) => people,
            (Judgement::Ready, _) if !some && first.elapsed() < self.settings.checks_grace => {
                Judgement::Waits("no check has begun yet".to_owned())
            }
            (checks, _) => checks,
        })
    }

    /// Finds the merged work in the base branch, and deletes the work's branch on the remote.
    async fn finish(
        &self,
        proposal: &PullRequestBody,
        pull: &Pull,
        merged: Option<&str>,
    ) -> Result<LandingOutcome, GitError> {
        let (head, merged) = (sha(&pull.head.sha)?, merged.map(sha).transpose()?);
        let (proposal, remote, url) = (proposal.clone(), remote(proposal)?, pull.html_url.clone());
        blocking(move || {
            let PullRequestBody { repository, base_branch, branch, .. } = &proposal;
            repository.fetch(&remote, base_branch)?;
            let Some(tip) = repository.remote_tip(&remote, base_branch)? else {
                return Ok(LandingOutcome::Deferred { why: format!("{remote} has no branch {base_branch}") });
            };
            let Some(commit) = seen(repository, &head, merged.as_ref(), &tip)? else {
                let why = format!("{url} is merged, but {base_branch} of {remote} does not show it yet");
                return Ok(LandingOutcome::Deferred { why });
            };
            if let Err(error) = repository.delete_remote_branch(&remote, branch) {
                tracing::warn!(%error, "a branch of finished work stays on the remote");
            }
            let here = repository.tip(base_branch)?;
            let mut note = format!("merged by {url}");
            match repository.advance(base_branch, &here, &tip)? {
                Advance::Moved | Advance::AlreadyThere => {}
                Advance::Blocked { why } => {
                    note.push_str(&format!("; the branch here did not follow: {why}"));
                }
                Advance::BaseMoved { .. } => note.push_str("; the branch here moved meanwhile"),
            }
            Ok(LandingOutcome::Merged { commit: Some(commit), note: Some(note) })
        })
        .await
    }

    fn remember(&self, proposal: &PullRequestBody, landed: &LandingOutcome) {
        let mut waiting = lock(&self.waiting);
        let earlier = waiting.remove(&proposal.submitted);
        if let LandingOutcome::Deferred { why } = landed {
            let pause = earlier.map_or(FIRST_PAUSE, |earlier| earlier.pause * 2).min(self.settings.poll);
            let next = Instant::now() + pause;
            let entry = Waiting { proposal: proposal.clone(), why: why.clone(), next, pause };
            waiting.insert(proposal.submitted.clone(), entry);
        }
    }
}

#[async_trait]
impl Forge for GithubForge {
    fn name(&self) -> &str {
        "github"
    }

    fn takes_proposals(&self) -> bool {
        true
    }

    async fn obstacle(
        &self,
        _repository: &Repository,
        _base_branch: &str,
        work: &CommitId,
    ) -> Result<Option<String>, GitError> {
        let Some(known) = lock(&self.waiting).get(work).cloned() else { return Ok(None) };
        if known.next > Instant::now() {
            return Ok(Some(known.why));
        }
        let state = match self.shown(&known.proposal).await {
            Ok(Some(pull)) if !pull.is_merged() => self.judged(&known.proposal, &pull).await,
            // The landing completes what is merged, and proposes what has no pull request.
            Ok(_) => return Ok(None),
            Err(error) => Err(error),
        };
        let landed = match state {
            Ok(PullRequestState::Settled(waits @ LandingOutcome::Deferred { .. })) => waits,
            Ok(_) => return Ok(None),
            // GitHub is unavailable: that is no reason to start a landing that cannot be completed.
            Err(error) => LandingOutcome::Deferred { why: error.to_string() },
        };
        self.remember(&known.proposal, &landed);
        let LandingOutcome::Deferred { why } = landed else { return Ok(None) };
        Ok(Some(why))
    }

    async fn pull_request_state(&self, proposal: &PullRequestBody) -> Result<PullRequestState, GitError> {
        let Some(pull) = self.shown(proposal).await? else { return Ok(PullRequestState::Unknown) };
        let state = match pull.is_merged() {
            true => PullRequestState::Settled(
                self.finish(proposal, &pull, pull.merge_commit_sha.as_deref()).await?,
            ),
            false => self.judged(proposal, &pull).await?,
        };
        if let PullRequestState::Settled(landed) = &state {
            self.remember(proposal, landed);
        }
        Ok(state)
    }

    async fn pull_request(&self, proposal: &PullRequestBody) -> Result<Option<PullRequest>, GitError> {
        let pull = self.shown(proposal).await?;
        Ok(pull.map(|pull| PullRequest { number: pull.number, url: pull.html_url }))
    }

    async fn propose(
        &self,
        proposal: &PullRequestBody,
        commit: &CommitId,
    ) -> Result<Option<PullRequest>, GitError> {
        let (repository, remote) = (proposal.repository.clone(), remote(proposal)?);
        let (branch, pushed) = (proposal.branch.clone(), commit.clone());
        if let Push::Rejected { why } | Push::Refused { why } =
            blocking(move || repository.push_work(&remote, &pushed, &branch)).await?
        {
            let message = format!("the branch {} cannot be pushed: {why}", proposal.branch);
            return Err(GitError::Forge(message));
        }
        let known = self.client.pull_of(&self.owner, &proposal.branch).await?;
        let (title, body) = (proposal.task.title.as_str(), text::body(proposal));
        let pull = match known.filter(|pull| pull.state == "open") {
            Some(pull) => self.client.describe(pull.number, title, &body).await?,
            None => self.client.open(&proposal.branch, &proposal.base_branch, title, &body).await?,
        };
        Ok(Some(PullRequest { number: pull.number, url: pull.html_url }))
    }

    async fn comment(&self, proposal: &PullRequestBody, words: &str) -> Result<Option<String>, GitError> {
        let Some(pull) = self.shown(proposal).await? else { return Ok(None) };
        let said = self.client.comments(pull.number).await?;
        if let Some(known) = said.into_iter().find(|known| text::is_same(&known.body, words)) {
            return Ok(Some(known.html_url));
        }
        Ok(Some(self.client.comment(pull.number, words).await?.html_url))
    }

    async fn comment_on_lines(
        &self,
        proposal: &PullRequestBody,
        comments: Vec<PlacedComment>,
    ) -> Result<Vec<PlacedComment>, GitError> {
        let Some(pull) = self.shown(proposal).await? else { return Ok(comments) };
        let there = self.client.remarks(pull.number).await?;
        let mut without_place = Vec::new();
        for placed in comments {
            if there.iter().any(|remark| text::is_of(&remark.body, placed.comment.id)) {
                continue;
            }
            let Some((path, lines)) = placed.place() else {
                without_place.push(placed);
                continue;
            };
            let is_old = placed.comment.anchor.as_ref().is_some_and(|anchor| anchor.side == Side::Old);
            let side = if is_old { "LEFT" } else { "RIGHT" };
            let mut remark = json!({
                "body": text::comment(&placed.comment, &placed.replies),
                "commit_id": proposal.submitted, "path": path,
            });
            match lines {
                Some(lines) => {
                    (remark["side"], remark["line"]) = (json!(side), json!(lines.last));
                    if lines.first != lines.last {
                        (remark["start_line"], remark["start_side"]) = (json!(lines.first), json!(side));
                    }
                }
                None => remark["subject_type"] = json!("file"),
            }
            match self.client.remark(pull.number, &remark).await {
                Ok(_) => {}
                // GitHub takes comments only on lines that its diff shows.
                Err(GithubError::Refused { .. }) => without_place.push(placed),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(without_place)
    }

    async fn land(&self, landing: &Landing) -> Result<LandingOutcome, GitError> {
        let Some(proposal) = &landing.proposal else {
            return Err(GitError::Forge("the work has no branch that could be proposed".to_owned()));
        };
        let landed = self.merge(landing, proposal).await?;
        self.remember(proposal, &landed);
        Ok(landed)
    }
}

impl GithubForge {
    async fn merge(&self, landing: &Landing, proposal: &PullRequestBody) -> Result<LandingOutcome, GitError> {
        let Some(pull) = self.client.pull_of(&self.owner, &proposal.branch).await? else {
            return Ok(LandingOutcome::BaseMoved);
        };
        if pull.is_merged() {
            return self.finish(proposal, &pull, pull.merge_commit_sha.as_deref()).await;
        }
        match self.judgement(proposal, &pull, &landing.commit).await? {
            Judgement::Refused { feedback, cause, comments } => {
                return Ok(LandingOutcome::ChangesRequested { feedback, cause, comments });
            }
            Judgement::Waits(why) => {
                return Ok(LandingOutcome::Deferred { why: format!("{}: {why}", pull.html_url) });
            }
            Judgement::Ready => {}
        }
        let method = match landing.strategy {
            MergeStrategy::Rebase => "rebase",
            MergeStrategy::Squash => "squash",
            MergeStrategy::Merge => "merge",
        };
        // GitHub merges exactly this commit, or nothing.
        let mut wanted = json!({ "sha": landing.commit, "merge_method": method });
        if landing.strategy != MergeStrategy::Rebase {
            wanted["commit_title"] = json!(format!("{} (#{})", proposal.task.title, pull.number));
            wanted["commit_message"] = json!(format!("Task: {}", proposal.task.id));
        }
        match self.client.merge(pull.number, &wanted).await {
            Ok(merged) => self.finish(proposal, &pull, Some(&merged.sha)).await,
            Err(GithubError::Refused { status: 409, .. }) => Ok(LandingOutcome::BaseMoved),
            Err(GithubError::Refused { message, .. }) => Ok(LandingOutcome::Deferred {
                why: format!("GitHub does not merge {} yet: {message}", pull.html_url),
            }),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<GithubError> for GitError {
    fn from(error: GithubError) -> Self {
        GitError::Forge(error.to_string())
    }
}

/// Returns whether GitHub closed the pull request because its branch was deleted.
///
/// As opposed to a person who closed it and then deleted the branch.
fn closed_by_deletion(events: &[Event]) -> bool {
    let last = |kind: &str| events.iter().filter(|event| event.event == kind).map(|e| &e.created_at).max();
    match (last("head_ref_deleted"), last("closed")) {
        // All timestamps have the same format, so comparing the texts compares the times.
        (Some(deleted), Some(closed)) => deleted <= closed,
        _ => false,
    }
}

/// Returns the commit that brought the merged work into the base branch, as fetched (I12).
fn seen(
    repository: &Repository,
    head: &CommitId,
    merged: Option<&CommitId>,
    tip: &CommitId,
) -> Result<Option<CommitId>, GitError> {
    if let Some(merged) = merged
        && repository.has_commit(merged)
        && repository.is_ancestor(merged, tip)?
    {
        return Ok(Some(merged.clone()));
    }
    if repository.has_commit(head) { repository.seen_in(head, tip) } else { Ok(None) }
}

fn remote(proposal: &PullRequestBody) -> Result<String, GitError> {
    proposal.remote.clone().ok_or_else(|| {
        GitError::Forge("pull requests need `repo.remote`, the remote that is on GitHub".to_owned())
    })
}

fn sha(text: &str) -> Result<CommitId, GitError> {
    CommitId::new(text)
        .map_err(|error| GitError::Forge(format!("GitHub returned an invalid commit id: {error}")))
}
