//! The worktrees of an installation, for people.

use super::{GitError, Repository, Worktree};
use crate::model::CommitId;
use std::path::{Path, PathBuf};

/// One folder under the folder of worktrees.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorktreeInfo {
    /// Where it lies.
    pub path: PathBuf,
    /// Its newest commit; none when it is no worktree of the repository (any more).
    pub head: Option<CommitId>,
    /// Whether it holds changes that are not committed.
    pub dirty: bool,
    /// Whether it holds commits that are on no branch.
    pub unsaved_commits: bool,
}

impl Repository {
    /// Every folder under the folder of worktrees, by name.
    ///
    /// # Errors
    /// [`GitError`].
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
