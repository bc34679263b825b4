//! Merges of trees that leave no trace in the repository.

use super::commit::oid;
use super::repository::open_objects;
use super::{GitError, Repository};
use crate::model::CommitId;
use git2::{ErrorCode, Index};

/// Priority of the objects in memory: what is written goes there.
const FIRST: i32 = 1000;

/// Merges the content of two commits that have changed since a third, and writes nothing to the repository. Returns the handle with
/// the objects in memory, and the result; `None` if objects are missing, as in a partial clone.
///
/// # Errors
/// Returns [`GitError::Library`] if libgit2 fails.
pub(super) fn merge_in_memory(
    repository: &Repository,
    since: &CommitId,
    ours: &CommitId,
    theirs: &CommitId,
) -> Result<Option<(git2::Repository, Index)>, GitError> {
    // A handle of its own: those of the pool would keep the objects.
    let library = open_objects(repository.common())?;
    library.odb()?.add_new_mempack_backend(FIRST)?;
    let tree = |commit: &CommitId| Ok::<_, GitError>(library.find_commit(oid(commit)?)?.tree()?);
    let (since, ours, theirs) = (tree(since)?, tree(ours)?, tree(theirs)?);
    let merged = match library.merge_trees(&since, &ours, &theirs, None) {
        Ok(index) => index,
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    drop((since, ours, theirs));
    Ok(Some((library, merged)))
}
