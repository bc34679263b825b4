//! Edge cases of running the `git` program.

use super::{Room, environment, git_in, write};
use crate::git::{Git, Repository};
use crate::testing::TempRepository;
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;
use std::time::Duration;

fn executable(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn i18_hooks_do_not_run_in_our_commands() {
    let room = Room::new();
    let proof = room.user.beside("ran");
    let hooks = room.repository.common().join("hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in
        ["post-checkout", "pre-commit", "post-commit", "post-merge", "pre-rebase", "reference-transaction"]
    {
        executable(&hooks.join(hook), &format!("#!/bin/sh\necho {hook} >> '{}'\nexit 1\n", proof.display()));
    }
    let (from, worktree) = (room.tip(), room.add("task-1"));
    write(worktree.path(), "a.txt", "a\n");
    let head = worktree.commit_all("Work", "agent").unwrap().unwrap();
    room.repository.advance("main", &from, &head).unwrap();
    assert!(!proof.exists(), "{}", std::fs::read_to_string(&proof).unwrap());
    // A plain git command does run the hooks.
    let _ = super::try_git(room.user.path(), &["checkout", "--quiet", "-b", "side"]);
    assert!(proof.exists());
}

#[test]
fn i18_variables_that_point_elsewhere_are_not_followed() {
    let (room, other) = (Room::new(), TempRepository::new());
    let before = other.git(&["status", "--porcelain", "--branch"]);
    let mut environment = environment();
    let elsewhere = other.path().join(".git").to_str().unwrap().to_owned();
    for name in ["GIT_DIR", "GIT_COMMON_DIR"] {
        environment.insert(name.into(), elsewhere.clone());
    }
    environment.insert("GIT_WORK_TREE".into(), other.path().to_str().unwrap().into());
    environment.insert("GIT_INDEX_FILE".into(), format!("{elsewhere}/index"));
    environment.insert("GIT_AUTHOR_DATE".into(), "2001-01-01T00:00:00Z".into());
    environment.insert("GIT_LITERAL_PATHSPECS".into(), "1".into());
    environment.insert("GIT_CONFIG_PARAMETERS".into(), "'core.bare'='true'".into());
    let repository = Repository::open(room.user.path(), Git::new(environment)).unwrap();
    let worktree = repository.worktree_add(&room.place("task-1"), &room.tip()).unwrap();
    write(worktree.path(), "a.txt", "a\n");
    let head = worktree.commit_all("Work", "agent").unwrap().unwrap();
    assert!(room.repository.has_commit(&head));
    assert_eq!(other.git(&["status", "--porcelain", "--branch"]), before);
    let year = git_in(room.user.path(), &["log", "-1", "--format=%ad", "--date=format:%Y", head.as_str()]);
    assert_ne!(year.trim(), "2001");
}

#[test]
fn what_git_leaves_running_does_not_hold_us_up() {
    let room = Room::new();
    room.user.add_remote("origin");
    let ours = room.user.beside("bin");
    std::fs::create_dir_all(&ours).unwrap();
    // Like ssh's shared connection or a credential cache, it keeps the inherited file descriptors open.
    executable(
        &ours.join("git"),
        &format!("#!/bin/sh\nsleep 60 &\necho $! > '{}'\nexit 0\n", room.user.beside("pid").display()),
    );
    let mut environment = environment();
    let path = format!("{}:{}", ours.display(), environment["PATH"]);
    environment.insert("PATH".into(), path);
    let repository = Repository::open(room.user.path(), Git::new(environment)).unwrap();
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || done.send(repository.fetch("origin", "main").is_ok()));
    let result = ended.recv_timeout(Duration::from_secs(20));
    let pid = std::fs::read_to_string(room.user.beside("pid")).unwrap();
    let _ = std::process::Command::new("kill").arg(pid.trim()).status();
    assert_eq!(result, Ok(true));
}
