//! The files in `runtime` that scripts read.

use crate::place::{PROGRAM, Place};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::path::PathBuf;

/// The files as they stand: the id, the process where one is named, and what the worker's file says.
fn files(place: &Place) -> (String, Option<String>, Value) {
    let read = |name: &str| std::fs::read_to_string(place.path().join(".octopoid/runtime").join(name)).ok();
    let state = read("agents/worker/state.json").expect("the worker's file is there");
    (
        read("orchestrator_id.txt").expect("the id is there").trim().to_owned(),
        read("orchestrator.pid").map(|text| text.trim().to_owned()),
        serde_json::from_str(&state).unwrap(),
    )
}

/// An installation whose worker waits until its own file says that it runs, and keeps copies of what it reads.
fn with_worker(then: &str) -> Place {
    let place = Place::initialised();
    place.write(
        "worker.sh",
        format!(
            "r=\"$(dirname \"$(git rev-parse --git-common-dir)\")/.octopoid/runtime\"\n\
             until grep -q '\"running\": true' \"$r/agents/worker/state.json\"; do :; done\n\
             cp \"$r/agents/worker/state.json\" \"$r/orchestrator.pid\" \"$r/../..\"\n{then}\n\
             exec {PROGRAM:?} sim-agent \"$@\"\n"
        ),
    );
    place.worker_is(&place.path().join("worker.sh"));
    place
}

#[test]
fn scripts_read_who_runs_and_what_each_agent_does() {
    let place = with_worker("");
    let id = place.enqueue(&["One"]);
    let running = place.start(&["start", "--until-idle"]);
    let pid = running.pid().to_string();
    assert!(running.end().0.success());
    assert_eq!(place.queue(&id), "done");

    let seen: Value = serde_json::from_str(&place.read("state.json")).unwrap();
    assert_eq!((seen["agent"].as_str(), seen["role"].as_str()), (Some("worker"), Some("implement")));
    assert_eq!((seen["running"].as_bool(), seen["current_task"].as_str()), (Some(true), Some(id.as_str())));
    assert_eq!((seen["current_run"].as_str(), &seen["last_finished"]), (Some("task-1.1"), &Value::Null));
    assert_eq!((seen["pid"].to_string(), place.read("orchestrator.pid").trim()), (pid.clone(), pid.as_str()));

    let (orchestrator, process, state) = files(&place);
    assert_eq!((orchestrator.as_str(), process), ("local-1", None));
    let idle = (&state["running"], &state["pid"], &state["current_task"], &state["current_run"]);
    assert_eq!(idle, (&Value::Bool(false), &Value::Null, &Value::Null, &Value::Null));
    let at = |key: &str| state[key].as_str().unwrap().to_owned();
    assert_eq!(state["last_started"], seen["last_started"]);
    assert!(at("last_started") <= at("last_finished"), "{state}");

    // A start with nothing to do changes none of them.
    let inode = |name: &str| {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(place.path().join(".octopoid/runtime").join(name)).unwrap().ino()
    };
    let all = ["orchestrator_id.txt", "agents/worker/state.json", "agents/reviewer/state.json"];
    let before = all.map(inode);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(all.map(inode), before);
    assert_eq!(files(&place).2, state);
}

#[test]
fn after_a_kill_the_next_start_sets_them_right() {
    let place = with_worker("[ -e go ] || { echo >begun; cat gate >/dev/null; }");
    place.write(
        "worker.sh",
        place
            .read("worker.sh")
            .replace("[ -e go ]", "cd \"$r/../..\"; [ -e go ]")
            .replace("\nexec ", "\ncd \"$OCTOPOID_WORKTREE\"\nexec "),
    );
    for pipe in ["begun", "gate"] {
        nix::unistd::mkfifo(&place.path().join(pipe), nix::sys::stat::Mode::S_IRWXU).unwrap();
    }
    let id = place.enqueue(&["One"]);
    let running = place.start(&["start"]);
    place.read_in_time("begun");
    running.signal(Signal::SIGKILL);
    let pid = running.pid().to_string();
    running.end();
    let (_, process, state) = files(&place);
    assert_eq!(
        (process, &state["running"]),
        (Some(pid), &Value::Bool(true)),
        "nobody was left to change them"
    );

    // An agent that is not configured any more does not run for ever.
    let gone: PathBuf = place.path().join(".octopoid/runtime/agents/gone/state.json");
    std::fs::create_dir_all(gone.parent().unwrap()).unwrap();
    std::fs::write(&gone, state.to_string().replace("worker", "gone")).unwrap();
    place.write("go", "");
    std::fs::write(place.path().join("gate"), "go on").unwrap();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
    let (_, process, state) = files(&place);
    assert_eq!(
        (process, &state["running"], &state["current_task"]),
        (None, &Value::Bool(false), &Value::Null)
    );
    assert!(state["last_finished"].is_string(), "{state}");
    let gone: Value = serde_json::from_slice(&std::fs::read(gone).unwrap()).unwrap();
    assert_eq!((&gone["running"], &gone["current_task"]), (&Value::Bool(false), &Value::Null));
}
