//! `enqueue --from`, and what a task asks for of its agent

use crate::place::Place;

const LIST: &str = "# For the release\n\n- [ ] Cache the index\n  At most 64 MiB.\n\n  - with a flag\n- [x] Old one\n- Rename it\n";

#[test]
fn a_list_becomes_tasks_once_and_a_dry_run_changes_nothing() {
    let place = Place::initialised();
    place.write("TODO.md", LIST);
    let said = place.run(&["enqueue", "--from", "TODO.md", "--dry-run"]).ok().stdout;
    assert_eq!(
        said,
        "+ Cache the index  new\n– Old one  ticked\n+ Rename it  new\n2 tasks would be added; run it without --dry-run to add them\n"
    );
    assert_eq!(place.json(&["list"])["total"], 0);
    let made = place.json(&["enqueue", "--from", "TODO.md", "--priority", "P1", "--model", "small"]);
    assert_eq!(made["new"], 2);
    let task = place.json(&["show", "task-1"]);
    assert_eq!((task["title"].as_str(), task["priority"].as_str()), (Some("Cache the index"), Some("P1")));
    assert_eq!(
        (task["description"].as_str(), task["model"].as_str()),
        (Some("At most 64 MiB.\n\n- with a flag"), Some("small"))
    );

    place.write("TODO.md", format!("{LIST}- One more\n").replace("64 MiB", "128 MiB"));
    let said = place.run(&["enqueue", "--from", "TODO.md"]).ok().stdout;
    assert_eq!(
        said,
        "≠ Cache the index  task-1 (incoming) says something else; `octopoid edit task-1` changes it\n– Old one  ticked\n\
         = Rename it  task-2 (incoming)\n+ One more  task-3\n1 task added, 3 there already or left out\n"
    );
    assert_eq!(place.run(&["enqueue", "--from", "TODO.md", "--quiet"]).ok().stdout, "");
    assert_eq!(place.json(&["list"])["total"], 3);
}

#[test]
fn a_list_comes_from_standard_input_and_a_wrong_one_is_said_by_its_line() {
    let place = Place::initialised();
    let ended = place.run_with(&["enqueue", "--from", "-", "--quiet"], b"## One\nIn full.\n## Two\n").ok();
    assert_eq!(ended.stdout, "task-1\ntask-2\n");
    place.write("bad.md", "- One\n- Two\n- One\n");
    place.run(&["enqueue", "--from", "bad.md"]).refused(
        2,
        "bad.md:3: the title is that of line 1",
        "`- Title`",
    );
    place.run(&["enqueue", "--from", "gone.md"]).refused(2, "gone.md", "text file");
    place.run(&["enqueue", "Title", "--from", "bad.md"]).code(2);
    place.run(&["enqueue", "--dry-run", "Title"]).code(2);
    place.run(&["enqueue"]).code(2);
}

#[test]
fn a_task_asks_for_a_model_turns_and_a_budget() {
    let place = Place::initialised();
    place.write("worker.sh", "#!/bin/sh\necho \"{\\\"outcome\\\": \\\"needs_input\\\", \\\"question\\\": \\\"ok?\\\", \\\"cost_usd\\\": 0.4}\" > \"$OCTOPOID_RESULT\"\n");
    place.worker_is(&place.path().join("worker.sh"));
    let id = place.enqueue(&["Bounded", "--model", "small", "--max-turns", "3", "--budget", "0.50"]);
    for _ in 0..2 {
        place.run(&["start", "--until-idle"]).ok();
        place.run(&["retry", &id]).ok();
    }
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &id]);
    assert!(shown["state"].as_str().unwrap().contains("its own budget is $0.50"), "{}", shown["state"]);
    assert_eq!(shown["runs"][0]["model"], "small");
    place.run(&["enqueue", "x", "--budget", "-1"]).code(2);
    place.run(&["enqueue", "x", "--max-turns", "0"]).code(2);
}
