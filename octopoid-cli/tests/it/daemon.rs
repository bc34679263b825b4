//! `start --daemon`, `stop`, `pause`, `resume`, and two orchestrators on one `.octopoid`.

use crate::place::Place;
use nix::sys::signal::Signal;

/// Stops the background process of a place whatever becomes of the test.
struct Background<'a>(&'a Place);

impl Drop for Background<'_> {
    fn drop(&mut self) {
        let _ = self.0.command(&["stop", "--now"]).status();
    }
}

#[test]
fn the_background_process_works_until_it_is_stopped() {
    let place = Place::initialised();
    let _guard = Background(&place);
    let pid = place.json(&["start", "--daemon"])["pid"].as_u64().unwrap();
    let status = place.json(&["status"]);
    assert_eq!(status["running"]["pid"].as_u64(), Some(pid));
    let id = place.enqueue(&["One"]);
    // Ends when the task does.
    let followed = place.run(&["logs", &id, "--follow"]).ok().stdout;
    assert!(
        followed.contains("[Bash] git commit") && followed.ends_with("task-1 is in done\n"),
        "{followed}"
    );
    place.run(&["start", "--daemon"]).refused(6, &format!("(process {pid})"), "octopoid stop");
    assert!(place.run(&["stop"]).ok().stdout.contains("stopped after"));
    assert_eq!(place.json(&["status"])["running"], serde_json::Value::Null);
    assert!(place.run(&["stop"]).ok().stdout.contains("no orchestrator runs here"));
}

#[test]
fn a_background_process_that_cannot_start_says_why() {
    let place = Place::initialised();
    place.write(".octopoid/octopoid.db", "this is no database".repeat(1000));
    place.run(&["start", "--daemon"]).refused(1, "ended at once: cannot open the database", "daemon.log");
}

#[test]
fn a_second_orchestrator_is_refused_and_the_first_goes_on() {
    let place = Place::initialised();
    let mut first = place.start(&["start"]);
    first.until("started");
    place.enqueue(&["One"]);
    first.until("begins to implement");
    place.run(&["start"]).refused(6, &format!("(process {})", first.pid()), "octopoid stop");
    first.until("landed → done");
}

#[test]
fn stop_finishes_what_runs() {
    let place = Place::initialised();
    let mut running = place.start(&["start"]);
    running.until("started");
    let id = place.enqueue(&["Slow", "--description", "sim implement: work 400ms\nsim implement: say hi"]);
    running.until("begins to implement");
    let said = place.run(&["stop"]).ok().stdout;
    assert!(said.starts_with("asked process ") && said.contains("stopped after"), "{said}");
    assert!(running.end().0.success());
    assert_eq!(place.queue(&id), "provisional", "the work was handed in, and nothing new was begun");
}

#[test]
fn stop_now_gives_the_tasks_back_with_their_work() {
    let place = Place::initialised();
    let script = "sim @1: write a.txt kept\nsim @1: commit Keep this\nsim @1: hang\nsim @2: say go on";
    let id = place.enqueue(&["Endless", "--description", script]);
    let mut running = place.start(&["start", "--verbose"]);
    running.until("git commit");
    assert!(place.run(&["stop", "--now"]).ok().stdout.contains("stopped"));
    assert!(running.end().0.success());
    assert_eq!(place.queue(&id), "incoming");
    assert_eq!(place.json(&["show", &id])["counters"]["attempts"], 0, "nothing is charged");
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
    assert!(place.git(&["log", "--format=%s", "main"]).contains("Keep this"), "the commit was kept");
}

#[test]
fn interrupting_twice_stops_the_agents() {
    let place = Place::initialised();
    let id = place.enqueue(&["Endless", "--description", "sim implement: hang"]);
    let mut running = place.start(&["start"]);
    running.until("begins to implement");
    running.signal(Signal::SIGINT);
    running.until("finishing what runs");
    running.signal(Signal::SIGINT);
    running.until("stopping the agents");
    assert!(running.end().0.success());
    assert_eq!(place.queue(&id), "incoming");
}

#[test]
fn i16_pause_lets_what_runs_go_on_and_begins_nothing() {
    let place = Place::initialised();
    let mut running = place.start(&["start"]);
    running.until("started");
    assert!(place.run(&["pause"]).ok().stdout.starts_with("paused: what runs goes on"));
    running.until("paused: ");
    let id = place.enqueue(&["One"]);
    assert_eq!(place.json(&["show", &id])["state"], "ready; the orchestrator is paused");
    assert!(place.run(&["pause"]).ok().stdout.contains("already paused"));
    assert!(!running.seen.iter().any(|line| line.contains("▸")), "{:?}", running.seen);
    assert_eq!(place.run(&["resume"]).ok().stdout, "resumed\n");
    running.until("begins to implement");
    running.until("landed → done");
    assert_eq!(place.run(&["resume"]).ok().stdout, "it was not paused\n");
}

#[test]
fn a_pause_outlives_the_orchestrator() {
    let place = Place::initialised();
    let id = place.enqueue(&["One"]);
    place.run(&["pause"]).ok();
    let ended = place.run(&["start", "--until-idle"]).ok();
    assert!(ended.stderr.contains("paused: nothing new begins"), "{}", ended.stderr);
    assert_eq!(place.queue(&id), "incoming");
    place.run(&["resume"]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}
