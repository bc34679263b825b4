//! The commands of the desk on a machine that does not do the work, with the queue on a server.

use crate::server::{Team, serve};
use serde_json::Value;

fn paths(value: &Value) -> Vec<&str> {
    value["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect()
}

#[test]
fn work_of_another_machine_is_read_changed_and_taken_back_from_here() {
    let team = Team::new();
    let (server, url) = serve(&team.place, &[]);
    team.machine("alice", &url, &["implement", "review"]);
    team.machine("bob", &url, &["review"]);
    let bob = |arguments: &[&str]| team.place.json(&[&["--dir", "bob"], arguments].concat());
    let alice = || team.place.run(&["--dir", "alice", "start", "--until-idle"]).ok();

    team.place.write("bob/TODO.md", "- One\n");
    assert_eq!(bob(&["enqueue", "--from", "TODO.md", "--budget", "3"])["new"], 1);
    assert_eq!(bob(&["edit", "task-1", "--priority", "P0", "--model", "small"])["model"], "small");
    assert_eq!(bob(&["tell", "task-1", "Hello"])["heard"], "next_attempt");
    alice();
    let shown = bob(&["show", "task-1"]);
    assert_eq!(
        (shown["queue"].as_str(), shown["budget_usd"].as_f64()),
        (Some("done"), Some(3.0)),
        "{shown:#}"
    );
    assert_eq!(
        (shown["runs"][0]["model"].as_str(), shown["created_by"].as_str()),
        (Some("small"), Some("Tester"))
    );

    let log = team.place.run(&["--dir", "bob", "logs", "task-1", "--attempt", "1"]).ok().stdout;
    assert!(log.contains("agent completed"), "{log}");
    let kept = bob(&["diff", "task-1"]);
    assert_eq!(paths(&kept), ["task-1.txt"]);
    assert!(kept["note"].as_str().unwrap().contains("the diff that was kept"), "{kept:#}");
    assert_eq!(bob(&["cost", "--by", "model"])["rows"][0]["of"]["name"], "small");
    team.place.run(&["--dir", "bob", "open", "task-1"]).refused(
        5,
        "worked on by the machine prod-alice",
        "run this there",
    );
    assert_eq!(bob(&["list", "--all", "--author", "tester"])["total"], 1);

    assert_eq!(
        bob(&["revert", "task-1", "--dry-run"])["without_agent"],
        Value::Null,
        "nothing was fetched here"
    );
    bob(&["revert", "task-1"]);
    alice();
    assert_eq!(bob(&["show", "task-2"])["queue"], "done");
    assert!(!team.origin(&["ls-tree", "--name-only", "main"]).contains("task-1.txt"));
    drop(server);
}
