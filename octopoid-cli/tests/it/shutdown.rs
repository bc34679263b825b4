//! A machine that is shut down ends the orchestrator and all that it started at once. No task is charged for it (I17).

use crate::place::{PROGRAM, Place};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What the script of an agent or a test begins with: it says which process it is, and waits for as long as a file is there.
fn waits(place: &Place) -> String {
    let folder = place.path().join("..");
    std::fs::write(folder.join("hold"), "").unwrap();
    format!(
        "echo $$ > {0}/pid.new && mv {0}/pid.new {0}/pid\nwhile [ -e {0}/hold ]; do sleep 0.05; done\n",
        folder.display()
    )
}

/// Ends the process that waits and its orchestrator by the same signal, as a system does that is shut down.
#[track_caller]
fn shut_down(place: &Place) {
    let mut running = place.start(&["start"]);
    running.until("begins to implement");
    let file = place.path().join("../pid");
    while !file.exists() {
        std::thread::yield_now();
    }
    let pid: i32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    running.signal(Signal::SIGTERM);
    let (status, lines) = running.end();
    assert!(status.success(), "{lines:#?}");
    std::fs::remove_file(place.path().join("../hold")).unwrap();
}

#[track_caller]
fn is_done_uncharged(place: &Place, id: &str) {
    let shown = place.json(&["show", id]);
    assert_eq!(shown["counters"]["attempts"], 0, "{shown:#}");
    assert!(!shown["thread"].to_string().contains("signal"), "{shown:#}");
    place.lands_uncharged(id);
}

#[test]
fn i17_an_agent_that_went_down_with_the_machine_is_not_charged() {
    let place = Place::initialised();
    let agent = format!("{}exec {PROGRAM:?} sim-agent\n", waits(&place));
    place.write(".octopoid/agent.sh", agent);
    let script = place.path().join(".octopoid/agent.sh");
    place.worker_is(&script);
    let id = place.enqueue(&["One"]);
    shut_down(&place);
    is_done_uncharged(&place, &id);
}

#[test]
fn i17_tests_that_went_down_with_the_machine_have_not_failed() {
    let place = Place::initialised();
    let script = place.path().join("../test.sh");
    std::fs::write(&script, waits(&place)).unwrap();
    place.replace(".octopoid/config.yaml", "sh -c true", &format!("sh {}", script.display()));
    let id = place.enqueue(&["One"]);
    shut_down(&place);
    is_done_uncharged(&place, &id);
}

#[test]
fn an_agent_that_is_killed_alone_is_charged() {
    let place = Place::initialised();
    let id = place.enqueue(&["One", "--description", "sim implement @1: exit 143 ended"]);
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &id]);
    assert!(shown["runs"].to_string().contains("killed by signal 15"), "{shown:#}");
    assert_eq!(shown["queue"], "done");
    assert!(shown["counters"]["runs"].as_u64().unwrap() >= 3, "{shown:#}");
}
