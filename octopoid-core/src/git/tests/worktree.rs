//! Tests of worktrees and their state after crashes.

use super::remove;
use super::{git, open, work, worktree};
use crate::git::Worktree;
use crate::testing::TempRepository;

#[test]
fn a_worktree_stands_on_a_detached_head() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    assert_eq!(git(tree.path(), &["branch", "--show-current"]), "");
    assert!(!tree.is_dirty().unwrap());
    std::fs::write(tree.path().join("new.txt"), "new").unwrap();
    assert!(tree.is_dirty().unwrap());
}

#[test]
fn i23_a_worktree_whose_folder_is_gone_is_made_again() {
    let repository = TempRepository::new();
    let path = worktree(&repository, "task-1").path().to_owned();
    std::fs::remove_dir_all(&path).unwrap();
    repository.git(&["worktree", "lock", path.to_str().unwrap()]);
    let again = worktree(&repository, "task-1");
    assert_eq!(again.path(), path);
    assert!(path.join("README.md").exists());
}

#[test]
fn i23_a_folder_in_the_way_is_kept_beside() {
    let repository = TempRepository::new();
    let path = repository.path().join(".octopoid/worktrees/task-1");
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(path.join("precious.txt"), "mine").unwrap();
    let tree = worktree(&repository, "task-1");
    assert!(tree.path().join("README.md").exists());
    let kept = path.with_file_name("task-1.kept-1");
    assert_eq!(std::fs::read_to_string(kept.join("precious.txt")).unwrap(), "mine");
}

#[test]
fn i23_locks_that_a_killed_process_left_do_not_block() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    let own = git(tree.path(), &["rev-parse", "--absolute-git-dir"]);
    for lock in ["index.lock", "HEAD.lock"] {
        std::fs::write(std::path::Path::new(own.trim()).join(lock), "").unwrap();
    }
    tree.recover().unwrap();
    work(&tree, "a.txt", "a\n", "Add a");
}

#[test]
fn i23_a_rebase_half_done_is_undone_and_what_it_had_is_kept() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    let head = work(&tree, "README.md", "# theirs\n", "Theirs");
    repository.write("README.md", "# ours\n");
    repository.commit("Ours");
    let failed =
        std::process::Command::new("git").args(["rebase", "main"]).current_dir(tree.path()).output().unwrap();
    assert!(!failed.status.success());
    std::fs::write(tree.path().join("half.txt"), "half settled").unwrap();

    let tree = Worktree::open(&open(repository.path()), tree.path()).unwrap();
    tree.recover().unwrap();
    assert_eq!(tree.head().unwrap(), head);
    assert_eq!(std::fs::read_to_string(tree.path().join("README.md")).unwrap(), "# theirs\n");
    let kept = repository.git(&["for-each-ref", "--format=%(refname)", "refs/octopoid/kept"]);
    assert_eq!(repository.git(&["show", &format!("{}:half.txt", kept.trim())]), "half settled");
}

#[test]
fn what_an_agent_did_not_commit_is_committed_for_it_but_not_what_is_ignored() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    std::fs::write(tree.path().join(".gitignore"), "build/\n").unwrap();
    std::fs::create_dir(tree.path().join("build")).unwrap();
    std::fs::write(tree.path().join("build/out.o"), "out").unwrap();
    let made = tree.commit_all("The rest", "worker").unwrap().unwrap();
    assert_eq!(tree.head().unwrap(), made);
    assert_eq!(git(tree.path(), &["ls-tree", "-r", "--name-only", "HEAD"]), ".gitignore\nREADME.md\n");
    assert_eq!(tree.commit_all("Nothing", "worker").unwrap(), None);
}

#[test]
fn i23_removing_a_worktree_keeps_what_is_nowhere_else() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    work(&tree, "a.txt", "committed\n", "Add a");
    std::fs::write(tree.path().join("b.txt"), "not committed").unwrap();
    let path = tree.path().to_owned();
    let kept = remove(tree).unwrap().unwrap();
    assert!(!path.exists());
    assert_eq!(repository.git(&["show", &format!("{kept}:a.txt")]), "committed\n");
    assert_eq!(repository.git(&["show", &format!("{kept}:b.txt")]), "not committed");

    let clean = worktree(&repository, "task-2");
    assert_eq!(remove(clean).unwrap(), None);
}

#[test]
fn worktrees_are_listed_with_what_they_hold() {
    let repository = TempRepository::new();
    let clean = worktree(&repository, "a");
    let dirty = worktree(&repository, "b");
    std::fs::write(dirty.path().join("x"), "x").unwrap();
    let ahead = worktree(&repository, "c");
    work(&ahead, "y", "y", "Y");
    std::fs::create_dir(repository.path().join(".octopoid/worktrees/d.kept-1")).unwrap();
    let list = open(repository.path()).worktrees(clean.path().parent().unwrap()).unwrap();
    let seen: Vec<_> =
        list.iter().map(|info| (info.head.is_some(), info.dirty, info.unsaved_commits)).collect();
    assert_eq!(seen, [(true, false, false), (true, true, false), (true, false, true), (false, false, false)]);
}
