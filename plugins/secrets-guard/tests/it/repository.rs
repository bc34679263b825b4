//! A repository in a temporary folder.

use octopoid_plugin::testing::Harness;
use secrets_guard::SecretsGuard;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

#[derive(Debug)]
pub(crate) struct Repository {
    folder: TempDir,
    base: String,
}

impl Repository {
    /// With one commit, and a configuration that makes git's diffs look different.
    pub(crate) fn new() -> Self {
        let mut repository = Self { folder: tempfile::tempdir().unwrap(), base: String::new() };
        repository.git(&["init", "-q", "-b", "main"]);
        for (name, value) in [
            ("user.name", "Ada"),
            ("user.email", "ada@example.org"),
            ("color.ui", "always"),
            ("core.pager", "false"),
            ("diff.noprefix", "true"),
            ("diff.mnemonicPrefix", "true"),
            ("diff.external", "false"),
            ("diff.renames", "false"),
            ("log.showSignature", "true"),
            ("log.decorate", "full"),
            ("diff.submodule", "log"),
            ("commit.gpgSign", "false"),
        ] {
            repository.git(&["config", name, value]);
        }
        repository.commit(&[("README.md", "hello\n")], "begin");
        repository.base = repository.head();
        repository
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").args(arguments).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Says that the work begins after what is there now.
    pub(crate) fn begin_here(&mut self) {
        self.base = self.head();
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits everything, and gives the commit's short id.
    pub(crate) fn commit(&self, files: &[(&str, &str)], message: &str) -> String {
        for (name, text) in files {
            self.write(name, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()[..10].to_owned()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A review of the commits since the first, of which the diff as a whole is empty.
    pub(crate) fn guard(&self) -> Harness<SecretsGuard> {
        let (base, head) = (self.base.clone(), self.head());
        Harness::new("Add uploads", "").workspace(self.path()).request(move |request| {
            request.workspace.base = Some(base);
            request.workspace.head = Some(head);
        })
    }
}
