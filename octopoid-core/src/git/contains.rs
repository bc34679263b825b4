//! Detection of work that a branch already contains under other commit ids (I25).

use super::commit::oid;
use super::{GitError, Repository};
use crate::model::CommitId;
use git2::Oid;

/// Number of the branch's newest commits that are compared.
const LOOKED_AT: usize = 1000;

impl Repository {
    /// Returns whether `base` contains everything that `head` changes since their merge base.
    ///
    /// That is the case if merging would change nothing, or if one commit of `base` has the same patch as all of it together.
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
        // The branch has changed the same lines since.
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
