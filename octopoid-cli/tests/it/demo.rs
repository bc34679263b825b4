//! `demo`

use crate::place::Place;

#[test]
fn the_demo_shows_everything_and_lands_everything() {
    let place = Place::empty();
    let ended = place.run(&["demo", "--json"]).ok();
    let report = ended.json();
    assert_eq!(report["all_landed"], true, "{report}");
    let stories: Vec<_> =
        report["tasks"].as_array().unwrap().iter().map(|task| task["story"].as_str().unwrap()).collect();
    assert_eq!(stories.len(), 7);
    for wanted in ["met a conflict", "rejected by the reviewer", "failed its tests", "waited for task-3"] {
        assert!(stories.iter().any(|story| story.contains(wanted)), "{wanted:?} is not in {stories:?}");
    }
    assert!(report["at_once"].as_u64().unwrap() > 1);
    assert!(report["log"].as_array().unwrap().len() >= 9);
}

#[test]
fn the_demo_is_readable_and_can_be_kept() {
    let place = Place::empty();
    let said = place.run(&["demo", "--keep", "--agents", "3"]).ok().stdout;
    for words in ["The base branch now", "What was shown", "7 of 7 tasks landed", "↩", "✔ landed"] {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
    assert!(!said.contains('\u{1b}'));
    let kept = said.lines().find_map(|line| line.strip_prefix("kept: ")).unwrap();
    assert!(std::path::Path::new(kept).join(".octopoid/config.yaml").exists());
    assert_eq!(place.run(&["list", "--all", "--dir", kept, "--json"]).ok().json()["total"], 7);
    std::fs::remove_dir_all(std::path::Path::new(kept).parent().unwrap()).unwrap();
}

#[test]
fn an_interrupted_demo_leaves_nothing_behind() {
    let place = Place::empty();
    let mut running = place.start(&["demo"]);
    let root = running.until("A small repository in ");
    let root = root.trim_start_matches("A small repository in ").to_owned();
    running.until("begins to implement");
    running.signal(nix::sys::signal::Signal::SIGINT);
    let (status, lines) = running.end();
    assert_eq!(status.code(), Some(1), "{lines:#?}");
    assert!(!std::path::Path::new(&root).exists(), "{root}");
}

#[test]
fn the_demo_with_claude_needs_claude() {
    let place = Place::empty();
    let mut command = place.command(&["demo", "--runner", "claude"]);
    let output = command.env("PATH", "/usr/bin:/bin").output().unwrap();
    assert_eq!(output.status.code(), Some(6));
    assert!(String::from_utf8(output.stderr).unwrap().contains("hint: install Claude Code"));
}
