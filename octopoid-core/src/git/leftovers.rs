//! Content of a worktree beside its commits, and how it is kept.

use super::commit::{commit_id, oid};
use super::program::failed;
use super::{GitError, Worktree, status};
use crate::model::CommitId;
use git2::FileMode;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

impl Worktree {
    /// Keeps the current state, committed or not, under `refs/octopoid/kept/`, and returns the ref.
    ///
    /// Returns `None` if a branch already contains all of it. Changes nothing in the worktree.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn save_leftovers(&self) -> Result<Option<String>, GitError> {
        let head = self.head()?;
        let nested = self.nested_folders()?;
        let dirty = !nested.is_empty() || self.is_dirty()?;
        if !dirty && self.repository.is_on_a_branch(&head)? {
            return Ok(None);
        }
        let kept = if dirty { self.commit_aside(&head, &nested)? } else { head.clone() };
        self.keep_pointed_at(&head, &kept)?;
        self.repository.keep(self.path(), oid(&kept)?).map(Some)
    }

    /// Returns whether a file is what git checks out for the newest commit.
    ///
    /// git may report such a file as changed nevertheless: with some attributes, git would commit the file with other content
    /// than it has in the commit.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn is_as_checked_out(&self, path: &Path) -> Result<bool, GitError> {
        let file = self.path().join(path);
        let Ok(metadata) = std::fs::symlink_metadata(&file) else { return Ok(false) };
        let library = self.library();
        let tree = library.head()?.peel_to_tree()?;
        let Ok(entry) = tree.get_path(path) else { return Ok(false) };
        let is_executable = metadata.permissions().mode() & 0o100 != 0;
        let mode = if is_executable { FileMode::BlobExecutable } else { FileMode::Blob };
        if !metadata.is_file() || entry.filemode() != i32::from(mode) {
            return Ok(false);
        }
        let mut as_path = OsString::from("--path=");
        as_path.push(path);
        let blob = entry.id().to_string();
        let arguments: [&OsStr; 4] = ["cat-file".as_ref(), "--filters".as_ref(), &as_path, blob.as_ref()];
        let printed = self.repository.git.printed(self.path(), &arguments)?;
        Ok(std::fs::read(&file).map_err(GitError::io(file))? == printed.stdout)
    }

    /// Moves to a commit after [`Worktree::save_leftovers`]; returns the ref under which content was kept.
    ///
    /// Files that only look changed, because git would commit them with other content due to their attributes, are not kept.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn set_aside(&self, to: &CommitId) -> Result<Option<String>, GitError> {
        let head = self.head()?;
        let kept = self.save_leftovers()?;
        if let Some(name) = &kept
            && let mut reference = self.library().find_reference(name)?
            && reference.target() != Some(oid(&head)?)
        {
            self.reset_hard(&head)?;
            // Unchanged files give the same commit.
            if reference.target() == Some(oid(&self.commit_aside(&head, &[])?)?) {
                reference.delete()?;
                self.repository.own_moves.note(name, None);
                if head != *to && !self.repository.is_on_a_branch(&head)? {
                    self.repository.keep(self.path(), oid(&head)?)?;
                }
                self.reset_hard(to)?;
                return Ok(None);
            }
        }
        self.reset_hard(to)?;
        Ok(kept)
    }

    /// Creates a commit of everything that is not ignored on top of `head`.
    ///
    /// Uses a temporary index: the worktree's index and HEAD do not change.
    fn commit_aside(&self, head: &CommitId, nested: &[PathBuf]) -> Result<CommitId, GitError> {
        let folder = tempfile::tempdir().map_err(GitError::io("a temporary folder"))?;
        let index = folder.path().join("index");
        let git = self.repository.git.with("GIT_INDEX_FILE", &index.to_string_lossy());
        git.ok(self.path(), &["read-tree", "HEAD"])?;
        // Some paths cannot be added, for example an empty nested repository; the others are kept nevertheless.
        git.run(self.path(), &["add", "--sparse", "--all", "--ignore-errors"])?;
        if self.is_sparse()? {
            let outside = self.outside_of_sparse()?;
            let arguments = ["update-index", "-z", "--index-info"];
            let updated = git.run_with_input(self.path(), &arguments, &outside)?;
            if !updated.success {
                return Err(failed(&arguments, &updated));
            }
        }
        self.add_nested(&index.to_string_lossy(), nested)?;
        let tree = git.ok(self.path(), &["write-tree"])?;
        let library = self.library();
        let parent = library.find_commit(oid(head)?)?;
        let tree = library.find_tree(git2::Oid::from_str(tree.trim())?)?;
        let signature = git2::Signature::new("octopoid", "octopoid@octopoid.invalid", &parent.time())?;
        let message = "What was left uncommitted";
        Ok(commit_id(library.commit(None, &signature, &signature, message, &tree, &[&parent])?))
    }

    /// Returns the index entries whose files a sparse checkout leaves out, in the format of `git update-index --index-info`.
    ///
    /// Their absence does not mean that they were deleted.
    fn outside_of_sparse(&self) -> Result<Vec<u8>, GitError> {
        let listed = self.repository.git.printed(self.path(), &["ls-files", "-t", "--stage", "-z"])?;
        let left_out = listed.records().filter_map(|record| record.strip_prefix(b"S "));
        let is_absent = |entry: &&[u8]| {
            let at = entry.iter().position(|byte| *byte == b'\t').map_or(entry.len(), |at| at + 1);
            std::fs::symlink_metadata(self.path().join(status::path_of(&entry[at..]))).is_err()
        };
        Ok(left_out.filter(is_absent).flat_map(|entry| [entry, b"\0"].concat()).collect())
    }
}
