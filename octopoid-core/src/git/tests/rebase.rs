//! Tests of rebases.

use super::{git, open, work, worktree};
use crate::git::MergeStrategy;
use crate::git::Rebased;
use crate::model::Timestamp;
use crate::testing::TempRepository;

#[test]
fn work_is_replayed_onto_the_newest_commit_once() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    work(&tree, "a.txt", "a\n", "Add a");
    repository.write("b.txt", "b\n");
    repository.commit("Add b");
    let tip = open(repository.path()).tip("main").unwrap();
    let Rebased::Onto { head, moved: true, commits: 1 } = tree.rebase(&tip, None).unwrap() else { panic!() };
    assert_eq!(git(tree.path(), &["log", "--format=%s"]), "Add a\nAdd b\nInitial commit\n");
    assert_eq!(tree.rebase(&tip, None).unwrap(), Rebased::Onto { head, moved: false, commits: 1 });
}

#[test]
fn i19_a_conflict_shows_both_sides_and_leaves_the_worktree_as_it_was() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    let head = work(&tree, "README.md", "# the work\n", "Theirs");
    repository.write("README.md", "# the base\n");
    repository.commit("Ours");
    let tip = open(repository.path()).tip("main").unwrap();
    let Rebased::Conflict(conflict) = tree.rebase(&tip, None).unwrap() else { panic!() };
    assert_eq!(conflict.files.len(), 1);
    let file = &conflict.files[0];
    assert_eq!(
        (file.path.as_str(), file.ours.as_deref(), file.theirs.as_deref()),
        ("README.md", Some("# the base\n"), Some("# the work\n"))
    );
    assert_eq!(tree.head().unwrap(), head);
    assert!(!tree.is_dirty().unwrap());
    assert_eq!(git(tree.path(), &["status", "--porcelain=v2", "--branch"]).lines().count(), 2);
}

#[test]
fn i25_changes_that_the_base_has_already_are_left_out() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    work(&tree, "a.txt", "a\n", "Add a");
    repository.write("a.txt", "a\n");
    repository.commit("Add a, by somebody else");
    let tip = open(repository.path()).tip("main").unwrap();
    assert_eq!(
        tree.rebase(&tip, None).unwrap(),
        Rebased::Onto { head: tip.clone(), moved: true, commits: 0 }
    );
}

#[test]
fn a_conflict_that_an_agent_settled_by_merging_stays_settled() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    work(&tree, "README.md", "# the work\n", "Theirs");
    repository.write("README.md", "# the base\n");
    repository.commit("Ours");
    let merge = std::process::Command::new("git")
        .args(["merge", "--quiet", "main"])
        .current_dir(tree.path())
        .output()
        .unwrap();
    assert!(!merge.status.success());
    work(&tree, "README.md", "# both\n", "Merge main");
    // The base advances again, in other files.
    repository.write("c.txt", "c\n");
    repository.commit("Add c");
    let tip = open(repository.path()).tip("main").unwrap();
    let Rebased::Onto { moved: true, .. } = tree.rebase(&tip, None).unwrap() else { panic!() };
    assert_eq!(std::fs::read_to_string(tree.path().join("README.md")).unwrap(), "# both\n");
    assert!(tree.path().join("c.txt").exists());
}

#[test]
fn i12_the_landing_commit_is_the_same_however_often_it_is_made() {
    let repository = TempRepository::new();
    let opened = open(repository.path());
    let onto = opened.tip("main").unwrap();
    let tree = worktree(&repository, "task-1");
    work(&tree, "a.txt", "a\n", "Add a");
    git(
        tree.path(),
        &["commit", "--quiet", "--allow-empty", "--author=Other <other@example.invalid>", "-m", "More"],
    );
    let head = tree.head().unwrap();
    let at = Timestamp::from_millis(1_700_000_000_000);
    for strategy in [MergeStrategy::Rebase, MergeStrategy::Squash, MergeStrategy::Merge] {
        let make = || opened.make_landing(&head, &onto, strategy, "Title\n\nTask: task-1\n", at).unwrap();
        let commit = make();
        assert_eq!(commit, make());
        assert!(opened.is_ancestor(&onto, &commit).unwrap());
        assert_eq!(opened.tree_of(&commit).unwrap(), opened.tree_of(&head).unwrap());
    }
    let squashed = opened.make_landing(&head, &onto, MergeStrategy::Squash, "Title\n", at).unwrap();
    let message = repository.git(&["log", "-1", "--format=%B", squashed.as_str()]);
    assert!(message.contains("Co-authored-by: "), "{message}");
}
