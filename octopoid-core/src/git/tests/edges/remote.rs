//! Edge cases of fetches and pushes.

use super::{Room, commit_in, environment, write};
use crate::git::{Git, GitError, Push, Repository};
use std::os::unix::fs::PermissionsExt;

#[test]
fn what_others_pushed_is_fetched() {
    let room = Room::new();
    let remote = room.user.add_remote("origin");
    assert_eq!(room.repository.remotes().unwrap(), ["origin"]);
    assert_eq!(room.repository.remote_tip("origin", "main").unwrap(), Some(room.tip()));
    remote.commit_to("main", "theirs.txt", "theirs\n", "Theirs");
    room.repository.fetch("origin", "main").unwrap();
    let there = room.repository.remote_tip("origin", "main").unwrap().unwrap();
    assert_eq!(there, super::id(&remote.git(&["rev-parse", "main"])));
    assert_ne!(there, room.tip(), "the user's branch stays where it is");
}

#[test]
fn a_branch_that_the_remote_does_not_have_yet_is_fine() {
    let room = Room::new();
    room.user.add_remote("origin");
    room.repository.fetch("origin", "develop").unwrap();
    assert_eq!(room.repository.remote_tip("origin", "develop").unwrap(), None);
}

#[test]
fn i20_a_push_to_a_remote_that_moved_on_is_rejected_and_changes_nothing() {
    let room = Room::new();
    let remote = room.user.add_remote("origin");
    let worktree = room.add("task-1");
    let mine = commit_in(&worktree, "mine.txt", "mine\n");
    remote.commit_to("main", "theirs.txt", "theirs\n", "Theirs");
    let theirs = remote.git(&["rev-parse", "main"]);
    let pushed = room.repository.push("origin", &mine, "main").unwrap();
    assert!(matches!(pushed, Push::Rejected { .. }), "{pushed:?}");
    assert_eq!(remote.git(&["rev-parse", "main"]), theirs);
}

#[test]
fn a_push_can_be_repeated() {
    let room = Room::new();
    let remote = room.user.add_remote("origin");
    let worktree = room.add("task-1");
    let mine = commit_in(&worktree, "mine.txt", "mine\n");
    for _ in 0..2 {
        assert_eq!(room.repository.push("origin", &mine, "main").unwrap(), Push::Done);
        assert_eq!(super::id(&remote.git(&["rev-parse", "main"])), mine);
    }
}

/// Creates a repository whose remote is reached by an ssh that prints a message and fails.
fn behind_ssh(room: &Room, says: &str) -> Repository {
    let ssh = room.user.beside("ssh");
    std::fs::write(&ssh, format!("#!/bin/sh\necho '{says}' >&2\nexit 255\n")).unwrap();
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    room.user.git(&["remote", "add", "origin", "git@git.example.invalid:x/y.git"]);
    let mut environment = environment();
    environment.insert("GIT_SSH_COMMAND".into(), ssh.to_str().unwrap().into());
    Repository::open(room.user.path(), Git::new(environment)).unwrap()
}

#[test]
fn i17_a_host_that_cannot_be_reached_is_the_networks_fault() {
    for says in [
        "ssh: Could not resolve hostname git.example.invalid: Name or service not known",
        "ssh: connect to host git.example.invalid port 22: Connection timed out",
        "ssh: connect to host git.example.invalid port 22: Network is unreachable",
    ] {
        let room = Room::new();
        let repository = behind_ssh(&room, says);
        let error = repository.fetch("origin", "main").unwrap_err();
        assert!(matches!(error, GitError::Network { .. }), "{says}: {error}");
        let error = repository.push("origin", &room.tip(), "main").unwrap_err();
        assert!(matches!(error, GitError::Network { .. }), "{says}: {error}");
    }
}

#[test]
fn i17_a_key_that_is_not_accepted_is_told_apart() {
    let room = Room::new();
    let repository = behind_ssh(&room, "git@git.example.invalid: Permission denied (publickey).");
    let error = repository.fetch("origin", "main").unwrap_err();
    assert!(matches!(error, GitError::Access { .. }), "{error}");
}

#[test]
fn i28_a_remotes_password_is_not_in_the_error() {
    let room = Room::new();
    room.user.git(&["remote", "add", "origin", "http://me:s3cr3t@127.0.0.1:1/x.git"]);
    let error = room.repository.fetch("origin", "main").unwrap_err();
    assert!(matches!(error, GitError::Network { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
}

#[test]
fn the_users_hooks_do_not_run_in_a_push() {
    let room = Room::new();
    room.user.add_remote("origin");
    write(&room.repository.common().join("hooks"), "pre-push", "#!/bin/sh\nexit 1\n");
    let hook = room.repository.common().join("hooks/pre-push");
    std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    let worktree = room.add("task-1");
    let mine = commit_in(&worktree, "mine.txt", "mine\n");
    assert_eq!(room.repository.push("origin", &mine, "main").unwrap(), Push::Done);
}
