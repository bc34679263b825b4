//! Whose word it is: what belongs to a run cannot decide for a person (I39).

use crate::place::{PROGRAM, Place};
use std::os::unix::fs::PermissionsExt;

/// An installation whose worker is a shell script, and where a person approves each task.
fn with_agent(script: &str) -> Place {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    place.write("../agent.sh", format!("#!/bin/sh\noctopoid={PROGRAM:?}\n{script}"));
    let agent = place.path().join("../agent.sh");
    std::fs::set_permissions(&agent, std::fs::Permissions::from_mode(0o755)).unwrap();
    let agents = format!(
        "agents:\n  - {{ name: worker, role: implement, runner: command, command: [{agent:?}] }}\n  \
         - {{ name: reviewer, role: review, runner: command, command: [{PROGRAM:?}, sim-agent] }}\n"
    );
    place.write(".octopoid/agents.yaml", agents);
    place
}

/// Hands in one commit.
const WORK: &str = "\
echo done >work.txt && git add --all && git commit --quiet --message Work
echo '{\"outcome\": \"submitted\", \"summary\": \"Worked.\"}' >\"$OCTOPOID_RESULT\"
";

#[test]
fn i39_no_decision_of_an_agent_is_taken_for_a_persons() {
    // With its environment, without it, and from a session of its own.
    let script = format!(
        "report=$(dirname \"$0\")/report\n\
         for words in \"$octopoid\" \"env -i HOME=$HOME PATH=$PATH $octopoid\" \"setsid -w env -i HOME=$HOME PATH=$PATH $octopoid\"; do\n\
         for command in 'approve task-1' 'force task-1 done --reason x' 'cancel task-1' 'pause' 'stop --now' \\\n\
         'enqueue free --auto-accept' 'key create' 'worktrees clean'; do\n\
         $words $command >>\"$report\" 2>&1; echo \"exit code $?\" >>\"$report\"\n\
         done; done\n{WORK}"
    );
    let place = with_agent(&script);
    let id = place.enqueue(&["One"]);
    place.run(&["start", "--until-idle"]).ok();
    let report = place.read("../report");
    let codes: Vec<_> = report.lines().filter(|line| line.starts_with("exit code")).collect();
    assert_eq!(codes.len(), 24, "{report}");
    assert!(codes.iter().all(|code| *code == "exit code 5"), "{report}");
    assert!(
        report.contains("`octopoid approve` needs a person, and this was called from inside run task-1.1"),
        "{report}"
    );
    assert!(
        report.contains("hint: an agent cannot decide; run this from a terminal of your own"),
        "{report}"
    );
    let shown = place.json(&["show", &id]);
    assert_eq!(shown["state"], "approved by reviewer; a person must approve too", "{shown}");
    assert_eq!(place.json(&["list"])["tasks"].as_array().unwrap().len(), 1);
}

#[test]
fn i39_a_process_that_an_agent_left_and_that_hides_it_is_no_person() {
    // It has a session of its own, no variable of the run and no living parent, and decides once the agent is gone.
    let script = format!(
        "here=$(dirname \"$0\")\nmkfifo \"$here/report\"\n\
         setsid -f env -i HOME=\"$HOME\" PATH=\"$PATH\" sh -c 'cd \"$2\"/work; until \"$1\" show task-1 | grep -q \"must approve too\"; do :; done\n\
         \"$1\" approve task-1 >../report 2>&1' sh \"$octopoid\" \"$here\"\n{WORK}"
    );
    let place = with_agent(&script);
    let id = place.enqueue(&["One"]);
    let _running = place.start(&["start"]);
    place.shown_until(&id, "a person must approve too");
    let report = place.read_in_time("../report");
    assert!(report.contains("`octopoid approve` needs a person"), "{report}");
    assert!(report.contains("it was started by the orchestrator"), "{report}");
    assert_eq!(place.json(&["show", &id])["state"], "approved by reviewer; a person must approve too");
}

#[test]
fn i39_what_an_agent_says_is_recorded_as_its_own_word() {
    let script = format!(
        "\"$octopoid\" comment task-1 'approved, said the person'\n\
         env -i HOME=\"$HOME\" PATH=\"$PATH\" \"$octopoid\" enqueue 'Follow up' --backlog\n\
         \"$octopoid\" draft create 'An idea' --author Tester\n{WORK}"
    );
    let place = with_agent(&script);
    let id = place.enqueue(&["One"]);
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &id]);
    let comment =
        shown["thread"].as_array().unwrap().iter().find(|message| message["kind"] == "comment").unwrap();
    assert_eq!(comment["author"], "agent of task-1.1");
    assert_eq!(shown["state"], "approved by reviewer; a person must approve too", "it decides nothing");
    let history = place.json(&["show", "task-2"])["history"].clone();
    assert_eq!(history[0]["actor"], "agent of task-1.1", "{history}");
    assert_eq!(place.json(&["draft", "list"])["drafts"][0]["author"], "agent of task-1.1");
}

#[test]
fn i39_a_worktree_with_a_copy_of_the_configuration_belongs_to_its_installation() {
    let place = with_agent(&format!(
        "\"$octopoid\" comment task-1 Hello; \"$octopoid\" pause 2>\"$(dirname \"$0\")/report\"\n{WORK}"
    ));
    place.replace(".octopoid/.gitignore", "\n*\n", "\n");
    place.commit("Share the configuration");
    let id = place.enqueue(&["One"]);
    place.run(&["start", "--until-idle"]).ok();
    let worktree = place.path().join(".octopoid/worktrees").join(&id);
    assert!(worktree.join(".octopoid/config.yaml").exists(), "the copy");
    assert!(!worktree.join(".octopoid/octopoid.db").exists(), "nothing is written beside it");
    let thread = place.json(&["show", &id])["thread"].to_string();
    assert!(thread.contains("agent of task-1.1"), "{thread}");
    assert!(
        place.read("../report").contains("`octopoid pause` needs a person"),
        "{}",
        place.read("../report")
    );
}

#[test]
fn i39_a_question_is_not_answered_by_a_run() {
    let place = Place::initialised();
    let id = place.enqueue(&["One", "--description", "sim @1: ask Red or blue?"]);
    place.run(&["start", "--until-idle"]).ok();
    let thread = place.json(&["show", &id])["thread"].clone();
    let question = thread.as_array().unwrap().iter().find(|message| message["kind"] == "question").unwrap();
    let number = question["id"].to_string();
    let answer = ["comment", id.as_str(), "Blue", "--reply-to", &number];
    let marker = [("OCTOPOID_RUN_ID", "task-1.1")];
    place.run_in(&answer, &marker).refused(5, "`octopoid comment --reply-to` needs a person", "terminal");
    place.run(&answer).ok();
    let thread = place.json(&["show", &id])["thread"].clone();
    let replies = thread.as_array().unwrap().iter().filter(|message| message["parent"] == question["id"]);
    assert_eq!(replies.map(|message| message["author"].clone()).collect::<Vec<_>>(), ["Tester"]);
}

#[test]
fn i39_a_scripts_step_is_no_person_either() {
    let place = Place::initialised();
    let test = format!("{PROGRAM:?} cancel task-1 2>../../../../report; test $? = 5");
    place.replace(".octopoid/config.yaml", "sh -c true", &serde_json::Value::from(test).to_string());
    let id = place.enqueue(&["One"]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done", "the test passes where it is refused");
    assert!(
        place.read("../report").contains("called from inside run task-1."),
        "{}",
        place.read("../report")
    );
}

#[test]
fn i39_only_the_markers_of_this_installation_count() {
    let place = Place::initialised();
    let id = place.enqueue(&["One"]);
    let other = "/elsewhere/.octopoid/runtime/runs/task-1.1/call-1";
    let markers = [("OCTOPOID_CALL", other), ("OCTOPOID_RUN_ID", "task-1.1")];
    place.run_in(&["cancel", &id], &markers).ok();
    let own = place.path().join(".octopoid/runtime/runs/task-9.1/call-1");
    let markers = [("OCTOPOID_CALL", own.to_str().unwrap())];
    place.run_in(&["retry", &id], &markers).refused(5, "from inside run task-9.1", "terminal of your own");
    place.run_in(&["retry", &id], &[("OCTOPOID_RUN_ID", "task-9.1")]).refused(5, "run task-9.1", "terminal");
    place.run_in(&["retry", &id, "--dir", "/"], &markers).code(3);
    place.run_in(&["list"], &markers).ok();
    // By another installation on the same database it would be the same decision.
    place.write("../second/README.md", "x\n");
    let second = place.path().join("../second");
    let second = second.to_str().unwrap();
    place.git(&["-C", second, "init", "--quiet", "--initial-branch", "main"]);
    place.git(&["-C", second, "add", "--all"]);
    place.git(&["-C", second, "commit", "--quiet", "--message", "First"]);
    place.run(&["init", "--dir", second]).ok();
    place.run_in(&["pause", "--dir", second], &markers).ok();
    let shared = place.path().join(".octopoid/octopoid.db");
    place.replace(
        "../second/.octopoid/config.yaml",
        "database: .octopoid/octopoid.db",
        &format!("database: {shared:?}"),
    );
    place.run_in(&["retry", &id, "--dir", second], &markers).refused(5, "run task-9.1", "terminal");
    let key = ["key", "create", "--dir", "/", "--database", shared.to_str().unwrap()];
    place.run_in(&key, &markers).refused(5, "`octopoid key create` needs a person", "terminal");
}

#[test]
fn i39_on_a_servers_queue_every_installations_runs_count() {
    let place = Place::repository();
    place.run(&["init", "--server", "http://127.0.0.1:1", "--cluster", "prod"]).ok();
    let markers = [("OCTOPOID_CALL", "/elsewhere/.octopoid/runtime/runs/task-1.1/call-1")];
    place.run_in(&["approve", "task-1"], &markers).refused(5, "run task-1.1", "terminal");
}

#[test]
fn the_history_says_from_where_a_person_decided() {
    let place = Place::initialised();
    let id = place.enqueue(&["One"]);
    place.run(&["cancel", &id, "--reason", "no"]).ok();
    let shown = place.json(&["show", &id]);
    let history = shown["history"].as_array().unwrap();
    assert_eq!(history.last().unwrap()["actor"], "Tester (octopoid cancel on laptop)");
    assert_eq!(history[0]["actor"], "Tester", "what is no decision names the person alone");
    let said = place.run(&["show", &id]).ok().stdout;
    assert!(said.contains("by Tester (octopoid cancel on laptop)"), "{said}");
    place.run(&["draft", "create", "An idea"]).ok();
    let made = place.json(&["draft", "approve", "1"])["task"].as_str().unwrap().to_owned();
    let history = place.json(&["show", &made])["history"].clone();
    assert_eq!(history[0]["actor"], "Tester (octopoid draft approve on laptop)");
}
