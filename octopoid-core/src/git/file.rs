//! Commits that change one file, created without a worktree.

use super::commit::{commit_id, oid};
use super::landing::committer;
use super::{GitError, Repository};
use crate::model::{CommitId, Timestamp};
use git2::FileMode;
use git2::build::TreeUpdateBuilder;

impl Repository {
    /// Returns the content of a file in a commit; `None` if the path does not exist or is not a file.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn file_in(&self, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let library = self.library()?;
        let tree = library.find_commit(oid(commit)?)?.tree()?;
        let Ok(entry) = tree.get_path(path.as_ref()) else { return Ok(None) };
        Ok(entry.to_object(&library)?.as_blob().map(|blob| blob.content().to_vec()))
    }

    /// Creates a commit on top of `onto` that sets the content of one file.
    ///
    /// Deterministic: the same arguments give the same commit.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn with_file(
        &self,
        onto: &CommitId,
        path: &str,
        content: &[u8],
        message: &str,
        at: Timestamp,
    ) -> Result<CommitId, GitError> {
        let library = self.library()?;
        let parent = library.find_commit(oid(onto)?)?;
        let blob = library.blob(content)?;
        let tree = TreeUpdateBuilder::new()
            .upsert(path, blob, FileMode::Blob)
            .create_updated(&library, &parent.tree()?)?;
        let (who, tree) = (committer(&library, at)?, library.find_tree(tree)?);
        Ok(commit_id(library.commit(None, &who, &who, message, &tree, &[&parent])?))
    }

    /// Returns the parent of a commit if the commit has exactly this message, otherwise `None`.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn before(&self, commit: &CommitId, message: &str) -> Result<Option<CommitId>, GitError> {
        let library = self.library()?;
        let commit = library.find_commit(oid(commit)?)?;
        match commit.message() {
            Ok(said) if said == message => Ok(commit.parent_ids().next().map(commit_id)),
            _ => Ok(None),
        }
    }
}
