//! `revert`

use crate::place::Place;

fn landed(place: &Place, name: &str, text: &str) -> String {
    let script = format!("sim implement: write {name} {text}\nsim implement: commit Add {name}");
    let id = place.enqueue(&[&format!("Write {name} as {text}"), "--description", &script]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
    id
}

#[test]
fn a_landing_is_undone_by_a_task_that_goes_through_the_same_gates() {
    let place = Place::initialised();
    let first = landed(&place, "a.txt", "one");
    landed(&place, "b.txt", "two");
    let dry = place.run(&["revert", &first, "--dry-run"]).ok().stdout;
    assert!(dry.contains("which task-1 landed: as things stand, no agent is needed"), "{dry}");
    assert_eq!(place.json(&["list", "--all"])["total"], 2, "nothing was added");
    let made = place.json(&["revert", &first, "--reason", "It broke the build"]);
    assert_eq!((made["id"].as_str(), made["without_agent"].as_bool()), (Some("task-3"), Some(true)));
    assert_eq!((made["reverts"]["task"].as_str(), made["priority"].as_str()), (Some("task-1"), Some("P1")));
    assert!(made["description"].as_str().unwrap().contains("Why: It broke the build"), "{made}");
    assert!(place.run(&["revert", &first]).ok().stdout.starts_with("task-3 is there already"));
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue("task-3"), "done");
    assert!(!place.path().join("a.txt").exists() && place.path().join("b.txt").exists());
    assert_eq!(place.git(&["log", "-1", "--format=%s", "main"]), "Revert \"Write a.txt as one\"");
    let runs = place.json(&["show", "task-3"])["runs"].clone();
    assert_eq!(
        (runs[1]["role"].as_str(), runs[0]["usage"]["turns"].as_u64()),
        (Some("review"), Some(0)),
        "{runs:#}"
    );
    let nothing = place.json(&["revert", &first, "--dry-run"]);
    assert_eq!(nothing["nothing_left"], true);
}

#[test]
fn later_changes_in_the_way_are_said_at_once_and_left_to_an_agent() {
    let place = Place::initialised();
    let first = landed(&place, "a.txt", "one");
    landed(&place, "a.txt", "two");
    let said = place.run(&["revert", &first]).ok().stdout;
    assert!(said.contains("an agent is needed: later commits conflict in a.txt"), "{said}");
    place.run(&["start", "--until-idle"]).ok();
    let thread = place.json(&["show", "task-3"])["thread"].clone();
    let conflict = thread.as_array().unwrap().iter().find(|message| message["kind"] == "conflict").unwrap();
    assert!(conflict["body"].as_str().unwrap().contains("conflict in a.txt"), "{thread}");
}

#[test]
fn what_has_not_landed_cannot_be_undone() {
    let place = Place::initialised();
    let id = place.enqueue(&["Later"]);
    place.run(&["revert", &id]).refused(
        5,
        "task-1 has landed nothing: it is in `incoming`",
        "octopoid cancel task-1",
    );
    place.run(&["force", &id, "done", "--reason", "by hand"]).ok();
    place.run(&["revert", &id]).refused(5, "has landed nothing", "octopoid show task-1");
}
