//! Tests of the git module with real repositories of every kind that users have.

#![expect(clippy::disallowed_methods, reason = "a test hands its own environment on")]

mod advance;
mod edges;
mod guard;
mod kinds;
mod rebase;
mod remote;
mod seen;
mod versions;
mod worktree;

use crate::git::{Git, GitError, Repository, Worktree};
use crate::model::CommitId;
use crate::testing::TempRepository;
use edges::git_in as git;
use std::path::Path;

fn program() -> Git {
    Git::new(std::env::vars().collect())
}

fn open(path: &Path) -> Repository {
    Repository::open(path, program()).unwrap()
}

fn commit(repository: &TempRepository, name: &str) -> CommitId {
    CommitId::new(repository.git(&["rev-parse", name]).trim()).unwrap()
}

/// Creates a worktree at the tip of `main`.
fn worktree(repository: &TempRepository, name: &str) -> Worktree {
    let opened = open(repository.path());
    let tip = opened.tip("main").unwrap();
    opened.worktree_add(&repository.path().join(".octopoid/worktrees").join(name), &tip).unwrap()
}

/// Writes a file in a worktree and commits it.
fn work(worktree: &Worktree, path: &str, text: &str, message: &str) -> CommitId {
    std::fs::write(worktree.path().join(path), text).unwrap();
    git(worktree.path(), &["add", "--all"]);
    git(worktree.path(), &["commit", "--quiet", "-m", message]);
    worktree.head().unwrap()
}

/// Removes a worktree as clean-up does: content that no branch has is kept first.
fn remove(worktree: Worktree) -> Result<Option<String>, GitError> {
    let kept = worktree.save_leftovers()?;
    worktree.discard()?;
    Ok(kept)
}
