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

/// A file without the lines that Octopoid writes into it.
fn file(more: &str) -> String {
    format!("---\n{more}title: A task\n---\nWrite hello.txt.\n")
}

#[track_caller]
fn count(place: &Place) -> usize {
    place.json(&["list"])["tasks"].as_array().unwrap().len()
}

#[test]
fn i04_a_file_that_was_edited_between_the_making_and_the_writing_of_its_id_is_the_same_task() {
    let place = Place::initialised();
    // As it stands just before its task is made.
    place.write(FILE, file("key: abc-1\n"));
    place.run(&["sync"]).ok();
    assert_eq!(place.read(FILE), file("id: task-1\n"), "the id is in the key's place");
    // And again, as after a kill there, with something else in it by now.
    place.write(FILE, "---\nkey: abc-1\ntitle: A better task\npriority: P1\n---\nWrite it well.\n");
    let report = place.json(&["sync"]);
    assert_eq!(
        (&report["taken"][0]["task"], &report["taken"][0]["what"]),
        (&"task-1".into(), &"updated".into())
    );
    assert_eq!((count(&place), &place.json(&["show", "task-1"])["title"]), (1, &"A better task".into()));
    assert!(place.read(FILE).starts_with("---\nid: task-1\ntitle: A better task\n"), "{}", place.read(FILE));
}

#[test]
fn copies_are_reported_by_their_lines_and_a_renamed_file_is_the_same_task() {
    let place = Place::initialised();
    place.write(FILE, file(""));
    place.run(&["sync"]).ok();
    let copy = ".octopoid/tasks/copy.md";
    place.write(copy, file("priority: P0\nid: task-1\n"));
    for command in ["sync", "validate"] {
        let said = place.run(&[command]).code(3).stdout;
        assert!(said.contains("cache.md:2: the id task-1 is that of .octopoid/tasks/copy.md too"), "{said}");
        assert!(said.contains("copy.md:3: the id task-1 is that of .octopoid/tasks/cache.md too"), "{said}");
    }
    assert_eq!(place.json(&["show", "task-1"])["priority"], "P2", "neither is taken");
    // As after a kill: both would be made by one key.
    place.write(copy, file("key: abc\n"));
    place.write(".octopoid/tasks/third.md", file("key: abc\n"));
    let said = place.run(&["sync"]).code(3).stdout;
    assert!(said.contains("third.md:2: the key abc is that of .octopoid/tasks/copy.md too"), "{said}");
    for name in ["copy.md", "third.md"] {
        std::fs::remove_file(place.path().join(".octopoid/tasks").join(name)).unwrap();
    }

    std::fs::rename(place.path().join(FILE), place.path().join(copy)).unwrap();
    let report = place.json(&["sync"]);
    assert_eq!(report["taken"][0]["fields"], serde_json::json!(["file name"]), "{report}");
    assert_eq!(report["taken"].as_array().unwrap().len(), 1, "it is not gone: {report}");
    assert_eq!(place.json(&["sync"])["taken"], serde_json::json!([]));
    assert_eq!(count(&place), 1);
}

#[test]
fn i06_what_a_file_says_no_longer_has_its_default_again() {
    let place = Place::initialised();
    place.git(&["branch", "side"]);
    place.run(&["enqueue", "First"]).ok();
    place.write(FILE, file("priority: P0\ncomplexity: L\nbranch: side\nblocked_by: [task-1]\n"));
    place.run(&["sync"]).ok();
    let task = place.json(&["show", "task-2"]);
    assert_eq!(
        (&task["priority"], &task["branch"], &task["queue"]),
        (&"P0".into(), &"side".into(), &"blocked".into())
    );
    place.write(FILE, file("id: task-2\n"));
    let report = place.json(&["sync"]);
    let fields = ["priority", "complexity", "branch", "blocked_by"];
    assert_eq!(report["taken"][0]["fields"], serde_json::json!(fields), "{report}");
    let task = place.json(&["show", "task-2"]);
    assert_eq!((&task["priority"], &task["queue"]), (&"P2".into(), &"incoming".into()));
    assert!(task["branch"].is_null() && task["complexity"].is_null(), "{task}");
    assert_eq!(place.json(&["sync"])["taken"], serde_json::json!([]));
}

#[test]
fn files_wait_for_each_other_by_name_and_a_circle_is_reported_by_its_line() {
    let place = Place::initialised();
    place.write(".octopoid/tasks/a.md", file("blocked_by: [z.md, b]\n"));
    place.write(".octopoid/tasks/b.md", file("blocked_by: [z]\n"));
    place.write(".octopoid/tasks/z.md", file(""));
    place.run(&["sync"]).ok();
    let id = |name: &str| {
        let text = place.read(&format!(".octopoid/tasks/{name}.md"));
        text.lines().nth(1).unwrap().strip_prefix("id: ").unwrap().to_owned()
    };
    let waits = |name: &str| {
        let task = place.json(&["show", &id(name)]);
        let blockers = task["blocked_by"].as_array().unwrap();
        blockers.iter().map(|blocker| blocker["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(waits("b"), [id("z")]);
    assert_eq!(waits("a"), [id("z"), id("b")]);
    assert_eq!(place.json(&["sync"])["taken"], serde_json::json!([]));

    place.write(".octopoid/tasks/c.md", file("blocked_by: [d]\n"));
    place.write(".octopoid/tasks/d.md", file("priority: P1\nblocked_by: [c]\n"));
    place.write(".octopoid/tasks/e.md", file("blocked_by: [y.md]\n"));
    place.write(".octopoid/tasks/f.md", file("blocked_by: [f]\n"));
    place.write(".octopoid/tasks/cache-1.md", file("blocked_by: [cache-2.md]\n"));
    let said = place.run(&["sync"]).code(3).stdout;
    for words in [
        "c.md:2: a file that it waits for is no task",
        "d.md:3: a file that it waits for is no task",
        "e.md:2: there is no task file `y.md`",
        "f.md:2: it waits for itself",
        "cache-1.md:2: there is no task file `cache-2.md`",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("did you mean `cache-1.md`?"), "that is the file itself: {said}");
    assert_eq!(count(&place), 3);
}

#[test]
fn i24_a_branch_that_is_not_there_and_a_link_are_named_and_a_byte_order_mark_is_no_matter() {
    let place = Place::initialised();
    place.write(".octopoid/tasks/branch.md", file("branch: mian\n"));
    place.write("elsewhere.md", file(""));
    std::os::unix::fs::symlink("../../elsewhere.md", place.path().join(".octopoid/tasks/link.md")).unwrap();
    place.write(".octopoid/tasks/marked.md", format!("\u{feff}{}", file("")));
    for command in ["validate", "sync"] {
        let said = place.run(&[command]).code(3).stdout;
        assert!(said.contains("branch.md:2: the repository has no branch `mian`"), "{said}");
        assert!(said.contains("did you mean `main`?"), "{said}");
        let link =
            "link.md: it is a link to ../../elsewhere.md, out of the folder, and links are not followed";
        assert!(said.contains(link), "{said}");
    }
    assert_eq!(place.read(".octopoid/tasks/marked.md"), format!("\u{feff}{}", file("id: task-1\n")));
    assert_eq!((count(&place), place.read("elsewhere.md")), (1, file("")));
}

#[test]
fn large_tasks_are_broken_down_wherever_they_come_from() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "auto_breakdown: false", "auto_breakdown: true");
    place.write(FILE, file("complexity: XL\n"));
    let started = place.run(&["start", "--once"]).ok();
    let words = "1 task waits for the role `breakdown`, which no agent has";
    assert!(started.stderr.contains(words), "{}", started.stderr);
    let role = |id: &str| place.json(&["show", id])["role"].clone();
    assert_eq!(role("task-1"), "breakdown");
    place.write(FILE, file("id: task-1\ncomplexity: M\n"));
    place.run(&["sync"]).ok();
    assert_eq!(role("task-1"), "implement", "it follows its file");
    place.write(FILE, file("id: task-1\ncomplexity: L\n"));
    place.run(&["sync"]).ok();
    assert_eq!(role("task-1"), "breakdown");

    place.run(&["draft", "create", "A large thing"]).ok();
    place.run(&["draft", "approve", "1", "--complexity", "XL"]).ok();
    place.run(&["draft", "create", "A small thing"]).ok();
    place.run(&["draft", "approve", "2", "--complexity", "S"]).ok();
    assert_eq!((role("task-2"), role("task-3")), ("breakdown".into(), "implement".into()));
    let status = place.run(&["status"]).ok().stdout;
    assert!(status.contains("no agent has the role `breakdown`"), "{status}");
    assert!(status.contains("`- { name: breakdown, role: breakdown }`"), "{status}");
}

#[test]
fn a_task_file_of_the_original_is_named_with_the_way_to_import_it() {
    let place = Place::initialised();
    place.write(
        ".octopoid/tasks/TASK-a1.md",
        "# [TASK-a1] Add input validation\n\nROLE: implement\nPRIORITY: P1\nBRANCH: main\n\n## Context\n\nAll of it.\n",
    );
    let said = place.run(&["validate"]).code(3).stdout;
    assert!(said.contains("octopoid import --folder .octopoid"), "{said}");
    place.run(&["import", "--folder", ".octopoid"]).ok();
    assert_eq!(place.json(&["show", "a1"])["description"], "## Context\n\nAll of it.");
}
