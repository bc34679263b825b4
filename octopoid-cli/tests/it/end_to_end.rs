//! From a task to a merged commit, with real processes.

use crate::place::Place;

#[test]
fn a_task_becomes_a_merged_commit() {
    let place = Place::initialised();
    let id = place.enqueue(&[
        "Add a file",
        "--description",
        "sim implement: write a.txt hello\nsim implement: commit Add a.txt",
    ]);
    let said = place.run(&["start", "--until-idle"]).ok().stdout;
    assert!(said.contains("✔ landed → done"), "{said}");
    assert_eq!(place.git(&["log", "--format=%s", "main"]), "Add a.txt\nSet up Octopoid\nFirst commit");
    assert_eq!(place.read("a.txt"), "hello\n", "the checkout follows");
    let shown = place.json(&["show", &id]);
    assert_eq!(shown["queue"], "done");
    assert_eq!(shown["landed"], place.git(&["rev-parse", "main"]));
    assert!(shown["usage"]["turns"].as_u64().unwrap() > 0);
    assert!(place.json(&["worktrees"])["worktrees"].as_array().unwrap().is_empty());
    let log = place.run(&["logs", &id, "--attempt", "1"]).ok().stdout;
    assert!(log.contains("[Write] a.txt"), "{log}");
    place.run(&["logs", &id, "--attempt", "77"]).refused(
        4,
        "no log of an attempt 77",
        "there are attempts 1",
    );
    let scheduler = std::fs::read_dir(place.path().join(".octopoid/logs"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .find(|entry| entry.file_name().to_string_lossy().starts_with("scheduler-"))
        .unwrap();
    assert!(std::fs::read_to_string(scheduler.path()).unwrap().contains("a run is over"));
}

#[test]
fn tests_that_fail_send_the_work_back_with_their_output() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "sh -c true", "test ! -e bad || { echo broken >&2; false; }");
    place.commit("Another test");
    let script = "sim implement 1: write bad x\nsim implement 1: commit Bad\nsim implement 2: delete bad\n\
                  sim implement 2: commit Good";
    let id = place.enqueue(&["Twice", "--description", script]);
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &id]);
    assert_eq!(shown["queue"], "done");
    let thread = shown["thread"].as_array().unwrap();
    let failure = thread.iter().find(|message| message["kind"] == "test_failure").unwrap();
    assert!(failure["body"].as_str().unwrap().contains("broken"), "{failure}");
}

#[test]
fn i06_start_takes_the_limits_and_once_ends_after_what_it_began() {
    let place = Place::initialised();
    place.enqueue(&["One"]);
    place.enqueue(&["Two"]);
    place.run(&["start", "--once", "--agents", "1"]).ok();
    let queues = place.json(&["status"])["queues"].clone();
    assert_eq!((queues["provisional"].as_u64(), queues["incoming"].as_u64()), (Some(1), Some(1)), "{queues}");
}

#[test]
fn a_task_from_another_process_is_picked_up_by_a_running_orchestrator() {
    let place = Place::initialised();
    let mut running = place.start(&["start"]);
    running.until("started with 3 agents");
    let said = place.run(&["enqueue", "Later", "--description", "sim implement: say hi"]).ok().stdout;
    assert!(said.contains("task-1 added to incoming"), "{said}");
    running.until("begins to implement: Later");
    running.until("✔ landed → done");
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let (status, lines) = running.end();
    assert!(status.success(), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.starts_with("ended after ") && line.ends_with("1 done")),
        "{lines:#?}"
    );
}

#[test]
fn notices_for_programs_are_one_json_object_a_line() {
    let place = Place::initialised();
    place.enqueue(&["One"]);
    let said = place.run(&["start", "--until-idle", "--json"]).ok().stdout;
    let types: Vec<String> = said
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned()
        })
        .collect();
    for wanted in ["run_started", "step", "run_settled", "ended"] {
        assert!(types.iter().any(|one| one == wanted), "{wanted} is not in {types:?}");
    }
}

#[test]
fn a_missing_agent_program_leaves_the_tasks_alone_and_says_what_to_do() {
    let place = Place::initialised();
    place.write(
        ".octopoid/agents.yaml",
        "agents:\n  - { name: one, role: implement, runner: command, command: [/no/such/program] }\n",
    );
    let id = place.enqueue(&["One"]);
    let mut running = place.start(&["start"]);
    running.until("one keeps still");
    assert_eq!(place.queue(&id), "incoming");
    running.signal(nix::sys::signal::Signal::SIGQUIT);
    assert!(running.end().0.success());
    let shown = place.json(&["show", &id]);
    assert_eq!(shown["counters"]["attempts"], 0, "nothing is charged");
    assert!(place.run(&["doctor"]).code(1).stdout.contains("✗ agent program"));
}
