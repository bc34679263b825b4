//! Edge cases of the recovery of a worktree after a crash.

use super::{Room, commit_in, git_in, is_clean, read, try_git, write};
use crate::git::{Rebased, Worktree};
use std::fs;
use std::path::PathBuf;

fn private(room: &Room, task: &str) -> PathBuf {
    room.repository.common().join("worktrees").join(task)
}

fn recovered(room: &Room, task: &str) -> Worktree {
    let worktree = Worktree::open(&room.repository, &room.place(task)).unwrap();
    worktree.recover().unwrap();
    worktree
}

#[test]
fn i23_locks_that_were_left_do_not_block() {
    let room = Room::new();
    let worktree = room.add("task-1");
    for lock in ["index.lock", "HEAD.lock"] {
        fs::write(private(&room, "task-1").join(lock), "").unwrap();
    }
    write(worktree.path(), "a.txt", "a\n");
    let worktree = recovered(&room, "task-1");
    assert!(worktree.commit_all("Go on", "agent").unwrap().is_some());
}

#[test]
fn i23_a_rebase_that_was_killed_is_undone() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    commit_in(&worktree, "fine.txt", "fine\n");
    let before = commit_in(&worktree, "a.txt", "the work\n");
    let base = room.commit("a.txt", "the base\n");
    // The rebase stops half-way with one commit replayed, like a killed one, and leaves a lock.
    assert!(!try_git(worktree.path(), &["rebase", base.as_str()]).0);
    fs::write(private(&room, "task-1").join("index.lock"), "").unwrap();
    assert_ne!(worktree.head().unwrap(), before);

    let worktree = recovered(&room, "task-1");
    assert_eq!(worktree.head().unwrap(), before);
    assert!(is_clean(&worktree));
    assert!(!private(&room, "task-1").join("rebase-merge").exists());
    assert!(matches!(worktree.rebase(&base, None).unwrap(), Rebased::Conflict(_)));
}

#[test]
fn i23_what_an_agent_had_settled_of_a_rebase_is_kept() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    commit_in(&worktree, "a.txt", "the work\n");
    let base = room.commit("a.txt", "the base\n");
    assert!(!try_git(worktree.path(), &["rebase", base.as_str()]).0);
    write(worktree.path(), "a.txt", "both, nearly done\n");
    recovered(&room, "task-1");
    let kept = room.kept();
    assert!(
        kept.iter().any(|name| room.user.git(&["show", &format!("{name}:a.txt")]) == "both, nearly done\n"),
        "{kept:?}"
    );
}

#[test]
fn i23_a_merge_and_a_cherry_pick_that_were_left_are_undone() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    let before = commit_in(&worktree, "a.txt", "the work\n");
    let base = room.commit("a.txt", "the base\n");
    for command in ["merge", "cherry-pick"] {
        assert!(!try_git(worktree.path(), &[command, base.as_str()]).0);
        let worktree = recovered(&room, "task-1");
        assert_eq!(worktree.head().unwrap(), before, "{command}");
        assert!(is_clean(&worktree), "{command}");
        let status = git_in(worktree.path(), &["status"]);
        assert!(!status.contains("--abort"), "{command}: {status}");
        assert_eq!(read(worktree.path(), "a.txt"), "the work\n");
    }
}

#[test]
fn i23_patches_that_were_half_applied_do_not_block() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    let before = commit_in(&worktree, "a.txt", "the work\n");
    room.commit("a.txt", "the base\n");
    let patch = room.user.beside("one.patch");
    fs::write(&patch, room.user.git(&["format-patch", "--stdout", "-1"])).unwrap();
    assert!(!try_git(worktree.path(), &["am", patch.to_str().unwrap()]).0);
    assert!(private(&room, "task-1").join("rebase-apply").exists());
    let worktree = recovered(&room, "task-1");
    assert_eq!(worktree.head().unwrap(), before);
    assert!(!private(&room, "task-1").join("rebase-apply").exists());
}

#[test]
fn an_agents_own_branch_is_let_go_and_its_commits_stay() {
    let room = Room::new();
    let worktree = room.add("task-1");
    git_in(worktree.path(), &["checkout", "--quiet", "-b", "feature"]);
    let head = commit_in(&worktree, "a.txt", "a\n");
    write(worktree.path(), "b.txt", "not committed\n");
    let worktree = recovered(&room, "task-1");
    assert_eq!(worktree.head().unwrap(), head);
    assert!(git_in(worktree.path(), &["branch", "--show-current"]).is_empty());
    assert_eq!(room.repository.tip("feature").unwrap(), head);
    assert_eq!(read(worktree.path(), "b.txt"), "not committed\n");
}

#[test]
fn a_worktree_that_is_well_is_left_alone() {
    let room = Room::new();
    let worktree = room.add("task-1");
    let head = commit_in(&worktree, "a.txt", "a\n");
    write(worktree.path(), "b.txt", "not committed\n");
    let worktree = recovered(&room, "task-1");
    assert_eq!(worktree.head().unwrap(), head);
    assert_eq!(read(worktree.path(), "b.txt"), "not committed\n");
    assert!(room.kept().is_empty());
}
