//! Uncommitted changes in the submodules of a worktree: tests would see them, but they cannot land.

use super::commit::oid;
use super::submodule::{self, Submodule};
use super::{GitError, Status, Worktree, status};
use crate::model::CommitId;
use std::path::{Path, PathBuf};

impl Worktree {
    /// Returns the submodules with uncommitted changes.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn changed_submodules(&self) -> Result<Vec<PathBuf>, GitError> {
        let mut changed = Vec::new();
        for Submodule { path, .. } in self.filled_submodules()? {
            if !self.status_inside(&path)?.is_clean() {
                changed.push(path.into());
            }
        }
        Ok(changed)
    }

    /// Resets each submodule to the commit that it is at.
    ///
    /// Changes are kept in the clone that the user's checkout has of it; untracked files are moved to `aside`. Returns the
    /// submodules that had any.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn clear_submodules(&self, aside: &Path) -> Result<Vec<PathBuf>, GitError> {
        let git = &self.repository.git;
        let mut cleared = Vec::new();
        for Submodule { name, path } in self.filled_submodules()? {
            let folder = self.path().join(&path);
            // As for the worktree itself: flags in the old index must not hide changes.
            git.ok(&folder, &["read-tree", "HEAD"])?;
            let status = self.status_inside(&path)?;
            if status.is_clean() {
                continue;
            }
            for untracked in &status.untracked {
                self.move_aside(&Path::new(&path).join(untracked), aside)?;
            }
            let stash = git.run(&folder, &["stash", "create"])?;
            if let Ok(commit) = CommitId::new(stash.text().trim()) {
                self.keep_of_submodule(&name, Path::new(&path), &commit)?;
            }
            git.ok(&folder, &["reset", "--quiet", "--hard"])?;
            cleared.push(path.into());
        }
        Ok(cleared)
    }

    /// Removes what one of the orchestrator's own commands has left in submodules.
    pub(super) fn reset_submodules(&self) -> Result<(), GitError> {
        let git = &self.repository.git;
        for Submodule { path, .. } in self.filled_submodules()? {
            if !self.status_inside(&path)?.is_clean() {
                let folder = self.path().join(&path);
                git.ok(&folder, &["reset", "--quiet", "--hard"])?;
                git.ok(&folder, &["clean", "--quiet", "--force", "--force", "-d"])?;
            }
        }
        Ok(())
    }

    /// Keeps the submodule commits to which `kept` points and `head` does not.
    pub(super) fn keep_pointed_at(&self, head: &CommitId, kept: &CommitId) -> Result<(), GitError> {
        let moves = submodule::moves(&self.repository, head, kept)?;
        if moves.is_empty() {
            return Ok(());
        }
        let listed = submodule::listed_in(&self.repository, head)?;
        for change in moves {
            if let Some(entry) = listed.iter().find(|entry| Path::new(&entry.path) == change.path) {
                self.keep_of_submodule(&entry.name, &change.path, &change.to)?;
            }
        }
        Ok(())
    }

    fn keep_of_submodule(&self, name: &str, path: &Path, commit: &CommitId) -> Result<(), GitError> {
        let task = self.path().file_name().unwrap_or_default().to_string_lossy();
        let keep_as = format!("kept/{task}-{}", &oid(commit)?.to_string()[..10]);
        if !self.repository.keep_submodule_commit(self.path(), name, path, commit, &keep_as)? {
            tracing::warn!(submodule = name, %commit, "a commit of a submodule could not be kept");
        }
        Ok(())
    }

    fn status_inside(&self, path: &str) -> Result<Status, GitError> {
        status::status(&self.repository.git, &self.path().join(path), status::Scope::Everything)
    }

    fn filled_submodules(&self) -> Result<Vec<Submodule>, GitError> {
        if !self.path().join(".gitmodules").exists() {
            return Ok(Vec::new());
        }
        let mut listed = submodule::listed(&self.repository, self.path())?;
        listed.retain(|entry| self.path().join(&entry.path).join(".git").exists());
        Ok(listed)
    }
}
