//! Task files: taken up, kept in step, never lost.

use crate::place::Place;

const FILE: &str = ".octopoid/tasks/cache.md";

#[test]
fn a_task_file_is_taken_up_once_follows_until_its_work_begins_and_then_only_warns() {
    let place = Place::initialised();
    place.write(FILE, "---\ntitle: Cache it\n---\nWrite hello.txt.\n");
    let report = place.json(&["sync"]);
    assert_eq!(report["taken"][0]["what"], "created", "{report}");
    let id = report["taken"][0]["task"].as_str().unwrap().to_owned();
    assert_eq!(place.read(FILE), format!("---\nid: {id}\ntitle: Cache it\n---\nWrite hello.txt.\n"));
    assert_eq!(place.json(&["sync"])["taken"].as_array().unwrap().len(), 0);

    // As after a kill between the creation and the writing.
    place.write(FILE, "---\ntitle: Cache it\n---\nWrite hello.txt.\n");
    assert_eq!(place.json(&["sync"])["taken"][0]["task"], id.as_str());
    assert_eq!(place.json(&["list"])["tasks"].as_array().unwrap().len(), 1);

    place.write(FILE, format!("---\nid: {id}\ntitle: Cache it well\npriority: P0\n---\nWrite hello.txt.\n"));
    let report = place.json(&["sync"]);
    assert_eq!(report["taken"][0]["fields"], serde_json::json!(["title", "priority"]), "{report}");
    assert_eq!(place.json(&["show", &id])["title"], "Cache it well");

    place.run(&["start", "--once"]).ok();
    place.write(FILE, format!("---\nid: {id}\ntitle: Something else\n---\nWrite hello.txt.\n"));
    let late = place.run(&["sync"]).ok();
    assert!(late.stdout.contains("its work has begun"), "{}", late.stdout);
    assert_eq!(place.json(&["show", &id])["title"], "Cache it well");
}

#[test]
fn i24_a_bad_task_file_is_named_by_its_line_and_the_others_are_taken() {
    let place = Place::initialised();
    place.write(".octopoid/tasks/a-bad.md", "---\ntitle: Bad\nprioritty: P1\n---\nText.\n");
    place.write(".octopoid/tasks/b-good.md", "---\ntitle: Good\n---\nWrite hello.txt.\n");
    let said = place.run(&["sync"]).code(3);
    assert!(said.stdout.contains("a-bad.md:3: unknown key `prioritty`"), "{}", said.stdout);
    assert!(said.stdout.contains("did you mean `priority`?"), "{}", said.stdout);
    assert!(said.stdout.contains("b-good.md is task-1"), "{}", said.stdout);
    place.write(".octopoid/tasks/c-bad.md", "---\ntitle: Bad\nrole: implment\n---\nText.\n");
    let said = place.run(&["validate"]).code(3);
    assert!(said.stdout.contains("c-bad.md:3: there is no role `implment`"), "{}", said.stdout);
    assert!(said.stdout.contains("did you mean `implement`?"), "{}", said.stdout);
    // It holds nothing else up.
    let started = place.run(&["start", "--until-idle"]).ok();
    assert!(started.stderr.contains("a-bad.md:3"), "{}", started.stderr);
    assert_eq!(place.json(&["show", "task-1"])["queue"], "done");
}

#[test]
fn a_file_that_is_gone_leaves_its_task_and_says_so() {
    let place = Place::initialised();
    place.write(FILE, "---\ntitle: Cache it\n---\nWrite hello.txt.\n");
    place.run(&["sync"]).ok();
    std::fs::remove_file(place.path().join(FILE)).unwrap();
    let said = place.run(&["sync"]).ok();
    assert!(said.stdout.contains("`octopoid cancel task-1` calls it off"), "{}", said.stdout);
    assert_eq!(place.json(&["show", "task-1"])["queue"], "incoming");
}
