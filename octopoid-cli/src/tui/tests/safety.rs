//! What others wrote cannot steer the terminal.

use super::fixture::{Screen, drafts, message, projects, task, three};
use crate::tui::event::{Changes, Data, Event, Log};
use crossterm::event::KeyCode;
use octopoid_core::model::{Diff, FileDiff, State};
use octopoid_core::ops::diff::parse;
use serde_json::json;

/// Clears the screen, rings, sets the title, in the forms of seven and of eight bits; and what turns the direction of text.
const EVIL: &str = "a\u{1b}[2Jb\u{7}c\u{1b}]0;title\u{7}d\u{9b}31me\rf\u{8}g\u{202e}h\u{2066}i";

#[track_caller]
fn assert_harmless(screen: &Screen) {
    let text = screen.text();
    let bad: Vec<_> = text.chars().filter(|letter| letter.is_control() && *letter != '\n').collect();
    assert!(bad.is_empty(), "control characters are in\n{text}");
    assert!(!text.contains(['\u{202e}', '\u{2066}']), "the direction of text is turned in\n{text}");
    assert!(text.contains("a^[[2Jb^Gc"), "they have no visible form in\n{text}");
}

#[test]
fn control_codes_in_titles_and_reasons_are_shown_as_text() {
    let mut evil = task(1, "A title", State::NeedsContinuation { reason: EVIL.to_owned() });
    evil.title = EVIL.to_owned();
    evil.description = EVIL.to_owned();
    let mut screen = Screen::new((100, 30), &[evil]);
    assert_harmless(&screen);
    screen.types("c");
    assert_harmless(&screen);
}

#[test]
fn control_codes_in_logs_are_shown_as_text() {
    let mut screen = Screen::new((100, 30), &three());
    screen.types("2");
    let log = Log {
        attempt: Some((1, vec![EVIL.to_owned()])),
        attempts: vec![1],
        summary: vec![EVIL.to_owned()],
        is_cut: false,
    };
    screen.reads(Data::Log(log));
    assert_harmless(&screen);
    let wanted = screen.wanted();
    screen.send(Event::Logged(wanted, vec![EVIL.to_owned()]));
    assert_harmless(&screen);
}

#[test]
fn control_codes_in_diffs_are_shown_as_text() {
    let file: FileDiff = serde_json::from_value(json!({
        "path": EVIL, "old_path": null, "change": "added", "added": 1, "removed": 0, "binary": false,
        "patch": format!("@@ -0,0 +1 @@ {EVIL}\n+{EVIL}\n"),
    }))
    .unwrap();
    let mut screen = Screen::new((200, 60), &three());
    screen.types("3").reads(Data::Diff(Changes { diff: Diff::new(vec![file]), ..Changes::default() }));
    assert_harmless(&screen);
    screen.press(KeyCode::Right);
    let text = screen.text();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn control_codes_in_a_diff_of_two_columns_are_shown_as_text() {
    let patch = format!("diff --git a/x b/x\n@@ -1 +1 @@ {EVIL}\n-{EVIL} old\n+{EVIL} new\n");
    let mut screen = Screen::new((200, 60), &three());
    screen.types("3w").reads(Data::Diff(Changes { diff: parse(&patch), ..Changes::default() }));
    assert_harmless(&screen);
    screen.shows("│");
}

#[test]
fn control_codes_in_projects_and_drafts_are_shown_as_text() {
    let Data::Projects(mut views) = projects() else { panic!("no projects") };
    views[0].project.title = EVIL.to_owned();
    views[0].project.description = Some(EVIL.to_owned());
    views[0].project.branch = Some(EVIL.to_owned());
    let mut screen = Screen::new((100, 30), &three());
    screen.types("9").reads(Data::Projects(views));
    assert_harmless(&screen);
    let Data::Drafts(mut all, _) = drafts() else { panic!("no drafts") };
    (all[0].title, all[0].author, all[0].body) = (EVIL.to_owned(), EVIL.to_owned(), Some(EVIL.to_owned()));
    screen.types("0").reads(Data::Drafts(all, 0));
    assert_harmless(&screen);
    // Its title stands in the question.
    screen.types("x");
    assert_harmless(&screen);
}

#[test]
fn control_codes_in_messages_and_errors_are_shown_as_text() {
    let mut screen = Screen::new((100, 30), &three());
    let thread = vec![message(1, "question", "worker", EVIL)];
    screen.types("4").reads(Data::Details { thread, runs: Vec::new(), comments: Vec::new() });
    assert_harmless(&screen);
    // The question stands above its answer.
    screen.types("y");
    assert_harmless(&screen);
    screen.press(KeyCode::Esc).send(Event::Failed { message: EVIL.to_owned(), hint: None, number: None });
    assert_harmless(&screen);
}

#[test]
fn control_codes_that_are_pasted_are_shown_as_text() {
    let mut screen = Screen::new((100, 30), &three());
    screen.types("c").send(Event::Paste(EVIL.to_owned()));
    let text = screen.text();
    assert!(!text.contains('\u{1b}') && text.contains("a^[[2Jb"), "{text}");
}
