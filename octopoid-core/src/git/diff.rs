//! Diffs between commits.

use super::commit::oid;
use super::status::path_of;
use super::{Git, GitError, Repository};
use crate::model::{Change, CommitId, Diff, FileDiff};
use crate::ops::diff::parse;
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

    /// Returns the changes of `head` against `base`, file by file; renames are found as git finds them. Bytes that are not UTF-8 are
    /// replaced.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if a commit is missing, and [`GitError::Program`] if git fails.
    pub fn diff(&self, base: &CommitId, head: &CommitId) -> Result<Diff, GitError> {
        self.check_commits(base, head)?;
        self.read_diff(&self.git, base.as_str(), head.as_str())
    }

    /// Returns the changes of `head` against `base` as `git apply` takes them: names and content byte for byte, binary files whole.
    ///
    /// # Errors
    /// As [`Repository::diff`].
    pub fn patch(&self, base: &CommitId, head: &CommitId) -> Result<Vec<u8>, GitError> {
        self.check_commits(base, head)?;
        self.raw_patch(&self.git, base.as_str(), head.as_str())
    }

    /// Reads the diff of two trees, which `git` sees.
    pub(super) fn read_diff(&self, git: &Git, from: &str, to: &str) -> Result<Diff, GitError> {
        let printed = git.printed(self.root(), &arguments(&[], from, to))?;
        Ok(whole_types(parse(&String::from_utf8_lossy(&printed.stdout))))
    }

    /// Returns the patch from one tree to another, which `git` sees.
    pub(super) fn raw_patch(&self, git: &Git, from: &str, to: &str) -> Result<Vec<u8>, GitError> {
        Ok(git.printed(self.root(), &arguments(&["--binary", "--full-index"], from, to))?.stdout)
    }

    fn check_commits(&self, base: &CommitId, head: &CommitId) -> Result<(), GitError> {
        let library = self.library()?;
        for commit in [base, head] {
            library.find_commit(oid(commit)?)?;
        }
        Ok(())
    }
}

/// Returns the arguments for a diff of two trees, regardless of the user's settings for diffs.
fn arguments<'a>(more: &[&'a str], from: &'a str, to: &'a str) -> Vec<&'a str> {
    let options = [
        "-c",
        "diff.suppressBlankEmpty=false",
        "-c",
        "diff.renameLimit=1000",
        "diff-tree",
        "-r",
        "--patch",
        "--unified=3",
        "--find-renames",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "--submodule=short",
        "--ignore-submodules=none",
    ];
    options.into_iter().chain(more.iter().copied()).chain([from, to]).collect()
}

/// Puts the two parts together by which git shows that a file changed its type: as it was is deleted, as it is now is added.
fn whole_types(diff: Diff) -> Diff {
    let mut files: Vec<FileDiff> = Vec::with_capacity(diff.files.len());
    for file in diff.files {
        match files.last_mut() {
            Some(last) if is_type_change(last, &file) => {
                (last.change, last.added) = (Change::TypeChanged, file.added);
                last.binary |= file.binary;
                last.patch.push_str(&file.patch);
            }
            _ => files.push(file),
        }
    }
    Diff::new(files)
}

fn is_type_change(gone: &FileDiff, new: &FileDiff) -> bool {
    (gone.change, new.change) == (Change::Deleted, Change::Added) && gone.path == new.path
}
