//! What git can fail with.

use super::unsupported::Unsupported;
use std::path::PathBuf;

/// A failure of git, in one line: what, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// There is no repository.
    #[error("{} is not in a git repository; make one with `git init`", path.display())]
    NotARepository {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is no commit.
    #[error("the repository {} has no commit yet; make a first one with `git commit`", path.display())]
    Empty {
        /// The repository.
        path: PathBuf,
    },
    /// There is no such branch.
    #[error("there is no branch `{branch}` in {}; make it with `git branch {branch}`, or name another one", path.display())]
    BranchMissing {
        /// The branch.
        branch: String,
        /// The repository.
        path: PathBuf,
    },
    /// The repository cannot be worked on.
    #[error("{}; {}", .0, .0.remedy())]
    Unsupported(Unsupported),
    /// A folder is not a worktree of the repository.
    #[error("{} is not a worktree of {}", path.display(), repository.display())]
    NotAWorktree {
        /// The folder.
        path: PathBuf,
        /// The repository.
        repository: PathBuf,
    },
    /// The `git` program is not there.
    #[error("the `git` program was not found; install git and see that it is on PATH")]
    ProgramMissing,
    /// The `git` program failed.
    #[error("`git {command}` failed: {message}")]
    Program {
        /// The command, without its values.
        command: String,
        /// What it printed, without credentials.
        message: String,
    },
    /// It took too long and was stopped.
    #[error("`git {command}` took longer than {seconds} s and was stopped")]
    TimedOut {
        /// The command.
        command: String,
        /// The bound.
        seconds: u64,
    },
    /// The remote cannot be reached.
    #[error("the remote `{remote}` cannot be reached: {message}")]
    Network {
        /// The remote.
        remote: String,
        /// What git printed.
        message: String,
    },
    /// The remote does not let us in.
    #[error(
        "the remote `{remote}` refuses access: {message}; see that `git fetch {remote}` works without a question"
    )]
    Access {
        /// The remote.
        remote: String,
        /// What git printed.
        message: String,
    },
    /// Another git process holds something locked.
    #[error("another git process is at work in the repository, or left a lock behind: {message}")]
    Locked {
        /// What git printed.
        message: String,
    },
    /// The forge, which keeps the remote, does not do its part.
    #[error("{0}")]
    Forge(String),
    /// libgit2 failed.
    #[error("git: {0}")]
    Library(#[source] LibraryError),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
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

    /// Whether it is about this one branch and not about the machine.
    pub fn is_branch_missing(&self) -> bool {
        matches!(self, GitError::BranchMissing { .. })
    }
}
