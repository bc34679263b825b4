//! Landings as a user sees them: agents, remotes and repositories as they are, and what the commands say of it.

use crate::place::{PROGRAM, Place};
use std::os::unix::fs::PermissionsExt;

fn program(place: &Place, name: &str, text: &str) {
    place.write(name, format!("#!/bin/sh\n{text}"));
    let path = place.path().join(name);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// An installation whose worker is a shell script.
fn with_agent(script: &str) -> Place {
    let place = Place::initialised();
    program(&place, "../agent.sh", script);
    let agent = place.path().join("../agent.sh");
    let agents = format!(
        "agents:\n  - {{ name: worker, role: implement, runner: command, command: [{agent:?}] }}\n  \
         - {{ name: reviewer, role: review, runner: command, command: [{PROGRAM:?}, sim-agent] }}\n"
    );
    place.write(".octopoid/agents.yaml", agents);
    place
}

/// Says that the work is done.
const SUBMIT: &str = "echo '{\"outcome\": \"submitted\", \"summary\": \"Worked.\"}' >\"$OCTOPOID_RESULT\"\n";

/// Takes one task as far as it goes, and gives what `show` says of it.
fn take(place: &Place) -> (String, String) {
    let id = place.enqueue(&["Change it"]);
    let said = place.run(&["start", "--until-idle"]).ok().stdout;
    (place.run(&["show", &id]).ok().stdout, said)
}

#[test]
fn show_says_what_was_taken_in_for_an_agent_that_committed_nothing() {
    let place = with_agent(&format!("echo new >new.txt\n{SUBMIT}"));
    let (shown, _) = take(&place);
    assert_eq!(place.queue("task-1"), "done", "{shown}");
    assert!(shown.contains("the agent committed nothing"), "{shown}");
    assert_eq!(place.git(&["log", "-1", "--format=%an", "main"]), "worker");
    assert_eq!(place.read("new.txt"), "new\n");
}

#[test]
fn show_says_what_was_left_beside_the_commits_and_where_it_is() {
    let place = with_agent(&format!(
        "git log -1 --format=%s | grep -q Work || {{ echo w >work.txt; git add work.txt; git commit -qm Work; }}\n\
         mkdir -p notes; echo n >notes/plan.txt\n{SUBMIT}"
    ));
    let (shown, _) = take(&place);
    assert_eq!(place.queue("task-1"), "done", "{shown}");
    assert!(shown.contains("`notes/plan.txt`") && shown.contains("not part of the work"), "{shown}");
    let folder = shown.split("moved to ").nth(1).unwrap().split_whitespace().next().unwrap();
    let kept = std::path::Path::new(folder.trim_end_matches('.')).join("notes/plan.txt");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "n\n");
    assert_eq!(place.git(&["status", "--short", "--untracked-files=all"]), "");
}

#[test]
fn an_agents_push_is_refused_in_words_and_its_work_lands_all_the_same() {
    let place = with_agent(&format!(
        "echo w >work.txt; git add work.txt; git commit -qm Work\n\
         git push origin HEAD:refs/heads/main >\"$(dirname \"$0\")/push\" 2>&1; echo \"exit code $?\" >>\"$(dirname \"$0\")/push\"\n{SUBMIT}"
    ));
    place.git(&["clone", "--quiet", "--bare", ".", "../remote.git"]);
    let remote = place.path().join("../remote.git").canonicalize().unwrap();
    place.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    place.replace(".octopoid/config.yaml", "# remote: origin", "remote: origin");
    let (shown, _) = take(&place);
    let pushed = place.read("../push");
    assert!(
        pushed.contains("agents do not push") && pushed.contains("`push: true` in agents.yaml"),
        "{pushed}"
    );
    assert!(!pushed.contains("exit code 0"), "{pushed}");
    assert_eq!(place.queue("task-1"), "done", "{shown}");
    assert_eq!(place.git(&["-C", "../remote.git", "show", "main:work.txt"]), "w");
}

#[test]
fn a_remote_that_refuses_is_quoted_by_show_and_by_start() {
    let place = with_agent(&format!("echo w >work.txt; git add work.txt; git commit -qm Work\n{SUBMIT}"));
    place.git(&["clone", "--quiet", "--bare", ".", "../remote.git"]);
    let remote = place.path().join("../remote.git").canonicalize().unwrap();
    place.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    place.replace(".octopoid/config.yaml", "# remote: origin", "remote: origin");
    program(
        &place,
        "../remote.git/hooks/pre-receive",
        "echo 'GH006: Protected branch update failed.' >&2; exit 1\n",
    );
    let before = place.git(&["rev-parse", "main"]);
    let (shown, said) = take(&place);
    assert_eq!(place.queue("task-1"), "needs_continuation", "{shown}");
    for text in [&shown, &said] {
        assert!(text.contains("GH006: Protected branch update failed."), "{text}");
    }
    assert!(shown.contains("forge: github"), "{shown}");
    assert_eq!(place.git(&["rev-parse", "main"]), before);
}

#[test]
fn options_for_the_users_own_merges_do_not_keep_work_from_landing() {
    for options in ["--squash", "--no-ff --no-commit", "--no-ff --signoff"] {
        let place = with_agent(&format!("echo w >work.txt; git add work.txt; git commit -qm Work\n{SUBMIT}"));
        place.git(&["config", "branch.main.mergeoptions", options]);
        let (shown, _) = take(&place);
        assert_eq!(place.queue("task-1"), "done", "{options}: {shown}");
        assert_eq!(place.git(&["log", "-1", "--format=%s", "main"]), "Work", "{options}");
        assert_eq!(place.git(&["status", "--short"]), "", "{options}");
        assert_eq!(place.json(&["show", "task-1"])["landed"], place.git(&["rev-parse", "main"]));
    }
}

#[test]
fn the_settings_for_worktrees_clean_tests_and_protected_paths_work_together() {
    let place = with_agent(&format!(
        "grep -q KEY=1 .env && test -f built || exit 9\n\
         echo KEY=2 >.env; echo w >work.txt; mkdir -p deploy; echo d >deploy/prod; git add .; git commit -qm Work\n{SUBMIT}"
    ));
    place.write(".gitignore", "/.env\n/built\n");
    place.commit("Ignore");
    place.write(".env", "KEY=1\n");
    place.replace(".octopoid/config.yaml", "protected: []", "protected: [\"deploy/**\"]");
    place.replace(".octopoid/config.yaml", "clean: false", "clean: true");
    place.replace(".octopoid/config.yaml", "sh -c true", "grep -q KEY=1 .env && test -f built");
    let config = place.read(".octopoid/config.yaml");
    place.write(
        ".octopoid/config.yaml",
        format!("{config}\nworktree:\n  copy: [.env]\n  setup: touch built\n"),
    );
    place.run(&["validate"]).ok();
    let (shown, _) = take(&place);
    assert_eq!(place.queue("task-1"), "provisional", "{shown}");
    assert!(shown.contains("protected paths") && shown.contains("`deploy/prod`"), "{shown}");
    place.run(&["approve", "task-1"]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue("task-1"), "done");
    assert_eq!(place.git(&["ls-files"]), ".gitignore\nREADME.md\ndeploy/prod\nwork.txt");
    assert_eq!(place.read(".env"), "KEY=1\n");
}
