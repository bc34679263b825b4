//! Commits by which work lands on its base branch.

use super::commit::{commit_id, oid};
use super::{GitError, Repository};
use crate::model::{CommitId, Timestamp};
use git2::{Signature, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Form in which work is merged into its base branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeStrategy {
    /// Commits of the work, on top of the base branch.
    #[default]
    Rebase,
    /// One commit with all changes of the work.
    Squash,
    /// Commits of the work, joined by a merge commit.
    Merge,
}

impl Repository {
    /// Creates the commit by which work that is based on `onto` lands.
    ///
    /// Deterministic: the same arguments give the same commit, so a retry after a crash lands the same commit.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn make_landing(
        &self,
        head: &CommitId,
        onto: &CommitId,
        strategy: MergeStrategy,
        message: &str,
        at: Timestamp,
    ) -> Result<CommitId, GitError> {
        if strategy == MergeStrategy::Rebase {
            return Ok(head.clone());
        }
        let library = self.library()?;
        let (work, base) = (library.find_commit(oid(head)?)?, library.find_commit(oid(onto)?)?);
        let committer = committer(&library, at)?;
        let tree = work.tree()?;
        let commit = if strategy == MergeStrategy::Squash {
            let message = format!("{message}{}", self.co_authors(onto, head, &work.author())?);
            library.commit(None, &work.author(), &committer, &message, &tree, &[&base])?
        } else {
            library.commit(None, &committer, &committer, message, &tree, &[&base, &work])?
        };
        Ok(commit_id(commit))
    }

    /// Returns trailers for the other authors of the commits that are squashed into one.
    fn co_authors(
        &self,
        onto: &CommitId,
        head: &CommitId,
        author: &Signature<'_>,
    ) -> Result<String, GitError> {
        let library = self.library()?;
        let full = |signature: &Signature<'_>| {
            let (name, email) = (signature.name_bytes(), signature.email_bytes());
            format!("{} <{}>", String::from_utf8_lossy(name), String::from_utf8_lossy(email))
        };
        let mut others = BTreeSet::new();
        for commit in self.log(onto, head)? {
            others.insert(full(&library.find_commit(oid(&commit.id)?)?.author()));
        }
        others.remove(&full(author));
        Ok(others.into_iter().map(|other| format!("Co-authored-by: {other}\n")).collect())
    }
}

/// Returns the committer of commits that no agent makes: the one that git is configured with, or else Octopoid itself.
pub(super) fn committer(library: &git2::Repository, at: Timestamp) -> Result<Signature<'static>, GitError> {
    let time = Time::new(at.as_millis().div_euclid(1000), 0);
    Ok(match library.signature() {
        Ok(own) => Signature::new(
            &String::from_utf8_lossy(own.name_bytes()),
            &String::from_utf8_lossy(own.email_bytes()),
            &time,
        )?,
        Err(_) => Signature::new("octopoid", "octopoid@octopoid.invalid", &time)?,
    })
}
