//! Edge cases of rebases.

use super::{Room, commit_in, git_in, is_clean, read, write};
use crate::git::{Conflict, Rebased, Worktree};
use crate::model::CommitId;

fn onto(worktree: &Worktree, commit: &CommitId) -> (CommitId, bool, u32) {
    match worktree.rebase(commit, None).unwrap() {
        Rebased::Onto { head, moved, commits } => (head, moved, commits),
        Rebased::Conflict(conflict) => panic!("{conflict:?}"),
    }
}

fn conflict(worktree: &Worktree, commit: &CommitId) -> Conflict {
    match worktree.rebase(commit, None).unwrap() {
        Rebased::Conflict(conflict) => conflict,
        other => panic!("{other:?}"),
    }
}

#[test]
fn work_is_replayed_with_its_author_and_date() {
    let room = Room::new();
    let worktree = room.add("task-1");
    commit_in(&worktree, "a.txt", "a\n");
    git_in(worktree.path(), &["commit", "--quiet", "--amend", "--no-edit", "--date=2020-01-02T03:04:05Z"]);
    let base = room.commit("b.txt", "b\n");
    let (head, moved, commits) = onto(&worktree, &base);
    assert!(moved);
    assert_eq!((commits, worktree.head().unwrap()), (1, head.clone()));
    assert!(room.repository.is_ancestor(&base, &head).unwrap());
    let author = git_in(worktree.path(), &["log", "-1", "--format=%an %aI"]);
    assert_eq!(author, "Agent 2020-01-02T03:04:05Z\n");
    assert_eq!(read(worktree.path(), "b.txt"), "b\n");
    assert!(is_clean(&worktree));
    // A second rebase changes nothing.
    assert_eq!(onto(&worktree, &base), (head, false, 1));
}

#[test]
fn a_worktree_without_work_follows_the_base() {
    let room = Room::new();
    let worktree = room.add("task-1");
    let base = room.commit("b.txt", "b\n");
    assert_eq!(onto(&worktree, &base), (base.clone(), true, 0));
    assert_eq!(read(worktree.path(), "b.txt"), "b\n");
}

#[test]
fn i25_commits_that_the_base_has_under_another_id_are_left_out() {
    let room = Room::new();
    let worktree = room.add("task-1");
    let picked = commit_in(&worktree, "a.txt", "a\n");
    room.commit("other.txt", "other\n");
    room.user.git(&["cherry-pick", picked.as_str()]);
    assert_eq!(onto(&worktree, &room.tip()), (room.tip(), true, 0));
}

#[test]
fn i25_work_that_was_squashed_into_the_base_is_recognised() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    commit_in(&worktree, "a.txt", "one\n");
    let last = commit_in(&worktree, "a.txt", "two\n");
    room.user.git(&["merge", "--quiet", "--squash", last.as_str()]);
    room.user.commit("Squashed elsewhere");
    room.commit("later.txt", "later\n");
    assert_eq!(onto(&worktree, &room.tip()), (room.tip(), true, 0));
    assert!(is_clean(&worktree));
}

#[test]
fn i19_conflict_restores_the_worktree_exactly() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    commit_in(&worktree, "fine.txt", "fine\n");
    let before = commit_in(&worktree, "a.txt", "the work\n");
    let base = room.commit("a.txt", "the base\n");
    let refs = room.user.git(&["for-each-ref"]);
    for _ in 0..2 {
        let conflict = conflict(&worktree, &base);
        assert_eq!(conflict.onto, base);
        assert_eq!(conflict.files.len(), 1);
        assert_eq!(conflict.files[0].path, "a.txt");
        assert_eq!(conflict.files[0].ours.as_deref(), Some("the base\n"));
        assert_eq!(conflict.files[0].theirs.as_deref(), Some("the work\n"));
        assert_eq!(worktree.head().unwrap(), before);
        assert!(is_clean(&worktree));
        assert_eq!(read(worktree.path(), "a.txt"), "the work\n");
        let status = git_in(worktree.path(), &["status"]);
        assert!(!status.contains("rebas"), "{status}");
    }
    assert_eq!(room.user.git(&["for-each-ref"]), refs);
}

#[test]
fn i19_a_conflict_in_a_file_that_one_side_deleted_says_which() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    commit_in(&worktree, "a.txt", "the work\n");
    room.user.git(&["rm", "--quiet", "a.txt"]);
    room.user.commit("Delete it");
    let conflict = conflict(&worktree, &room.tip());
    assert_eq!(conflict.files[0].ours, None);
    assert_eq!(conflict.files[0].theirs.as_deref(), Some("the work\n"));
}

#[test]
fn i19_a_conflict_that_was_settled_by_merging_the_base_stays_settled() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    commit_in(&worktree, "a.txt", "the work\n");
    let first = room.commit("a.txt", "the base\n");
    conflict(&worktree, &first);
    // The agent merges and resolves the conflict.
    super::try_git(worktree.path(), &["merge", "--quiet", first.as_str()]);
    let settled = commit_in(&worktree, "a.txt", "both\n");
    assert_eq!(onto(&worktree, &first), (settled, false, 2));
    // The base advances again, in another file.
    let second = room.commit("b.txt", "b\n");
    let (head, moved, _) = onto(&worktree, &second);
    assert!(moved && room.repository.is_ancestor(&second, &head).unwrap());
    assert_eq!(read(worktree.path(), "a.txt"), "both\n");
    assert_eq!(read(worktree.path(), "b.txt"), "b\n");
}

#[test]
fn i19_a_conflict_that_was_settled_by_rebasing_stays_settled() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    commit_in(&worktree, "a.txt", "the work\n");
    let first = room.commit("a.txt", "the base\n");
    super::try_git(worktree.path(), &["rebase", first.as_str()]);
    write(worktree.path(), "a.txt", "both\n");
    git_in(worktree.path(), &["add", "a.txt"]);
    git_in(worktree.path(), &["-c", "core.editor=true", "rebase", "--continue"]);
    assert!(!onto(&worktree, &first).1);
    let second = room.commit("b.txt", "b\n");
    assert_eq!(onto(&worktree, &second).2, 1);
    assert_eq!(read(worktree.path(), "a.txt"), "both\n");
}

#[test]
fn i19_both_sides_are_the_right_way_round_where_the_work_has_merges() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    let worktree = room.add("task-1");
    commit_in(&worktree, "b.txt", "b\n");
    room.commit("c.txt", "c\n");
    git_in(worktree.path(), &["merge", "--quiet", "--no-edit", room.tip().as_str()]);
    let before = commit_in(&worktree, "a.txt", "the work\n");
    let base = room.commit("a.txt", "the base\n");
    let conflict = conflict(&worktree, &base);
    assert_eq!(conflict.files[0].ours.as_deref(), Some("the base\n"));
    assert_eq!(conflict.files[0].theirs.as_deref(), Some("the work\n"));
    assert_eq!(worktree.head().unwrap(), before);
    assert!(is_clean(&worktree));
}

#[test]
fn i19_settings_of_the_users_do_not_get_in_the_way() {
    let room = Room::new();
    let worktree = room.add("task-1");
    let middle = commit_in(&worktree, "a.txt", "a\n");
    room.repository.set_branch("somebodys", &middle).unwrap();
    commit_in(&worktree, "b.txt", "b\n");
    for setting in ["rebase.updateRefs", "rebase.autoStash", "rebase.rebaseMerges", "rerere.enabled"] {
        room.user.git(&["config", setting, "true"]);
    }
    room.user.git(&["config", "merge.ff", "only"]);
    let base = room.commit("c.txt", "c\n");
    assert_eq!(onto(&worktree, &base).2, 2);
    assert_eq!(room.repository.tip("somebodys").unwrap(), middle, "nobody else's branch moves");
    // With a merge in the work, git merges; `merge.ff=only` must not forbid it.
    room.commit("d.txt", "d\n");
    git_in(worktree.path(), &["-c", "merge.ff=true", "merge", "--quiet", "--no-edit", room.tip().as_str()]);
    let base = room.commit("e.txt", "e\n");
    assert!(onto(&worktree, &base).1);
}

#[test]
fn i19_files_that_the_tests_changed_do_not_stop_the_landing_and_are_not_lost() {
    let room = Room::new();
    room.commit("Cargo.lock", "one\n");
    let worktree = room.add("task-1");
    commit_in(&worktree, "a.txt", "a\n");
    // A build rewrites a tracked file.
    write(worktree.path(), "Cargo.lock", "two\n");
    let base = room.commit("b.txt", "b\n");
    assert_eq!(onto(&worktree, &base).2, 1);
    let found = read(worktree.path(), "Cargo.lock") == "two\n"
        || room.kept().iter().any(|name| room.user.git(&["show", &format!("{name}:Cargo.lock")]) == "two\n");
    assert!(found, "what was changed is nowhere: {:?}", room.kept());
}

#[test]
fn i19_untracked_files_in_the_way_of_the_base_are_not_lost() {
    let room = Room::new();
    let worktree = room.add("task-1");
    commit_in(&worktree, "a.txt", "a\n");
    write(worktree.path(), "b.txt", "mine\n");
    let base = room.commit("b.txt", "b\n");
    let done = worktree.rebase(&base, None);
    let found = read(worktree.path(), "b.txt") == "mine\n"
        || room.kept().iter().any(|name| room.user.git(&["show", &format!("{name}:b.txt")]) == "mine\n");
    assert!(found, "{done:?}, kept: {:?}", room.kept());
    assert!(matches!(done, Ok(Rebased::Onto { commits: 1, .. })), "{done:?}");
}
