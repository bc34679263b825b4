//! Whether work is in a branch already, under other ids (I25).

use super::commit::oid;
use super::{GitError, Repository};
use crate::model::CommitId;
use git2::{Oid, Sort};

/// How many of the branch's newest commits are looked at.
const LOOKED_AT: usize = 1000;

impl Repository {
    /// Whether everything that `head` changes since it left `base` is in `base`: merging it would change nothing, or one
    /// commit there is the same patch as all of it together.
    pub(super) fn contains_work(&self, base: &CommitId, head: &CommitId) -> Result<bool, GitError> {
        let Some(left) = self.merge_base(base, head)? else { return Ok(false) };
        let library = self.library()?;
        let tree = |id: Oid| library.find_commit(id)?.tree();
        let (left, base, head) = (oid(&left)?, oid(base)?, oid(head)?);
        let mut merged = library.merge_trees(&tree(left)?, &tree(base)?, &tree(head)?, None)?;
        if !merged.has_conflicts() {
            return Ok(merged.write_tree_to(&library)? == tree(base)?.id());
        }
        // The branch has moved on in the same lines.
        let patch = |from: Oid, to: Oid| {
            library.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), None)?.patchid(None)
        };
        let whole = patch(left, head)?;
        let mut walk = library.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL)?;
        walk.push(base)?;
        walk.hide(left)?;
        for id in walk.take(LOOKED_AT) {
            let commit = library.find_commit(id?)?;
            if commit.parent_count() == 1 && patch(commit.parent_id(0)?, commit.id())? == whole {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
