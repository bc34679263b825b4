//! The `git` program in the workspace.

use octopoid_plugin::Error;
use std::path::Path;
use std::process::{Command, Output};

/// A repository, asked through the `git` program: what a user has configured there (a partial clone, another object
/// format) holds here too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Git<'a> {
    folder: &'a Path,
}

impl<'a> Git<'a> {
    pub(crate) fn new(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// Returns the subjects of a range, oldest first.
    pub(crate) fn subjects(self, range: &str) -> Result<Vec<String>, Error> {
        Ok(parts(&self.print(&[
            "log",
            "--reverse",
            "-z",
            "--no-show-signature",
            "--format=%s",
            range,
            "--",
        ])?))
    }

    /// Returns the commits of a range that change a file.
    pub(crate) fn touching(self, range: &str, file: &str) -> Result<Vec<String>, Error> {
        Ok(parts(&self.print(&["log", "-z", "--no-show-signature", "--format=%H", range, "--", file])?))
    }

    /// Returns the newest commit up to a revision that changes a file.
    pub(crate) fn last_touching(self, revision: &str, file: &str) -> Result<Option<String>, Error> {
        let printed =
            self.print(&["log", "-1", "-z", "--no-show-signature", "--format=%H", revision, "--", file])?;
        Ok(parts(&printed).pop())
    }

    /// Returns the newest tag before a revision, if there is one.
    pub(crate) fn last_tag(self, revision: &str) -> Result<Option<String>, Error> {
        let output = self.output(&["describe", "--tags", "--abbrev=0", revision])?;
        let tag = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Some(tag).filter(|tag| output.status.success() && !tag.is_empty()))
    }

    /// Returns whether a file differs from what is committed.
    pub(crate) fn is_changed(self, file: &str) -> Result<bool, Error> {
        Ok(!self.print(&["status", "--porcelain", "-z", "--", file])?.is_empty())
    }

    fn print(self, arguments: &[&str]) -> Result<String, Error> {
        let output = self.output(arguments)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim().lines().next_back().unwrap_or("it gave no reason").to_owned();
            let folder = self.folder.display();
            return Err(Error::role(format!("`git {}` failed in {folder}: {said}", arguments.join(" "))));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn output(self, arguments: &[&str]) -> Result<Output, Error> {
        let mut command = Command::new("git");
        command.args(["--no-pager", "-c", "color.ui=false", "--literal-pathspecs"]).args(arguments);
        command.current_dir(self.folder).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
        // Set by a hook that started the orchestrator, these would name another repository.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        command.output().map_err(|error| {
            let folder = self.folder.display();
            Error::role(format!(
                "git could not be started in {folder}: {error}; install it, and see that it is on PATH"
            ))
        })
    }
}

fn parts(text: &str) -> Vec<String> {
    text.split('\0').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
