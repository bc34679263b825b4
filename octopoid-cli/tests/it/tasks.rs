//! `enqueue`, `list`, `show`, `status`

use crate::place::Place;
use serde_json::Value;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_task_is_added_with_everything_it_was_given() {
    let place = Place::initialised();
    place.git(&["branch", "develop"]);
    let first = place.enqueue(&["First"]);
    let task = place.json(&[
        "enqueue",
        "Second",
        "--description",
        "In full",
        "--priority",
        "p0",
        "--complexity",
        "xl",
        "--blocked-by",
        &first,
        "--branch",
        "develop",
    ]);
    assert_eq!(task["id"], "task-2");
    assert_eq!(task["title"], "Second");
    assert_eq!(task["description"], "In full");
    assert_eq!((task["priority"].as_str(), task["complexity"].as_str()), (Some("P0"), Some("XL")));
    assert_eq!((task["queue"].as_str(), task["branch"].as_str()), (Some("blocked"), Some("develop")));
    assert_eq!(task["state"], "waits for task-1 (incoming)");
    insta::assert_json_snapshot!("task_keys", keys(&task));
}

#[test]
fn a_description_comes_from_an_argument_a_file_or_standard_input() {
    let place = Place::initialised();
    place.write("text.md", "From a file\n");
    let described = |arguments: &[&str], input: &[u8]| {
        let ended =
            place.run_with(&[&["enqueue", "--json", "--allow-duplicate"], arguments].concat(), input).ok();
        ended.json()["description"].as_str().unwrap().to_owned()
    };
    assert_eq!(described(&["The title"], b""), "The title");
    assert_eq!(described(&["t", "--file", "text.md"], b""), "From a file\n");
    assert_eq!(described(&["t", "--file", "-"], b"piped"), "piped");
    assert_eq!(described(&["t", "-"], b"piped"), "piped");
}

#[test]
fn enqueue_says_what_happens_next() {
    let place = Place::initialised();
    let said = place.run(&["enqueue", "First"]).ok().stdout;
    assert_eq!(said, "task-1 added to incoming: ready; no orchestrator runs\n  → octopoid start\n");
    assert_eq!(place.run(&["enqueue", "Second", "--quiet"]).ok().stdout, "task-2\n");
    let said = place.run(&["enqueue", "Later", "--backlog"]).ok().stdout;
    assert_eq!(said, "task-3 added to backlog: put aside\n  → octopoid retry task-3\n");
}

#[test]
fn i25_an_exact_duplicate_of_an_open_task_is_refused_with_its_id() {
    let place = Place::initialised();
    let first = place.enqueue(&["Same", "--description", "The same"]);
    place.run(&["enqueue", "Same", "--description", "The same"]).refused(5, &first, "--allow-duplicate");
    place.run(&["enqueue", "Same", "--description", "Another"]).ok();
    place.run(&["enqueue", "Same", "--description", "The same", "--allow-duplicate"]).ok();
    place.run(&["cancel", &first]).ok();
    place.run(&["cancel", "task-3"]).ok();
    place.run(&["enqueue", "Same", "--description", "The same"]).ok();
}

#[test]
fn list_filters_and_counts() {
    let place = Place::initialised();
    place.enqueue(&["One"]);
    place.enqueue(&["Two", "--priority", "P0"]);
    place.enqueue(&["Three", "--backlog"]);
    let titles = |arguments: &[&str]| -> Vec<String> {
        let listed = place.json(&[&["list"], arguments].concat());
        let tasks = listed["tasks"].as_array().unwrap().clone();
        tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(&[]), ["Two", "One", "Three"]);
    assert_eq!(titles(&["--queue", "backlog"]), ["Three"]);
    assert_eq!(titles(&["--queue", "backlog", "--queue", "incoming", "--priority", "P2"]), ["One", "Three"]);
    assert_eq!(titles(&["--role", "review"]), Vec::<String>::new());
    assert_eq!(titles(&["--limit", "1"]), ["Two"]);
    assert_eq!(place.json(&["list", "--limit", "1"])["total"], 3);
    insta::assert_snapshot!("list", place.run(&["list"]).ok().stdout);
    assert!(place.run(&["list", "--queue", "done"]).ok().stdout.contains("no task matches"));
}

#[test]
fn show_has_everything_for_programs_and_no_claim_token() {
    let place = Place::initialised();
    let id = place.enqueue(&["One", "--description", "sim implement: ask Which colour?"]);
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &id]);
    insta::assert_json_snapshot!("show_keys", keys(&shown));
    assert_eq!(shown["queue"], "needs_continuation");
    assert_eq!(shown["needs_person"], true);
    assert_eq!(shown["runs"][0]["outcome"]["outcome"], "needs_input");
    assert_eq!(shown["thread"][0]["body"], "Which colour?");
    assert!(!place.run(&["show", &id, "--json"]).ok().stdout.contains("token\""));
    let said = place.run(&["show", &id]).ok().stdout;
    for words in [
        "stopped: Which colour?",
        "→ octopoid retry task-1",
        "question by worker.1",
        "needs_input",
        "History",
    ] {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
}

#[test]
fn status_without_an_orchestrator_says_so_and_why_each_task_waits() {
    let place = Place::initialised();
    place.enqueue(&["One"]);
    place.enqueue(&["Two", "--blocked-by", "task-1"]);
    place.write(
        ".octopoid/roles/docs/role.yaml",
        "description: d\nclaims_from: incoming\nworkspace: own\noutcomes: [failed]\n",
    );
    place.write(".octopoid/roles/docs/prompt.md", "Document it.\n");
    place.run(&["enqueue", "Odd", "--role", "docs"]).ok();
    let status = place.json(&["status"]);
    insta::assert_json_snapshot!("status_keys", keys(&status));
    assert_eq!(status["running"], Value::Null);
    assert_eq!(status["queues"]["incoming"], 2);
    assert_eq!(status["agents"].as_array().unwrap().len(), 3);
    assert_eq!(status["agents"][0]["idle"]["reason"], "no orchestrator runs");
    insta::assert_snapshot!("status", place.run(&["status"]).ok().stdout);
}

#[test]
fn what_agents_and_users_wrote_cannot_steer_the_terminal() {
    let place = Place::initialised();
    let id = place.enqueue(&["Red", "--description", "\u{1b}[31mred\u{7}"]);
    let said = place.run(&["show", &id]).ok().stdout;
    assert!(!said.contains('\u{1b}') && !said.contains('\u{7}'), "{said:?}");
}

/// An installation with an agent that breaks tasks down into a part and one that waits for it.
fn planning() -> Place {
    let place = Place::initialised();
    place.write(
        "planner.sh",
        "#!/bin/sh\ncat > \"$OCTOPOID_RESULT\" <<'END'\n{\"outcome\": \"broken_down\", \"subtasks\": [\n  \
         {\"key\": \"a\", \"title\": \"Add a\", \"description\": \"sim implement: write a.txt a\\nsim implement: commit Add a\"},\n  \
         {\"key\": \"b\", \"title\": \"Add b\", \"description\": \"sim implement: write b.txt b\\nsim implement: commit Add b\",\n   \
         \"blocked_by\": [\"a\"], \"complexity\": \"S\"}]}\nEND\n",
    );
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(place.path().join("planner.sh"), executable).unwrap();
    let mut agents = place.read(".octopoid/agents.yaml");
    agents.push_str("  - name: planner\n    role: breakdown\n    command: [./planner.sh]\n");
    place.write(".octopoid/agents.yaml", agents);
    place
}

#[test]
fn a_task_is_broken_down_and_done_in_parts() {
    let place = planning();
    let id = place.enqueue(&["Add both", "--breakdown"]);
    let waiting = place.json(&["show", &id]);
    assert_eq!((&waiting["role"], &waiting["needs_breakdown"]), (&"breakdown".into(), &true.into()));
    place.run(&["enqueue", "Add both", "--breakdown"]).refused(
        5,
        "says exactly the same",
        "--allow-duplicate",
    );
    place.run(&["start", "--until-idle"]).ok();

    let shown = place.json(&["show", &id]);
    assert_eq!(shown["queue"], "done", "{shown:#}");
    assert!(shown["state"].as_str().unwrap().starts_with("done in parts"), "{}", shown["state"]);
    let parts: Vec<_> = shown["parts"].as_array().unwrap().iter().map(|part| &part["title"]).collect();
    assert_eq!(parts, ["Add a", "Add b"]);
    let log = place.git(&["log", "--format=%s", "main"]);
    assert!(log.starts_with("Add b\nAdd a\n"), "{log}");
    let page = place.run(&["show", &id]).ok().stdout;
    assert!(page.contains("Parts") && page.contains("Add b"), "{page}");
    let part = shown["parts"][1]["id"].as_str().unwrap();
    assert_eq!(place.json(&["show", part])["parent_id"], id.as_str());
    assert!(place.run(&["show", part]).ok().stdout.contains(&format!("part of     {id}")));
    assert!(place.json(&["worktrees"])["worktrees"].as_array().unwrap().is_empty());
}

#[test]
fn large_tasks_are_broken_down_where_the_configuration_says_so() {
    let place = Place::initialised();
    let role = |arguments: &[&str]| place.json(&["show", &place.enqueue(arguments)])["role"].clone();
    assert_eq!(role(&["One", "--complexity", "XL"]), "implement");
    place.replace(".octopoid/config.yaml", "auto_breakdown: false", "auto_breakdown: true");
    assert_eq!(role(&["Two", "--complexity", "L"]), "breakdown");
    assert_eq!(role(&["Three", "--complexity", "M"]), "implement");
    assert_eq!(role(&["Four"]), "implement");
}
