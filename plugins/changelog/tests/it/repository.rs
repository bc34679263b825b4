//! A repository in a temporary folder.

use changelog::Changelog;
use octopoid_plugin::testing::{Finished, Harness};
use octopoid_plugin::{Commit, Outcome};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

#[derive(Debug)]
pub(crate) struct Repository {
    folder: TempDir,
}

impl Repository {
    /// With one commit, and a configuration that makes git print more than is asked for.
    pub(crate) fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        for (name, value) in [
            ("user.name", "Ada"),
            ("user.email", "ada@example.org"),
            ("color.ui", "always"),
            ("log.decorate", "full"),
            ("log.showSignature", "true"),
            ("core.pager", "false"),
            ("commit.gpgSign", "false"),
        ] {
            repository.git(&["config", name, value]);
        }
        repository.commit("chore: begin");
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").args(arguments).current_dir(self.path()).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// An empty commit, for its subject.
    pub(crate) fn commit(&self, subject: &str) -> Commit {
        self.git(&["commit", "-q", "--allow-empty", "-m", subject, "-m", "A body\nof two lines."]);
        Commit::new(self.head(), subject)
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(crate) fn commit_file(&self, name: &str, text: &str, subject: &str) -> Commit {
        self.write(name, text);
        self.git(&["add", name]);
        self.commit(subject)
    }

    /// A run on what the branch says: no work of its own.
    pub(crate) fn harness(&self) -> Harness<Changelog> {
        self.harness_on(&self.head(), Vec::new())
    }

    /// A run after some work on a base.
    pub(crate) fn harness_on(&self, base: &str, own: Vec<Commit>) -> Harness<Changelog> {
        let (base, head) = (base.to_owned(), self.head());
        Harness::new("Write the changelog", "").workspace(self.path()).commits(own).request(move |request| {
            request.workspace.base = Some(base);
            request.workspace.head = Some(head);
        })
    }
}

pub(crate) fn summary(finished: Finished) -> String {
    match finished.outcome {
        Ok(Outcome::Submitted { summary }) => summary,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn nothing(finished: Finished) -> String {
    match finished.outcome {
        Ok(Outcome::Nothing { reason }) => reason,
        other => panic!("{other:?}"),
    }
}
