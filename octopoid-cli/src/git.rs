//! Questions to `git` about a repository: for set-up, checks and the demo. The work on tasks is in the core.

use crate::environment::{Environment, output};
use octopoid_core::process::ProgramKind;
use std::path::{Path, PathBuf};

/// The prefix of branches.
const HEADS: &str = "refs/heads/";

/// Error returned when `git` gives no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitFailure {
    #[error("the program `git` cannot be started: {0}")]
    Missing(std::io::Error),
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    #[error("{0}")]
    Refused(String),
}

/// The `git` program in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Git<'a> {
    environment: &'a Environment,
    directory: PathBuf,
}

impl<'a> Git<'a> {
    pub(crate) fn new(environment: &'a Environment, directory: impl Into<PathBuf>) -> Self {
        Self { environment, directory: directory.into() }
    }

    /// Runs git. Returns what it printed, without the last line's end.
    pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Result<String, GitFailure> {
        let mut command = self
            .environment
            .command("git")
            .args(arguments.iter().map(AsRef::as_ref))
            .current_dir(&self.directory)
            .env("LC_ALL", "C");
        // The folder decides, not a hook that we may have been started from.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.environment.remove(std::ffi::OsStr::new(name));
        }
        let output = output(command, ProgramKind::Git).map_err(|error| match self.directory.is_dir() {
            true => GitFailure::Missing(error),
            false => GitFailure::NoFolder(self.directory.clone()),
        })?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            return Err(GitFailure::Refused(words.trim().trim_start_matches("fatal: ").to_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    pub(crate) fn is_bare(&self) -> bool {
        self.run(&["rev-parse", "--is-bare-repository"]).is_ok_and(|answer| answer == "true")
    }

    /// Returns the top of the working tree, or of a bare repository.
    pub(crate) fn root(&self) -> Result<PathBuf, GitFailure> {
        if self.is_bare() {
            return self.run(&["rev-parse", "--absolute-git-dir"]).map(PathBuf::from);
        }
        self.run(&["rev-parse", "--show-toplevel"]).map(PathBuf::from)
    }

    /// Returns whether the current branch has a commit.
    pub(crate) fn has_commit(&self) -> bool {
        self.run(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).is_ok()
    }

    /// Returns the path from the top of the working tree to the folder; none at the top, and in a bare repository.
    pub(crate) fn prefix(&self) -> Option<PathBuf> {
        let prefix = self.run(&["rev-parse", "--show-prefix"]).ok()?;
        Some(prefix.trim_end_matches('/')).filter(|prefix| !prefix.is_empty()).map(PathBuf::from)
    }

    /// Returns whether a branch has a folder.
    pub(crate) fn has_folder(&self, branch: &str, folder: &Path) -> bool {
        let tree = format!("refs/heads/{branch}:{}", folder.display());
        self.run(&["cat-file", "-t", &tree]).is_ok_and(|kind| kind == "tree")
    }

    /// Returns whether a file is tracked.
    pub(crate) fn is_tracked(&self, path: &Path) -> bool {
        let path = path.as_os_str();
        self.run(&["ls-files".as_ref(), "--error-unmatch".as_ref(), "--".as_ref(), path]).is_ok()
    }

    /// Returns the branch that is checked out; none for a detached HEAD.
    pub(crate) fn current_branch(&self) -> Option<String> {
        let reference = self.run(&["symbolic-ref", "--quiet", "HEAD"]).ok()?;
        reference.strip_prefix(HEADS).map(str::to_owned)
    }

    /// Returns the branches. Full names are asked for: the short name of a branch with a tag of the same name differs.
    pub(crate) fn branches(&self) -> Result<Vec<String>, GitFailure> {
        let references = self.lines(&["for-each-ref", "--format=%(refname)", HEADS])?;
        Ok(references.iter().filter_map(|name| name.strip_prefix(HEADS)).map(str::to_owned).collect())
    }

    pub(crate) fn remotes(&self) -> Result<Vec<String>, GitFailure> {
        self.lines(&["remote"])
    }

    /// Returns the address of a remote, without credentials (I28).
    pub(crate) fn remote_url(&self, remote: &str) -> Option<String> {
        let url = self.run(&["remote", "get-url", remote]).ok()?.trim().to_owned();
        Some(match url.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
                let host = authority.rsplit('@').next().unwrap_or(authority);
                format!("{scheme}://{host}/{path}")
            }
            None => url,
        })
    }

    pub(crate) fn user_name(&self) -> Option<String> {
        self.run(&["config", "user.name"]).ok().filter(|name| !name.is_empty())
    }

    pub(crate) fn version(&self) -> Result<String, GitFailure> {
        self.run(&["--version"])
    }

    fn lines(&self, arguments: &[&str]) -> Result<Vec<String>, GitFailure> {
        Ok(self.run(arguments)?.lines().map(str::to_owned).collect())
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}
