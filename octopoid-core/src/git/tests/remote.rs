//! Tests with remotes that move, refuse and vanish.

use super::{commit, open, work, worktree};
use crate::git::{GitError, Push};
use crate::testing::TempRepository;

#[test]
fn a_push_to_a_remote_that_moved_on_is_rejected_and_changes_nothing() {
    let repository = TempRepository::new();
    let remote = repository.add_remote("origin");
    let tree = worktree(&repository, "task-1");
    let head = work(&tree, "a.txt", "a\n", "Add a");
    remote.commit_to("main", "b.txt", "b\n", "Somebody's");
    let opened = open(repository.path());
    assert!(matches!(opened.push("origin", &head, "main").unwrap(), Push::Rejected { .. }));
    assert_eq!(remote.git(&["log", "-1", "--format=%s", "main"]).trim(), "Somebody's");
    opened.fetch("origin", "main").unwrap();
    let theirs = opened.remote_tip("origin", "main").unwrap().unwrap();
    assert_ne!(theirs, commit(&repository, "main"));
    let crate::git::Rebased::Onto { head, .. } = tree.rebase(&theirs, None).unwrap() else { panic!() };
    assert_eq!(opened.push("origin", &head, "main").unwrap(), Push::Done);
    assert_eq!(opened.push("origin", &head, "main").unwrap(), Push::Done, "a second time is fine");
}

#[test]
fn a_branch_that_the_remote_does_not_have_yet_is_no_error() {
    let repository = TempRepository::new();
    repository.add_remote("origin");
    let opened = open(repository.path());
    opened.fetch("origin", "not-there").unwrap();
    assert_eq!(opened.remote_tip("origin", "not-there").unwrap(), None);
}

#[test]
fn a_remote_that_is_gone_is_a_fault_of_the_network() {
    let repository = TempRepository::new();
    let remote = repository.add_remote("origin");
    std::fs::remove_dir_all(remote.path()).unwrap();
    let error = open(repository.path()).fetch("origin", "main").unwrap_err();
    assert!(matches!(&error, GitError::Network { remote, .. } if remote == "origin"), "{error}");
}
