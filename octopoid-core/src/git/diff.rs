//! Diffs between commits.

use super::commit::oid;
use super::status::path_of;
use super::{GitError, Repository};
use crate::model::{Change, CommitId, Diff, FileDiff};
use git2::{Delta, DiffFindOptions, DiffOptions, Oid, Patch};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::PathBuf;

impl Repository {
    /// Returns the paths that `head` changes against `base` and that match one of the patterns of git's `:(glob)`.
    ///
    /// # Errors
    /// Returns [`GitError::Program`] if git fails, for example because a pattern is invalid.
    pub(crate) fn changed_like(
        &self,
        base: &CommitId,
        head: &CommitId,
        patterns: &[String],
    ) -> Result<Vec<PathBuf>, GitError> {
        let options = ["diff", "--name-only", "--no-renames", "--ignore-submodules=none", "-z"];
        let mut arguments: Vec<String> =
            options.into_iter().chain([base.as_str(), head.as_str(), "--"]).map(str::to_owned).collect();
        arguments.extend(patterns.iter().map(|pattern| format!(":(top,glob){pattern}")));
        let printed = self.git.printed(self.root(), &arguments)?;
        Ok(printed.records().map(path_of).collect())
    }

    /// Returns the paths among `paths`, or below them, that a commit between `base` and `head` touches.
    ///
    /// # Errors
    /// Returns [`GitError::Program`] if git fails.
    pub(crate) fn touched_by_any(
        &self,
        base: &CommitId,
        head: &CommitId,
        paths: &[PathBuf],
    ) -> Result<BTreeSet<PathBuf>, GitError> {
        let range = format!("{base}..{head}");
        let options = [
            "--literal-pathspecs",
            "log",
            "--format=",
            "--name-only",
            "--no-renames",
            "-m",
            "-z",
            &range,
            "--",
        ];
        let mut arguments: Vec<&OsStr> = options.into_iter().map(OsStr::new).collect();
        arguments.extend(paths.iter().map(|path| path.as_os_str()));
        let printed = self.git.printed(self.root(), &arguments)?;
        Ok(printed.records().map(|record| path_of(record.trim_ascii_start())).collect())
    }

    /// Returns the changes of `head` against `base`, file by file. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub fn diff(&self, base: &CommitId, head: &CommitId) -> Result<Diff, GitError> {
        let (base, head) = (oid(base)?, oid(head)?);
        self.with_objects(&[(base, head)], |library| diff(library, base, head))
    }
}

fn diff(library: &git2::Repository, base: Oid, head: Oid) -> Result<Diff, git2::Error> {
    let tree = |commit: Oid| library.find_commit(commit)?.tree();
    let mut options = DiffOptions::new();
    // Regardless of the user's settings for diffs.
    options.include_typechange(true).old_prefix("a/").new_prefix("b/");
    read(library.diff_tree_to_tree(Some(&tree(base)?), Some(&tree(head)?), Some(&mut options))?)
}

/// Reads a diff of trees, file by file.
pub(super) fn read(mut diff: git2::Diff<'_>) -> Result<Diff, git2::Error> {
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
            patch = String::from_utf8_lossy(&with_readable_names(&one.to_buf()?)).into_owned();
        }
        let binary = diff.get_delta(number).is_some_and(|delta| delta.flags().is_binary());
        if binary && patch.is_empty() {
            patch = format!("Binary file {path} differs\n");
        }
        files.push(FileDiff { path, old_path, change, added, removed, binary, patch });
    }
    Ok(Diff { files })
}

/// Rewrites the names in a patch's header as git writes them with `core.quotePath=false`.
///
/// Letters of other alphabets are written as themselves, not as octal escapes.
fn with_readable_names(patch: &[u8]) -> Vec<u8> {
    let mut readable = Vec::with_capacity(patch.len());
    let mut rest = patch;
    while !rest.is_empty() && !rest.starts_with(b"@@") {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        unquote_names(&rest[..end], &mut readable);
        rest = &rest[end..];
    }
    readable.extend(rest);
    readable
}

/// Copies a header line, with the octal escapes in its quoted names decoded.
///
/// A quotation mark starts a quoted name, because names that contain one are quoted.
fn unquote_names(line: &[u8], readable: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(start) = rest.iter().position(|byte| *byte == b'"') {
        readable.extend(&rest[..start]);
        rest = &rest[start + 1..];
        let (mut name, mut must_quote) = (Vec::new(), false);
        loop {
            match rest {
                [] => break,
                [b'"', after @ ..] => {
                    rest = after;
                    break;
                }
                [b'\\', digits @ ..] if octal(digits).is_some_and(|byte| byte >= 0x80) => {
                    name.extend(octal(digits));
                    rest = &digits[3..];
                }
                [b'\\', escaped, after @ ..] => {
                    name.extend([b'\\', *escaped]);
                    must_quote = true;
                    rest = after;
                }
                [byte, after @ ..] => {
                    name.push(*byte);
                    rest = after;
                }
            }
        }
        let quotes: &[u8] = if must_quote { b"\"" } else { b"" };
        readable.extend([quotes, &name, quotes].concat());
    }
    readable.extend(rest);
}

/// Parses a byte from three octal digits.
fn octal(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..3)?).ok()?;
    u8::from_str_radix(digits, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::with_readable_names;

    #[test]
    fn names_in_headers_are_readable_and_content_stays() {
        let patch = br#"diff --git "a/gr\303\266\303\237e.txt" "b/a \"tab\t\303\251\".txt"
--- "a/gr\303\266\303\237e.txt"
@@ -1 +1 @@
-"\303\266"
"#;
        let wanted = r#"diff --git a/größe.txt "b/a \"tab\té\".txt"
--- a/größe.txt
@@ -1 +1 @@
-"\303\266"
"#;
        assert_eq!(String::from_utf8(with_readable_names(patch)).unwrap(), wanted);
        assert_eq!(with_readable_names(b""), b"");
    }
}
