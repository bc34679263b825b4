//! What work changes.

use super::commit::oid;
use super::status::path_of;
use super::{GitError, Repository};
use crate::model::{Change, CommitId, Diff, FileDiff};
use git2::{Delta, DiffFindOptions, DiffOptions, Oid, Patch};
use std::path::PathBuf;

impl Repository {
    /// Returns the paths that `head` changes against `base` and that match one of the patterns, which are those of git's
    /// `:(glob)`.
    ///
    /// # Errors
    /// [`GitError::Program`], also for a pattern that git does not understand.
    pub(crate) fn changed_like(
        &self,
        base: &CommitId,
        head: &CommitId,
        patterns: &[String],
    ) -> Result<Vec<PathBuf>, GitError> {
        let mut arguments: Vec<String> =
            ["diff", "--name-only", "--no-renames", "-z", base.as_str(), head.as_str(), "--"]
                .map(str::to_owned)
                .into();
        arguments.extend(patterns.iter().map(|pattern| format!(":(top,glob){pattern}")));
        let printed = self.git.printed(self.root(), &arguments)?;
        Ok(printed.records().map(path_of).collect())
    }

    /// What `head` changes against `base`, file by file. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// [`GitError::Library`].
    pub fn diff(&self, base: &CommitId, head: &CommitId) -> Result<Diff, GitError> {
        let (base, head) = (oid(base)?, oid(head)?);
        self.with_objects(&[(base, head)], |library| diff(library, base, head))
    }
}

fn diff(library: &git2::Repository, base: Oid, head: Oid) -> Result<Diff, git2::Error> {
    let tree = |commit: Oid| library.find_commit(commit)?.tree();
    let mut options = DiffOptions::new();
    options.include_typechange(true);
    let mut diff = library.diff_tree_to_tree(Some(&tree(base)?), Some(&tree(head)?), Some(&mut options))?;
    diff.find_similar(Some(DiffFindOptions::new().renames(true)))?;
    let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let mut files = Vec::new();
    for (number, delta) in diff.deltas().enumerate() {
        let change = match delta.status() {
            Delta::Added | Delta::Copied => Change::Added,
            Delta::Deleted => Change::Deleted,
            Delta::Renamed => Change::Renamed,
            Delta::Typechange => Change::TypeChanged,
            _ => Change::Modified,
        };
        let (old, new) = (text(delta.old_file().path_bytes()), text(delta.new_file().path_bytes()));
        let path = new.or_else(|| old.clone()).unwrap_or_default();
        let old_path = old.filter(|old| change == Change::Renamed && *old != path);
        let (mut patch, mut added, mut removed) = (String::new(), 0, 0);
        if let Some(mut one) = Patch::from_diff(&diff, number)? {
            let (_, plus, minus) = one.line_stats()?;
            added = u32::try_from(plus).unwrap_or(u32::MAX);
            removed = u32::try_from(minus).unwrap_or(u32::MAX);
            patch = String::from_utf8_lossy(&one.to_buf()?).into_owned();
        }
        let binary = diff.get_delta(number).is_some_and(|delta| delta.flags().is_binary());
        if binary && patch.is_empty() {
            patch = format!("Binary file {path} differs\n");
        }
        files.push(FileDiff { path, old_path, change, added, removed, binary, patch });
    }
    Ok(Diff { files })
}
