//! What people and programs get wrong: each a clear error, and nothing changed.

use crate::place::Place;

#[test]
fn commands_outside_of_an_installation_say_how_to_make_one() {
    let place = Place::repository();
    for command in
        [&["list"][..], &["status"], &["start"], &["stop"], &["pause"], &["validate"], &["enqueue", "x"]]
    {
        place.run(command).refused(3, "there is no .octopoid", "octopoid init");
    }
    place.run(&["list", "--dir", "/nowhere/at/all"]).refused(2, "cannot look for .octopoid", "--dir");
}

#[test]
fn an_id_that_is_a_path_is_refused() {
    let place = Place::initialised();
    for arguments in
        [&["show", "../x"][..], &["logs", "a/b"], &["approve", ".."], &["enqueue", "x", "-b", "../x"]]
    {
        let ended = place.run(arguments).code(2);
        assert!(ended.stderr.contains("is not a valid task id"), "{}", ended.stderr);
    }
}

#[test]
fn an_unknown_task_exits_with_4() {
    let place = Place::initialised();
    for arguments in
        [&["show", "task-9"][..], &["logs", "task-9"], &["cancel", "task-9"], &["approve", "task-9"]]
    {
        place.run(arguments).refused(4, "there is no task task-9", "octopoid list");
    }
}

#[test]
fn unknown_roles_branches_and_blockers_are_refused_before_anything_is_added() {
    let place = Place::initialised();
    place.run(&["enqueue", "x", "--role", "implment"]).refused(2, "no role `implment`", "`implement`");
    place.run(&["enqueue", "x", "--role", "deploy"]).refused(2, "no role `deploy`", "there are implement");
    place.run(&["enqueue", "x", "--role", "review"]).refused(
        2,
        "takes submitted work",
        "use one of implement",
    );
    place.run(&["enqueue", "x", "--branch", "mian"]).refused(2, "no branch `mian`", "`main`");
    place.run(&["enqueue", "x", "--blocked-by", "task-9"]).refused(2, "there is no task-9", "octopoid list");
    assert_eq!(place.json(&["list"])["total"], 0);
}

#[test]
fn i26_an_empty_description_is_refused() {
    let place = Place::initialised();
    place.write("empty.md", " \n\t\n");
    place.run(&["enqueue", "x", "--description", " "]).refused(2, "the description is empty", "leave");
    place.run(&["enqueue", "x", "--file", "empty.md"]).refused(2, "empty.md is empty", "leave");
    place.run(&["enqueue", "x", "-"]).refused(2, "standard input is empty", "leave");
    place.run(&["enqueue", " "]).refused(2, "title", "fix");
    assert_eq!(place.json(&["list"])["total"], 0);
}

#[test]
fn text_that_is_not_utf_8_is_refused_with_its_place() {
    let place = Place::initialised();
    place.write("bad.md", b"one\ntwo \xff\n");
    place.run(&["enqueue", "x", "--file", "bad.md"]).refused(2, "not valid UTF-8 (line 2", "UTF-8");
    place.run_with(&["enqueue", "x", "-"], b"\xc3\x28").refused(
        2,
        "standard input is not valid UTF-8",
        "UTF-8",
    );
    place.run(&["enqueue", "x", "--file", "nowhere.md"]).refused(2, "nowhere.md", "path");
}

#[test]
fn overlong_texts_are_refused() {
    let place = Place::initialised();
    let title = "x".repeat(100_000);
    place.run(&["enqueue", &title]).refused(2, "title: ", "fix");
    place.write("long.md", "x".repeat(2 << 20));
    place.run(&["enqueue", "x", "--file", "long.md"]).refused(2, "description: ", "fix");
    let endless = place.run_with(&["enqueue", "x", "-"], &vec![b'x'; (16 << 20) + 1]);
    endless.refused(2, "standard input is longer than 16 MiB", "1 MiB");
}

#[test]
fn commands_that_do_not_apply_say_where_the_task_stands() {
    let place = Place::initialised();
    let id = place.enqueue(&["One"]);
    place.run(&["approve", &id]).refused(5, "it is in `incoming`", "octopoid show");
    place.run(&["retry", &id]).refused(5, "it is in `incoming`", "octopoid show");
    place.run(&["force", &id, "claimed", "--reason", "r"]).refused(2, "`claimed` cannot be forced", "fix");
    let ended = place.run(&["force", &id, "nowhere", "--reason", "r"]).code(2);
    assert!(ended.stderr.contains("there is no queue"), "{}", ended.stderr);
    place.run(&["reject", &id, "--reason", " "]).code(2);
}

#[test]
fn errors_for_programs_are_json_on_the_standard_error() {
    let place = Place::initialised();
    let ended = place.run(&["show", "task-9", "--json"]).code(4);
    assert_eq!(ended.stdout, "");
    insta::assert_snapshot!("error_json", ended.stderr);
}

#[test]
fn a_damaged_database_is_said_to_be_one() {
    let place = Place::initialised();
    place.write(".octopoid/octopoid.db", "this is no database".repeat(1000));
    let ended = place.run(&["list"]).code(1);
    assert!(ended.stderr.contains("octopoid.db") && ended.stderr.contains("hint: "), "{}", ended.stderr);
    assert!(place.run(&["doctor"]).code(1).stdout.contains("✗ database"));
}
