//! What `git status` says of a checkout.

use super::GitError;
use super::program::{Git, Printed};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// How a checkout differs from its commit. Paths are relative to its top.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Tracked files whose content, mode or kind is not the commit's.
    pub(crate) changed: Vec<PathBuf>,
    /// Files that git does not track and does not ignore.
    pub(crate) untracked: Vec<PathBuf>,
    /// What git ignores; a folder of which everything is ignored is one path, with a slash at its end.
    pub(crate) ignored: Vec<PathBuf>,
}

impl Status {
    /// Returns whether the checkout is its commit; ignored files do not count.
    pub(crate) fn is_clean(&self) -> bool {
        self.changed.is_empty() && self.untracked.is_empty()
    }

    /// Parses the output of `git status --porcelain=v2 -z --no-renames`.
    fn parse(printed: &Printed) -> Self {
        let mut status = Self::default();
        for record in printed.records() {
            // The kind of an entry says how many fields there are before its path.
            let fields = match record.first() {
                Some(b'1') => 8,
                Some(b'u') => 10,
                Some(b'?' | b'!') => 1,
                _ => continue,
            };
            let Some(path) = record.splitn(fields + 1, |byte| *byte == b' ').nth(fields) else { continue };
            let path = path_of(path);
            match record[0] {
                b'?' => status.untracked.push(path),
                b'!' => status.ignored.push(path),
                _ => status.changed.push(path),
            }
        }
        status
    }
}

/// Returns the path that git printed as bytes.
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// How much of a checkout is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope<'a> {
    /// All of it: each untracked file, and what is ignored.
    Everything,
    /// These paths, also where git ignores what is there.
    Paths(&'a [PathBuf]),
}

/// The option by which a submodule that stands at another commit is a change, and what is changed inside it is none: only the
/// commit can be committed.
const COMMITS_OF_SUBMODULES: &str = "--ignore-submodules=dirty";

/// Asks git how a checkout differs from its commit.
pub(super) fn status(git: &Git, checkout: &Path, scope: Scope<'_>) -> Result<Status, GitError> {
    let submodules = match scope {
        Scope::Everything => COMMITS_OF_SUBMODULES,
        Scope::Paths(_) => "--ignore-submodules=all",
    };
    let options = [
        "--literal-pathspecs",
        "status",
        "--porcelain=v2",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        submodules,
        "--ignored=matching",
        "--",
    ];
    let mut arguments: Vec<&OsStr> = options.into_iter().map(OsStr::new).collect();
    if let Scope::Paths(paths) = scope {
        arguments.extend(paths.iter().map(|path| path.as_os_str()));
    }
    Ok(Status::parse(&git.printed(checkout, &arguments)?))
}

/// Returns whether anything in a checkout is not committed; ignored files do not count.
pub(super) fn is_dirty(git: &Git, checkout: &Path) -> Result<bool, GitError> {
    let arguments =
        ["status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=normal", COMMITS_OF_SUBMODULES];
    Ok(!git.printed(checkout, &arguments)?.stdout.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_every_kind_are_told_apart() {
        let hash = "0".repeat(40);
        let text = format!(
            "1 .M N... 100644 100644 100644 {hash} {hash} a b\0u UU N... 100644 100644 100644 100644 {hash} {hash} {hash} c\0? new file\0! target/\0"
        );
        let mut bytes = text.into_bytes();
        bytes.extend(b"? \xff\0");
        let status = Status::parse(&Printed { success: true, stdout: bytes, stderr: String::new() });
        assert_eq!(status.changed, [Path::new("a b"), Path::new("c")]);
        assert_eq!(status.untracked, [PathBuf::from("new file"), path_of(b"\xff")]);
        assert_eq!(status.ignored, [Path::new("target/")]);
        assert!(!status.is_clean());
    }
}
