//! Differences between two versions of the same work.

use super::merge::merge_in_memory;
use super::{Git, GitError, Repository};
use crate::model::{CommitId, Diff};
use git2::{ObjectType, Oid};
use tempfile::TempDir;

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
        let Some(moved) = self.moved(older, newer)? else {
            let whole = self.diff(older.head, newer.head)?;
            return Ok(match older.base == newer.base {
                true => Interdiff::OfWork(whole),
                false => Interdiff::WithBase(whole),
            });
        };
        Ok(Interdiff::OfWork(self.read_diff(&moved.git, &moved.tree, newer.head.as_str())?))
    }

    /// Returns what [`Repository::interdiff`] shows as [`Repository::patch`] does.
    ///
    /// # Errors
    /// As [`Repository::interdiff`].
    pub fn interdiff_patch(&self, older: Version<'_>, newer: Version<'_>) -> Result<Vec<u8>, GitError> {
        match self.moved(older, newer)? {
            Some(moved) => self.raw_patch(&moved.git, &moved.tree, newer.head.as_str()),
            None => self.patch(older.head, newer.head),
        }
    }

    /// Puts the older version on top of the newer one's base; `None` where that is the same one, and where it does not apply.
    fn moved(&self, older: Version<'_>, newer: Version<'_>) -> Result<Option<Moved>, GitError> {
        if older.base == newer.base {
            return Ok(None);
        }
        let Some((library, mut index)) = merge_in_memory(self, older.base, newer.base, older.head)? else {
            return Ok(None);
        };
        if index.has_conflicts() {
            return Ok(None);
        }
        let tree = index.write_tree_to(&library)?;
        let folder = tempfile::tempdir().map_err(GitError::io("a temporary folder"))?;
        let beside = git2::Repository::init_bare(folder.path())?;
        copy_missing(&library, &*self.library()?, &beside, tree)?;
        let objects = folder.path().join("objects");
        let git = self.git.with("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects.to_string_lossy());
        Ok(Some(Moved { git, tree: tree.to_string(), _objects: folder }))
    }
}

/// A version on top of another base, which is in no repository.
struct Moved {
    /// Sees its objects.
    git: Git,
    tree: String,
    _objects: TempDir,
}

/// Copies what a tree has and `known` has not.
fn copy_missing(
    from: &git2::Repository,
    known: &git2::Repository,
    to: &git2::Repository,
    tree: Oid,
) -> Result<(), git2::Error> {
    let (source, known_objects, target) = (from.odb()?, known.odb()?, to.odb()?);
    let mut left = vec![tree];
    while let Some(id) = left.pop() {
        if known_objects.exists(id) {
            continue;
        }
        let object = source.read(id)?;
        target.write(object.kind(), object.data())?;
        if object.kind() == ObjectType::Tree {
            let tree = from.find_tree(id)?;
            // A submodule's commit is in another repository.
            let entries = tree.iter().filter(|entry| entry.kind() != Some(ObjectType::Commit));
            left.extend(entries.map(|entry| entry.id()));
        }
    }
    Ok(())
}
