//! Whether work is in a branch, in whichever form it got there.

use super::commit::{commit_id, oid};
use super::{GitError, Repository};
use crate::model::CommitId;
use git2::Oid;
use std::collections::BTreeMap;

impl Repository {
    /// The commit by which work is in a branch: itself, one commit that makes its whole change (squash), or the last of
    /// the commits that make its changes one by one (rebase).
    ///
    /// # Errors
    /// [`GitError::Library`].
    pub(crate) fn seen_in(&self, work: &CommitId, tip: &CommitId) -> Result<Option<CommitId>, GitError> {
        if self.is_ancestor(work, tip)? {
            return Ok(Some(work.clone()));
        }
        let Some(base) = self.merge_base(work, tip)? else { return Ok(None) };
        let library = self.library()?;
        let tree = |commit: Oid| library.find_commit(commit)?.tree();
        let patch = |from: Oid, to: Oid| {
            library.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), None)?.patchid(None)
        };
        // Of each commit that is no merge, what it changes.
        let patches = |until: &CommitId| {
            let mut found = Vec::new();
            for id in self.between(&base, until)? {
                let commit = library.find_commit(id)?;
                if commit.parent_count() == 1 {
                    found.push((patch(commit.parent_id(0)?, commit.id())?, commit.id()));
                }
            }
            Ok::<_, GitError>(found)
        };
        let there: BTreeMap<Oid, Oid> = patches(tip)?.into_iter().collect();
        if let Some(squashed) = there.get(&patch(oid(&base)?, oid(work)?)?) {
            return Ok(Some(commit_id(*squashed)));
        }
        let mut last = None;
        for (change, _) in patches(work)? {
            let Some(found) = there.get(&change) else { return Ok(None) };
            last = Some(commit_id(*found));
        }
        Ok(last)
    }

    /// The address of a remote, as configured.
    ///
    /// # Errors
    /// [`GitError::Library`] where there is no such remote.
    pub fn remote_url(&self, remote: &str) -> Result<String, GitError> {
        let library = self.library()?;
        let remote = library.find_remote(remote)?;
        Ok(String::from_utf8_lossy(remote.url_bytes()).into_owned())
    }
}
