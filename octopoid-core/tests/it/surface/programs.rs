//! Programs are started in one place.

use std::fs;
use std::path::{Path, PathBuf};

/// The place that starts programs.
const PLACE: &str = "octopoid-core/src/process/";

/// The files elsewhere that start a program, and why they do not go through that place.
const EXCEPTIONS: [(&str, &str); 7] = [
    ("octopoid-core/src/testing/repository.rs", "a test's own git, in the test's environment"),
    ("octopoid-core/src/testing/runner.rs", "a test's own git, in the test's environment"),
    ("octopoid-roles/src/claude/hooks.rs", "a test"),
    ("octopoid-roles/src/sim/act.rs", "it is the agent, and leaves a process behind on purpose"),
    ("octopoid-roles/src/sim/git.rs", "it is the agent"),
    ("octopoid-cli/src/commands/start/daemon.rs", "the orchestrator itself, which inherits everything"),
    ("octopoid-cli/src/commands/service/launchd.rs", "a test"),
];

/// A lint would have to be switched off in every crate of tests, where programs are started for good reasons.
#[test]
fn programs_are_started_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found: Vec<String> = Vec::new();
    for package in ["octopoid-core", "octopoid-store", "octopoid-roles", "octopoid-cli"] {
        for file in sources(&root.join(package).join("src")) {
            let path = file.strip_prefix(&root).unwrap().display().to_string();
            if starts_programs(&fs::read_to_string(&file).unwrap()) && !path.starts_with(PLACE) {
                found.push(path);
            }
        }
    }
    found.sort();
    let mut excepted: Vec<_> = EXCEPTIONS.iter().map(|(path, _)| (*path).to_owned()).collect();
    excepted.sort();
    assert_eq!(found, excepted, "start programs with `octopoid_core::process::Start`");
}

#[test]
fn every_way_to_start_a_program_is_seen() {
    for code in [
        "use std::process::Command;",
        "use std::process::{self, Stdio};\nprocess::Command::new(x)",
        "use std::process::{ExitStatus,\n    Command};",
        "use std::{fs, process::Command};",
        "let child = tokio::process::Command::new(x);",
        "use tokio::process;\n",
        "use std::os::unix::process::CommandExt;",
        "nix::unistd::fork()",
    ] {
        assert!(starts_programs(code), "{code}");
    }
    for code in [
        "use octopoid_core::process::{Command, Start};",
        "use crate::process::Command;\nCommand::new(x)",
        "use std::process::{ExitCode, Stdio};",
        "// It does what std::process::Command does.",
        "use tokio::process::{ChildStdin, ChildStdout};",
    ] {
        assert!(!starts_programs(code), "{code}");
    }
}

/// Whether code names what starts programs, in the standard library, tokio or nix.
fn starts_programs(code: &str) -> bool {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| line.split_whitespace()).collect();
    let ours = ["octopoid_core::process::", "crate::process::", "self::process::", "super::process::"];
    let code = ours.iter().fold(code, |code, path| code.replace(path, "ours::"));
    let named = code.match_indices("process::").any(|(at, found)| {
        let rest = &code[at + found.len()..];
        let list = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
        match list {
            Some(list) => list.split(',').any(|name| name.starts_with("Command")),
            None => rest.starts_with("Command"),
        }
    });
    named || ["usetokio::process;", "fork()", "posix_spawn", "execv"].iter().any(|way| code.contains(way))
}

/// The source files in a folder, without those of tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true if path.ends_with("tests") => {}
            true => files.extend(sources(&path)),
            false if path.ends_with("tests.rs") => {}
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            false => {}
        }
    }
    files
}
