//! Where finished work goes.

use super::settings::MergeStrategy;
use crate::git::{GitError, Repository};
use crate::model::CommitId;
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
}

/// What became of a landing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Landed {
    /// The base branch contains the commit.
    Yes {
        /// What else a person should know, such as a checkout that could not follow.
        note: Option<String>,
    },
    /// The base branch moved meanwhile: rebase, test and try again.
    LostRace,
    /// It cannot move now without losing something of somebody's; tried again later.
    Waits {
        /// Why, and what to do.
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

    /// Moves the base branch forward to the landing's commit.
    ///
    /// # Behavior
    /// - Forward only, by compare-and-swap against what others do.
    /// - The same landing again, because the first answer was lost to a crash, gives `Yes` and changes nothing.
    ///
    /// # Errors
    /// [`GitError`], with nothing changed.
    async fn land(&self, landing: &Landing) -> Result<Landed, GitError>;
}
