//! Errors of git operations.

use super::unsupported::Unsupported;
use std::path::PathBuf;

/// Error returned when a git operation fails. The message is one line: what failed, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// Path is not in a git repository.
    #[error("{} is not in a git repository; make one with `git init`", path.display())]
    NotARepository {
        /// Path that was searched.
        path: PathBuf,
    },
    /// Repository has no commit.
    #[error("the repository {} has no commit yet; make a first one with `git commit`", path.display())]
    Empty {
        /// Path of the repository.
        path: PathBuf,
    },
    /// Branch does not exist.
    #[error("there is no branch `{branch}` in {}; make it with `git branch {branch}`, or name another one", path.display())]
    BranchMissing {
        /// Name of the branch.
        branch: String,
        /// Path of the repository.
        path: PathBuf,
    },
    /// Repository is not supported.
    #[error("{}; {}", .0, .0.remedy())]
    Unsupported(Unsupported),
    /// Folder is not a worktree of the repository.
    #[error("{} is not a worktree of {}", path.display(), repository.display())]
    NotAWorktree {
        /// Path of the folder.
        path: PathBuf,
        /// Path of the repository.
        repository: PathBuf,
    },
    /// `git` program was not found.
    #[error("the `git` program was not found; install git and see that it is on PATH")]
    ProgramMissing,
    /// `git` program failed.
    #[error("`git {command}` failed: {message}")]
    Program {
        /// Command, without its values.
        command: String,
        /// Output of git, without credentials.
        message: String,
    },
    /// `git` program exceeded its time limit and was stopped.
    #[error("`git {command}` took longer than {seconds} s and was stopped")]
    TimedOut {
        /// Command that was run.
        command: String,
        /// Time limit in seconds.
        seconds: u64,
    },
    /// Remote cannot be reached.
    #[error("the remote `{remote}` cannot be reached: {message}")]
    Network {
        /// Name of the remote.
        remote: String,
        /// Output of git.
        message: String,
    },
    /// Remote denies access.
    #[error(
        "the remote `{remote}` refuses access: {message}; see that `git fetch {remote}` works without a question"
    )]
    Access {
        /// Name of the remote.
        remote: String,
        /// Output of git.
        message: String,
    },
    /// Another git process holds a lock.
    #[error("another git process is at work in the repository, or left a lock behind: {message}")]
    Locked {
        /// Output of git.
        message: String,
    },
    /// Forge that hosts the remote failed.
    #[error("{0}")]
    Forge(String),
    /// libgit2 failed.
    #[error("git: {0}")]
    Library(#[source] LibraryError),
    /// File could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

/// Error of libgit2.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message())]
pub struct LibraryError(git2::Error);

impl From<git2::Error> for GitError {
    fn from(error: git2::Error) -> Self {
        Self::Library(LibraryError(error))
    }
}

impl GitError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| GitError::Io { path, source }
    }

    /// Returns whether the error concerns only this branch, not the machine.
    pub fn is_branch_missing(&self) -> bool {
        matches!(self, GitError::BranchMissing { .. })
    }
}
