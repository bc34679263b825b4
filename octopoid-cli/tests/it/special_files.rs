//! FIFOs, sockets, devices and links to nothing where files of an installation are expected: no command waits for one.

use crate::place::Place;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

/// Every command that reads the folders of an installation.
const COMMANDS: [&[&str]; 15] = [
    &["status"],
    &["list"],
    &["show", "task-1"],
    &["validate"],
    &["doctor"],
    &["role", "list"],
    &["role", "show", "implement"],
    &["flow", "list"],
    &["plugin", "list"],
    &["job", "list"],
    &["sync"],
    &["enqueue", "Another"],
    &["draft", "list"],
    &["worktrees"],
    &["start", "--once"],
];

fn fifo(place: &Place, name: &str) {
    nix::unistd::mkfifo(&place.path().join(name), nix::sys::stat::Mode::S_IRWXU).unwrap();
}

/// Runs every command; each ends. Those that check the files name it and fail.
#[track_caller]
fn is_said_by_all(place: &Place, name: &str, what: &str) {
    is_said_by(&["validate", "doctor", "start"], place, name, what);
}

#[track_caller]
fn is_said_by(checks: &[&str], place: &Place, name: &str, what: &str) {
    for command in COMMANDS {
        let ended = place.run(command);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(ended.status.code().is_some(), "{command:?} was killed: {said}");
        assert!(!said.contains("panicked"), "{command:?}: {said}");
        if checks.contains(&command[0]) {
            assert!(!ended.status.success(), "{command:?}: {said}");
            assert!(said.contains(name) && said.contains(what), "{command:?} does not name {name}: {said}");
        }
    }
}

#[test]
fn what_is_no_file_in_a_folder_of_an_installation_is_named_and_not_read() {
    for folder in ["plugins", "roles", "flows", "tasks"] {
        let place = Place::initialised();
        place.enqueue(&["One"]);
        let inside = format!(".octopoid/{folder}");
        std::fs::create_dir_all(place.path().join(&inside)).unwrap();
        let ending = match folder {
            "plugins" => ".so",
            "flows" => ".yaml",
            "tasks" => ".md",
            _ => "",
        };
        let name = |word: &str| format!("{inside}/{word}{ending}");
        fifo(&place, &name("pipe"));
        let checks = if folder == "tasks" { &["sync"][..] } else { &["validate", "doctor", "start"] };
        is_said_by(checks, &place, &name("pipe"), "it is a FIFO");
        std::fs::remove_file(place.path().join(name("pipe"))).unwrap();
        let listener = UnixListener::bind(place.path().join(name("socket"))).unwrap();
        symlink("/dev/zero", place.path().join(name("zero"))).unwrap();
        symlink("nowhere", place.path().join(name("dangling"))).unwrap();
        let ended = place.run(&checks[..1]);
        assert!(!ended.status.success());
        let said = ended.stdout + &ended.stderr;
        for what in ["it is a socket", "it is a device", "it is a symbolic link to nothing"] {
            assert!(said.contains(what), "{folder}: {what:?} is not in {said}");
        }
        drop(listener);
        for word in ["socket", "zero", "dangling"] {
            std::fs::remove_file(place.path().join(name(word))).unwrap();
        }
        // The lock of an editor is ignored.
        symlink("user@host.1234", place.path().join(format!("{inside}/.#note{ending}"))).unwrap();
        place.run(&checks[..1]).ok();
    }
}

#[test]
fn a_file_of_the_configuration_that_is_none_is_refused() {
    for file in ["config.yaml", "agents.yaml", "jobs.yaml"] {
        let place = Place::initialised();
        place.enqueue(&["One"]);
        let path = place.path().join(".octopoid").join(file);
        let _ = std::fs::remove_file(&path);
        fifo(&place, &format!(".octopoid/{file}"));
        is_said_by_all(&place, file, "it is a FIFO");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        is_said_by_all(&place, file, "it is a folder");
    }
}

#[test]
fn files_of_roles_and_named_plugins_that_are_none_are_refused() {
    let place = Place::initialised();
    std::fs::create_dir_all(place.path().join(".octopoid/roles/mine")).unwrap();
    fifo(&place, ".octopoid/roles/mine/role.yaml");
    is_said_by_all(&place, ".octopoid/roles/mine/role.yaml", "it is a FIFO");
    std::fs::remove_dir_all(place.path().join(".octopoid/roles")).unwrap();
    fifo(&place, "tool.so");
    place.replace(".octopoid/config.yaml", "repo:\n", "plugins: [{ path: tool.so }]\nrepo:\n");
    is_said_by_all(&place, "tool.so", "is not a regular file");
}

#[test]
fn a_database_that_is_no_file_is_refused() {
    let place = Place::initialised();
    let database = place.path().join(".octopoid/octopoid.db");
    for file in ["octopoid.db", "octopoid.db-wal", "octopoid.db-shm"] {
        let _ = std::fs::remove_file(place.path().join(".octopoid").join(file));
    }
    fifo(&place, ".octopoid/octopoid.db");
    for command in [&["list"][..], &["status"], &["start", "--once"], &["doctor"]] {
        let ended = place.run(command);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(ended.status.code().is_some_and(|code| code != 0), "{command:?}: {said}");
        assert!(said.contains("octopoid.db"), "{command:?}: {said}");
    }
    std::fs::remove_file(&database).unwrap();
    std::fs::create_dir(&database).unwrap();
    assert!(!place.run(&["list"]).status.success());
}
