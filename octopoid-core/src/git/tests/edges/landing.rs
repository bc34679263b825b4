//! Edge cases of the commits by which work lands.

use super::{Room, commit_in, git_in, write};
use crate::git::MergeStrategy;
use crate::model::{CommitId, Timestamp};

const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const MESSAGE: &str = "Add both\n\nTask: task-1\n";

fn work(room: &Room) -> (CommitId, CommitId) {
    let (base, worktree) = (room.tip(), room.add("task-1"));
    write(worktree.path(), "a.txt", "a\n");
    git_in(worktree.path(), &["add", "--all"]);
    let other = ["-c", "user.name=Other", "-c", "user.email=other@example.invalid"];
    git_in(worktree.path(), &[&other[..], &["commit", "--quiet", "--message", "First"]].concat());
    (base, commit_in(&worktree, "b.txt", "b\n"))
}

fn land(room: &Room, strategy: MergeStrategy) -> (CommitId, CommitId, CommitId) {
    let (base, head) = work(room);
    let make = || room.repository.make_landing(&head, &base, strategy, MESSAGE, AT).unwrap();
    let commit = make();
    assert_eq!(make(), commit, "the same arguments give the same commit");
    (base, head, commit)
}

#[test]
fn rebase_lands_the_work_itself() {
    let room = Room::new();
    let (_, head, commit) = land(&room, MergeStrategy::Rebase);
    assert_eq!(commit, head);
}

#[test]
fn squash_lands_one_commit_with_everybodys_names() {
    let room = Room::new();
    let (base, head, commit) = land(&room, MergeStrategy::Squash);
    assert_eq!(room.repository.tree_of(&commit).unwrap(), room.repository.tree_of(&head).unwrap());
    let shown = room.user.git(&["show", "--no-patch", "--format=%P|%an|%cn|%ct|%B", commit.as_str()]);
    let expected = format!(
        "{base}|Agent|Test|1700000000|Add both\n\nTask: task-1\nCo-authored-by: Other <other@example.invalid>\n"
    );
    assert_eq!(shown.trim_end(), expected.trim_end());
    let trailers = room.user.git(&["log", "-1", "--format=%(trailers:only)", commit.as_str()]);
    assert!(trailers.contains("Task: task-1") && trailers.contains("Co-authored-by"), "{trailers}");
}

#[test]
fn merge_lands_a_commit_with_both_parents() {
    let room = Room::new();
    let (base, head, commit) = land(&room, MergeStrategy::Merge);
    let shown = room.user.git(&["show", "--no-patch", "--format=%P|%s", commit.as_str()]);
    assert_eq!(shown.trim(), format!("{base} {head}|Add both"));
    assert!(room.repository.is_ancestor(&head, &commit).unwrap());
}

#[test]
fn another_moment_gives_another_commit() {
    let room = Room::new();
    let (base, head) = work(&room);
    let make = |at| room.repository.make_landing(&head, &base, MergeStrategy::Squash, MESSAGE, at).unwrap();
    assert_ne!(make(AT), make(Timestamp::from_millis(1_700_000_001_000)));
}
