//! The store passes the suite, says the same after it was opened again, and the example does what it says.

#![expect(clippy::unwrap_used, reason = "a test has nobody to recover for")]

mod reopened;
mod suite;

use std::process::Command;

#[test]
fn what_an_orchestrator_did_is_there_again() {
    let output = Command::new(env!("CARGO_BIN_EXE_custom_store")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<_> = text.lines().collect();
    let (before, after) = lines[0].split_once(" events before, ").unwrap();
    assert_eq!(format!("{before} events after"), after);
    assert!(lines[1].starts_with("task-1   done   Say hello    created claimed"), "{text}");
    assert!(lines[2].starts_with("task-2   done   Say goodbye  created unblocked claimed"), "{text}");
}
