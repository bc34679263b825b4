//! Edge cases of advancing the base branch.

use super::{Room, commit_in, git, git_in, read, try_git, write};
use crate::git::{Advance, Repository};
use crate::model::CommitId;
use std::fs;

/// Returns the results of `can_advance` and then of `advance`.
fn both(room: &Room, from: &CommitId, to: &CommitId) -> (Advance, Advance) {
    let asked = room.repository.can_advance("main", from, to).unwrap();
    (asked, room.repository.advance("main", from, to).unwrap())
}

fn waits(advance: Advance) -> String {
    match advance {
        Advance::Blocked { why } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_users_clean_checkout_follows() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("a.txt", "a\n"));
    assert_eq!(room.repository.can_advance("main", &from, &to).unwrap(), Advance::Moved);
    assert_eq!(room.tip(), from, "asking moves nothing");
    assert_eq!(room.repository.advance("main", &from, &to).unwrap(), Advance::Moved);
    assert_eq!(room.tip(), to);
    assert_eq!(read(room.user.path(), "a.txt"), "a\n");
    assert!(room.user.git(&["status", "--porcelain"]).is_empty());
    assert_eq!(both(&room, &from, &to), (Advance::AlreadyThere, Advance::AlreadyThere));
}

#[test]
fn the_users_changes_in_other_files_survive() {
    let room = Room::new();
    room.commit("mine.txt", "one\n");
    let (from, to) = (room.tip(), room.ahead("a.txt", "a\n"));
    room.user.write("mine.txt", "two\n");
    room.user.write("new.txt", "new\n");
    room.user.write("staged.txt", "staged\n");
    room.user.git(&["add", "staged.txt"]);
    let before = room.user.git(&["status", "--porcelain"]);
    assert_eq!(both(&room, &from, &to), (Advance::Moved, Advance::Moved));
    assert_eq!(room.user.git(&["status", "--porcelain"]), before);
    assert_eq!(read(room.user.path(), "mine.txt"), "two\n");
    assert_eq!(read(room.user.path(), "a.txt"), "a\n");
}

#[test]
fn overlapping_changes_make_it_wait_and_are_named() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("README.md", "theirs\n"));
    room.user.write("README.md", "mine\n");
    let (asked, done) = both(&room, &from, &to);
    for why in [waits(asked), waits(done)] {
        assert!(why.contains("README.md"), "{why}");
    }
    assert_eq!(room.tip(), from);
    assert_eq!(read(room.user.path(), "README.md"), "mine\n");
    // Staged changes as well.
    room.user.git(&["add", "README.md"]);
    waits(room.repository.advance("main", &from, &to).unwrap());
    assert_eq!(read(room.user.path(), "README.md"), "mine\n");
}

#[test]
fn an_untracked_file_in_the_way_makes_it_wait() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("a.txt", "theirs\n"));
    room.user.write("a.txt", "mine\n");
    let (asked, done) = both(&room, &from, &to);
    assert!(waits(asked).contains("a.txt") && waits(done).contains("a.txt"));
    assert_eq!((room.tip(), read(room.user.path(), "a.txt").as_str()), (from, "mine\n"));
}

#[test]
fn an_untracked_file_where_the_work_has_a_folder_makes_it_wait() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("dir/a.txt", "theirs\n"));
    room.user.write("dir", "mine\n");
    let (asked, done) = both(&room, &from, &to);
    assert!(waits(asked).contains("dir"));
    waits(done);
    assert_eq!((room.tip(), read(room.user.path(), "dir").as_str()), (from, "mine\n"));
}

#[test]
fn an_ignored_file_of_the_users_is_not_overwritten() {
    let room = Room::new();
    room.commit(".gitignore", ".env\n");
    let worktree = room.add("task-1");
    write(worktree.path(), ".env", "theirs\n");
    git_in(worktree.path(), &["add", "--force", ".env"]);
    git_in(worktree.path(), &["commit", "--quiet", "--message", "Add a default"]);
    let (from, to) = (room.tip(), worktree.head().unwrap());
    room.user.write(".env", "KEY=mine, and nowhere else\n");
    let (asked, done) = both(&room, &from, &to);
    assert_eq!(read(room.user.path(), ".env"), "KEY=mine, and nowhere else\n", "{asked:?} {done:?}");
    assert!(waits(asked).contains(".env"));
    waits(done);
}

#[test]
fn a_merge_or_rebase_of_the_users_makes_it_wait() {
    let room = Room::new();
    room.commit("a.txt", "zero\n");
    room.user.git(&["checkout", "--quiet", "-b", "side"]);
    room.user.write("a.txt", "side\n");
    room.user.commit("Side");
    room.user.git(&["checkout", "--quiet", "main"]);
    let from = room.commit("a.txt", "main\n");
    let to = room.ahead("b.txt", "b\n");

    assert!(!try_git(room.user.path(), &["merge", "side"]).0);
    let (asked, done) = both(&room, &from, &to);
    assert!(waits(asked).contains("merge"));
    waits(done);
    room.user.git(&["merge", "--abort"]);

    // While `main` is rebased, HEAD is detached, but the checkout is still the user's.
    assert!(!try_git(room.user.path(), &["rebase", "side"]).0);
    let (asked, done) = both(&room, &from, &to);
    assert!(waits(asked).contains("rebase"));
    waits(done);
    room.user.git(&["rebase", "--abort"]);
    assert_eq!(room.tip(), from);
    assert_eq!(both(&room, &from, &to), (Advance::Moved, Advance::Moved));
}

#[test]
fn an_index_lock_makes_it_wait() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("a.txt", "a\n"));
    let lock = room.repository.common().join("index.lock");
    fs::write(&lock, "").unwrap();
    let (asked, done) = both(&room, &from, &to);
    assert!(waits(asked).contains("index.lock"));
    waits(done);
    assert!(lock.exists(), "it is not ours to remove");
    assert_eq!(room.tip(), from);
}

#[test]
fn i20_a_lost_race_moves_nothing() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("a.txt", "a\n"));
    let now = room.commit("b.txt", "b\n");
    let lost = Advance::BaseMoved { now: now.clone() };
    assert_eq!(both(&room, &from, &to), (lost.clone(), lost));
    assert_eq!(room.tip(), now);
}

#[test]
fn i20_a_branch_never_moves_backward_or_sideways() {
    let room = Room::new();
    let old = room.tip();
    let now = room.commit("b.txt", "b\n");
    assert_eq!(both(&room, &now, &old), (Advance::AlreadyThere, Advance::AlreadyThere));
    let sideways = id_of_sibling(&room, &old);
    let (asked, done) = both(&room, &now, &sideways);
    assert_eq!(asked, Advance::BaseMoved { now: now.clone() });
    assert_eq!(done, Advance::BaseMoved { now: now.clone() });
    assert_eq!(room.tip(), now);
}

fn id_of_sibling(room: &Room, parent: &CommitId) -> CommitId {
    super::id(&room.user.git(&["commit-tree", "-m", "Sibling", "-p", parent.as_str(), "main^{tree}"]))
}

#[test]
fn a_branch_that_nobody_has_checked_out_is_swapped() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("a.txt", "a\n"));
    room.user.git(&["checkout", "--quiet", "-b", "side"]);
    room.user.write("a.txt", "mine, on another branch\n");
    assert_eq!(both(&room, &from, &to), (Advance::Moved, Advance::Moved));
    assert_eq!(room.tip(), to);
    assert_eq!(read(room.user.path(), "a.txt"), "mine, on another branch\n");
}

#[test]
fn a_detached_checkout_is_not_of_the_branch() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("a.txt", "a\n"));
    room.user.git(&["checkout", "--quiet", "--detach"]);
    room.user.write("a.txt", "mine\n");
    assert_eq!(both(&room, &from, &to), (Advance::Moved, Advance::Moved));
    assert_eq!(super::id(&room.user.git(&["rev-parse", "HEAD"])), from);
}

#[test]
fn a_linked_worktree_of_the_branch_follows() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("a.txt", "a\n"));
    room.user.git(&["checkout", "--quiet", "-b", "side"]);
    let linked = room.user.beside("linked here");
    room.user.git(&["worktree", "add", "--quiet", linked.to_str().unwrap(), "main"]);
    write(&linked, "a.txt", "mine\n");
    waits(room.repository.advance("main", &from, &to).unwrap());
    fs::remove_file(linked.join("a.txt")).unwrap();
    assert_eq!(both(&room, &from, &to), (Advance::Moved, Advance::Moved));
    assert_eq!(read(&linked, "a.txt"), "a\n");
    assert!(git_in(&linked, &["status", "--porcelain"]).is_empty());
    // A checkout whose folder is missing does not hold the branch back.
    fs::remove_dir_all(&linked).unwrap();
    let next = super::id(&room.user.git(&["commit-tree", "-m", "Next", "-p", to.as_str(), "main^{tree}"]));
    assert_eq!(both(&room, &to, &next), (Advance::Moved, Advance::Moved));
}

#[test]
fn a_bare_repository_is_swapped() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("a.txt", "a\n"));
    let bare = room.user.beside("bare.git");
    room.user.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let repository = Repository::open(&bare, git()).unwrap();
    assert_eq!(repository.advance("main", &from, &to).unwrap(), Advance::Moved);
    assert_eq!(repository.tip("main").unwrap(), to);
}

#[test]
fn a_base_branch_that_was_deleted_meanwhile_is_named_and_not_made_again() {
    let room = Room::new();
    let (from, to) = (room.tip(), room.ahead("a.txt", "a\n"));
    room.user.git(&["checkout", "--quiet", "--detach"]);
    room.user.git(&["branch", "--quiet", "-D", "main"]);
    assert!(room.repository.can_advance("main", &from, &to).unwrap_err().is_branch_missing());
    assert!(room.repository.advance("main", &from, &to).unwrap_err().is_branch_missing());
    assert!(room.user.git(&["branch", "--list", "main"]).is_empty());
}

#[test]
fn i20_of_two_that_move_it_at_once_one_wins() {
    let room = Room::new();
    let from = room.tip();
    room.user.git(&["checkout", "--quiet", "--detach"]);
    let rivals: Vec<_> = ["one", "two"]
        .iter()
        .map(|name| {
            let worktree = room.add(name);
            commit_in(&worktree, &format!("{name}.txt"), "x\n")
        })
        .collect();
    let barrier = std::sync::Barrier::new(2);
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = rivals
            .iter()
            .map(|to| {
                scope.spawn(|| {
                    barrier.wait();
                    room.repository.advance("main", &from, to).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let won = results.iter().filter(|result| **result == Advance::Moved).count();
    assert_eq!(won, 1, "{results:?}");
    assert!(rivals.contains(&room.tip()));
}
