//! Colours only where they belong.

use crate::place::Place;

fn said(place: &Place, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = place.command(arguments).envs(variables.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn pipes_have_no_escape_codes() {
    let place = Place::initialised();
    place.enqueue(&["One"]);
    for arguments in [
        &["list"][..],
        &["status"],
        &["show", "task-1"],
        &["show", "task-9"],
        &["doctor"],
        &["validate"],
        &["--help"],
        &["worktrees"],
        &["logs", "task-1"],
        &["start", "--until-idle"],
    ] {
        let text = said(&place, arguments, &[("TERM", "xterm-256color")]);
        assert!(!text.contains('\u{1b}'), "{arguments:?}: {text:?}");
    }
}

#[test]
fn colours_can_be_forced_and_no_color_wins() {
    let place = Place::initialised();
    place.enqueue(&["One"]);
    let forced = [("CLICOLOR_FORCE", "1"), ("TERM", "xterm-256color")];
    for arguments in [&["list"][..], &["status"], &["show", "task-9"]] {
        assert!(said(&place, arguments, &forced).contains('\u{1b}'), "{arguments:?}");
        let without = [forced[0], forced[1], ("NO_COLOR", "1")];
        assert!(!said(&place, arguments, &without).contains('\u{1b}'), "{arguments:?}");
    }
}

#[test]
fn quiet_prints_results_only() {
    let place = Place::initialised();
    assert_eq!(said(&place, &["enqueue", "One", "--quiet"], &[]), "task-1\n");
    assert_eq!(said(&place, &["start", "--until-idle", "--quiet"], &[]), "");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::initialised();
    for n in 0..20 {
        place.enqueue(&[&format!("Task {n}")]);
    }
    let mut child = place.command(&["list"]).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
