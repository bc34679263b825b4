//! `edit`, `tell`, `cost`, `open`, `status --watch`, `list` with filters

use crate::place::{PROGRAM, Place};
use crate::terminal::{Session, stop};

#[test]
fn a_task_is_edited_by_options_and_refused_where_that_comes_too_late() {
    let place = Place::initialised();
    let (first, id) = (place.enqueue(&["First"]), place.enqueue(&["Second"]));
    let task = place.json(&[
        "edit",
        &id,
        "--title",
        "Better",
        "--description",
        "In full.",
        "--priority",
        "P0",
        "--complexity",
        "S",
        "--blocked-by",
        &first,
        "--model",
        "small",
        "--max-turns",
        "7",
        "--budget",
        "$1.50",
    ]);
    assert_eq!((task["title"].as_str(), task["description"].as_str()), (Some("Better"), Some("In full.")));
    assert_eq!((task["priority"].as_str(), task["queue"].as_str()), (Some("P0"), Some("blocked")));
    assert_eq!(
        (&task["model"], &task["max_turns"], &task["budget_usd"]),
        (&"small".into(), &7.into(), &1.5.into())
    );
    let said = place
        .run(&["edit", &id, "--blocked-by", "none", "--complexity", "none", "--budget", "none"])
        .ok()
        .stdout;
    assert!(said.starts_with("task-2 changed: the size, the model or a limit, the blockers\n"), "{said}");
    assert_eq!(place.run(&["edit", &id, "--priority", "P0"]).ok().stdout, "task-2 says that already\n");

    place.run(&["edit", &id]).refused(2, "nothing to change", "--title");
    place.run(&["edit", &id, "--role", "implment"]).refused(
        2,
        "there is no role",
        "did you mean `implement`?",
    );
    place.run(&["edit", &id, "--branch", "nowhere"]).refused(2, "has no branch `nowhere`", "git branch");
    place.run(&["edit", &id, "--blocked-by", "none", "--blocked-by", &first]).refused(
        2,
        "beside other tasks",
        "alone",
    );
    place.run(&["start", "--until-idle"]).ok();
    place.run(&["edit", &id, "--title", "Late"]).refused(
        5,
        "cannot change the title of task-2: it is done",
        "octopoid enqueue",
    );
}

#[test]
fn a_task_is_edited_in_the_editor_and_nothing_typed_is_lost() {
    let place = Place::initialised();
    let id = place.enqueue(&["First", "--description", "Before."]);
    let edit = |script: &str| {
        place.write("editor.sh", format!("#!/bin/sh\n{script}\n"));
        Session::start(&place, &["edit", &id], &[("VISUAL", "sh ./editor.sh")]).end()
    };
    let (code, screen) = edit("sed -i 's/^priority:.*/priority: P1/; s/Before/After/' \"$1\"");
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("changed: the description, the priority"), "{screen}");
    assert_eq!(place.json(&["show", &id])["description"], "After.");
    let (code, screen) = edit("true");
    assert_eq!((code, screen.as_str()), (0, "nothing was changed\r\n"));
    let (code, screen) = edit("sed -i 's/^priority:.*/priority: P9/; s/After/Typed/' \"$1\"");
    assert_eq!(code, 2, "{screen}");
    let kept = screen.split("the text is kept in ").nth(1).unwrap().lines().next().unwrap();
    assert!(std::fs::read_to_string(kept.trim()).unwrap().contains("Typed."), "{screen}");
    std::fs::remove_file(kept.trim()).unwrap();
    let (code, screen) = edit("exit 1");
    assert!(code == 1 && screen.contains("nothing was changed"), "{screen}");
}

#[test]
fn what_is_told_is_in_the_thread_and_said_to_be_heard_when_it_is() {
    let place = Place::initialised();
    let id = place.enqueue(&["One", "--description", "sim implement: ask Which?"]);
    let said = place.run(&["tell", &id, "Use v2"]).ok().stdout;
    assert_eq!(said, "told task-1 as message 1: its next attempt has it in its prompt\n");
    place.run(&["start", "--until-idle"]).ok();
    let told = place.json(&["tell", &id, "Blue"]);
    assert_eq!(
        (told["heard"].as_str(), told["message"]["body"].as_str()),
        (Some("once_continued"), Some("Blue"))
    );
    assert!(place.run(&["tell", &id, "Red"]).ok().stdout.contains("→ octopoid retry task-1"));
    assert_eq!(place.json(&["show", &id])["thread"].as_array().unwrap().len(), 4);
    place.run(&["tell", &id, " "]).refused(2, "the message is empty", "say something");
    place.run(&["tell", "task-9", "x"]).code(4);
}

#[test]
fn an_agent_at_work_is_told_through_the_file_of_its_thread() {
    let place = Place::initialised();
    place.write("worker.sh", "#!/bin/sh\nuntil grep -q 'Use v2' \"$OCTOPOID_THREAD\"; do sleep 0.05; done\ncp \"$OCTOPOID_THREAD\" heard.md\ngit add heard.md\ngit commit -q -m 'Heard'\n");
    place.worker_is(&place.path().join("worker.sh"));
    let id = place.enqueue(&["Listen"]);
    let mut running = place.start(&["start"]);
    running.until("begins to implement: Listen");
    place.shown_until(&id, "worker works on it");
    let told = place.json(&["tell", &id, "Use v2"]);
    assert_eq!((told["heard"].as_str(), told["at_once"].as_bool()), (Some("while_it_works"), Some(false)));
    running.until("✔ landed → done");
    stop(running);
    assert!(place.read("heard.md").contains("Use v2"));
}

#[test]
fn costs_are_added_up_by_what_is_asked_for() {
    let place = Place::initialised();
    place.run(&["cost"]).ok();
    let one = place.enqueue(&["One", "--description", "sim implement: cost 0.25", "--model", "large"]);
    place.enqueue(&["Two", "--description", "sim implement: cost 0.5"]);
    place.run(&["start", "--until-idle"]).ok();
    let rows = |by: &str| -> Vec<(String, f64)> {
        let costs = place.json(&["cost", "--by", by, "--since", "1h"]);
        let of = |row: &serde_json::Value| row["of"]["name"].as_str().unwrap_or("unknown").to_owned();
        let rows = costs["rows"].as_array().unwrap();
        rows.iter()
            .map(|row| (of(row), (row["usage"]["cost_usd"].as_f64().unwrap() * 100.0).floor() / 100.0))
            .collect()
    };
    assert_eq!(rows("task")[..2], [("task-2".to_owned(), 0.5), (one, 0.25)]);
    assert_eq!(rows("role")[0], ("implement".to_owned(), 0.75));
    assert_eq!(rows("model"), [("unknown".to_owned(), 0.5), ("large".to_owned(), 0.25)]);
    assert_eq!(rows("day").len(), 1);
    let page = place.run(&["cost", "--by", "role"]).ok().stdout;
    let last = page.lines().last().unwrap();
    assert!(last.starts_with("all") && last.ends_with("$0.76"), "{page}");
    assert!(place.json(&["cost", "--until", "2020-01-01"])["rows"].as_array().unwrap().is_empty());
    place.run(&["cost", "--by", "colour"]).code(2);
    place.run(&["cost", "--since", "yesterday"]).code(2);
}

#[test]
fn the_list_hides_what_is_done_and_finds_what_is_remembered() {
    let place = Place::initialised();
    place.enqueue(&["Done soon", "--description", "sim implement: write a.txt a\nsim implement: commit A"]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.run(&["list"]).ok().stdout, "nothing to do; 1 task done; --all lists them\n");
    place.run(&["project", "create", "Big"]).ok();
    place.enqueue(&["Cache the Index", "--description", "In memory.", "--project", "big"]);
    place.git(&["config", "user.name", "Ada"]);
    place.enqueue(&["Rename it"]);
    let titles = |arguments: &[&str]| -> Vec<String> {
        let listed = place.json(&[&["ls"], arguments].concat());
        let tasks = listed["tasks"].as_array().unwrap().clone();
        tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(&[]), ["Cache the Index", "Rename it"]);
    assert_eq!(place.json(&["list"])["hidden_done"], 1);
    assert_eq!(titles(&["--all"]), ["Cache the Index", "Rename it", "Done soon"]);
    assert_eq!(titles(&["done"]), ["Done soon"]);
    assert_eq!(titles(&["--text", "MEMORY index"]), ["Cache the Index"]);
    assert_eq!(titles(&["--project", "big"]), ["Cache the Index"]);
    assert_eq!(titles(&["--author", "ada"]), ["Rename it"]);
    assert_eq!(titles(&["--author", "tester", "--all"]), ["Cache the Index", "Done soon"]);
    assert_eq!(titles(&["--since", "1h", "--text", "it"]), ["Rename it"]);
    assert_eq!(titles(&["--until", "2020-01-01"]), Vec::<String>::new());
    assert!(place.run(&["list", "--text", "nowhere"]).ok().stdout.contains("no task matches"));
}

#[test]
fn a_worktree_is_opened_on_the_machine_that_has_it() {
    let place = Place::initialised();
    let id = place.enqueue(&[
        "One",
        "--description",
        "sim implement: write a.txt a\nsim implement: commit A\nsim implement: ask Which?",
    ]);
    place.run(&["open", &id]).refused(5, "no agent has worked on it yet", "octopoid show task-1");
    place.run(&["start", "--until-idle"]).ok();
    let worktree = place.path().canonicalize().unwrap().join(".octopoid/worktrees/task-1");
    let planned = place.json(&["open", &id, "--editor"]);
    assert_eq!(planned["worktree"], worktree.to_str().unwrap());
    assert_eq!(planned["program"][1], ".");
    let said = place.run(&["open", &id, "--shell"]).ok().stdout;
    assert!(said.contains(worktree.to_str().unwrap()) && said.contains("→ cd "), "{said}");
    let only = place.run(&["open", &id, "--dry-run", "--quiet"]).ok().stdout;
    assert_eq!(only.trim(), worktree.to_str().unwrap());
    place.run(&["open", &id, "--agent"]).refused(5, "the runner `command`, which cannot open it", "--shell");

    place.write("shell.sh", "#!/bin/sh\npwd\nexit 3\n");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(place.path().join("shell.sh"), executable).unwrap();
    let shell = place.path().canonicalize().unwrap().join("shell.sh");
    let (code, screen) =
        Session::start(&place, &["open", &id, "--shell"], &[("SHELL", shell.to_str().unwrap())]).end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains(&format!("{}\r\n", worktree.display())), "{screen}");
    place.run(&["cancel", &id]).ok();
    place.run(&["worktrees", "clean"]).ok();
    place.run(&["open", &id]).refused(5, "the worktree of task-1 is gone", "octopoid logs task-1");
}

#[test]
fn the_conversation_of_claude_is_gone_on_in_where_nobody_works() {
    let place = Place::initialised();
    let id = place.enqueue(&[
        "One",
        "--description",
        "sim implement: write a.txt a\nsim implement: commit A\nsim implement: ask Which?",
    ]);
    place.write("claude", format!("#!/bin/sh\nexec {PROGRAM} sim-agent \"$@\"\n"));
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(place.path().join("claude"), executable).unwrap();
    place.write(
        ".octopoid/agents.yaml",
        "runner: claude\nagents:\n  - { name: worker, role: implement }\n  - { name: rev, role: review }\n",
    );
    #[expect(clippy::disallowed_methods, reason = "the programs of the machine are wanted here")]
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
    place.run_in(&["start", "--until-idle"], &[("PATH", &path), ("ANTHROPIC_API_KEY", "x")]).ok();
    let planned = place.json(&["open", &id, "--agent"]);
    let program: Vec<_> =
        planned["program"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(program[..2], ["claude", "--resume"], "{planned}");
    assert_eq!(program[2], place.json(&["show", &id])["runs"][0]["session"].as_str().unwrap());
}

#[test]
fn the_status_is_drawn_again_in_place_when_something_happens() {
    let place = Place::initialised();
    let mut watched = Session::start(&place, &["status", "--watch"], &[]);
    watched.until(|screen| screen.contains("not running"));
    place.enqueue(&["Appears"]);
    watched.until(|screen| screen.contains("Appears"));
    watched.interrupt();
    let (code, screen) = watched.end();
    assert_eq!(code, 0);
    assert!(screen.starts_with("\u{1b}[?1049h") && screen.ends_with("\u{1b}[?1049l"), "{screen:?}");
    assert!(screen.matches("\u{1b}[H").count() >= 2, "{screen:?}");

    let mut lines = place.start(&["status", "--watch", "--json"]);
    lines.until("\"incoming\":1");
    place.enqueue(&["Second"]);
    lines.until("\"incoming\":2");
    lines.signal(nix::sys::signal::Signal::SIGINT);
    assert!(lines.end().0.success());
}
