//! Thread of a task as a file that its agent can read while it works.

use super::journal::replace;
use crate::model::{Message, RunId};
use crate::orchestrator::shared::Shared;
use std::fmt::Write as _;

/// Variable that gives the agent the path of the file.
pub(crate) const VARIABLE: &str = "OCTOPOID_THREAD";

impl Shared {
    /// Writes the thread for the agent of a run. A failure does not stop the run: the next attempt gets the messages.
    pub(crate) fn write_thread(&self, run: &RunId, thread: &[Message]) {
        let path = self.layout.thread(run);
        if let Err(error) = replace(&path, text(thread).as_bytes()) {
            tracing::warn!(run.id = %run, %error, "the thread could not be written for the agent");
        }
    }
}

fn text(thread: &[Message]) -> String {
    let mut text = String::from("# What was said so far\n");
    for message in thread {
        let Message { id, kind, author, at, .. } = message;
        // Writing to a string does not fail.
        let _ =
            write!(text, "\n## {id}. {} by {author}, {at}\n\n{}\n", kind.as_str(), message.body.trim_end());
    }
    text
}
