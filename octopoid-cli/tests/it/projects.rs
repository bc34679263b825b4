//! Projects, comments, and work that needs no review.

use crate::place::Place;
use std::os::unix::fs::PermissionsExt;

impl Place {
    /// Writes a program that plays every agent.
    fn play(&self, script: &str) {
        self.write("agent.sh", format!("#!/bin/sh\n{script}"));
        std::fs::set_permissions(self.path().join("agent.sh"), std::fs::Permissions::from_mode(0o755))
            .unwrap();
        self.write(
            ".octopoid/agents.yaml",
            "runner: command\nagents:\n  - name: worker\n    role: implement\n    command: [./agent.sh]\n",
        );
        self.commit("Agents");
    }
}

#[test]
fn the_tasks_of_a_project_land_on_its_branch_and_it_is_completed_when_all_are_done() {
    let place = Place::initialised();
    assert!(place.run(&["project", "list"]).ok().stdout.contains("there are no projects"));
    let made =
        place.json(&["project", "create", "The new index", "--branch", "feature/index", "--auto-accept"]);
    assert_eq!((made["id"].as_str(), made["status"].as_str()), (Some("the-new-index"), Some("active")));
    assert_eq!((made["base_branch"].as_str(), made["auto_accept"].as_bool()), (Some("main"), Some(true)));
    place.run(&["project", "approve", "the-new-index"]).refused(5, "has no tasks", "--status completed");

    let in_it = ["--project", "the-new-index"];
    let first = place.json(&[&["enqueue", "Store the index"][..], &in_it].concat());
    assert_eq!(
        (first["branch"].as_str(), first["auto_accept"].as_bool()),
        (Some("feature/index"), Some(true))
    );
    place.enqueue(&[&["Use the index", "--blocked-by", "task-1"][..], &in_it].concat());
    place.run(&["project", "approve", "the-new-index"]).refused(
        5,
        "2 tasks of the-new-index are not done: task-1 (incoming), task-2 (blocked)",
        "octopoid project show the-new-index",
    );
    place.run(&["start", "--until-idle"]).ok();

    let shown = place.json(&["project", "show", "the-new-index"]);
    assert_eq!((shown["done"].as_u64(), shown["total"].as_u64()), (Some(2), Some(2)), "{shown:#}");
    assert_eq!(shown["ready"], true);
    assert_eq!(
        (shown["tasks"][0]["depth"].as_u64(), shown["tasks"][1]["depth"].as_u64()),
        (Some(0), Some(1))
    );
    assert!(shown["tasks"][0]["agent"].as_str().unwrap().starts_with("worker"), "{shown:#}");
    let turns = |value: &serde_json::Value| value["usage"]["turns"].as_u64().unwrap();
    assert!(turns(&shown) > 0);
    assert_eq!(turns(&shown), turns(&shown["tasks"][0]) + turns(&shown["tasks"][1]));
    let said = place.run(&["project", "show", "the-new-index"]).ok().stdout;
    for words in ["2 of 2 tasks done", "\n  task-2", "`feature/index` is ready to go to `main`"] {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
    let status = place.run(&["status"]).ok().stdout;
    let approvals: Vec<_> = status.lines().filter(|line| line.contains(" approve ")).map(str::trim).collect();
    assert_eq!(approvals, ["→ octopoid project approve the-new-index"], "one next step: {status}");
    assert_eq!(place.json(&["status"])["ready_projects"][0]["id"], "the-new-index");
    // Nobody reviewed it.
    let runs = place.json(&["show", "task-1"])["runs"].to_string();
    assert!(!runs.contains("\"review\""), "{runs}");
    assert_eq!(place.git(&["rev-list", "--count", "main..feature/index"]), "2");

    // What they made lands as one, tested, once a person has said so.
    assert_eq!(shown["landing"], "task-3");
    assert!(said.contains("task-3 takes `feature/index` to `main`: waits for a person"), "{said}");
    let approved = place.json(&["project", "approve", "the-new-index"]);
    assert_eq!(approved["status"], "active", "until it has landed");
    assert!(!place.run(&["status"]).ok().stdout.contains("→ octopoid project approve"), "the word is given");
    place.run(&["start", "--until-idle"]).ok();
    let landed = place.run(&["show", "task-3"]).ok().stdout;
    assert!(landed.contains("landed as"), "{landed}");
    assert_eq!(place.git(&["diff", "--name-only", "main", "feature/index"]), "", "all of it");
    let done = place.json(&["project", "approve", "the-new-index"]);
    assert_eq!(done["status"], "completed");
    assert!(done["completed_at"].is_string() || done["completed_at"].is_number());
    assert_eq!(place.json(&["project", "approve", "the-new-index"]), done, "once more changes nothing");
    assert!(place.run(&["project", "list"]).ok().stdout.contains("2/2"));
    assert!(!place.run(&["status"]).ok().stdout.contains("project approve"));
}

#[test]
fn a_second_project_of_a_title_is_said_to_be_one() {
    let place = Place::initialised();
    let said = place.run(&["project", "create", "The new index"]).ok().stdout;
    assert!(!said.contains("title"), "{said}");
    let said = place.run(&["project", "create", "The new index!"]).ok().stdout;
    let words = "it is the second of this title: the-new-index is there too; this one is the-new-index-2";
    assert!(said.contains(words) && said.contains("--project the-new-index-2"), "{said}");
    let made = place.json(&["project", "create", "the new index", "--branch", "feature/index"]);
    assert_eq!(made["same_title"], serde_json::json!(["the-new-index-2", "the-new-index"]), "{made}");
    // All of the project is there beside that.
    let mut shown = place.json(&["project", "list"])["projects"][0].clone();
    for (more, value) in [("done", 0.into()), ("tasks", 0.into())] {
        assert_eq!(shown.as_object_mut().unwrap().remove(more), Some(value), "{shown}");
    }
    shown["same_title"] = made["same_title"].clone();
    assert_eq!(made, shown);
    assert_eq!(
        place.run(&["project", "create", "The new index", "--quiet"]).ok().stdout,
        "the-new-index-4\n"
    );
    assert_eq!(place.json(&["project", "create", "The new"])["same_title"], serde_json::json!([]));
}

#[test]
fn a_project_is_changed_and_what_is_not_there_is_refused() {
    let place = Place::initialised();
    place.run(&["project", "create", "Chores"]).ok();
    let changed =
        place.json(&["project", "update", "chores", "--title", "All chores", "--auto-accept", "true"]);
    assert_eq!(
        (changed["title"].as_str(), changed["auto_accept"].as_bool()),
        (Some("All chores"), Some(true))
    );
    place.run(&["project", "update", "chores"]).refused(2, "nothing to update", "--help");
    for command in [&["show", "nope"][..], &["approve", "nope"], &["update", "nope", "--title", "x"]] {
        place.run(&[&["project"], command].concat()).refused(4, "nope", "octopoid project list");
    }
    place.run(&["enqueue", "Lost", "--project", "nope"]).refused(2, "nope", "octopoid project list");
    place.run(&["project", "create", "Elsewhere", "--base-branch", "mian"]).refused(
        2,
        "no branch `mian`",
        "did you mean `main`?",
    );
    place.run(&["project", "create", "Odd", "--status", "famous"]).code(2);
}

#[test]
fn a_draft_is_written_becomes_a_project_once_and_is_implemented_with_it() {
    let place = Place::initialised();
    place.write("index.md", "It is slow.\n");
    let draft = place.json(&["draft", "create", "The new index", "--file", "index.md", "--domain", "speed"]);
    assert_eq!((draft["id"].as_u64(), draft["status"].as_str()), (Some(1), Some("idea")));
    assert_eq!(
        (draft["body"].as_str(), draft["file_path"].as_str()),
        (Some("It is slow.\n"), Some("index.md"))
    );
    let piped =
        place.run_with(&["draft", "create", "Piped", "--file", "-", "--author", "ada", "--json"], b"In full");
    let piped = piped.ok().json();
    assert_eq!((piped["body"].as_str(), piped["author"].as_str()), (Some("In full"), Some("ada")));
    let updated = place.json(&["draft", "update", "1", "--status", "review", "--title", "A new index"]);
    assert_eq!(
        (updated["status"].as_str(), updated["title"].as_str()),
        (Some("review"), Some("A new index"))
    );
    assert_eq!(updated["body"], "It is slow.\n");
    place.run(&["draft", "update", "1"]).refused(2, "nothing to update", "--help");
    place.run(&["draft", "update", "9", "--title", "x"]).refused(4, "", "octopoid draft list");

    let approved = place.json(&["draft", "approve", "1", "--project", "--branch", "feature/index"]);
    assert_eq!(approved["draft"]["status"], "approved");
    let id = approved["project"].as_str().unwrap();
    let project = place.json(&["project", "show", id]);
    assert_eq!(
        (project["title"].as_str(), project["status"].as_str()),
        (Some("A new index"), Some("active"))
    );
    assert_eq!(project["description"], "It is slow.\n");
    assert_eq!(project["branch"], "feature/index");
    for again in [&["draft", "approve", "1", "--project"][..], &["draft", "approve", "1"]] {
        place.run(again).refused(
            5,
            "has become the project draft-1 already",
            "octopoid project show draft-1",
        );
    }
    place.run(&["project", "update", id, "--status", "completed"]).ok();
    assert_eq!(place.json(&["draft", "show", "1"])["status"], "implemented");

    place.run(&["draft", "approve", "2"]).ok();
    assert_eq!(place.json(&["draft", "show", "2"])["status"], "approved");
    place.run(&["force", "task-1", "done", "--reason", "by hand"]).ok();
    assert_eq!(place.json(&["draft", "show", "2"])["status"], "implemented");
}

#[test]
fn an_approval_that_was_cut_off_before_its_link_is_gone_on_with() {
    let place = Place::initialised();
    place.run(&["draft", "create", "Draft 1"]).ok();
    // The title makes the same id and the same project as the first half of an approval.
    assert_eq!(place.json(&["project", "create", "Draft 1"])["id"], "draft-1");
    assert_eq!(place.json(&["draft", "approve", "1", "--project"])["project"], "draft-1");
    assert_eq!(place.json(&["project", "list"])["total"], 1);
    // One that is somebody else's is not taken.
    place.run(&["draft", "create", "Mine"]).ok();
    place.run(&["project", "create", "Draft 2"]).ok();
    place.run(&["draft", "approve", "2", "--project"]).refused(5, "not draft 2's", "octopoid project create");
}

#[test]
fn a_question_is_answered_by_a_comment_and_the_same_conversation_goes_on() {
    let place = Place::initialised();
    place.play(
        "if grep -q 'use blue' \"$OCTOPOID_PROMPT_FILE\"; then\n  \
         env >> seen.txt\n  git add seen.txt && git commit -q -m 'Paint it'\n  \
         echo '{\"outcome\": \"submitted\", \"summary\": \"blue\"}' > \"$OCTOPOID_RESULT\"\nelse\n  \
         echo '{\"outcome\": \"needs_input\", \"question\": \"which colour?\", \"session_id\": \"talk-7\"}' > \"$OCTOPOID_RESULT\"\nfi\n",
    );
    let id = place.enqueue(&["Paint it", "--auto-accept"]);
    place.run(&["start", "--until-idle"]).ok();
    let status = place.run(&["status"]).ok().stdout;
    assert!(status.contains("which colour?") && status.contains("octopoid retry task-1"), "{status}");
    let question = place.json(&["show", &id])["thread"][0]["id"].as_u64().unwrap().to_string();

    let said = place.run(&["comment", &id, "use blue", "--reply-to", &question]).ok().stdout;
    assert!(said.contains("→ octopoid retry task-1"), "{said}");
    let shown = place.run(&["show", &id]).ok().stdout;
    assert!(shown.contains(&format!("answers {question}")) && shown.contains("use blue"), "{shown}");
    place.run(&["retry", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &id]);
    assert_eq!(shown["queue"], "done", "{shown:#}");
    let seen = place.git(&["show", "main:seen.txt"]);
    assert!(seen.lines().any(|line| line == "OCTOPOID_SESSION=talk-7"), "{seen}");
}

#[test]
fn a_comment_needs_a_task_a_text_and_a_message_that_is_there() {
    let place = Place::initialised();
    place.run(&["comment", "task-1", "Hello"]).refused(4, "task-1", "octopoid list");
    let id = place.enqueue(&["One"]);
    let message = place.json(&["comment", &id, "Hello"]);
    assert_eq!((message["kind"].as_str(), message["body"].as_str()), (Some("comment"), Some("Hello")));
    place.run(&["comment", &id, " "]).refused(2, "empty", "octopoid comment");
    place.run(&["comment", &id, "Hello", "--reply-to", "99"]).refused(
        2,
        "no message 99",
        "octopoid show task-1",
    );
}
