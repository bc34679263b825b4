//! Search for the commit that brought work into a branch, by any merge strategy.

use super::commit::{commit_id, oid};
use super::{GitError, Repository};
use crate::model::CommitId;
use git2::Oid;
use std::collections::BTreeMap;

impl Repository {
    /// Returns the commit that brought the work into a branch.
    ///
    /// That is the work's own commit, one commit with its whole change (squash), or the last of the commits with its individual
    /// changes (rebase).
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn seen_in(&self, work: &CommitId, tip: &CommitId) -> Result<Option<CommitId>, GitError> {
        if self.is_ancestor(work, tip)? {
            return Ok(Some(work.clone()));
        }
        let Some(base) = self.merge_base(work, tip)? else { return Ok(None) };
        let library = self.library()?;
        // Patch of each commit that is not a merge.
        let patches = |until: &CommitId| {
            let mut found = Vec::new();
            for id in self.between(&base, until)? {
                let commit = library.find_commit(id)?;
                if commit.parent_count() == 1 {
                    found.push((patch(&library, commit.parent_id(0)?, commit.id())?, commit.id()));
                }
            }
            Ok::<_, GitError>(found)
        };
        let there: BTreeMap<Oid, Oid> = patches(tip)?.into_iter().collect();
        if let Some(squashed) = there.get(&patch(&library, oid(&base)?, oid(work)?)?) {
            return Ok(Some(commit_id(*squashed)));
        }
        let mut last = None;
        for (change, _) in patches(work)? {
            let Some(found) = there.get(&change) else { return Ok(None) };
            last = Some(commit_id(*found));
        }
        Ok(last)
    }

    /// Returns the commit of a branch before a forge merged the work into it as `landed`: by a merge commit, as one commit, or
    /// commit by commit. `None` if it did so commit by commit, and there are several of them.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn before_merge(
        &self,
        landed: &CommitId,
        base: &CommitId,
        head: &CommitId,
        commits: u32,
    ) -> Result<Option<CommitId>, GitError> {
        let library = self.library()?;
        let merge = library.find_commit(oid(landed)?)?;
        let Ok(first) = merge.parent_id(0) else { return Ok(None) };
        if merge.parent_count() > 1 || commits == 1 {
            return Ok(Some(commit_id(first)));
        }
        let is_whole = patch(&library, first, merge.id())? == patch(&library, oid(base)?, oid(head)?)?;
        Ok(is_whole.then(|| commit_id(first)))
    }

    /// Returns the configured address of a remote.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if the remote does not exist.
    pub fn remote_url(&self, remote: &str) -> Result<String, GitError> {
        let library = self.library()?;
        let remote = library.find_remote(remote)?;
        Ok(String::from_utf8_lossy(remote.url_bytes()).into_owned())
    }
}

/// Returns a digest of the changes between two commits.
fn patch(library: &git2::Repository, from: Oid, to: Oid) -> Result<Oid, git2::Error> {
    let tree = |commit: Oid| library.find_commit(commit)?.tree();
    library.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), None)?.patchid(None)
}
