//! Tests with two versions of the same work, and with landings that are taken back.

use super::{commit, open, work, worktree};
use crate::git::{Interdiff, Reverted, Version};
use crate::model::{CommitId, Revert, TaskId, Timestamp};
use crate::testing::TempRepository;

fn paths(diff: &Interdiff) -> (bool, Vec<&str>) {
    let (of_work, diff) = match diff {
        Interdiff::OfWork(diff) => (true, diff),
        Interdiff::WithBase(diff) => (false, diff),
    };
    (of_work, diff.files.iter().map(|file| file.path.as_str()).collect())
}

#[test]
fn what_the_base_branch_gained_is_no_change_of_the_work() {
    let repository = TempRepository::new();
    let base = commit(&repository, "main");
    let tree = worktree(&repository, "work");
    let old = work(&tree, "a.txt", "one\n", "One");
    repository.write("other.txt", "other\n");
    repository.commit("Meanwhile");
    let onto = commit(&repository, "main");
    tree.reset_hard(&onto).unwrap();
    work(&tree, "a.txt", "one\n", "One");
    let new = work(&tree, "b.txt", "two\n", "Two");
    let opened = open(repository.path());
    let diff =
        opened.interdiff(Version { base: &base, head: &old }, Version { base: &onto, head: &new }).unwrap();
    assert_eq!(paths(&diff), (true, vec!["b.txt"]));
    let diff =
        opened.interdiff(Version { base: &onto, head: &onto }, Version { base: &onto, head: &new }).unwrap();
    assert_eq!(paths(&diff), (true, vec!["a.txt", "b.txt"]));
    assert!(repository.git(&["fsck", "--unreachable", "--no-reflogs"]).lines().count() < 10);
}

#[test]
fn a_version_that_does_not_apply_to_the_newer_base_is_compared_as_a_whole() {
    let repository = TempRepository::new();
    let base = commit(&repository, "main");
    let tree = worktree(&repository, "work");
    let old = work(&tree, "a.txt", "mine\n", "Mine");
    repository.write("a.txt", "theirs\n");
    repository.commit("Theirs");
    let onto = commit(&repository, "main");
    tree.reset_hard(&onto).unwrap();
    let new = work(&tree, "a.txt", "both\n", "Both");
    let diff = open(repository.path())
        .interdiff(Version { base: &base, head: &old }, Version { base: &onto, head: &new })
        .unwrap();
    assert_eq!(paths(&diff), (false, vec!["a.txt"]));
}

/// A landing of two commits, and the repository after it.
fn landed(repository: &TempRepository) -> Revert {
    let before = commit(repository, "main");
    repository.write("a.txt", "one\n");
    repository.commit("One");
    repository.write("b.txt", "two\n");
    repository.commit("Two");
    Revert::new(TaskId::numbered(1), before, commit(repository, "main"))
}

fn objects(repository: &TempRepository) -> String {
    repository.git(&["count-objects"])
}

#[test]
fn a_landing_is_taken_back_by_one_commit_that_is_the_same_each_time() {
    let repository = TempRepository::new();
    let revert = landed(&repository);
    repository.write("c.txt", "three\n");
    repository.commit("Three");
    let (opened, tip) = (open(repository.path()), commit(&repository, "main"));
    let before = objects(&repository);
    assert_eq!(opened.preview_revert(&revert, &tip).unwrap(), Reverted::Clean(()));
    assert_eq!(objects(&repository), before, "nothing is written");
    let make = || opened.revert(&revert, &tip, "Undo", Timestamp::from_millis(0)).unwrap();
    let Reverted::Clean(made) = make() else { panic!("{:?}", make()) };
    assert_eq!(make(), Reverted::Clean(made.clone()));
    let files = repository.git(&["ls-tree", "--name-only", made.as_str()]);
    assert!(files.contains("c.txt") && !files.contains("a.txt") && !files.contains("b.txt"), "{files}");
    assert_eq!(opened.preview_revert(&revert, &made).unwrap(), Reverted::Nothing);
}

#[test]
fn later_changes_of_the_same_lines_are_in_the_way() {
    let repository = TempRepository::new();
    let revert = landed(&repository);
    repository.write("a.txt", "one, better\n");
    repository.commit("Better");
    let tip: CommitId = commit(&repository, "main");
    let conflict = Reverted::Conflict { files: vec!["a.txt".to_owned()] };
    let opened = open(repository.path());
    assert_eq!(opened.preview_revert(&revert, &tip).unwrap(), conflict);
    let made = opened.revert(&revert, &tip, "Undo", Timestamp::from_millis(0)).unwrap();
    assert_eq!(made, Reverted::Conflict { files: vec!["a.txt".to_owned()] });
}
