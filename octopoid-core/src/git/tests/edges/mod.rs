//! Edge cases: hostile, interrupted or unusually configured git.

mod advance;
mod guard;
mod history;
mod landing;
mod program;
mod rebase;
mod recovery;
mod remote;
mod submodule;
mod worktree;

use crate::git::tests::remove;
use crate::git::{Git, Repository, Worktree};
use crate::model::CommitId;
use crate::testing::TempRepository;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Repository of one test, as the user and as Octopoid see it.
pub(super) struct Room {
    pub(super) user: TempRepository,
    pub(super) repository: Repository,
}

impl Room {
    pub(super) fn new() -> Self {
        Self::of(TempRepository::new())
    }

    pub(super) fn of(user: TempRepository) -> Self {
        let repository = Repository::open(user.path(), git()).unwrap();
        Self { user, repository }
    }

    /// Returns the path of a task's worktree.
    pub(super) fn place(&self, task: &str) -> PathBuf {
        self.user.path().join(".octopoid/worktrees").join(task)
    }

    pub(super) fn add(&self, task: &str) -> Worktree {
        self.repository.worktree_add(&self.place(task), &self.tip()).unwrap()
    }

    pub(super) fn tip(&self) -> CommitId {
        self.repository.tip("main").unwrap()
    }

    /// Commits a file on `main` in the user's checkout.
    pub(super) fn commit(&self, path: &str, text: &str) -> CommitId {
        self.user.write(path, text);
        self.user.commit(&format!("Change {path}"));
        self.tip()
    }

    /// Creates a commit on top of `main` that `main` does not contain, in a worktree that is removed afterwards.
    pub(super) fn ahead(&self, path: &str, text: &str) -> CommitId {
        let worktree = self.add("ahead");
        let commit = commit_in(&worktree, path, text);
        self.repository.set_branch("agent/ahead", &commit).unwrap();
        remove(worktree).unwrap();
        commit
    }

    pub(super) fn kept(&self) -> Vec<String> {
        let names = self.user.git(&["for-each-ref", "--format=%(refname)", "refs/octopoid/kept"]);
        names.lines().map(str::to_owned).collect()
    }
}

/// Returns the `git` program without this machine's configuration.
pub(super) fn git() -> Git {
    Git::new(environment())
}

pub(super) fn environment() -> BTreeMap<String, String> {
    [
        ("PATH", option_env!("PATH").unwrap_or("/usr/local/bin:/usr/bin:/bin")),
        ("HOME", "/nonexistent"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Runs git as an agent or a user would, and returns its output.
pub(super) fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let (success, text) = try_git(folder, arguments);
    assert!(success, "git {arguments:?} in {}: {text}", folder.display());
    text
}

pub(super) fn try_git(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .args(["-c", "user.name=Agent", "-c", "user.email=agent@example.invalid"])
        .args(arguments)
        .current_dir(folder)
        .envs(environment())
        .output()
        .unwrap();
    let text = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

pub(super) fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

pub(super) fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap_or_default()
}

pub(super) fn commit_in(worktree: &Worktree, path: &str, text: &str) -> CommitId {
    write(worktree.path(), path, text);
    git_in(worktree.path(), &["add", "--all"]);
    git_in(worktree.path(), &["commit", "--quiet", "--message", &format!("Work on {path}")]);
    worktree.head().unwrap()
}

pub(super) fn id(text: &str) -> CommitId {
    CommitId::new(text.trim()).unwrap()
}

pub(super) fn is_clean(worktree: &Worktree) -> bool {
    git_in(worktree.path(), &["status", "--porcelain"]).is_empty()
}
