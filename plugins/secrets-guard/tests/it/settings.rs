//! False alarms, and settings that make no sense.

use crate::made_up::examples;
use crate::result::{approved, files, guard, rejected};
use octopoid_plugin::ErrorKind;
use octopoid_plugin::serde_json::json;

fn patch(more: &str) -> String {
    format!("@@ -0,0 +1,2 @@\n+a\n+{}{more}\n", examples(11).remove(2).line)
}

#[test]
fn a_mark_in_the_line_accepts_it_and_people_see_that() {
    let diff = files(&[("src/a.rs", &patch(" // secrets-guard: allow, used by the documentation"))]);
    let said = approved(guard().diff(diff.clone()).run());
    assert!(said.ends_with("; accepted as false alarms: src/a.rs:2"), "{said}");
    let feedback = rejected(guard().settings(json!({ "allow_inline": false })).diff(diff).run());
    assert!(!feedback.contains("secrets-guard: allow` and"), "{feedback}");
}

#[test]
fn settings_accept_lines_and_files() {
    let diff = files(&[("tests/fixtures/a.rs", &patch(""))]);
    rejected(guard().diff(diff.clone()).run());
    approved(guard().settings(json!({ "allow": ["^let key = \"AKIA"] })).diff(diff.clone()).run());
    approved(guard().settings(json!({ "allow_files": ["tests/fixtures/**"] })).diff(diff.clone()).run());
    rejected(guard().settings(json!({ "allow": ["^key"], "allow_files": ["fixtures/**"] })).diff(diff).run());
}

#[test]
fn the_bar_for_assigned_values_is_the_users() {
    let diff = files(&[("a.rs", "@@ -0,0 +1 @@\n+password = \"hunter2-Kangaroo\"\n")]);
    rejected(guard().diff(diff.clone()).run());
    approved(guard().settings(json!({ "entropy": 4.5 })).diff(diff).run());
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for settings in [
        json!({ "allow": ["("] }),
        json!({ "allow_files": ["a["] }),
        json!({ "entropy": -1 }),
        json!({ "entropy": 9 }),
        json!({ "allowed": [] }),
    ] {
        let error = guard().settings(settings.clone()).run().outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Settings, "{settings}: {error}");
    }
}
