//! Whether work is in a branch already, under other ids (I25).

use super::commit::oid;
use super::{GitError, Repository};
use crate::model::CommitId;
use git2::Oid;

/// How many of the branch's newest commits are looked at.
const LOOKED_AT: usize = 1000;

impl Repository {
    /// Whether everything that `head` changes since it left `base` is in `base`: merging it would change nothing, or one
    /// commit there is the same patch as all of it together.
    pub(super) fn contains_work(&self, base: &CommitId, head: &CommitId) -> Result<bool, GitError> {
        let Some(left) = self.merge_base(base, head)? else { return Ok(false) };
        let (left_oid, base_oid, head_oid) = (oid(&left)?, oid(base)?, oid(head)?);
        let sides = [(left_oid, base_oid), (left_oid, head_oid)];
        let merges_to_base = self.with_objects(&sides, |library| {
            let tree = |id: Oid| library.find_commit(id)?.tree();
            let mut merged =
                library.merge_trees(&tree(left_oid)?, &tree(base_oid)?, &tree(head_oid)?, None)?;
            if merged.has_conflicts() {
                return Ok(None);
            }
            Ok(Some(merged.write_tree_to(library)? == tree(base_oid)?.id()))
        })?;
        if let Some(contained) = merges_to_base {
            return Ok(contained);
        }
        // The branch has moved on in the same lines.
        let newest = self.between(&left, base)?.into_iter().rev().take(LOOKED_AT);
        self.with_objects(&sides, |library| {
            let tree = |id: Oid| library.find_commit(id)?.tree();
            let patch = |from: Oid, to: Oid| {
                library.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), None)?.patchid(None)
            };
            let whole = patch(left_oid, head_oid)?;
            for id in newest.clone() {
                let commit = library.find_commit(id)?;
                if commit.parent_count() == 1 && patch(commit.parent_id(0)?, commit.id())? == whole {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}
