//! Files that are removed under a running orchestrator, by `git clean -fdx` for example.

use crate::place::{PROGRAM, Place};
use std::path::PathBuf;

/// A place whose agent waits for as long as a file is there.
fn held() -> (Place, PathBuf, String) {
    let place = Place::initialised();
    let hold = place.path().join("../hold");
    std::fs::write(&hold, "").unwrap();
    let script = place.path().join("../agent.sh");
    let agent = format!(
        "echo begun >> ../../../../agents\nwhile [ -e {hold:?} ]; do sleep 0.05; done\nexec {PROGRAM:?} sim-agent\n"
    );
    std::fs::write(&script, agent).unwrap();
    place.worker_is(&script);
    let id = place.enqueue(&["Held"]);
    (place, hold, id)
}

fn files(folder: PathBuf, start: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(start));
    named.map(|entry| entry.path()).collect()
}

#[test]
fn a_removed_database_is_saved_and_the_work_goes_on_once_it_is_restored() {
    let (place, hold, id) = held();
    let mut running = place.start_aloud(&["start"]);
    running.until("begins to implement");
    while !place.path().join("../agents").exists() {
        std::thread::yield_now();
    }
    let database = place.path().join(".octopoid/octopoid.db");
    for file in files(place.path().join(".octopoid"), "octopoid.db") {
        std::fs::remove_file(file).unwrap();
    }
    let said = running.until("was removed while it was in use; what was in it is saved in");
    assert!(said.contains("octopoid.db.saved-"), "{said}");
    // No command makes a second queue beside the one that is in use, and none instead of the saved one.
    place.run(&["enqueue", "Another"]).refused(6, "was removed while an orchestrator", "octopoid status");
    std::fs::remove_file(&hold).unwrap();
    let (status, lines) = running.end();
    assert_eq!(status.code(), Some(6), "{lines:#?}");
    assert!(!database.exists(), "nothing is forked: {lines:#?}");
    let copy = files(place.path().join(".octopoid"), "octopoid.db.saved-").pop().unwrap();
    let refused = place.run(&["enqueue", "Another"]).refused(5, "was removed", "mv ");
    let hint = refused
        .stderr
        .split("restore the saved copy: ")
        .nth(1)
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(hint.contains(copy.to_str().unwrap().rsplit('/').next().unwrap()), "{hint}");
    let moved =
        std::process::Command::new("sh").args(["-c", &hint]).current_dir(place.path()).status().unwrap();
    assert!(moved.success());

    place.lands_uncharged(&id);
    assert_eq!(
        std::fs::read_to_string(place.path().join("../agents")).unwrap(),
        "begun\n",
        "one agent was paid"
    );
}

#[test]
fn a_removed_folder_ends_the_orchestrator_and_its_queue_is_saved() {
    let (place, hold, id) = held();
    let mut running = place.start_aloud(&["start"]);
    running.until("begins to implement");
    // At once, since the orchestrator goes on to write its status there.
    let removed = place.path().join("../removed");
    std::fs::rename(place.path().join(".octopoid"), &removed).unwrap();
    let _ = std::fs::remove_dir_all(removed);
    let said = running.until("what was in it is saved in");
    std::fs::remove_file(&hold).unwrap();
    let (status, lines) = running.end();
    assert_eq!(status.code(), Some(6), "{lines:#?}");
    let copy = said.split("is saved in ").nth(1).unwrap().split(',').next().unwrap();
    // Set up again, with the saved queue.
    let aside = place.path().join("../copy.db");
    std::fs::rename(copy, &aside).unwrap();
    place.run(&["init", "--force", "--local", "--runner", "command", "--test", "sh -c true"]).ok();
    for made in files(place.path().join(".octopoid"), "octopoid.db") {
        std::fs::remove_file(made).unwrap();
    }
    std::fs::rename(aside, place.path().join(".octopoid/octopoid.db")).unwrap();
    assert_eq!(place.json(&["show", &id])["title"], "Held");
}
