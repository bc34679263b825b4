//! What goes wrong around a task ends in a place that says why, and from which a command leads on (I07, I08).

use crate::place::Place;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

/// Checks that a task waits for a person, why, and that a command is named.
#[track_caller]
fn needs_person(place: &Place, id: &str, why: &str, way_on: &str) -> Value {
    let shown = place.json(&["show", id]);
    assert_eq!(shown["needs_person"], true, "{shown:#}");
    let state = shown["state"].as_str().unwrap();
    assert!(state.contains(why), "{why:?} is not in {state}");
    assert!(shown["commands"].to_string().contains(way_on), "{way_on:?} is not in {}", shown["commands"]);
    let status = place.run(&["status"]).ok().stdout;
    assert!(status.contains(way_on), "{way_on:?} is not in {status}");
    shown
}

const FLOW: &str = "\
transitions:
  - from: claimed
    to: provisional
    conditions:
      - { name: gate, script: ./gate.sh, timeout_seconds: 2 }
  - from: provisional
    to: done
    conditions:
      - review: true
    steps: [rebase, run_tests, merge]
";

/// A place whose flow begins with a script of the machine's own, which is not part of the work.
fn gated(script: &str) -> Place {
    let place = Place::initialised();
    let gate = place.path().join("../gate.sh");
    place.write(".octopoid/flows/default.yaml", FLOW.replace("./gate.sh", gate.to_str().unwrap()));
    write_gate(&place, script);
    place
}

fn write_gate(place: &Place, script: &str) {
    let gate = place.path().join("../gate.sh");
    std::fs::write(&gate, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&gate, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn i15_a_gate_that_always_fails_ends_with_a_person() {
    let place = gated("echo it never fits >&2; exit 1");
    let id = place.enqueue(&[
        "Round and round",
        "--description",
        "sim implement: append a.txt more\nsim implement: commit More",
    ]);
    place.run(&["start", "--until-idle"]).ok();
    let shown = needs_person(&place, &id, "gate", &format!("octopoid retry {id}"));
    let failures = shown["thread"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["body"].as_str().unwrap().contains("it never fits"));
    assert_eq!(failures.count(), 3, "{shown:#}");
    let implemented =
        shown["runs"].as_array().unwrap().iter().filter(|run| run["role"] == "implement").count();
    assert_eq!(implemented, 3, "no fourth round is paid for");
    // The way on: what was wrong is mended, and a person says so.
    write_gate(&place, "exit 0");
    place.run(&["retry", &id, "--note", "the gate was wrong"]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}

/// One that is dead and has not been waited for by its new parent is not.
fn is_alive(pid: &str) -> bool {
    let said = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap().stdout;
    !matches!(said.first(), None | Some(b'Z'))
}

#[test]
fn a_gate_that_never_ends_is_killed_with_all_it_began() {
    // It does not listen, and neither does what it has begun, some of it in a session of its own whose parent is gone.
    let place = gated(
        "trap '' TERM\ncd \"$(dirname \"$0\")\"\n(trap '' TERM; while :; do sleep 3600; done) &\necho \"$$ $!\" >> pids\n\
         (setsid sh -c 'echo $$ >> pids; while :; do sleep 3600; done' &)\nwhile :; do sleep 3600; done",
    );
    let id = place.enqueue(&[
        "Endless",
        "--description",
        "sim implement: append a.txt more\nsim implement: commit More",
    ]);
    place.run(&["start", "--until-idle"]).ok();
    let shown = needs_person(&place, &id, "gate", &format!("octopoid retry {id}"));
    let told = shown["thread"].to_string();
    assert!(told.contains("2 s"), "{shown:#}");
    let pids = std::fs::read_to_string(place.path().join("../pids")).unwrap();
    assert!(pids.lines().any(|line| !line.contains(' ')), "the one in its own session has begun: {pids}");
    for pid in pids.split_whitespace() {
        let begin = Instant::now();
        while is_alive(pid) {
            assert!(begin.elapsed() < Duration::from_secs(20), "process {pid} is still there");
        }
    }
    write_gate(&place, "exit 0");
    place.run(&["retry", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}

#[test]
fn a_project_whose_branch_has_vanished_waits_for_a_person_until_it_is_there_again() {
    let place = Place::initialised();
    place.run(&["project", "create", "The index", "--branch", "feature/index", "--auto-accept"]).ok();
    let first = place.enqueue(&["First", "--project", "the-index"]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&first), "done");
    let kept = place.git(&["rev-parse", "feature/index"]);
    place.git(&["branch", "--delete", "--force", "feature/index"]);
    let second = place.enqueue(&["Second", "--project", "the-index"]);
    place.run(&["start", "--until-idle"]).ok();
    needs_person(&place, &second, "feature/index", &format!("octopoid retry {second}"));
    place.git(&["branch", "feature/index", &kept]);
    place.run(&["retry", &second]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&second), "done");
    assert_eq!(place.git(&["rev-list", "--count", "main..feature/index"]), "2");
}

/// A task whose work is reviewed and lands by a person's word, and the branch of its work.
fn waits_for_a_person() -> (Place, String, String) {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    place.commit("By hand");
    let id =
        place.enqueue(&["One", "--description", "sim implement: write a.txt a\nsim implement: commit A"]);
    place.run(&["start", "--until-idle"]).ok();
    let branch = place.json(&["show", &id])["submission"]["branch"].as_str().unwrap().to_owned();
    (place, id, branch)
}

/// Deletes a task's branch as thoroughly as a person may: its worktree too.
fn clean_up_by_hand(place: &Place, id: &str, branch: &str) {
    let worktree = place.path().join(".octopoid/worktrees").join(id);
    place.git(&["worktree", "remove", "--force", worktree.to_str().unwrap()]);
    place.git(&["branch", "--delete", "--force", branch]);
}

#[test]
fn i09_a_tasks_own_branch_that_is_deleted_by_hand_loses_nothing() {
    let (place, id, branch) = waits_for_a_person();
    clean_up_by_hand(&place, &id, &branch);
    place.run(&["approve", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
    assert_eq!(place.git(&["show", "main:a.txt"]), "a");
}

#[test]
fn i17_a_base_branch_that_has_vanished_is_everybodys_trouble_and_charged_to_nobody() {
    let place = Place::initialised();
    place.git(&["checkout", "--quiet", "-b", "elsewhere"]);
    let id = place.enqueue(&["One"]);
    place.git(&["branch", "--delete", "--force", "main"]);
    place.run(&["validate"]).code(3);
    let refused = place.run(&["start", "--until-idle"]);
    assert!(refused.stderr.contains("main") && refused.stderr.contains("hint: "), "{refused:?}");
    place.git(&["branch", "main"]);
    // While it runs, too.
    let mut running = place.start(&["start"]);
    running.until("✔ landed → done");
    place.git(&["branch", "--delete", "--force", "main"]);
    let other = place.enqueue(&["Two"]);
    // Each of the two that could take it tries once.
    running.until("is backing off");
    running.until("is backing off");
    let shown = place.json(&["show", &other]);
    assert_eq!(
        (shown["queue"].as_str(), shown["counters"]["attempts"].as_u64()),
        (Some("incoming"), Some(0))
    );
    let status = place.run(&["status"]).ok().stdout;
    assert!(status.contains("`main`"), "{status}");
    place.git(&["branch", "main"]);
    running.until("✔ landed → done");
    assert_eq!((place.queue(&id), place.queue(&other)), ("done".to_owned(), "done".to_owned()));
}

#[test]
fn i15_a_step_before_the_merge_that_always_fails_ends_with_a_person() {
    let place = Place::initialised();
    let gate = place.path().join("../gate.sh");
    place.write(
        ".octopoid/flows/default.yaml",
        format!(
            "transitions:\n  - {{ from: claimed, to: provisional, steps: [rebase, run_tests] }}\n  - from: provisional\n    to: done\n    \
             conditions:\n      - review: true\n    steps:\n      - rebase\n      - run_tests\n      - {{ run: {}, name: gate }}\n      - merge\n",
            gate.display()
        ),
    );
    write_gate(&place, "echo it never fits >&2; exit 1");
    let id = place.enqueue(&[
        "Round and round",
        "--description",
        "sim implement: append a.txt more\nsim implement: commit More",
    ]);
    place.run(&["start", "--until-idle"]).ok();
    let shown = needs_person(&place, &id, "gate", &format!("octopoid retry {id}"));
    let implemented = shown["runs"].as_array().unwrap().iter().filter(|run| run["role"] == "implement");
    assert_eq!(implemented.count(), 3, "no fourth round is paid for: {shown:#}");
    assert_eq!(place.git(&["log", "-1", "--format=%s", "main"]), "Set up Octopoid");
    write_gate(&place, "exit 0");
    place.run(&["retry", &id, "--note", "the gate was wrong"]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}

#[test]
fn work_that_is_gone_from_the_repository_waits_for_a_person_who_has_it_done_again() {
    let (place, id, branch) = waits_for_a_person();
    clean_up_by_hand(&place, &id, &branch);
    place.git(&["reflog", "expire", "--expire=now", "--all"]);
    place.git(&["gc", "--quiet", "--prune=now"]);
    place.run(&["approve", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    needs_person(&place, &id, "is gone from the repository", &format!("octopoid retry {id}"));
    place.run(&["retry", &id, "--note", "do it again"]).ok();
    place.run(&["start", "--until-idle"]).ok();
    place.run(&["approve", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
    assert_eq!(place.git(&["show", "main:a.txt"]), "a");
}

#[test]
fn a_project_whose_branch_vanishes_before_the_landing_waits_for_a_person() {
    let place = Place::initialised();
    place.run(&["project", "create", "The index", "--branch", "feature/index"]).ok();
    let in_it = ["--project", "the-index"];
    place.enqueue(&[&["First"][..], &in_it].concat());
    place.run(&["start", "--until-idle"]).ok();
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    place.commit("By hand");
    let id = place.enqueue(&[&["Second"][..], &in_it].concat());
    place.run(&["start", "--until-idle"]).ok();
    let kept = place.git(&["rev-parse", "feature/index"]);
    place.git(&["branch", "--delete", "--force", "feature/index"]);
    place.run(&["approve", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    needs_person(&place, &id, "feature/index", &format!("octopoid retry {id}"));
    place.git(&["branch", "feature/index", &kept]);
    place.run(&["retry", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    place.run(&["approve", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}
