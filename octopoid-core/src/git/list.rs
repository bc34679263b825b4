//! Worktrees of an installation, for display.

use super::{GitError, Repository, Worktree};
use crate::model::CommitId;
use std::path::{Path, PathBuf};

/// Summary of one folder among the worktrees.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorktreeInfo {
    /// Path of the folder.
    pub path: PathBuf,
    /// Newest commit; `None` if the folder is not, or no longer, a worktree of the repository.
    pub head: Option<CommitId>,
    /// Whether it contains uncommitted changes.
    pub dirty: bool,
    /// Whether it contains commits that are on no branch.
    pub unsaved_commits: bool,
}

impl Repository {
    /// Returns the folders among the worktrees, sorted by name.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub fn worktrees(&self, folder: &Path) -> Result<Vec<WorktreeInfo>, GitError> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(GitError::io(folder)(error)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(GitError::io(folder))?.path();
            if !path.is_dir() || path.file_name().is_some_and(|name| name == super::TRASH) {
                continue;
            }
            let info = match Worktree::open(self, &path) {
                Ok(worktree) => {
                    let head = worktree.head()?;
                    let unsaved_commits = !self.is_on_a_branch(&head)?;
                    WorktreeInfo { path, dirty: worktree.is_dirty()?, unsaved_commits, head: Some(head) }
                }
                Err(_) => WorktreeInfo { path, head: None, dirty: false, unsaved_commits: false },
            };
            all.push(info);
        }
        all.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(all)
    }
}
