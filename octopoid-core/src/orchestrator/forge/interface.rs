//! Where finished work goes.

use crate::git::MergeStrategy;
use crate::git::{GitError, Repository};
use crate::model::{CommitId, Task};
use crate::transition::Cause;
use async_trait::async_trait;
use std::fmt::Debug;

/// Work that is rebased, tested and approved.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Landing {
    /// The repository.
    pub repository: Repository,
    /// The branch to land on.
    pub base_branch: String,
    /// The remote that has the branch too, where there is one.
    pub remote: Option<String>,
    /// The base branch's commit that the work stands on.
    pub onto: CommitId,
    /// The commit that the base branch moves to: a descendant of `onto`.
    pub commit: CommitId,
    /// In which form.
    pub strategy: MergeStrategy,
    /// What it says to people, where the forge is one for people.
    pub proposal: Option<PullRequestBody>,
}

/// Work as a forge with pull requests shows it to people.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PullRequestBody {
    /// The repository.
    pub repository: Repository,
    /// The remote that the forge keeps.
    pub remote: Option<String>,
    /// The branch to land on.
    pub base_branch: String,
    /// The work's own branch.
    pub branch: String,
    /// The submitted commit: which round of work this is.
    pub submitted: CommitId,
    /// The task.
    pub task: Task,
    /// What the task's runs have cost, in US dollars.
    pub cost_usd: f64,
    /// What the agents have been told already; a remark whose address is in it is not handed on again.
    pub told: Vec<String>,
}

/// A pull request, as it is recorded on its task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
}

/// How a forge with pull requests sees work before it is rebased and tested.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PullRequestState {
    /// It does not know this round of work yet, or its branch is gone: propose it.
    Unknown,
    /// Nothing stands in the way of this commit.
    Ready {
        /// Where the pull request stands, and people may have added to it.
        head: CommitId,
    },
    /// What happened there decides.
    Settled(LandingOutcome),
}

/// What became of a landing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LandingOutcome {
    /// The base branch contains the commit.
    Merged {
        /// The commit by which it is, where that is not the landing's own.
        commit: Option<CommitId>,
        /// What else a person should know, such as a checkout that could not follow.
        note: Option<String>,
    },
    /// The base branch moved meanwhile: rebase, test and try again.
    BaseMoved,
    /// It cannot move now without losing something of somebody's; tried again later.
    Deferred {
        /// Why, and what to do.
        why: String,
    },
    /// People or checks over there want something changed.
    ChangesRequested {
        /// What, for the agent.
        feedback: String,
        /// Who wants it.
        cause: Cause,
    },
    /// A person over there called it off, or the remote's rules forbid it; a person decides how to go on.
    Closed {
        /// What happened, and what to do.
        why: String,
    },
}

/// A place that work lands at.
#[async_trait]
pub trait Forge: Send + Sync + Debug {
    /// Its name.
    fn name(&self) -> &str;

    /// Why work cannot land now, where that can be seen without trying. Asked before a landing that had to wait is tried
    /// again, so that a task which waits for a person does not make history every few seconds.
    ///
    /// # Errors
    /// [`GitError`].
    async fn obstacle(
        &self,
        repository: &Repository,
        base_branch: &str,
        work: &CommitId,
    ) -> Result<Option<String>, GitError>;

    /// Whether people see work there before it lands, so that [`Forge::pull_request_state`] and [`Forge::propose`] mean something and the
    /// forge makes the commit on the base branch by itself.
    fn takes_proposals(&self) -> bool {
        false
    }

    /// What became of proposed work meanwhile. Changes nothing that matters; asked after the base branch was fetched.
    ///
    /// # Errors
    /// [`GitError`], where the forge cannot be asked.
    async fn pull_request_state(&self, _proposal: &PullRequestBody) -> Result<PullRequestState, GitError> {
        Ok(PullRequestState::Unknown)
    }

    /// Where people see this round of work, where they do. Asked because whoever proposed it may have been cut off before
    /// the answer was noted.
    ///
    /// # Errors
    /// [`GitError`], where the forge cannot be asked.
    async fn pull_request(&self, _proposal: &PullRequestBody) -> Result<Option<PullRequest>, GitError> {
        Ok(None)
    }

    /// Shows a commit to people. Doing it again, because the first answer was lost to a crash, gives the same pull request.
    ///
    /// # Errors
    /// [`GitError`].
    async fn propose(
        &self,
        _proposal: &PullRequestBody,
        _commit: &CommitId,
    ) -> Result<Option<PullRequest>, GitError> {
        Ok(None)
    }

    /// Says something on what people are shown; gives where it stands, and none where nobody is shown anything. The same
    /// words again change nothing.
    ///
    /// # Errors
    /// [`GitError`].
    async fn comment(&self, _proposal: &PullRequestBody, _words: &str) -> Result<Option<String>, GitError> {
        Ok(None)
    }

    /// Moves the base branch forward to the landing's commit.
    ///
    /// # Behavior
    /// - Forward only, by compare-and-swap against what others do.
    /// - The same landing again, because the first answer was lost to a crash, gives `Yes` and changes nothing.
    ///
    /// # Errors
    /// [`GitError`], with nothing changed.
    async fn land(&self, landing: &Landing) -> Result<LandingOutcome, GitError>;
}
