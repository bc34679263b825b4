//! `doctor`

use crate::place::Place;

#[test]
fn a_healthy_installation_passes() {
    let place = Place::initialised();
    let said = place.run(&["doctor"]).ok().stdout;
    for name in
        ["git", "configuration", "repository", "base branch", "agent program", "folder", "database", "clock"]
    {
        assert!(said.contains(&format!("✓ {name}")), "{name} is not good: {said}");
    }
    assert_eq!(place.json(&["doctor"])["healthy"], true);
}

#[test]
fn what_fails_has_its_fix_and_the_exit_code_says_so() {
    let place = Place::initialised();
    place.replace(".octopoid/agents.yaml", "runner: command", "runner: claude");
    place.replace(".octopoid/config.yaml", "base_branch: main", "base_branch: mian");
    let output = place.command(&["doctor"]).env("PATH", "/usr/bin:/bin").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("✗ base branch") && said.contains("fix:"), "{said}");
    let said = place.run(&["doctor", "--dir", "/"]).code(1).stdout;
    assert!(said.contains("✗ installation"), "{said}");
}

#[test]
fn without_git_there_is_one_clear_line() {
    let place = Place::initialised();
    let output = place.command(&["doctor"]).env("PATH", "/nowhere").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("✗ git") && said.contains("fix: install git"), "{said}");
}

#[test]
fn i28_a_key_is_found_and_never_printed() {
    let place = Place::repository();
    place.run(&["init"]).ok();
    place.write("bin/claude", "#!/bin/sh\n");
    place.git(&["update-index", "--add", "--chmod=+x", "bin/claude"]);
    use std::os::unix::fs::PermissionsExt;
    let program = place.path().join("bin/claude");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    for verbose in [&[][..], &["--verbose"], &["--json"]] {
        let mut command = place.command(&[&["doctor"], verbose].concat());
        let output =
            command.env("PATH", &path).env("ANTHROPIC_API_KEY", "sk-very-secret-key").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("ANTHROPIC_API_KEY is set and passed on"), "{said}");
        assert!(!said.contains("very-secret"), "{said}");
    }
}
