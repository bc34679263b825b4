//! What an orchestrator that was killed leaves, and who says so.

use crate::place::{PROGRAM, Place};
use nix::sys::signal::Signal;

#[test]
fn agents_that_outlive_their_orchestrator_are_named_until_they_are_taken_up() {
    let place = Place::initialised();
    assert_eq!(place.json(&["status"])["orphans"], serde_json::json!([]));
    let hold = place.path().join("../hold");
    std::fs::write(&hold, "").unwrap();
    let agent = format!("while [ -e {hold:?} ]; do sleep 0.05; done\nexec {PROGRAM:?} sim-agent\n");
    place.write(".octopoid/agent.sh", agent);
    let script = place.path().join(".octopoid/agent.sh");
    place.worker_is(&script);
    let id = place.enqueue(&["Held"]);
    let mut running = place.start(&["start"]);
    running.until("begins to implement");
    let pid = loop {
        let process = format!(".octopoid/runtime/runs/{id}.1/call-1/start-1/");
        let folder = place.path().join(process);
        if folder.join("started").exists() {
            let text = std::fs::read_to_string(folder.join("process.json")).unwrap();
            break serde_json::from_str::<serde_json::Value>(&text).unwrap()["pid"].as_i64().unwrap();
        }
    };
    // While it is watched it is no orphan.
    assert_eq!(place.json(&["status"])["orphans"], serde_json::json!([]));
    running.signal(Signal::SIGKILL);
    running.end();

    let orphan = place.json(&["status"])["orphans"][0].clone();
    assert_eq!((orphan["task"].as_str(), orphan["pid"].as_i64()), (Some(id.as_str()), Some(pid)), "{orphan}");
    let words = format!("still works on {id}: process {pid}, for ");
    for command in ["status", "doctor", "stop"] {
        let ended = place.run(&[command]);
        let said = ended.stdout + &ended.stderr;
        assert!(said.contains(&words), "{command}: {said}");
        assert!(said.contains("the next `octopoid start` takes up"), "{command}: {said}");
    }
    assert!(!place.run(&["status"]).stdout.contains("idle: worker"), "an agent at work is not idle");

    std::fs::remove_file(&hold).unwrap();
    place.lands_uncharged(&id);
    assert_eq!(place.json(&["status"])["orphans"], serde_json::json!([]));
}
