//! The example does what it says.

use std::process::Command;

/// What the agent is asked, the line that must be among what happens then, and where its task ends.
const ENDS: [(&str, &str, &str); 10] = [
    ("What is the answer?", "  write answer.txt", "provisional, 0 charged: work is submitted"),
    (
        "What is asked too often?",
        "  pythia is backing off: the agent was rate limited: it was asked too often",
        // It waited until the limit had lifted.
        "provisional, 0 charged: work is submitted",
    ),
    (
        "What is asked too late?",
        "  pythia is backing off: the agent met an overloaded or unreachable model: others ask as well",
        "incoming, 0 charged: the agent met an overloaded or unreachable model: others ask as well",
    ),
    (
        "What is secret?",
        "  pythia is backing off: the oracle does not take the password; set ORACLE_PASSWORD",
        "incoming, 0 charged: the agent cannot run: the oracle does not take the password; set ORACLE_PASSWORD",
    ),
    (
        "What is impossible?",
        "  says: let me think",
        "incoming, 1 charged: the agent crashed: the oracle said nothing more",
    ),
    (
        "What is silence?",
        "  says: let me think",
        "incoming, 1 charged: the agent was silent for longer than its idle time-out",
    ),
    (
        "What is chatter?",
        "  says: and another thing",
        "incoming, 1 charged: the agent took longer than its time-out",
    ),
    (
        "What lasts for ever?",
        "  says: this takes its time",
        "failed, 0 charged: cancelled by delphi: nobody can wait so long",
    ),
    (
        "What is long?",
        "  says: let me think",
        "needs_continuation, 0 charged: the agent was stopped by its limit after 2 turns, with 0 commits",
    ),
    ("What is dear?", "  says: let me think", "needs_continuation, 0 charged: the agent reached its budget"),
];

#[test]
fn every_end_has_its_consequence() {
    let output = Command::new(env!("CARGO_BIN_EXE_custom_runner")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = text.as_str();
    for (question, happens, end) in ENDS {
        let (_, after) =
            rest.split_once(question).unwrap_or_else(|| panic!("{question:?} is not in\n{text}"));
        let (said, after) =
            after.split_once(&format!("\n  {end}\n")).unwrap_or_else(|| panic!("{end:?} is not in\n{text}"));
        assert!(said.lines().any(|line| line == happens), "{question}: {said}");
        rest = after;
    }
}
