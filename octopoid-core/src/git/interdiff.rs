//! Differences between two versions of the same work.

use super::commit::oid;
use super::diff::read;
use super::merge::merge_in_memory;
use super::{GitError, Repository};
use crate::model::{CommitId, Diff};
use git2::DiffOptions;

/// Version of a piece of work: a commit of the base branch, and the newest commit on top of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Version<'a> {
    /// Commit of the base branch that the work stands on.
    pub base: &'a CommitId,
    /// Newest commit of the work.
    pub head: &'a CommitId,
}

impl<'a> Version<'a> {
    /// Returns the work that ends with `head` on top of `base`.
    pub const fn new(base: &'a CommitId, head: &'a CommitId) -> Self {
        Self { base, head }
    }
}

/// Differences between two versions of the same work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interdiff {
    /// The changes that the work itself underwent; what its base branch gained between the two is left out.
    OfWork(Diff),
    /// All changes between the two, those of the base branch among them: the older version does not apply to the newer base.
    WithBase(Diff),
}

impl Repository {
    /// Returns what changed in a piece of work between two versions of it.
    ///
    /// The older version is put on top of the newer one's base first, in memory, so that changes of the base branch do not count as
    /// changes of the work.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails, for example because a commit is missing.
    pub fn interdiff(&self, older: Version<'_>, newer: Version<'_>) -> Result<Interdiff, GitError> {
        let whole = || self.diff(older.head, newer.head);
        if older.base == newer.base {
            return whole().map(Interdiff::OfWork);
        }
        let Some(merge) = merge_in_memory(self, older.base, newer.base, older.head)? else {
            return whole().map(Interdiff::WithBase);
        };
        let (library, mut index) = merge;
        if index.has_conflicts() {
            return whole().map(Interdiff::WithBase);
        }
        let moved = library.find_tree(index.write_tree_to(&library)?)?;
        let head = library.find_commit(oid(newer.head)?)?.tree()?;
        let mut options = DiffOptions::new();
        options.include_typechange(true).old_prefix("a/").new_prefix("b/");
        let diff = library.diff_tree_to_tree(Some(&moved), Some(&head), Some(&mut options))?;
        Ok(Interdiff::OfWork(read(diff)?))
    }
}
