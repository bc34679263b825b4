//! The [`Forge`] trait: how finished work is proposed and merged.

use crate::git::MergeStrategy;
use crate::git::{GitError, Repository};
use crate::model::{CommitId, Finding, PlacedComment, Task};
use crate::transition::Cause;
use async_trait::async_trait;
use std::fmt::Debug;

/// Work that is rebased, tested and approved, and is ready to land.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Landing {
    /// Repository that contains the work.
    pub repository: Repository,
    /// Branch to land on.
    pub base_branch: String,
    /// Remote that also has the branch, if any.
    pub remote: Option<String>,
    /// Commit of the base branch that the work is based on.
    pub onto: CommitId,
    /// Commit that the base branch moves to: a descendant of `onto`.
    pub commit: CommitId,
    /// Strategy by which the work is merged.
    pub strategy: MergeStrategy,
    /// Content of the pull request, if the forge takes proposals.
    pub proposal: Option<PullRequestBody>,
}

/// Content of a pull request for one round of work.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PullRequestBody {
    /// Repository that contains the work.
    pub repository: Repository,
    /// Remote that is hosted by the forge.
    pub remote: Option<String>,
    /// Branch to land on.
    pub base_branch: String,
    /// Branch of the work itself.
    pub branch: String,
    /// Submitted commit, which identifies the round of work.
    pub submitted: CommitId,
    /// Task of the work.
    pub task: Task,
    /// Cost of the task's runs so far, in US dollars.
    pub cost_usd: f64,
    /// Texts that the agents have already received; a comment whose address is in one of them is not forwarded again.
    pub told: Vec<String>,
}

/// Pull request, as it is recorded on its task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PullRequest {
    /// Number of the pull request.
    pub number: u64,
    /// Address of its page.
    pub url: String,
}

/// State of a pull request before its work is rebased and tested.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PullRequestState {
    /// No pull request for this round of work exists, or its branch is gone: propose the work.
    Unknown,
    /// Pull request can be merged.
    Ready {
        /// Head of the pull request, which may contain commits that people have added.
        head: CommitId,
    },
    /// Result has already been decided on the forge.
    Settled(LandingOutcome),
}

/// Result of a landing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LandingOutcome {
    /// Base branch contains the work.
    Merged {
        /// Commit that brought the work into the base branch, if it is not the landing's own.
        commit: Option<CommitId>,
        /// Further information for a person, such as a checkout that could not follow.
        note: Option<String>,
    },
    /// Base branch has moved in the meantime: rebase, test and try again.
    BaseMoved,
    /// Landing cannot be done now without losing a user's changes, or has to wait; it is tried again later.
    Deferred {
        /// Reason, and what to do.
        why: String,
    },
    /// Changes were requested by reviewers or checks on the forge.
    ChangesRequested {
        /// Requested changes, for the agent.
        feedback: String,
        /// Cause of the request.
        cause: Cause,
        /// Comments on places of the work, new or seen before.
        comments: Vec<ForgeComment>,
    },
    /// Pull request was closed by a person, or the remote's rules forbid the change; a person decides how to go on.
    Closed {
        /// What happened, and what to do.
        why: String,
    },
}

/// Comment of a forge's user on a place of the work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForgeComment {
    /// Address of the comment, by which it is recognized.
    pub url: String,
    /// Name of the user on the forge.
    pub user: String,
    /// Commit that the place is in, if it is not the submitted one.
    pub commit: Option<CommitId>,
    /// Place and text.
    pub finding: Finding,
}

impl ForgeComment {
    /// Returns a comment on the submitted commit.
    pub fn new(url: impl Into<String>, user: impl Into<String>, finding: Finding) -> Self {
        Self { url: url.into(), user: user.into(), commit: None, finding }
    }
}

/// Destination on which work lands.
#[async_trait]
pub trait Forge: Send + Sync + Debug {
    /// Returns the name of the forge.
    fn name(&self) -> &str;

    /// Returns the reason why work cannot land now, if that can be determined without trying.
    ///
    /// Called before a deferred landing is tried again, so that a task which waits for a person does not add to the history every
    /// few seconds.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    async fn obstacle(
        &self,
        repository: &Repository,
        base_branch: &str,
        work: &CommitId,
    ) -> Result<Option<String>, GitError>;

    /// Returns whether work is proposed to people before it lands.
    ///
    /// If so, [`Forge::pull_request_state`] and [`Forge::propose`] are used, and the forge itself creates the commit on the base
    /// branch.
    fn takes_proposals(&self) -> bool {
        false
    }

    /// Returns the current state of proposed work.
    ///
    /// Called after the base branch was fetched. Makes no change except to complete a pull request that is already merged.
    ///
    /// # Errors
    /// Returns a [`GitError`] if the forge cannot be reached.
    async fn pull_request_state(&self, _proposal: &PullRequestBody) -> Result<PullRequestState, GitError> {
        Ok(PullRequestState::Unknown)
    }

    /// Returns the pull request of this round of work, if there is one.
    ///
    /// Needed because a machine that proposed the work may have been cut off before the response was recorded.
    ///
    /// # Errors
    /// Returns a [`GitError`] if the forge cannot be reached.
    async fn pull_request(&self, _proposal: &PullRequestBody) -> Result<Option<PullRequest>, GitError> {
        Ok(None)
    }

    /// Proposes a commit to people.
    ///
    /// Repeating the call, because the first response was lost in a crash, returns the same pull request.
    ///
    /// # Errors
    /// Returns a [`GitError`] if the branch cannot be pushed or the forge cannot be reached.
    async fn propose(
        &self,
        _proposal: &PullRequestBody,
        _commit: &CommitId,
    ) -> Result<Option<PullRequest>, GitError> {
        Ok(None)
    }

    /// Comments on the pull request.
    ///
    /// Returns the address of the comment, or `None` if there is no pull request. A comment with the same text is not added
    /// twice.
    ///
    /// # Errors
    /// Returns a [`GitError`] if the forge cannot be reached.
    async fn comment(&self, _proposal: &PullRequestBody, _words: &str) -> Result<Option<String>, GitError> {
        Ok(None)
    }

    /// Puts review comments beside the code of the pull request.
    ///
    /// Returns those that have no place there. A comment that is there already is not added twice.
    ///
    /// # Errors
    /// Returns a [`GitError`] if the forge cannot be reached.
    async fn comment_on_lines(
        &self,
        _proposal: &PullRequestBody,
        comments: Vec<PlacedComment>,
    ) -> Result<Vec<PlacedComment>, GitError> {
        Ok(comments)
    }

    /// Moves the base branch forward to the landing's commit.
    ///
    /// # Behavior
    /// - Forward only, by compare-and-swap against what others do.
    /// - Repeating a landing, because the first response was lost in a crash, returns [`LandingOutcome::Merged`] and changes
    ///   nothing.
    ///
    /// # Errors
    /// Returns a [`GitError`]; nothing has changed then.
    async fn land(&self, landing: &Landing) -> Result<LandingOutcome, GitError>;
}
