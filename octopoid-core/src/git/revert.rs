//! Taking back what landed.

use super::commit::{commit_id, oid};
use super::landing::committer;
use super::merge::merge_in_memory;
use super::{GitError, Repository};
use crate::model::{CommitId, Revert, Timestamp};
use std::collections::BTreeSet;

/// Result of taking back a landing on top of a commit of the base branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reverted<T> {
    /// It can be taken back.
    Clean(T),
    /// Later commits have changed the same places.
    Conflict {
        /// Paths of the files, sorted.
        files: Vec<String>,
    },
    /// Nothing of it is left to take back.
    Nothing,
}

impl Repository {
    /// Returns whether a landing can be taken back on top of `tip`, without changing anything.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails, for example because a commit is missing.
    pub fn preview_revert(&self, revert: &Revert, tip: &CommitId) -> Result<Reverted<()>, GitError> {
        let (library, mut index) = match self.take_back(revert, tip)? {
            Reverted::Clean(merged) => merged,
            Reverted::Conflict { files } => return Ok(Reverted::Conflict { files }),
            Reverted::Nothing => return Ok(Reverted::Nothing),
        };
        let tree = index.write_tree_to(&library)?;
        let before = library.find_commit(oid(tip)?)?.tree_id();
        Ok(if tree == before { Reverted::Nothing } else { Reverted::Clean(()) })
    }

    /// Creates the commit that takes a landing back on top of `tip`: one commit, for any number of commits and any strategy of the landing.
    ///
    /// Deterministic: the same arguments give the same commit.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails, for example because a commit is missing.
    pub(crate) fn revert(
        &self,
        revert: &Revert,
        tip: &CommitId,
        message: &str,
        at: Timestamp,
    ) -> Result<Reverted<CommitId>, GitError> {
        match self.preview_revert(revert, tip)? {
            Reverted::Clean(()) => {}
            Reverted::Conflict { files } => return Ok(Reverted::Conflict { files }),
            Reverted::Nothing => return Ok(Reverted::Nothing),
        }
        let library = self.library()?;
        let commit = |id: &CommitId| Ok::<_, GitError>(library.find_commit(oid(id)?)?);
        let (landed, before, onto) = (commit(&revert.landed)?, commit(&revert.before)?, commit(tip)?);
        let mut index = library.merge_trees(&landed.tree()?, &onto.tree()?, &before.tree()?, None)?;
        let tree = library.find_tree(index.write_tree_to(&library)?)?;
        let who = committer(&library, at)?;
        Ok(Reverted::Clean(commit_id(library.commit(None, &who, &who, message, &tree, &[&onto])?)))
    }

    /// Merges in memory what was before a landing into what there is now, as changes since the landing.
    fn take_back(
        &self,
        revert: &Revert,
        tip: &CommitId,
    ) -> Result<Reverted<(git2::Repository, git2::Index)>, GitError> {
        let Some((library, index)) = merge_in_memory(self, &revert.landed, tip, &revert.before)? else {
            // What is missing here cannot be merged here.
            return Ok(Reverted::Conflict { files: Vec::new() });
        };
        let mut files = BTreeSet::new();
        for conflict in index.conflicts()? {
            let conflict = conflict?;
            let sides = [conflict.our, conflict.their, conflict.ancestor];
            let path = sides.into_iter().flatten().next().map(|entry| entry.path);
            files.extend(path.map(|path| String::from_utf8_lossy(&path).into_owned()));
        }
        if !files.is_empty() {
            return Ok(Reverted::Conflict { files: files.into_iter().collect() });
        }
        Ok(Reverted::Clean((library, index)))
    }
}
