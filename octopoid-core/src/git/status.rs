//! Status of a checkout, from `git status`.

use super::GitError;
use super::program::{Git, Printed};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Differences between a checkout and its commit. Paths are relative to its root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Tracked files whose content, mode or type differs from the commit.
    pub(crate) changed: Vec<PathBuf>,
    /// Files that are neither tracked nor ignored.
    pub(crate) untracked: Vec<PathBuf>,
    /// Ignored paths; a folder whose whole content is ignored is one path with a trailing slash.
    pub(crate) ignored: Vec<PathBuf>,
}

impl Status {
    /// Returns whether the checkout equals its commit; ignored files do not count.
    pub(crate) fn is_clean(&self) -> bool {
        self.changed.is_empty() && self.untracked.is_empty()
    }

    /// Parses the output of `git status --porcelain=v2 -z --no-renames`.
    fn parse(printed: &Printed) -> Self {
        let mut status = Self::default();
        for record in printed.records() {
            // The type of an entry determines the number of fields before its path.
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

/// Converts the bytes that git printed to a path.
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// Part of a checkout that is examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope<'a> {
    /// Everything: each untracked file, and the ignored paths.
    Everything,
    /// Selected paths, even if they are ignored.
    Paths(&'a [PathBuf]),
}

/// Option with which a submodule at another commit counts as a change, and changes inside it do not.
///
/// Only the commit of a submodule can be committed.
const COMMITS_OF_SUBMODULES: &str = "--ignore-submodules=dirty";

/// Runs `git status` on a checkout.
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

/// Returns whether a checkout has uncommitted changes; ignored files do not count.
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
