//! What was said of a task, where its agent can read it while it works.

use super::journal::replace;
use crate::model::{Message, RunId};
use crate::orchestrator::shared::Shared;
use std::fmt::Write as _;

/// The variable that names the file to an agent.
pub(crate) const VARIABLE: &str = "OCTOPOID_THREAD";

impl Shared {
    /// Writes the thread for the agent of a run. That it cannot be written holds no work up: the next attempt is told.
    pub(crate) fn write_thread(&self, run: &RunId, thread: &[Message]) {
        let path = self.layout.thread(run);
        if let Err(error) = replace(&path, text(thread).as_bytes()) {
            tracing::warn!(run.id = %run, %error, "what was said could not be written for the agent");
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
