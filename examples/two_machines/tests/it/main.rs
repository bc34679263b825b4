//! The example does what it says.

mod same_file;

use std::process::Command;

#[test]
fn every_task_is_done_once_by_two_machines() {
    let output = Command::new(env!("CARGO_BIN_EXE_two_machines")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 7, "{text}");
    for (number, line) in lines.iter().take(6).enumerate() {
        let done = format!("task-{}: done, implemented by example-", number + 1);
        assert!(line.starts_with(&done), "{line}");
        assert!(line.contains("reviewed by example-south, landed by example-"), "{line}");
    }
    assert_eq!(lines[6], "main has 6 commits of 6 tasks");
}
