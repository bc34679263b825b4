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
        lines.iter().any(|line| line.starts_with("ended after ") && line.ends_with("1 landed")),
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
fn the_last_line_of_start_says_what_became_of_the_tasks_of_this_run() {
    let place = Place::initialised();
    let before = place.enqueue(&["Before"]);
    place.run(&["start", "--until-idle"]).ok();
    let before_that = place.enqueue(&["Asks", "--description", "sim implement: ask which one?"]);
    place.run(&["start", "--until-idle"]).ok();

    let lands = place.enqueue(&["Lands"]);
    let fails = place.enqueue(&["Fails", "--description", "sim implement: fail it cannot be done"]);
    let asks = place.enqueue(&["Asks too", "--description", "sim implement: ask why?"]);
    let said = place.run(&["start", "--until-idle"]).ok().stdout;
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with("ended after ")
            && last.ends_with(": 1 landed, 1 failed, 2 wait for a person; 3 tasks need you, see above"),
        "{said}"
    );
    assert!(said.contains(&format!("→ octopoid retry {asks}")), "{said}");

    // Nothing was done now, and those who wait are named again.
    let said = place.run(&["start", "--until-idle", "--json"]).ok().stdout;
    let ended: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!(ended["type"], "ended");
    assert_eq!(ended["needs_person"], serde_json::json!([before_that, fails, asks]), "{ended}");
    assert_eq!(ended["waits_for_person"], serde_json::json!([before_that, asks]), "{ended}");
    for list in ["landed", "done", "failed", "blocked", "under_way"] {
        assert_eq!(ended[list], serde_json::json!([]), "{ended}");
    }
    assert_eq!(ended["queues"]["done"], 2, "{ended}: {before} and {lands}");
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
    running.until("one is backing off");
    assert_eq!(place.queue(&id), "incoming");
    running.signal(nix::sys::signal::Signal::SIGQUIT);
    assert!(running.end().0.success());
    let shown = place.json(&["show", &id]);
    assert_eq!(shown["counters"]["attempts"], 0, "nothing is charged");
    assert!(place.run(&["doctor"]).code(1).stdout.contains("✗ agent program"));
}

#[test]
fn folders_with_blanks_and_other_alphabets_work() {
    let place = Place::empty();
    let name = "Über uns/計算 機";
    place.write(&format!("{name}/README.md"), "x\n");
    let path = place.path().join(name);
    let inside = path.to_str().unwrap();
    place.git(&["init", "--quiet", "--initial-branch", "haupt/zweig", inside]);
    place.git(&["-C", inside, "add", "--all"]);
    place.git(&["-C", inside, "commit", "--quiet", "--message", "Erster"]);
    let said = place.json(&["init", "--runner", "command", "--dir", inside]);
    assert_eq!(said["base_branch"], "haupt/zweig");
    let agents = format!(
        "runner: command\nagents:\n  - {{ name: a, role: implement, command: [{0:?}, sim-agent] }}\n  - {{ name: b, role: review, command: [{0:?}, sim-agent] }}\n",
        crate::place::PROGRAM
    );
    place.write(&format!("{name}/.octopoid/agents.yaml"), agents);
    place.enqueue(&["Grüße", "--dir", inside]);
    place.run(&["start", "--until-idle", "--dir", inside]).ok();
    assert_eq!(place.json(&["show", "task-1", "--dir", inside])["queue"], "done");
    assert_eq!(place.git(&["-C", inside, "log", "-1", "--format=%s", "haupt/zweig"]), "Grüße");
}

#[test]
fn a_bare_repository_works() {
    let place = Place::repository();
    place.git(&["clone", "--quiet", "--bare", ".", "bare.git"]);
    place.run(&["init", "--runner", "command", "--dir", "bare.git"]).ok();
    assert!(!place.path().join("bare.git/.gitignore").exists());
    let agents = format!(
        "agents:\n  - {{ name: a, role: implement, command: [{0:?}, sim-agent] }}\n  - {{ name: b, role: review, command: [{0:?}, sim-agent] }}\n",
        crate::place::PROGRAM
    );
    place.write("bare.git/.octopoid/agents.yaml", agents);
    // A clone has `origin`; the one it was made from does not take pushes to its checked-out branch.
    place.replace("bare.git/.octopoid/config.yaml", "  remote: origin", "  # remote: origin");
    place.enqueue(&["One", "--dir", "bare.git"]);
    place.run(&["start", "--until-idle", "--dir", "bare.git"]).ok();
    assert_eq!(place.json(&["show", "task-1", "--dir", "bare.git"])["queue"], "done");
    assert_eq!(place.git(&["-C", "bare.git", "log", "-1", "--format=%s", "main"]), "One");
}

#[test]
fn landed_work_is_pushed_to_the_remote() {
    let place = Place::initialised();
    place.git(&["init", "--quiet", "--bare", "--initial-branch", "main", "../remote.git"]);
    place.git(&["remote", "add", "origin", "../remote.git"]);
    place.git(&["push", "--quiet", "origin", "main"]);
    place.replace(".octopoid/config.yaml", "# remote: origin", "remote: origin");
    place.enqueue(&["One"]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.git(&["-C", "../remote.git", "log", "-1", "--format=%s", "main"]), "One");
}

#[test]
fn a_checkout_with_changes_in_the_way_waits_and_status_says_why() {
    let place = Place::initialised();
    let id = place.enqueue(&[
        "One",
        "--description",
        "sim implement: write README.md new\nsim implement: commit Change it",
    ]);
    place.write("README.md", "not committed\n");
    let mut running = place.start(&["start"]);
    running.until("… merge: ");
    assert_eq!(place.read("README.md"), "not committed\n");
    let state = place.json(&["show", &id]);
    assert_eq!(state["queue"], "provisional");
    place.git(&["checkout", "--quiet", "README.md"]);
    running.until("✔ landed → done");
    assert_eq!(place.read("README.md"), "new\n");
}

#[test]
fn a_cycle_of_blockers_is_impossible() {
    let place = Place::initialised();
    let one = place.enqueue(&["One"]);
    let two = place.enqueue(&["Two", "--blocked-by", &one]);
    // A new task can only wait for older ones, so no command makes a cycle; the same blocker twice counts once.
    let three = place.json(&["enqueue", "Three", "--blocked-by", &two, "--blocked-by", &two]);
    assert_eq!(three["blocked_by"].as_array().unwrap().len(), 1);
}
