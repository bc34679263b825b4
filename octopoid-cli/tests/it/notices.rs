//! Notices to people: a real command gets them.

use crate::place::Place;
use serde_json::Value;

#[test]
fn a_command_gets_what_needs_a_person_and_what_is_done_as_json() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "rounds: 3", "rounds: 1");
    let config = place.read(".octopoid/config.yaml");
    place.write(".octopoid/config.yaml", format!("{config}\nnotify:\n  command: cat >> told\n"));
    let needs = place.enqueue(&["Say hello", "--description", "sim review: reject It is not friendly"]);
    let done = place.enqueue(&["Say goodbye"]);
    place.run(&["start", "--until-idle"]).ok();
    let told: Vec<Value> =
        place.read("told").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |id: &str| {
        let mut tasks = told.iter().flat_map(|one| one["tasks"].as_array().unwrap());
        tasks.find(|task| task["task"] == *id).unwrap_or_else(|| panic!("{id} is not in {told:?}")).clone()
    };
    let needs_you = of(&needs);
    assert_eq!(needs_you["kind"], "needs_you");
    assert!(needs_you["text"].as_str().unwrap().contains("It is not friendly"), "{needs_you}");
    assert_eq!(needs_you["commands"][0], format!("octopoid approve {needs}"));
    assert_eq!(of(&done)["kind"], "done");
    let last = told.last().unwrap();
    assert_eq!(
        (&last["queue_empty"], &last["needs_you"], &last["queue"]),
        (&true.into(), &1.into(), &"work".into())
    );
    // Whoever starts again is not told what was told before.
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.read("told").lines().count(), told.len());
}

#[test]
fn a_command_that_fails_is_said_and_stops_nothing() {
    let place = Place::initialised();
    let config = place.read(".octopoid/config.yaml");
    place.write(
        ".octopoid/config.yaml",
        format!("{config}\nnotify:\n  command: echo no such room >&2; exit 3\n"),
    );
    let id = place.enqueue(&["Say hello"]);
    let ended = place.run(&["start", "--until-idle"]).ok();
    assert!(
        ended.stderr.contains("`notify.command` failed") && ended.stderr.contains("no such room"),
        "{}",
        ended.stderr
    );
    assert_eq!(place.queue(&id), "done");
}
