//! The example does what it says.

use std::process::Command;

#[test]
fn both_parts_answer_and_it_ends() {
    let output = Command::new(env!("CARGO_BIN_EXE_server_in_process")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        text,
        "task-1   incoming   Add a greeting\ntask-2   incoming   Say goodbye\nthe service says: 2 tasks wait\n\
         it has answered 6 requests\nended\n"
    );
}
