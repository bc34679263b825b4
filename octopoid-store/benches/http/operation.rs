//! The life of a task, in requests.

use std::ops::Range;
use std::sync::OnceLock;

/// Which task each token holds: claims come in the order of the tasks, but not of those who claim.
pub(crate) type Held = [OnceLock<String>];

/// How many tasks live on each side before its clock starts: by then it has planned its statements, begun the log and
/// taken the memory that it needs, as in a server that has been up for a while.
const WARM_UP: usize = 256;

/// The lives that are not measured, and those that are, as the numbers of their tasks; and room for what they hold.
pub(crate) fn lives(tasks: usize) -> (Range<usize>, Range<usize>, Box<Held>) {
    let all = tasks + WARM_UP;
    (tasks..all, 0..tasks, (0..all).map(|_| OnceLock::new()).collect())
}

/// The task that the `number`th token holds.
pub(crate) fn held(held: &Held, number: usize) -> &str {
    held[number].get().expect("claimed before")
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Create,
    Claim,
    Submit,
    Accept,
}

impl Operation {
    /// In the order in which a task lives through them.
    pub(crate) const ALL: [Operation; 4] =
        [Operation::Create, Operation::Claim, Operation::Submit, Operation::Accept];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Claim => "claim",
            Operation::Submit => "submit",
            Operation::Accept => "accept",
        }
    }

    /// The path and the body for the `number`th task; each claims under a token of its own.
    pub(crate) fn request(self, number: usize, tokens: &Held) -> (String, String) {
        let token = token(number);
        match self {
            Operation::Create => {
                let body = format!(
                    r#"{{"id":"task-{number}","title":"Task number {number}","content":"{CONTENT}"}}"#
                );
                ("/api/v1/tasks".to_owned(), body)
            }
            Operation::Claim => {
                let body = format!(
                    r#"{{"orchestrator_id":"bench-1","agent_name":"agent","role_filter":"implement","claim_token":"{token}"}}"#
                );
                ("/api/v1/tasks/claim".to_owned(), body)
            }
            Operation::Submit => {
                let body = format!(r#"{{"commits_count":1,"turns_used":5,"claim_token":"{token}"}}"#);
                (format!("/api/v1/tasks/{}/submit", held(tokens, number)), body)
            }
            Operation::Accept => {
                (format!("/api/v1/tasks/task-{number}/accept"), r#"{"accepted_by":"ada"}"#.to_owned())
            }
        }
    }
}

/// As long as a short description is.
pub(crate) const CONTENT: &str = "What is to be done is said here in a sentence or two, as people do when they are in a \
                                  hurry, and it is about as long as this one is.";

/// The `number`th of a row of tokens that look random, as real ones are.
pub(crate) fn token(number: usize) -> String {
    let mut bits = (number as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    format!("{bits:016x}{number:016x}")
}
