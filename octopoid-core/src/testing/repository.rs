//! Temporary git repositories and remotes for tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Git repository in a temporary folder, with an identity, a branch `main` and a first commit. Removed on drop.
///
/// ```
/// use octopoid_core::testing::TempRepository;
///
/// let repository = TempRepository::new();
/// repository.write("a.txt", "a\n");
/// repository.commit("Add a file");
/// assert_eq!(repository.git(&["log", "-1", "--format=%s"]).trim(), "Add a file");
/// ```
#[derive(Debug)]
pub struct TempRepository {
    folder: TempDir,
    path: PathBuf,
}

impl Default for TempRepository {
    fn default() -> Self {
        Self::new()
    }
}

impl TempRepository {
    /// Creates a repository with one commit.
    pub fn new() -> Self {
        Self::named("repository")
    }

    /// Creates a repository with one commit in a folder of this name.
    pub fn named(name: &str) -> Self {
        let repository = Self::empty(name, &[]);
        repository.write("README.md", "# A repository\n");
        repository.commit("Initial commit");
        repository
    }

    /// Creates a repository without a commit; `arguments` are passed to `git init`.
    ///
    /// # Panics
    /// When git is missing or fails.
    pub fn empty(name: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Canonicalized, because git prints canonical paths.
        let path = folder.path().canonicalize().expect("a folder that exists").join(name);
        std::fs::create_dir(&path).expect("a folder for the repository");
        let repository = Self { folder, path };
        // Without the sample hooks, which are many files.
        let mut init = vec!["init", "--quiet", "--template=", "--initial-branch=main"];
        init.extend(arguments);
        repository.git(&init);
        repository.git(&["config", "user.name", "Test"]);
        repository.git(&["config", "user.email", "test@example.invalid"]);
        // As `init` sets it up for every installation.
        let info = Path::new(repository.git(&["rev-parse", "--git-path", "info/exclude"]).trim()).to_owned();
        let info = repository.path.join(info);
        let folder = info.parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("the info folder");
        std::fs::create_dir_all(folder.with_file_name("hooks")).expect("the folder for hooks");
        std::fs::write(info, ".octopoid/\n").expect("the exclude file");
        repository
    }

    /// Returns the path of the worktree.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of a temporary file or folder beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs git in the repository and returns its standard output.
    ///
    /// # Panics
    /// When git fails.
    pub fn git(&self, arguments: &[&str]) -> String {
        run(&self.path, arguments)
    }

    /// Writes a file in the worktree, creating its folders.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder in the repository");
        std::fs::write(path, text).expect("a file in the repository");
    }

    /// Commits all changes.
    ///
    /// # Panics
    /// When there is nothing to commit.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// Creates a bare repository beside this one, with its branches, and adds it as a remote.
    pub fn add_remote(&self, name: &str) -> TempRemote {
        let path = self.beside(&format!("{name}.git"));
        let text = path.to_string_lossy().into_owned();
        self.git(&["clone", "--quiet", "--template=", "--bare", ".", &text]);
        std::fs::create_dir(path.join("hooks")).expect("the folder for hooks");
        self.git(&["remote", "add", name, &text]);
        self.git(&["fetch", "--quiet", name]);
        TempRemote { path }
    }
}

/// Bare repository in the role of a remote.
#[derive(Debug)]
pub struct TempRemote {
    path: PathBuf,
}

impl TempRemote {
    /// Returns the path of the repository.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs git in the repository and returns its standard output.
    ///
    /// # Panics
    /// When git fails.
    pub fn git(&self, arguments: &[&str]) -> String {
        run(&self.path, arguments)
    }

    /// Adds a commit with one file to a branch, as another user's push would.
    ///
    /// # Panics
    /// When git fails.
    pub fn commit_to(&self, branch: &str, path: &str, text: &str, message: &str) {
        let clone = tempfile::tempdir().expect("a temporary folder");
        let (here, folder) = (self.path.to_string_lossy().into_owned(), clone.path());
        git_in(folder, &["clone", "--quiet", "--branch", branch, &here, "."]);
        std::fs::write(folder.join(path), text).expect("a file in the clone");
        git_in(folder, &["add", "--all"]);
        git_in(folder, &["commit", "--quiet", "--message", message]);
        git_in(folder, &["push", "--quiet", "origin", branch]);
    }
}

/// Runs git in a folder under another identity than the repository's owner, and returns its standard output.
///
/// # Panics
/// If git fails.
pub fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.invalid"];
    run(folder, &[&identity, arguments].concat())
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).current_dir(folder).output().expect("git is installed");
    assert!(
        output.status.success(),
        "git {arguments:?} in {}: {}",
        folder.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
