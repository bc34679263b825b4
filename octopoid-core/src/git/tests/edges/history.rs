//! Edge cases of branches and ancestry.

use super::{Room, commit_in, git, git_in};
use crate::git::{GitError, Repository, Version};
use crate::model::{Change, CommitId};
use crate::testing::TempRepository;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_folder_without_a_repository_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let error = Repository::open(folder.path(), git()).unwrap_err();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error}");
    assert!(error.to_string().contains("git init"), "{error}");
}

#[test]
fn i24_an_empty_repository_says_to_make_a_commit() {
    let room = Room::of(TempRepository::empty("empty", &[]));
    let error = room.repository.tip("main").unwrap_err();
    assert!(matches!(error, GitError::Empty { .. }), "{error}");
    assert!(error.to_string().contains("no commit yet"), "{error}");
    assert_eq!(room.repository.current_branch().unwrap(), None);
}

#[test]
fn i24_a_missing_branch_is_named() {
    let room = Room::new();
    for branch in ["develop", "not a name", ""] {
        let error = room.repository.tip(branch).unwrap_err();
        assert!(error.is_branch_missing(), "{branch}: {error}");
    }
    assert!(room.repository.tip("develop").unwrap_err().to_string().contains("`develop`"));
    assert_eq!(room.repository.current_branch().unwrap().as_deref(), Some("main"));
}

#[test]
fn a_shallow_clone_is_worked_in() {
    let origin = Room::new();
    origin.commit("a.txt", "a\n");
    let tip = origin.commit("b.txt", "b\n");
    let path = origin.user.beside("shallow");
    let url = format!("file://{}", origin.user.path().display());
    git_in(origin.user.path(), &["clone", "--quiet", "--depth=1", &url, path.to_str().unwrap()]);
    let repository = Repository::open(&path, git()).unwrap();
    assert_eq!(repository.tip("main").unwrap(), tip);
    let worktree = repository.worktree_add(&path.join(".octopoid/worktrees/t"), &tip).unwrap();
    let head = commit_in(&worktree, "c.txt", "c\n");
    assert!(repository.is_ancestor(&tip, &head).unwrap());
    assert_eq!(repository.merge_base(&tip, &head).unwrap(), Some(tip.clone()));
    assert_eq!(repository.count_commits(&tip, &head).unwrap(), 1);
    assert_eq!(repository.log(&tip, &head).unwrap().len(), 1);
}

#[test]
fn commits_are_listed_oldest_first() {
    let room = Room::new();
    let base = room.tip();
    let worktree = room.add("task-1");
    commit_in(&worktree, "one.txt", "1\n");
    let head = commit_in(&worktree, "two.txt", "2\n");
    let log = room.repository.log(&base, &head).unwrap();
    let seen: Vec<_> = log.iter().map(|commit| (commit.summary.as_str(), commit.author.as_str())).collect();
    assert_eq!(seen, [("Work on one.txt", "Agent"), ("Work on two.txt", "Agent")]);
    assert!(room.repository.log(&head, &head).unwrap().is_empty());
}

#[test]
fn histories_without_a_common_commit_have_no_merge_base() {
    let room = Room::new();
    let orphan = room.user.git(&["commit-tree", "-m", "Alone", "main^{tree}"]);
    let orphan = CommitId::new(orphan.trim()).unwrap();
    assert_eq!(room.repository.merge_base(&room.tip(), &orphan).unwrap(), None);
    assert!(!room.repository.is_ancestor(&room.tip(), &orphan).unwrap());
}

#[test]
fn a_commit_that_is_not_here_is_an_error_and_not_a_no() {
    let room = Room::new();
    let nowhere = CommitId::new("1".repeat(40)).unwrap();
    assert!(!room.repository.has_commit(&nowhere));
    assert!(room.repository.has_commit(&room.tip()));
    assert!(room.repository.is_ancestor(&nowhere, &room.tip()).is_err());
    assert!(room.repository.tree_of(&nowhere).is_err());
}

#[test]
fn a_branch_that_is_checked_out_is_neither_moved_nor_deleted() {
    let room = Room::new();
    let before = room.tip();
    let ahead = room.ahead("a.txt", "a\n");
    assert!(room.repository.set_branch("main", &ahead).is_err());
    assert!(room.repository.delete_branch("main").is_err());
    assert_eq!(room.tip(), before);
}

#[test]
fn branches_are_set_and_deleted_as_often_as_wanted() {
    let room = Room::new();
    let (first, second) = (room.tip(), room.ahead("a.txt", "a\n"));
    for commit in [&first, &second, &second] {
        room.repository.set_branch("agent/task-1", commit).unwrap();
        assert_eq!(&room.repository.tip("agent/task-1").unwrap(), commit);
    }
    for _ in 0..2 {
        room.repository.delete_branch("agent/task-1").unwrap();
    }
    assert!(room.repository.tip("agent/task-1").unwrap_err().is_branch_missing());
}

#[test]
fn a_renamed_file_of_any_length_with_a_few_changes_is_one_file() {
    let room = Room::new();
    let text = |changed: &[u32]| -> String {
        let line =
            |n: u32| format!("{} {n} of the file\n", if changed.contains(&n) { "LINE" } else { "line" });
        (1..=300).map(line).collect()
    };
    let base = room.commit("before.txt", &text(&[]));
    let worktree = room.add("task-1");
    std::fs::rename(worktree.path().join("before.txt"), worktree.path().join("after.txt")).unwrap();
    let head = commit_in(&worktree, "after.txt", &text(&[3, 150, 280]));
    let diff = room.repository.diff(&base, &head).unwrap();
    let [file] = &diff.files[..] else { panic!("{}", diff.stat()) };
    assert_eq!((file.change, file.old_path.as_deref()), (Change::Renamed, Some("before.txt")));
    assert_eq!((file.path.as_str(), file.added, file.removed), ("after.txt", 3, 3));
}

/// Every byte comes through, also where the older version has to be put on another base first.
#[test]
fn a_patch_is_taken_by_git_apply_byte_for_byte() {
    let room = Room::new();
    let base = room.commit("script.sh", "#!/bin/sh\n");
    let worktree = room.add("task-1");
    let path = worktree.path();
    std::fs::write(path.join("latin.txt"), b"caf\xe9\n").unwrap();
    std::fs::write(path.join(std::ffi::OsStr::from_bytes(b"na\xefve")), "x\n").unwrap();
    std::fs::write(path.join("new\nline \"q\""), "x\n").unwrap();
    std::fs::set_permissions(path.join("script.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("script.sh", path.join("link")).unwrap();
    let old = commit_in(&worktree, "a.txt", "a\n");
    let onto = room.commit("other.txt", "meanwhile\n");
    git_in(path, &["rebase", "--quiet", onto.as_str()]);
    std::fs::write(path.join("binary.bin"), [0, 1, 2, 255, 0, 200]).unwrap();
    let head = commit_in(&worktree, "a.txt", "b\n");
    let since =
        room.repository.interdiff_patch(Version::new(&base, &old), Version::new(&onto, &head)).unwrap();
    for (from, patch) in [(&onto, room.repository.patch(&onto, &head).unwrap()), (&old, since)] {
        let target = room.add(&format!("apply-{}", from.short()));
        git_in(target.path(), &["checkout", "--quiet", from.as_str()]);
        if *from == old {
            git_in(target.path(), &["rebase", "--quiet", onto.as_str()]);
        }
        std::fs::write(room.user.beside("work.patch"), &patch).unwrap();
        git_in(target.path(), &["apply", "--index", room.user.beside("work.patch").to_str().unwrap()]);
        git_in(target.path(), &["diff", "--cached", "--exit-code", head.as_str()]);
    }
}

#[test]
fn a_diff_shows_every_kind_of_change() {
    let room = Room::new();
    let long: String = (0..50).map(|line| format!("line {line}\n")).collect();
    room.user.write("moved.txt", &long);
    room.user.write("link.txt", "a file\n");
    room.user.write("gone.txt", "gone\n");
    let base = room.commit("changed.txt", "one\ntwo\n");
    let worktree = room.add("task-1");
    let path = worktree.path();
    std::fs::rename(path.join("moved.txt"), path.join("new name.txt")).unwrap();
    std::fs::remove_file(path.join("link.txt")).unwrap();
    std::os::unix::fs::symlink("changed.txt", path.join("link.txt")).unwrap();
    std::fs::remove_file(path.join("gone.txt")).unwrap();
    std::fs::write(path.join("binary.bin"), [0, 1, 2, 255, 0]).unwrap();
    std::fs::write(path.join("latin.txt"), b"caf\xe9\n").unwrap();
    std::fs::write(path.join(std::ffi::OsStr::from_bytes(b"na\xefve")), "x\n").unwrap();
    let head = commit_in(&worktree, "changed.txt", "one\nthree\nfour\n");

    let diff = room.repository.diff(&base, &head).unwrap();
    let of = |path: &str| {
        let found = diff.files.iter().find(|file| file.path == path);
        found.unwrap_or_else(|| panic!("{path} is not in {:?}", diff.stat()))
    };
    let changed = of("changed.txt");
    assert_eq!((changed.change, changed.added, changed.removed), (Change::Modified, 2, 1));
    assert!(changed.patch.contains("-two\n+three\n+four\n"), "{}", changed.patch);
    let moved = of("new name.txt");
    assert_eq!((moved.change, moved.old_path.as_deref()), (Change::Renamed, Some("moved.txt")));
    assert_eq!(of("gone.txt").change, Change::Deleted);
    assert_eq!(of("link.txt").change, Change::TypeChanged);
    assert!(of("binary.bin").binary && !of("binary.bin").patch.is_empty());
    assert!(of("latin.txt").patch.contains("caf\u{fffd}"));
    assert_eq!(of("na\u{fffd}ve").change, Change::Added);
    assert!(room.repository.diff(&head, &head).unwrap().files.is_empty());
}
